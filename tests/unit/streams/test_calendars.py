"""Calendars from settings: what they mean, and every sentence that says what is wrong with them."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.calendar import CalendarSettings, ExceptionalDays
from streams.businesstime import Calendar, Period, business_ms
from streams.calendars import build

HOUR = 3_600_000


def files(**texts: str):
    """Files by name; any other is missing."""

    def read(name: str) -> bytes:
        if name not in texts:
            raise FileNotFoundError(2, "No such file or directory", name)
        return texts[name].encode(errors="surrogateescape")

    return read


def ics(*events: str) -> str:
    """An iCalendar file whose first event begins on line 3."""
    bodies = [f"BEGIN:VEVENT\r\nUID:{number}\r\n{event}\r\nEND:VEVENT\r\n" for number, event in enumerate(events)]
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(bodies).replace("|", "\r\n") + "END:VCALENDAR\r\n"


def make_settings(**fields: Any) -> CalendarSettings:
    return CalendarSettings(
        **{"name": "support", "time_zone": "Europe/Paris", "hours": ("mon-fri 09:00-17:00",)} | fields
    )


def made(read=files(), **fields: Any) -> Calendar:
    built = build([make_settings(**fields)], read)
    assert built.problems == ()
    return built.calendars["support"]


def problems(read=files(), **fields: Any) -> tuple[str, ...]:
    built = build([make_settings(**fields)], read)
    assert not built.calendars
    return built.problems


def open_hours(calendar: Calendar, day: str) -> float:
    first = datetime.fromisoformat(day).replace(tzinfo=calendar.zone)
    start_ms = round(first.timestamp() * 1000)
    return business_ms(start_ms, start_ms + 24 * HOUR, calendar) / HOUR


@pytest.mark.parametrize(
    ("line", "weekdays"),
    [
        pytest.param("mon-fri 09:00-17:00", [0, 1, 2, 3, 4], id="a range"),
        pytest.param("sat,sun 09:00-17:00", [5, 6], id="a list"),
        pytest.param("mon, wed-thu 09:00-17:00", [0, 2, 3], id="a list with a range"),
        pytest.param("sat-mon 09:00-17:00", [0, 5, 6], id="a range over the end of the week"),
        pytest.param("  TUE   9:00-17:00 ", [1], id="capitals, blanks and a short hour"),
    ],
)
def test_hours_name_their_days(line: str, weekdays: list[int]):
    week = made(hours=(line,)).week

    assert {number: periods for number, periods in enumerate(week) if periods} == dict.fromkeys(
        weekdays, (Period(start_minute=540, end_minute=1020),)
    )


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        pytest.param("09:00-12:30 13:30-17:00", [(540, 750), (810, 1020)], id="lunch"),
        pytest.param("13:30-17:00, 09:00-12:30", [(540, 750), (810, 1020)], id="in any order, with a comma"),
        pytest.param("00:00-24:00", [(0, 1440)], id="all day"),
        pytest.param("22:00-06:00+1", [(1320, 1800)], id="over midnight"),
        pytest.param("09:00-12:00 12:00-17:00", [(540, 720), (720, 1020)], id="one after the other"),
    ],
)
def test_a_day_has_any_number_of_periods(text: str, periods: list[tuple[int, int]]):
    week = made(hours=(f"wed {text}",)).week

    assert [(period.start_minute, period.end_minute) for period in week[2]] == periods


def test_several_calendars_each_have_their_own_zone():
    built = build([make_settings(name="paris"), make_settings(name="sydney", time_zone="Australia/Sydney")], files())

    assert built.problems == ()
    assert {name: calendar.zone.key for name, calendar in built.calendars.items()} == {
        "paris": "Europe/Paris",
        "sydney": "Australia/Sydney",
    }


@pytest.mark.parametrize(
    ("fields", "day", "hours"),
    [
        pytest.param({}, "2026-07-14", 8, id="without holidays every weekday counts"),
        pytest.param({"holidays": ("FR",)}, "2026-07-14", 0, id="a public holiday"),
        pytest.param({"holidays": ("FR",)}, "2026-04-03", 8, id="Good Friday in France"),
        pytest.param({"holidays": ("FR-57",)}, "2026-04-03", 0, id="Good Friday in Moselle"),
        pytest.param({"holidays": ("FR", "DE-BY")}, "2026-01-06", 0, id="the holidays of two countries"),
        pytest.param({"holidays": ("FR",)}, "2059-07-14", 0, id="years ahead"),
        pytest.param({"closed": (date(2026, 7, 15),)}, "2026-07-15", 0, id="an own closed day"),
        pytest.param(
            {"holidays": ("FR",), "exceptions": (ExceptionalDays(date=date(2026, 7, 14), hours=("10:00-12:00",)),)},
            "2026-07-14",
            2,
            id="an exception comes before a holiday",
        ),
        pytest.param(
            {"exceptions": (ExceptionalDays(date=date(2026, 12, 24), until=date(2027, 1, 1)),)},
            "2026-12-30",
            0,
            id="closed from one date to another",
        ),
        pytest.param({"exceptions": (ExceptionalDays(date=date(2026, 7, 13)),)}, "2026-07-14", 8, id="one day only"),
    ],
)
def test_dates_have_other_hours(fields: dict[str, Any], day: str, hours: float):
    assert open_hours(made(**fields), day) == hours


@pytest.mark.parametrize(
    ("event", "day", "hours"),
    [
        pytest.param("DTSTART;VALUE=DATE:20260713", "2026-07-13", 0, id="a whole day"),
        pytest.param(
            "DTSTART;VALUE=DATE:20260713|DTEND;VALUE=DATE:20260713", "2026-07-13", 0, id="that ends on itself"
        ),
        pytest.param("DTSTART;VALUE=DATE:20260713|DTEND;VALUE=DATE:20260715", "2026-07-14", 0, id="the second of two"),
        pytest.param("DTSTART;VALUE=DATE:20260713|DTEND;VALUE=DATE:20260715", "2026-07-15", 8, id="the end is open"),
        pytest.param("DTSTART;VALUE=DATE:20200713|RRULE:FREQ=YEARLY", "2026-07-13", 0, id="every year"),
        pytest.param(
            "DTSTART;VALUE=DATE:20200713|RRULE:FREQ=YEARLY|EXDATE;VALUE=DATE:20260713",
            "2026-07-13",
            8,
            id="but for one",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20200713|RRULE:FREQ=YEARLY;UNTIL=20250713T000000Z",
            "2026-07-13",
            8,
            id="until last year",
        ),
        pytest.param("DTSTART:20260713T100000|DTEND:20260713T120000", "2026-07-13", 6, id="two hours on the own clock"),
        pytest.param("DTSTART:20260713T140000Z|DURATION:PT2H", "2026-07-13", 7, id="in UTC, past closing"),
        pytest.param(
            "DTSTART;TZID=America/New_York:20260713T040000|DURATION:PT1H", "2026-07-13", 7, id="in another zone"
        ),
        pytest.param("DTSTART:20260713T100000", "2026-07-13", 8, id="an event of no length"),
        pytest.param("DTSTART;VALUE=DATE:20260713|STATUS:CANCELLED", "2026-07-13", 8, id="cancelled"),
        pytest.param(
            "DTSTART;VALUE=DATE:20260713|TRANSP:TRANSPARENT", "2026-07-13", 0, id="marked free, as holidays are"
        ),
        pytest.param(
            "DTSTART;TZID=Europe/Paris:20260105T090000|DURATION:PT30M|RRULE:FREQ=WEEKLY;BYDAY=MO",
            "2026-07-13",
            7.5,
            id="a weekly meeting keeps its time on the wall through the summer",
        ),
    ],
)
def test_events_of_an_icalendar_file_are_times_closed(event: str, day: str, hours: float):
    calendar = made(files(closures=ics(event)), icalendars=("closures",))

    assert open_hours(calendar, day) == hours


def test_a_timed_event_is_cut_out_of_an_exception_too():
    calendar = made(
        files(closures=ics("DTSTART:20260713T100000|DTEND:20260713T110000", "DTSTART;VALUE=DATE:20260713")),
        icalendars=("closures",),
        exceptions=(ExceptionalDays(date=date(2026, 7, 13), hours=("10:00-12:00",)),),
    )

    assert open_hours(calendar, "2026-07-13") == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param(
            {"time_zone": "Europe/Pariss"},
            "calendars[0].time_zone holds 'Europe/Pariss', which is no time zone; did you mean 'Europe/Paris'?",
            id="an unknown zone",
        ),
        pytest.param(
            {"time_zone": "../etc"},
            "calendars[0].time_zone holds '../etc', which is no time zone; write a name such as Europe/Paris",
            id="no zone at all",
        ),
        pytest.param(
            {"hours": ("mon-fri 09:00-12:00", "fri 11:00-13:00")},
            "calendars[0].hours: fri 09:00-12:00 and fri 11:00-13:00 overlap;"
            " make them one period or correct one of them",
            id="periods overlap",
        ),
        pytest.param(
            {"hours": ("sun 22:00-06:00+1", "mon 05:00-10:00")},
            "calendars[0].hours: sun 22:00-06:00+1 and mon 05:00-10:00 overlap;"
            " make them one period or correct one of them",
            id="the night of Sunday overlaps Monday",
        ),
        pytest.param(
            {"hours": ("mon 17:00-09:00",)},
            "calendars[0].hours[0] holds 'mon 17:00-09:00', where '17:00-09:00' does not end after it starts;"
            " write 17:00-09:00+1 if it ends on the next day, else correct the two times",
            id="the end is before the start",
        ),
        pytest.param(
            {"hours": ("mon 09:00-25:00",)},
            "calendars[0].hours[0] holds 'mon 09:00-25:00', where '09:00-25:00' is past the end of the day;"
            " write it as 09:00-17:00, or as 22:00-06:00+1 when it ends on the next day",
            id="an hour that no day has",
        ),
        pytest.param(
            {"hours": ("mon 9h-17h",)},
            "calendars[0].hours[0] holds 'mon 9h-17h', where '9h-17h' is no period;"
            " write it as 09:00-17:00, or as 22:00-06:00+1 when it ends on the next day",
            id="no period",
        ),
        pytest.param(
            {"hours": ("monday 09:00-17:00",)},
            "calendars[0].hours[0] holds 'monday 09:00-17:00', where 'monday' is no day;"
            " the days are mon, tue, wed, thu, fri, sat, sun",
            id="no day",
        ),
        pytest.param(
            {"hours": ("09:00-17:00",)},
            "calendars[0].hours[0] holds '09:00-17:00', which is not days and hours;"
            ' write it as "mon-fri 09:00-12:30 13:30-17:00" or "sat,sun 10:00-16:00"',
            id="hours without days",
        ),
        pytest.param(
            {"hours": ()},
            "calendars[0].hours holds nothing, so 'support' is never open; write hours = [\"mon-fri 09:00-17:00\"],"
            " or name no calendar where it is always open",
            id="never open",
        ),
        pytest.param(
            {"holidays": ("fr",)},
            "calendars[0].holidays[0] holds 'fr', no country whose holidays are known; did you mean 'FR'?",
            id="an unknown country",
        ),
        pytest.param(
            {"holidays": ("ZZ",)},
            "calendars[0].holidays[0] holds 'ZZ', no country whose holidays are known;"
            " write an ISO 3166 code such as FR or US-CA",
            id="no country at all",
        ),
        pytest.param(
            {"holidays": ("GB-PAR",)},
            "calendars[0].holidays[0] holds 'GB-PAR', no part of GB whose holidays are known;"
            " GB has ENG, NIR, SCT, WLS",
            id="an unknown part",
        ),
        pytest.param(
            {"holidays": ("AX-1",)},
            "calendars[0].holidays[0] holds 'AX-1', no part of AX whose holidays are known;"
            " write 'AX': it has no parts",
            id="a country without parts",
        ),
        pytest.param(
            {"exceptions": (ExceptionalDays(date=date(2026, 7, 2), until=date(2026, 7, 1)),)},
            "calendars[0].exceptions[0].until holds 2026-07-01, which is before 2026-07-02; write the last of the days",
            id="an exception that ends before it begins",
        ),
        pytest.param(
            {"exceptions": (ExceptionalDays(date=date(2026, 7, 2), until=date(2206, 7, 3)),)},
            "calendars[0].exceptions[0].until holds 2206-07-03, more than a year after 2026-07-02; correct the year",
            id="an exception of many years",
        ),
        pytest.param(
            {"exceptions": (ExceptionalDays(date=date(2026, 7, 2), hours=("09:00-12:00", "11:00-13:00")),)},
            "calendars[0].exceptions[0].hours holds ['09:00-12:00', '11:00-13:00'], two of which overlap;"
            " make them one period",
            id="periods of an exception overlap",
        ),
        pytest.param(
            {"exceptions": (ExceptionalDays(date=date(2026, 7, 2), hours=("noon",)),)},
            "calendars[0].exceptions[0].hours[0] holds 'noon', where 'noon' is no period;"
            " write it as 09:00-17:00, or as 22:00-06:00+1 when it ends on the next day",
            id="no period in an exception",
        ),
        pytest.param(
            {
                "exceptions": (
                    ExceptionalDays(date=date(2026, 7, 1), until=date(2026, 7, 3)),
                    ExceptionalDays(date=date(2026, 7, 2)),
                )
            },
            "calendars[0].exceptions[1] holds 2026-07-02, which calendars[0].exceptions[0] holds too;"
            " give each date its hours once",
            id="two exceptions for one date",
        ),
        pytest.param(
            {
                "closed": (date(2026, 7, 2),),
                "exceptions": (ExceptionalDays(date=date(2026, 7, 2), hours=("9:00-10:00",)),),
            },
            "calendars[0].closed holds 2026-07-02, which is in calendars[0].exceptions too; keep one of them",
            id="closed and an exception",
        ),
        pytest.param(
            {"icalendars": ("holidays.ics",)},
            "calendars[0].icalendars[0] holds 'holidays.ics', which cannot be read (No such file or directory);"
            " correct the path",
            id="a file that is missing",
        ),
    ],
)
def test_a_problem_names_the_key_what_it_holds_and_the_repair(fields: dict[str, Any], sentence: str):
    assert problems(**fields) == (sentence,)


@pytest.mark.parametrize(
    ("event", "what"),
    [
        pytest.param("DTSTART;VALUE=DATE:20261332", "Wrong date format 20261332", id="no date"),
        pytest.param("SUMMARY:nothing", "No DTSTART given", id="without a start"),
        pytest.param(
            "DTSTART;VALUE=DATE:20260102|DTEND;VALUE=DATE:20260101",
            "it ends at 2026-01-01, before it starts at 2026-01-02",
            id="the end before the start",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:99990101",
            "it lasts from 2026-01-01 to 9999-01-01, more than a year",
            id="thousands of years",
        ),
        pytest.param(
            "DTSTART;TZID=Mars/Olympus:20260101T100000|DURATION:PT1H",
            "DTSTART has the unknown time zone Mars/Olympus",
            id="an unknown zone",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260101|RRULE:FREQ=SOMETIMES", "Expected frequency, got: SOMETIMES", id="no frequency"
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;INTERVAL=0",
            "its RRULE has an INTERVAL below 1",
            id="repeats without end on one day",
        ),
        pytest.param(
            "DTSTART:20260101T100000|DURATION:PT1M|RRULE:FREQ=HOURLY",
            "its RRULE does not say yearly, monthly, weekly or daily, or comes several times a day",
            id="every hour",
        ),
    ],
)
def test_an_unreadable_event_is_named_by_its_line(event: str, what: str):
    content = ics("DTSTART;VALUE=DATE:20260101", event)

    (sentence,) = problems(files(closures=content), icalendars=("closures",))[:1]

    line = 1 + [number for number, text in enumerate(content.splitlines()) if text == "BEGIN:VEVENT"][1]
    assert sentence == (
        f"calendars[0].icalendars[0] holds 'closures': the event on line {line}: {what};"
        " correct it there, or take the event out"
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("hello", id="text"),
        pytest.param("\udcff", id="bytes of another encoding"),
        pytest.param(ics("DTSTART;VALUE=DATE:20260101").removesuffix("END:VCALENDAR\r\n"), id="cut off"),
        pytest.param("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260101\r\nEND:VEVENT\r\n", id="an event of no calendar"),
    ],
)
def test_a_file_that_is_no_whole_icalendar_is_refused(content: str):
    (sentence,) = problems(files(closures=content), icalendars=("closures",))

    assert sentence.startswith("calendars[0].icalendars[0] holds 'closures': it is not a")
    assert sentence.endswith("; export it anew")


def test_a_rule_that_means_nothing_is_refused():
    content = ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYSETPOS=0")

    (sentence,) = problems(files(closures=content), icalendars=("closures",))

    assert "its repeated events cannot be followed (" in sentence
    assert sentence.endswith("FREQ=YEARLY;BYSETPOS=0); correct their RRULE")


def test_names_are_given_once():
    built = build([make_settings(), make_settings(name="other"), make_settings()], files())

    assert built.problems == (
        "calendars[2].name holds 'support', the name of calendars[0]; give each calendar its own name",
    )


def test_all_problems_are_said_at_once_and_sound_calendars_are_still_built():
    built = build(
        [
            make_settings(name="sound"),
            make_settings(time_zone="Mars/Olympus", hours=("monday 09:00",), holidays=("ZZ",), icalendars=("a", "b")),
            make_settings(name="night", hours=("mon 22:00-06:00",)),
        ],
        files(b="hello"),
    )

    keys = [problem.split(" holds ")[0] for problem in built.problems]
    assert keys == [
        "calendars[1].hours[0]",
        "calendars[1].holidays[0]",
        "calendars[1].time_zone",
        "calendars[1].icalendars[0]",
        "calendars[1].icalendars[1]",
        "calendars[2].hours[0]",
    ]
    assert list(built.calendars) == ["sound"]


def test_no_calendars_are_no_problem():
    built = build([], files())

    assert (dict(built.calendars), built.problems) == ({}, ())


def test_friday_afternoon_is_not_friday_evening_elsewhere():
    calendar = made(time_zone="Asia/Kolkata")
    utc_ms = round(datetime(2026, 11, 27, 11, 0, tzinfo=UTC).timestamp() * 1000)  # 16:30 in Kolkata

    assert business_ms(utc_ms, utc_ms + 24 * HOUR, calendar) == HOUR / 2
    assert calendar.zone == ZoneInfo("Asia/Kolkata")
