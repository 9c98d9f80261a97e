"""Where `vigie board` listens: beyond loopback only with a password."""

import pytest

from deploy.commands import board
from schemas.errors import ConfigError
from schemas.settings import Board
from schemas.units import Secret


@pytest.mark.parametrize(
    ("host", "password", "said"),
    [
        pytest.param("0.0.0.0", "", "none is set", id="everybody"),
        pytest.param("10.0.0.7", "", "none is set", id="a network"),
        pytest.param("0.0.0.0", "fifteen letters", "too short", id="short"),
        pytest.param("127.0.0.1", "tiny", "too short", id="short on loopback"),
    ],
)
def test_an_address_without_a_password_worth_its_name_is_refused(host: str, password: str, said: str):
    with pytest.raises(ConfigError, match=said) as caught:
        board._check(Board(host=host, password=Secret(password)))

    assert "VIGIE_BOARD__PASSWORD" in str(caught.value)
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_loopback_needs_none(host: str):
    board._check(Board(host=host))


def test_a_password_opens_it():
    board._check(Board(host="0.0.0.0", password=Secret("sixteen letters!")))
