"""How long content of a network may be kept."""

import pytest

from connectors.base import Keep, Terms
from connectors.registry import terms
from connectors.terms import DAY_S, FIELDS, limits, shortest
from schemas.errors import ConfigError
from schemas.load import load
from schemas.settings import NetworkTerm
from schemas.units import PositiveDuration

STRICT = {
    "strict": Terms(keep=(Keep(fields=("text", "author"), days=2), Keep(fields=("author.name",), days=1))),
    "free": Terms(),
}


def kept(days: float, *, beyond_terms: bool = False) -> NetworkTerm:
    return NetworkTerm(keep=PositiveDuration(days * DAY_S), beyond_terms=beyond_terms)


def test_the_shortest_of_the_terms_that_speak_of_a_field_holds():
    found = limits(STRICT, {})

    assert found == {
        "strict": {
            "text": 2 * DAY_S,
            "author.id": 2 * DAY_S,
            "author.handle": 2 * DAY_S,
            "author.name": DAY_S,
        }
    }
    assert shortest(found, "strict") == DAY_S
    assert shortest(found, "free") is None


def test_a_setting_shortens_what_the_terms_allow():
    found = limits(STRICT, {"strict": kept(1.5)})

    assert found["strict"]["text"] == 1.5 * DAY_S
    assert found["strict"]["author.name"] == DAY_S


def test_a_setting_keeps_longer_than_the_terms_only_when_it_says_so():
    with pytest.raises(ConfigError, match="2 days at most") as caught:
        limits(STRICT, {"strict": kept(3)})

    assert "beyond_terms" in caught.value.fix
    assert limits(STRICT, {"strict": kept(3, beyond_terms=True)})["strict"] == dict.fromkeys(FIELDS, 3 * DAY_S)


def test_a_setting_limits_a_network_without_terms():
    assert limits(STRICT, {"free": kept(30), "ours": kept(7)}) == limits(STRICT, {}) | {
        "free": dict.fromkeys(FIELDS, 30 * DAY_S),
        "ours": dict.fromkeys(FIELDS, 7 * DAY_S),
    }


@pytest.mark.parametrize("name", ["strickt", "No", "a'b"])
def test_a_network_that_is_none_is_refused(name: str):
    with pytest.raises(ConfigError, match="no network"):
        limits(STRICT, {name: kept(1)})


def test_the_terms_of_the_networks_are_known():
    found = limits(terms(), {})

    assert found["linkedin"]["text"] == 2 * DAY_S
    assert found["linkedin"]["author.handle"] == DAY_S
    assert found["youtube"]["reach"] == 30 * DAY_S


def test_terms_are_set_in_the_file():
    settings = load('[retention.networks]\nlinkedin = { keep = "12h" }\n', {})

    assert limits(terms(), settings.retention.networks)["linkedin"]["text"] == DAY_S / 2


def test_a_word_that_is_misspelt_is_said():
    with pytest.raises(ConfigError, match=r"retention\.networks"):
        load('[retention.networks]\nlinkedin = { keep = "12h", beyond_term = true }\n', {})
