"""From the calendars of vigie.toml to Calendar values, or to a sentence for each thing that is wrong in them.

Which hours a date has: those of its exception; else none when it is in `closed`, a public holiday or a whole-day
event of an iCalendar file; else those of its weekday. Timed iCalendar events are cut out of whatever is left.
Holidays and repeated events are known for YEARS; before and after them every day is like its weekday.
"""

import difflib
import re
import warnings
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

from schemas.calendar import CalendarSettings, ExceptionalDays
from streams.businesstime import Calendar, Day, Period
from streams.icalendars import Closed, closed_times

YEARS = range(2004, 2061)  # events from before 2004 are refused; no deadline looks further ahead than 20 years

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 1440
_LONGEST_DAYS = 366
_PERIOD = re.compile(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)(\+1)?")
_LINE = re.compile(r"(\D*[a-z])\s+(\d.*)")  # the hours begin at the first digit
_SEPARATOR = re.compile(r"[\s,]+")
_LINE_FIX = 'write it as "mon-fri 09:00-12:30 13:30-17:00" or "sat,sun 10:00-16:00"'
_PERIOD_FIX = "write it as 09:00-17:00, or as 22:00-06:00+1 when it ends on the next day"

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The calendars without fault by name, and what is wrong with the others: key, what it holds, how to repair it."""

    calendars: Mapping[str, Calendar]
    problems: tuple[str, ...]


class _Wrong(Exception):
    """What is wrong with one value, and how to repair it."""


def build(wanted: Sequence[CalendarSettings], read: Read) -> Built:
    """Build all calendars.

    Args:
        wanted: settings.calendars.
        read: the bytes of the file of that name; only iCalendar files are read.
    """
    calendars: dict[str, Calendar] = {}
    problems: list[str] = []
    first_at: dict[str, str] = {}
    for index, settings in enumerate(wanted):
        at = f"calendars[{index}]"
        wrong: list[str] = []
        other = first_at.setdefault(settings.name, at)
        if other != at:
            wrong.append(f"{at}.name holds {settings.name!r}, the name of {other}; give each calendar its own name")
        calendar = _calendar(settings, at, read, wrong)
        if not wrong:
            calendars[settings.name] = calendar
        problems += wrong
    return Built(calendars=calendars, problems=tuple(problems))


def _calendar(settings: CalendarSettings, at: str, read: Read, wrong: list[str]) -> Calendar:
    week = _week(settings.hours, f"{at}.hours", wrong)
    days = _exceptions(settings.exceptions, f"{at}.exceptions", wrong)
    both = sorted(day.date for day in days if day.date in settings.closed)
    wrong += [f"{at}.closed holds {day}, which is in {at}.exceptions too; keep one of them" for day in both]
    closed = {*settings.closed, *_holidays(settings.holidays, f"{at}.holidays", wrong)}
    if not wrong and not any(week) and not any(day.periods for day in days):
        wrong.append(
            f'{at}.hours holds nothing, so {settings.name!r} is never open; write hours = ["mon-fri 09:00-17:00"],'
            " or name no calendar where it is always open"
        )
    zone = _zone(settings.time_zone, f"{at}.time_zone", wrong)
    files = [_icalendar(name, f"{at}.icalendars[{i}]", zone, read, wrong) for i, name in enumerate(settings.icalendars)]
    return Calendar(
        zone=zone,
        week=week,
        closed=frozenset(closed.union(*(file.dates for file in files))),
        days=days,
        closures=tuple(span for file in files for span in file.spans),
    )


def _zone(name: str, at: str, wrong: list[str]) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path outside; a folder such as Europe
        fix = _similar(name, zoneinfo.available_timezones()) or "write a name such as Europe/Paris"
        wrong.append(f"{at} holds {name!r}, which is no time zone; {fix}")
        return ZoneInfo("UTC")  # so that the rest of the calendar is checked too


def _week(lines: Sequence[str], at: str, wrong: list[str]) -> tuple[tuple[Period, ...], ...]:
    week: list[list[Period]] = [[] for _ in _DAYS]
    for index, line in enumerate(lines):
        try:
            match = _LINE.fullmatch(line.strip().lower())
            if match is None:
                raise _Wrong(f"which is not days and hours; {_LINE_FIX}")
            weekdays = [day for name in _SEPARATOR.split(match[1]) for day in _weekdays(name)]
            for text in _SEPARATOR.split(match[2]):
                period = _period(text)
                for weekday in weekdays:
                    week[weekday].append(period)
        except _Wrong as error:
            wrong.append(f"{at}[{index}] holds {line!r}, {error}")
    wrong += [f"{at}: {sentence}" for sentence in _overlaps(week)]
    return tuple(tuple(sorted(periods)) for periods in week)


def _weekdays(text: str) -> list[int]:
    """`mon`, or `mon-fri`, or past the end of the week `sat-mon`."""
    first, _, last = text.partition("-")
    for name in (first, last or first):
        if name not in _DAYS:
            raise _Wrong(f"where {name!r} is no day; the days are {', '.join(_DAYS)}")
    start, stop = _DAYS.index(first), _DAYS.index(last or first)
    return [day % 7 for day in range(start, stop + (1 if start <= stop else 8))]


def _period(text: str) -> Period:
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise _Wrong(f"where {text!r} is no period; {_PERIOD_FIX}")
    hours, minutes, end_hours, end_minutes = (int(match[group]) for group in range(1, 5))
    start, end = hours * 60 + minutes, end_hours * 60 + end_minutes
    if start >= _DAY_MINUTES or end > _DAY_MINUTES:
        raise _Wrong(f"where {text!r} is past the end of the day; {_PERIOD_FIX}")
    if match[5]:
        end += _DAY_MINUTES
    if end <= start:
        raise _Wrong(
            f"where {text!r} does not end after it starts; write {text}+1 if it ends on the next day,"
            " else correct the two times"
        )
    return Period(start_minute=start, end_minute=end)


def _overlaps(week: Sequence[Sequence[Period]]) -> Iterator[str]:
    """Periods of the week that begin before an earlier one has ended; the night of Sunday ends on Monday."""
    laid = sorted(
        (day * _DAY_MINUTES + period.start_minute, day * _DAY_MINUTES + period.end_minute, day)
        for day, periods in enumerate(week)
        for period in periods
    )
    again = [(start + 7 * _DAY_MINUTES, end + 7 * _DAY_MINUTES, day) for start, end, day in laid[:1]]
    for one, other in pairwise([*laid, *again]):
        if other[0] < one[1]:
            yield f"{_shown(*one)} and {_shown(*other)} overlap; make them one period or correct one of them"


def _shown(start: int, end: int, day: int) -> str:
    start, end = start % _DAY_MINUTES, end - start + start % _DAY_MINUTES
    later = "+1" if end > _DAY_MINUTES else ""
    end = end - _DAY_MINUTES if later else end
    return f"{_DAYS[day]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}{later}"


def _exceptions(exceptions: Sequence[ExceptionalDays], at: str, wrong: list[str]) -> tuple[Day, ...]:
    days: dict[date, Day] = {}
    first_at: dict[date, str] = {}
    for index, exception in enumerate(exceptions):
        here = f"{at}[{index}]"
        last = exception.until or exception.date
        if last < exception.date:
            wrong.append(f"{here}.until holds {last}, which is before {exception.date}; write the last of the days")
        periods = tuple(sorted(_exception_periods(exception.hours, f"{here}.hours", wrong)))
        if (last - exception.date).days > _LONGEST_DAYS:
            wrong.append(f"{here}.until holds {last}, more than a year after {exception.date}; correct the year")
            continue
        for offset in range((last - exception.date).days + 1):
            day = exception.date + timedelta(days=offset)
            if day in days:
                wrong.append(f"{here} holds {day}, which {first_at[day]} holds too; give each date its hours once")
                break
            days[day] = Day(date=day, periods=periods)
            first_at[day] = here
    return tuple(days.values())


def _exception_periods(texts: Sequence[str], at: str, wrong: list[str]) -> list[Period]:
    periods = []
    for index, text in enumerate(texts):
        try:
            periods.append(_period(text.strip()))
        except _Wrong as error:
            wrong.append(f"{at}[{index}] holds {text!r}, {error}")
    for one, other in pairwise(sorted(periods)):
        if other.start_minute < one.end_minute:
            wrong.append(f"{at} holds {list(texts)!r}, two of which overlap; make them one period")
    return periods


def _holidays(codes: Sequence[str], at: str, wrong: list[str]) -> set[date]:
    supported = holidays.list_supported_countries(include_aliases=False)
    dates: set[date] = set()
    for index, code in enumerate(codes):
        country, _, part = code.partition("-")
        parts = supported.get(country)
        if parts is None:
            fix = _similar(country.upper(), supported) or "write an ISO 3166 code such as FR or US-CA"
            wrong.append(f"{at}[{index}] holds {code!r}, no country whose holidays are known; {fix}")
        elif part and part not in parts:
            fix = f"{country} has {', '.join(parts)}" if parts else f"write {country!r}: it has no parts"
            wrong.append(f"{at}[{index}] holds {code!r}, no part of {country} whose holidays are known; {fix}")
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that some holidays of far years are not fixed yet
                dates.update(holidays.country_holidays(country, subdiv=part or None, years=YEARS))
    return dates


def _icalendar(name: str, at: str, zone: ZoneInfo, read: Read, wrong: list[str]) -> Closed:
    try:
        content = read(name)
    except OSError as error:
        wrong.append(f"{at} holds {name!r}, which cannot be read ({error.strerror}); correct the path")
        return Closed()
    closed = closed_times(content, zone, YEARS)
    wrong += [f"{at} holds {name!r}: {problem}" for problem in closed.problems]
    return closed


def _similar(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else ""
