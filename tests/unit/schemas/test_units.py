"""Durations as a person writes them, and secrets that never print."""

import pytest

from schemas.units import Duration, Secret


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30.0),
        ("1.5s", 1.5),
        ("15m", 900.0),
        ("1h30m", 5400.0),
        ("2d", 172_800.0),
        ("1d 2h 3m 4s 5ms", 93_784.005),
        ("0s", 0.0),
    ],
)
def test_a_duration_is_read(text: str, seconds: float):
    assert Duration.parse(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "-30s", "30 seconds", "1h30", "1,5s", "30S", "h1", None, 30, True])
def test_what_is_no_duration_is_refused_with_an_example(text: object):
    with pytest.raises(ValueError, match='such as "30s", "15m", "1h30m" or "2d"'):
        Duration.parse(text)


def test_a_secret_is_revealed_only_on_purpose():
    secret = Secret("s3cret")

    assert secret.reveal() == "s3cret"
    assert (repr(secret), str(secret), f"{secret}") == ("***", "***", "***")
    assert repr([secret]) == "[***]"


def test_no_secret_is_shown_as_none():
    assert (repr(Secret()), bool(Secret()), bool(Secret("x"))) == ("(none)", False, True)


def test_equal_secrets_are_equal():
    assert Secret("a") == Secret("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
