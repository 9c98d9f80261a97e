"""Numbers, spans and dates in English and French, and that no word is missing."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import get_args

import pytest

from deploy.board.words import (
    ENGLISH,
    FRENCH,
    ago,
    date_and_time,
    label,
    latency,
    network_name,
    number,
    overdue,
    percent,
    span,
    words_of,
)
from schemas.alert import LEVELS
from schemas.enriched import Intent, SentimentLabel
from streams.steps.topics import TOPICS


def plain(text: str) -> str:
    """With ordinary spaces, to be read."""
    return text.replace("\u00a0", " ")


def test_numbers_take_the_form_of_the_language() -> None:
    assert number(1234.5, ENGLISH, decimals=1) == "1,234.5"
    assert plain(number(1234.5, FRENCH, decimals=1)) == "1 234,5"
    assert number(999, FRENCH) == "999"


@pytest.mark.parametrize(
    ("share", "english", "french"),
    [
        pytest.param(None, "–", "–", id="none"),
        pytest.param(0.0, "0%", "0 %", id="nothing"),
        pytest.param(0.001, "1%", "1 %", id="not nothing"),
        pytest.param(0.824, "82%", "82 %", id="rounded"),
        pytest.param(0.999, "99%", "99 %", id="not all"),
        pytest.param(1.0, "100%", "100 %", id="all"),
    ],
)
def test_percent_says_all_and_nothing_only_of_all_and_nothing(share: float | None, english: str, french: str) -> None:
    assert percent(share, ENGLISH) == english
    assert plain(percent(share, FRENCH)) == french


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (None, "–", "–"),
        (-3, "0 s", "0 s"),
        (45.9, "45 s", "45 s"),
        (60, "1 min", "1 min"),
        (14 * 60 + 59, "14 min", "14 min"),
        (3600, "1 h", "1 h"),
        (2 * 3600 + 5 * 60, "2 h 05", "2 h 05"),
        (23 * 3600 + 59 * 60 + 59, "23 h 59", "23 h 59"),
        (86_400, "1 d", "1 j"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h", "3 j 4 h"),
        (12 * 86_400 + 4 * 3600, "12 d", "12 j"),
        (1234 * 86_400, "1,234 d", "1 234 j"),
    ],
)
def test_spans_have_at_most_two_units_and_are_rounded_down(seconds: float | None, english: str, french: str) -> None:
    assert plain(span(seconds, ENGLISH)) == english
    assert plain(span(seconds, FRENCH)) == french


def test_latency_shows_parts_of_a_second() -> None:
    assert [plain(latency(seconds, FRENCH)) for seconds in (None, -1, 0.82, 1.25, 75)] == [
        *("–", "0 ms", "820 ms", "1,2 s", "1 min"),
    ]


def test_overdue_carries_a_sign() -> None:
    assert [plain(overdue(seconds, ENGLISH)) for seconds in (None, 7500, 0, -720)] == [
        "–",
        "+2 h 05",
        "+0 s",
        "−12 min",
    ]


def test_ago_and_dates_read_naturally() -> None:
    first = datetime(2026, 3, 1, 14, 5, 32, tzinfo=UTC)

    assert (plain(ago(125, ENGLISH)), plain(ago(125, FRENCH))) == ("2 min ago", "il y a 2 min")
    assert date_and_time(first, ENGLISH) == "Sunday 1 March 2026, 14:05:32"
    assert date_and_time(first, FRENCH) == "dimanche 1er mars 2026, 14:05:32"


def test_every_finding_has_a_french_word() -> None:
    assert set(FRENCH.topics) >= set(TOPICS)
    assert set(FRENCH.intents) >= set(get_args(Intent))


@pytest.mark.parametrize("words", [ENGLISH, FRENCH], ids=["English", "French"])
def test_every_level_and_feeling_has_a_word(words: object) -> None:
    assert set(words.levels) == set(LEVELS)  # type: ignore[attr-defined]
    assert set(words.feelings) == set(get_args(SentimentLabel))  # type: ignore[attr-defined]
    assert set(words.tongues) == set(ENGLISH.tongues)  # type: ignore[attr-defined]


def test_no_text_is_empty() -> None:
    for words in (ENGLISH, FRENCH):
        assert [one.name for one in fields(words) if one.name != "intents" and not getattr(words, one.name)] == []


def test_french_keeps_its_signs_with_their_word() -> None:
    texts = [value for one in fields(FRENCH) if isinstance(value := getattr(FRENCH, one.name), str)]

    assert [text for text in texts for sign in "?:!»%" if f" {sign}" in text] == []


def test_names_are_shown_as_they_write_themselves() -> None:
    assert (network_name("appstore"), network_name("x"), network_name("new-net")) == ("App Store", "X", "new-net")
    assert label(ENGLISH.topics, "phone_queue") == "phone queue"
    assert label(FRENCH.topics, "a_new_topic") == "a new topic"


def test_words_follow_the_setting() -> None:
    assert words_of("fr") is FRENCH
    assert words_of("en") is ENGLISH
