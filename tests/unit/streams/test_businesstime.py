"""Open hours, case by case, as a support manager would ask. All times are those of the clock on the wall."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schemas.calendar import CalendarSettings, ExceptionalDays
from streams.businesstime import (
    Calendar,
    Day,
    Period,
    Span,
    add_business_ms,
    business_ms,
    is_open,
    next_open_ms,
)
from streams.calendars import build

MINUTE = 60_000
HOUR = 60 * MINUTE
NEVER: tuple[tuple[Period, ...], ...] = ((),) * 7

OFFICE = ("mon-fri 09:00-17:00",)
LUNCH = ("mon-fri 09:00-12:30 13:30-17:00",)
NIGHT = ("mon-sat 22:00-06:00+1",)
ROUND_THE_CLOCK = ("mon-sun 00:00-24:00",)


def opening(hours: tuple[str, ...], zone: str = "Europe/Paris", **fields: object) -> Calendar:
    built = build([CalendarSettings(name="c", time_zone=zone, hours=hours, **fields)], read=lambda name: b"")
    assert built.problems == ()
    return built.calendars["c"]


def at(text: str, zone: str = "Europe/Paris") -> int:
    """An instant from the time on the wall; `~` marks the second time that a repeated hour shows it."""
    local = datetime.fromisoformat(text.rstrip("~")).replace(tzinfo=ZoneInfo(zone), fold=int(text.endswith("~")))
    return round(local.timestamp() * 1000)


def shown(at_ms: int | None, zone: str = "Europe/Paris") -> str | None:
    if at_ms is None:
        return None
    local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    return f"{local:%a %Y-%m-%d %H:%M}{'~' if local.fold else ''}"


def day(text: str, *hours: str) -> ExceptionalDays:
    return ExceptionalDays(date=date.fromisoformat(text), hours=hours)


PROMISES = [
    # hours, what else the calendar says, the customer writes, target in minutes, the answer is due
    pytest.param(OFFICE, {}, "2026-11-27 16:30", 60, "Mon 2026-11-30 09:30", id="over the week-end"),
    pytest.param(OFFICE, {}, "2026-11-24 10:00", 60, "Tue 2026-11-24 11:00", id="within the day"),
    pytest.param(OFFICE, {}, "2026-11-24 20:00", 60, "Wed 2026-11-25 10:00", id="written in the evening"),
    pytest.param(OFFICE, {}, "2026-11-28 11:00", 60, "Mon 2026-11-30 10:00", id="written on Saturday"),
    pytest.param(OFFICE, {}, "2026-11-27 16:00", 60, "Fri 2026-11-27 17:00", id="used up at closing: due at closing"),
    pytest.param(OFFICE, {}, "2026-11-24 17:00", 60, "Wed 2026-11-25 10:00", id="written at closing"),
    pytest.param(OFFICE, {}, "2026-11-24 09:00", 60, "Tue 2026-11-24 10:00", id="written at opening"),
    pytest.param(OFFICE, {}, "2026-11-28 11:00", 0, "Sat 2026-11-28 11:00", id="no time at all is due at once"),
    pytest.param(OFFICE, {}, "2026-11-24 10:00", 40 * 60, "Tue 2026-12-01 10:00", id="a week of work"),
    pytest.param(LUNCH, {}, "2026-11-24 12:00", 60, "Tue 2026-11-24 14:00", id="lunch stops the clock"),
    pytest.param(LUNCH, {}, "2026-11-24 13:00", 60, "Tue 2026-11-24 14:30", id="written at lunch"),
    pytest.param(
        OFFICE, {"holidays": ("FR",)}, "2026-04-03 16:30", 60, "Tue 2026-04-07 09:30", id="Easter Monday in France"
    ),
    pytest.param(
        OFFICE,
        {"holidays": ("FR-57",)},
        "2026-04-02 16:30",
        60,
        "Tue 2026-04-07 09:30",
        id="and Good Friday in Moselle",
    ),
    pytest.param(
        OFFICE,
        {"holidays": ("FR",), "exceptions": (day("2026-04-06", "10:00-12:00"),)},
        "2026-04-03 16:30",
        60,
        "Mon 2026-04-06 10:30",
        id="a holiday with hours of its own",
    ),
    pytest.param(
        OFFICE,
        {"closed": (date(2026, 11, 30),)},
        "2026-11-27 16:30",
        60,
        "Tue 2026-12-01 09:30",
        id="own closed Monday",
    ),
    pytest.param(
        OFFICE,
        {"exceptions": (day("2026-11-28", "10:00-10:20", "11:00-12:00"),)},
        "2026-11-27 16:30",
        60,
        "Sat 2026-11-28 11:10",
        id="a Saturday of work, split",
    ),
    pytest.param(NIGHT, {}, "2026-11-24 23:00", 120, "Wed 2026-11-25 01:00", id="night shift goes on after midnight"),
    pytest.param(NIGHT, {}, "2026-11-25 05:00", 120, "Wed 2026-11-25 23:00", id="night shift ends in the morning"),
    pytest.param(NIGHT, {}, "2026-11-29 05:00", 120, "Mon 2026-11-30 23:00", id="Sunday has Saturday's shift only"),
    pytest.param(
        NIGHT,
        {"closed": (date(2026, 12, 24),)},
        "2026-12-24 05:00",
        120,
        "Fri 2026-12-25 23:00",
        id="a closed date loses its night, not the morning of the night before",
    ),
    pytest.param(ROUND_THE_CLOCK, {}, "2026-11-27 23:30", 60, "Sat 2026-11-28 00:30", id="round the clock"),
    pytest.param(ROUND_THE_CLOCK, {}, "2026-03-29 01:30", 60, "Sun 2026-03-29 03:30", id="clocks put forward"),
    pytest.param(ROUND_THE_CLOCK, {}, "2026-10-25 02:30", 60, "Sun 2026-10-25 02:30~", id="clocks put back"),
    pytest.param(NIGHT, {}, "2026-03-28 22:00", 7 * 60, "Sun 2026-03-29 06:00", id="the night of seven hours"),
    pytest.param(NIGHT, {}, "2026-10-24 22:00", 9 * 60, "Sun 2026-10-25 06:00", id="the night of nine hours"),
    pytest.param(OFFICE, {}, "2028-02-28 16:30", 60, "Tue 2028-02-29 09:30", id="29 February is a day of work"),
    pytest.param(OFFICE, {}, "2027-02-26 16:30", 60, "Mon 2027-03-01 09:30", id="no 29 February in 2027"),
    pytest.param(OFFICE, {}, "2026-12-31 16:30", 60, "Fri 2027-01-01 09:30", id="New Year without holidays"),
]


@pytest.mark.parametrize(("hours", "fields", "written", "target", "due"), PROMISES)
def test_answer_is_due_when_so_much_open_time_has_passed(
    hours: tuple[str, ...], fields: dict[str, object], written: str, target: int, due: str
):
    calendar = opening(hours, **fields)

    assert shown(add_business_ms(at(written), target * MINUTE, calendar)) == due


@pytest.mark.parametrize(
    ("zone", "hours", "on", "minutes"),
    [
        pytest.param("Europe/Paris", "00:00-24:00", "2026-03-29", 23 * 60, id="Paris forward: 23 hours"),
        pytest.param("Europe/Paris", "00:00-24:00", "2026-10-25", 25 * 60, id="Paris back: 25 hours"),
        pytest.param("Europe/Paris", "02:15-02:45", "2026-03-29", 0, id="a period in the skipped hour never comes"),
        pytest.param("Europe/Paris", "01:30-02:30", "2026-03-29", 30, id="a period loses what is in the skipped hour"),
        pytest.param("Europe/Paris", "02:15-02:45", "2026-10-25", 60, id="a period in the repeated hour comes twice"),
        pytest.param("Europe/Paris", "01:00-02:30", "2026-10-25", 120, id="and so does its part"),
        pytest.param("America/New_York", "00:00-24:00", "2026-03-08", 23 * 60, id="New York forward"),
        pytest.param("America/New_York", "00:00-24:00", "2026-11-01", 25 * 60, id="New York back"),
        pytest.param("Australia/Lord_Howe", "00:00-24:00", "2026-10-04", 23 * 60 + 30, id="Lord Howe forward: half"),
        pytest.param("Australia/Lord_Howe", "00:00-24:00", "2026-04-05", 24 * 60 + 30, id="Lord Howe back: half"),
        pytest.param("Australia/Lord_Howe", "01:00-03:00", "2026-04-05", 150, id="Lord Howe repeats half an hour"),
        pytest.param("Asia/Kolkata", "00:00-24:00", "2026-03-29", 24 * 60, id="Kolkata never changes"),
        pytest.param("Pacific/Apia", "00:00-24:00", "2011-12-30", 0, id="Samoa skipped a whole day"),
        pytest.param("UTC", "00:00-24:00", "2028-02-29", 24 * 60, id="29 February"),
    ],
)
def test_a_day_is_open_for_the_time_its_clock_shows_the_period(zone: str, hours: str, on: str, minutes: int):
    weekday = f"{date.fromisoformat(on):%a}".lower()
    calendar = opening((f"{weekday} {hours}",), zone)
    middle_ms = at(f"{on} 12:00", zone)

    assert business_ms(middle_ms - 36 * HOUR, middle_ms + 36 * HOUR, calendar) == minutes * MINUTE


def test_repeated_half_hour_reopens_a_period_that_had_ended():
    calendar = opening(("sun 01:00-02:30",))

    opened = {text: is_open(at(f"2026-10-25 {text}"), calendar) for text in ("02:29", "02:45", "02:00~", "02:30~")}

    assert opened == {"02:29": True, "02:45": False, "02:00~": True, "02:30~": False}


def test_periods_are_half_open():
    calendar = opening(OFFICE)
    opening_ms, closing_ms = at("2026-11-24 09:00"), at("2026-11-24 17:00")

    assert [is_open(at_ms, calendar) for at_ms in (opening_ms - 1, opening_ms, closing_ms - 1, closing_ms)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-11-24 08:00", "Tue 2026-11-24 09:00", id="before opening"),
        pytest.param("2026-11-24 10:00", "Tue 2026-11-24 10:00", id="open now"),
        pytest.param("2026-11-27 17:00", "Mon 2026-11-30 09:00", id="closing on Friday"),
    ],
)
def test_next_opening_is_now_or_later(now: str, expected: str):
    assert shown(next_open_ms(at(now), opening(OFFICE))) == expected


def test_without_a_calendar_it_is_always_open():
    assert business_ms(5, 12, None) == 7
    assert add_business_ms(5, 7, None) == 12
    assert is_open(5, None)
    assert next_open_ms(5, None) == 5


def test_an_end_before_the_start_is_no_time():
    calendar = opening(OFFICE)
    start_ms = at("2026-11-24 12:00")

    assert business_ms(start_ms, start_ms - HOUR, calendar) == 0
    assert business_ms(start_ms, start_ms - HOUR, None) == 0
    assert add_business_ms(start_ms, -HOUR, calendar) == start_ms


def test_a_calendar_that_is_never_open_has_no_deadline():
    calendar = Calendar(zone=ZoneInfo("UTC"), week=NEVER)

    assert add_business_ms(0, 1, calendar) is None
    assert next_open_ms(0, calendar) is None
    assert business_ms(0, 365 * 24 * HOUR, calendar) == 0


def test_a_deadline_is_looked_for_twenty_years_ahead_and_no_further():
    hour = (Period(start_minute=0, end_minute=60),)
    days = tuple(Day(date=date(year, 1, 1), periods=hour) for year in (2045, 2049))
    calendar = Calendar(zone=ZoneInfo("UTC"), week=NEVER, days=days)
    start_ms = at("2026-01-01 00:00", "UTC")

    assert shown(add_business_ms(start_ms, HOUR, calendar), "UTC") == "Sun 2045-01-01 01:00"
    assert add_business_ms(start_ms, 2 * HOUR, calendar) is None


def test_periods_that_overlap_count_once():
    periods = (Period(start_minute=600, end_minute=720), Period(start_minute=540, end_minute=660))
    calendar = Calendar(zone=ZoneInfo("UTC"), week=(periods,) * 7)

    assert business_ms(0, 24 * HOUR, calendar) == 3 * HOUR


def test_closures_are_cut_out_of_open_hours():
    calendar = Calendar(
        zone=ZoneInfo("UTC"),
        week=((Period(start_minute=540, end_minute=1020),),) * 7,
        closures=(
            Span(start_ms=16 * HOUR, end_ms=18 * HOUR),
            Span(start_ms=8 * HOUR, end_ms=10 * HOUR),
            Span(start_ms=11 * HOUR, end_ms=12 * HOUR),
            Span(start_ms=11 * HOUR + 1, end_ms=12 * HOUR - 1),
            Span(start_ms=20 * HOUR, end_ms=20 * HOUR),
            Span(start_ms=(24 + 8) * HOUR, end_ms=(24 + 18) * HOUR),
        ),
    )

    assert business_ms(0, 24 * HOUR, calendar) == (1 + 4) * HOUR
    assert business_ms(24 * HOUR, 48 * HOUR, calendar) == 0
    assert add_business_ms(0, 2 * HOUR, calendar) == 13 * HOUR


def test_equal_calendars_are_equal_values_whatever_was_asked_of_them():
    asked, fresh = opening(LUNCH), opening(LUNCH)
    business_ms(0, timedelta(days=400) // timedelta(milliseconds=1), asked)

    assert (asked, hash(asked)) == (fresh, hash(fresh))


@pytest.mark.parametrize(
    ("start", "end"), [(-1, 60), (1440, 1500), (600, 600), (600, 540), (600, 2881)], ids=lambda minute: str(minute)
)
def test_a_period_that_does_not_end_after_it_starts_is_refused(start: int, end: int):
    with pytest.raises(ValueError, match="a period begins within its day"):
        Period(start_minute=start, end_minute=end)


def test_a_week_has_seven_days():
    with pytest.raises(ValueError, match="seven days, Monday first, not 5"):
        Calendar(zone=ZoneInfo("UTC"), week=((),) * 5)
