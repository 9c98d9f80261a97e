"""Mute timings say of every instant what the calendar says of it, save what they name as left out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.grafana.mutes import Muted, mute, mutes
from schemas.calendar import CalendarSettings, ExceptionalDays
from streams.businesstime import Calendar, business_ms
from streams.calendars import build
from tests.support.grafana_server import DEFINITIONS

TODAY = date(2026, 11, 23)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)


def calendar(*hours: str, **fields: Any) -> Calendar:
    wanted = CalendarSettings(**{"name": "support", "time_zone": "Europe/Paris", "hours": hours, **fields})
    built = build([wanted], lambda name: ICALENDAR)
    assert built.problems == ()
    return built.calendars["support"]


ICALENDAR = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//y//EN
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART;TZID=Europe/Paris:20270310T100000
DTEND;TZID=Europe/Paris:20270310T113000
END:VEVENT
END:VCALENDAR
"""


def is_muted(muted: Muted, instant: datetime) -> bool:
    """As Alertmanager reads it: one interval of which everything holds is enough."""
    return any(_holds(interval, instant) for interval in muted.timing["time_intervals"])


def _holds(interval: dict[str, Any], instant: datetime) -> bool:
    at = instant.astimezone(ZoneInfo(interval["location"]))
    clock = f"{at:%H:%M}"
    return (
        any(span["start_time"] <= clock < span["end_time"] for span in interval["times"])
        and DAYS[at.weekday()] in interval.get("weekdays", DAYS)
        and str(at.day) in interval.get("days_of_month", [str(at.day)])
        and MONTHS[at.month - 1] in interval.get("months", MONTHS)
        and str(at.year) in interval.get("years", [str(at.year)])
    )


def is_open(of: Calendar, instant: datetime) -> bool:
    ms = int(instant.timestamp() * 1000)
    return business_ms(ms, ms + 1, of) > 0


CALENDARS = {
    "an office with lunch and holidays": calendar(
        "mon-fri 09:00-12:30 13:30-17:00", "sat 10:00-16:00", holidays=("FR",)
    ),
    "nights": calendar("fri 22:00-06:00+1", "mon 08:00-09:00"),
    "always open": calendar("mon-sun 00:00-24:00"),
    "closed days, short days, a calendar file": calendar(
        "mon-fri 09:00-17:00",
        closed=(date(2026, 12, 24),),
        exceptions=(ExceptionalDays(date=date(2026, 12, 31), hours=("09:00-12:00",)),),
        icalendars=("closures.ics",),
    ),
    "hours that differ on one day, and are as many": calendar(
        "mon-fri 09:00-17:00", exceptions=(ExceptionalDays(date=date(2026, 12, 1), hours=("08:00-16:00",)),)
    ),
    "an open Sunday": calendar(
        "mon-fri 09:00-17:00", exceptions=(ExceptionalDays(date=date(2026, 12, 20), hours=("10:00-16:00",)),)
    ),
    "across the date line": calendar("mon-fri 09:00-17:00", time_zone="Pacific/Auckland", holidays=("NZ",)),
}
MUTED = {name: mute("support", one, today=TODAY) for name, one in CALENDARS.items()}


@pytest.mark.parametrize("name", CALENDARS)
def test_a_timing_is_as_grafana_publishes_it(name: str):
    schema = {"$ref": "#/definitions/MuteTimeInterval", "definitions": DEFINITIONS}

    jsonschema.validate(MUTED[name].timing, schema, jsonschema.Draft4Validator)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(CALENDARS)), st.integers(0, 365 * 288 - 1))
def test_muted_is_what_is_closed(name: str, place: int):
    instant = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=5 * place + 2)
    of = CALENDARS[name]
    if instant.astimezone(of.zone).date() in MUTED[name].left_out:
        return

    assert is_muted(MUTED[name], instant) != is_open(of, instant)


@pytest.mark.parametrize(
    ("instant", "muted"),
    [
        pytest.param("2026-11-23T08:59+01:00", True, id="before it opens"),
        pytest.param("2026-11-23T09:00+01:00", False, id="when it opens"),
        pytest.param("2026-11-23T12:30+01:00", True, id="at lunch"),
        pytest.param("2026-11-23T16:59+01:00", False, id="until it closes"),
        pytest.param("2026-12-25T11:00+01:00", True, id="at Christmas"),
        pytest.param("2027-05-17T11:00+02:00", True, id="on a holiday that moves"),
        pytest.param("2026-11-29T11:00+01:00", True, id="on Sunday"),
    ],
)
def test_the_hours_of_an_office(instant: str, muted: bool):
    found = MUTED["an office with lunch and holidays"]

    assert is_muted(found, datetime.fromisoformat(instant)) == muted


def test_a_date_that_opens_while_its_weekday_is_closed_is_named():
    assert MUTED["an open Sunday"].left_out == (date(2026, 12, 20),)
    assert MUTED["hours that differ on one day, and are as many"].left_out == (date(2026, 12, 1),)
    assert MUTED["an office with lunch and holidays"].left_out == ()


def test_the_same_is_said_on_every_day_of_a_month_so_that_a_push_changes_nothing():
    of = CALENDARS["an office with lunch and holidays"]

    assert mute("support", of, today=date(2026, 11, 1)) == mute("support", of, today=date(2026, 11, 30))


def test_only_calendars_that_somebody_uses_become_timings():
    assert set(mutes(["nights", "nights", "gone"], CALENDARS, today=TODAY)) == {"nights"}
