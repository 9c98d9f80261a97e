"""Promises that count open hours only: the cases a support manager asks about."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schemas.calendar import CalendarSettings
from schemas.errors import ConfigError
from schemas.policy import ResponsePolicy
from schemas.settings import Settings
from schemas.units import Duration
from streams.assess import assess
from streams.calendars import build
from streams.checks import checked
from streams.instants import to_ms
from streams.levels import due_levels
from streams.measure import Entry, always, measure
from streams.timeline import add
from tests.support.builders import make_book, make_enriched, make_event

PARIS = ZoneInfo("Europe/Paris")
OFFICE = CalendarSettings(name="office", time_zone="Europe/Paris", hours=("mon-fri 09:00-17:00",), holidays=("FR",))
LUNCH = CalendarSettings(name="lunch", time_zone="Europe/Paris", hours=("mon-fri 09:00-12:30 13:30-17:00",))
HOUR = ResponsePolicy(name="an hour", first=Duration(3600), next=Duration(3600), calendar="office")
CALENDARS = build((OFFICE, LUNCH), lambda name: b"").calendars


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def customer(text: str) -> Entry:
    return Entry(event_id="question", at_ms=to_ms(paris(text)), role="customer")


def brand(text: str) -> Entry:
    return Entry(event_id="answer", at_ms=to_ms(paris(text)), role="brand")


@pytest.mark.parametrize(
    ("asked", "calendar", "due"),
    [
        pytest.param("2024-03-15 16:30", "office", "2024-03-18 09:30", id="Friday 16:30 is due Monday 09:30"),
        pytest.param("2024-03-12 10:00", "office", "2024-03-12 11:00", id="inside the day"),
        pytest.param("2024-03-12 12:00", "lunch", "2024-03-12 14:00", id="lunch does not count"),
        pytest.param("2024-03-29 16:30", "office", "2024-04-02 09:30", id="Easter Monday is closed"),
        pytest.param("2024-03-30 23:00", "office", "2024-04-02 10:00", id="over the daylight-saving change"),
    ],
)
def test_the_deadline_counts_open_hours(asked: str, calendar: str, due: str) -> None:
    (turn,) = measure([customer(asked)], always(HOUR, CALENDARS[calendar])).turns

    assert turn.due_ms == to_ms(paris(due))


def test_both_waits_stand_side_by_side() -> None:
    (turn,) = measure(
        [customer("2024-03-15 16:30"), brand("2024-03-18 09:20")], always(HOUR, CALENDARS["office"])
    ).turns

    assert turn.waited_ms(0) == (2 * 24 + 16) * 3_600_000 + 50 * 60_000
    assert turn.waited_business_ms(0) == 50 * 60_000
    assert not turn.is_breached(0)


def test_warnings_come_at_shares_of_the_open_hours() -> None:
    (turn,) = measure([customer("2024-03-15 16:45")], always(HOUR, CALENDARS["office"])).turns

    levels = {level.level: level.at_ms for level in due_levels(turn)}

    assert levels["warning_50"] == to_ms(paris("2024-03-18 09:15"))
    assert levels["breach"] == to_ms(paris("2024-03-18 09:45"))


def test_the_conversation_carries_both_waits() -> None:
    question = make_event("1", created_at=paris("2024-03-15 16:30"))
    answer = make_event("2", role="brand", created_at=paris("2024-03-18 09:20"))
    book = make_book(HOUR, calendars=(OFFICE,))
    timeline = add(add(None, make_enriched(question), 0, book), make_enriched(answer), 0, book)
    assert timeline is not None

    seen = assess(timeline, book, watermark_ms=0, version=1).conversation

    assert (seen.first_response_s, seen.first_response_business_s) == (233_400.0, 3_000.0)
    assert not seen.breached


def test_a_policy_that_names_no_calendar_is_refused_with_what_there_is() -> None:
    policy = ResponsePolicy(name="p", first=Duration(60), next=Duration(60), calendar="ofice")

    with pytest.raises(ConfigError, match=r"policies\[0\]\.calendar holds 'ofice'.*did you mean 'office'\?"):
        checked(Settings(calendars=(OFFICE,), policies=(policy,)), Path())
