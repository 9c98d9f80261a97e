"""Mute timings: the closed hours of calendars, as intervals of Grafana. Pure.

Grafana knows weekdays, days of months, hours and a time zone, and mutes whatever any interval covers. So the closed
hours of the week are said once, and what a date closes beyond them (holidays, closed days, shorter hours) by its date,
for this month and the twelve that follow: push again within a year. What cannot be said is a date that is open while
its weekday is closed, and a closed minute that is no whole one; `left_out` names such dates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from streams.businesstime import Calendar, business_ms

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_DAY_MINUTES = 1440
_STEP = 5  # minutes: opening hours finer than that are said five minutes too long closed
_MONTHS_AHEAD = 13

Closed = tuple[tuple[int, int], ...]  # spans of minutes of a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """A mute timing, and the dates of which it says too much."""

    timing: dict[str, Any]
    left_out: tuple[date, ...]


def mute_name(calendar: str) -> str:
    """What the mute timing of a calendar is called."""
    return f"vigie: {calendar} closed"


def mute(name: str, calendar: Calendar, *, today: date) -> Muted:
    """The closed hours of a calendar."""
    week = _week(calendar)
    dates: dict[date, Closed] = {}
    left_out: list[date] = []
    for day in _days(today):
        if _is_usual(calendar, day, week):
            continue
        usual, closed = week[day.weekday()], _closed_on(calendar, day)
        if more := _without(closed, usual):
            dates[day] = closed if not _without(usual, closed) else more
        if _without(usual, closed):
            left_out.append(day)
    intervals = [*_weekly(week, calendar), *_dated(dates, calendar)]
    return Muted(timing={"name": mute_name(name), "time_intervals": intervals}, left_out=tuple(left_out))


def mutes(names: Sequence[str], calendars: Mapping[str, Calendar], *, today: date) -> dict[str, Muted]:
    """Those of the calendars that are named."""
    return {name: mute(name, calendars[name], today=today) for name in dict.fromkeys(names) if name in calendars}


def _days(today: date) -> list[date]:
    """From the first of this month on, so that the answer is the same for a whole month."""
    first = today.replace(day=1)
    months = first.month - 1 + _MONTHS_AHEAD
    last = date(first.year + months // 12, months % 12 + 1, 1)
    return [first + timedelta(days=number) for number in range((last - first).days)]


def _week(calendar: Calendar) -> list[Closed]:
    """The closed hours of each weekday; a shift past midnight opens the morning of the next."""
    found = []
    for weekday in range(7):
        open_spans = [(period.start_minute, period.end_minute) for period in calendar.week[weekday]]
        before = [(one.start_minute, one.end_minute) for one in calendar.week[weekday - 1]]
        open_spans += [(start - _DAY_MINUTES, end - _DAY_MINUTES) for start, end in before]
        found.append(_complement(open_spans))
    return found


def _complement(spans: Sequence[tuple[int, int]]) -> Closed:
    closed, at = [], 0
    for start, end in sorted(spans):
        if end <= 0 or start >= _DAY_MINUTES:
            continue
        if start > at:
            closed.append((at, start))
        at = max(at, end)
    if at < _DAY_MINUTES:
        closed.append((at, _DAY_MINUTES))
    return tuple(closed)


def _is_usual(calendar: Calendar, day: date, week: Sequence[Closed]) -> bool:
    """Whether a date is open for as long as its weekday and nothing else is said of it, nor of the day before."""
    if calendar.closures or any(one.date in (day, day - timedelta(days=1)) for one in calendar.days):
        return False
    midnight, next_midnight = (
        datetime(one.year, one.month, one.day, tzinfo=calendar.zone) for one in (day, day + timedelta(days=1))
    )
    open_minutes = _DAY_MINUTES - sum(end - start for start, end in week[day.weekday()])
    return business_ms(_ms(midnight), _ms(next_midnight), calendar) == open_minutes * 60_000


def _closed_on(calendar: Calendar, day: date) -> Closed:
    """What really is closed on a date, asked of the calendar itself every five minutes of the clock on the wall."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
    open_at = []
    for minute in range(0, _DAY_MINUTES, _STEP):
        at = _ms(midnight + timedelta(minutes=minute))
        if business_ms(at, at + _STEP * 60_000, calendar) > 0:
            open_at.append((minute, minute + _STEP))
    return _complement(open_at)


def _ms(wall: datetime) -> int:
    return round(wall.astimezone(UTC).timestamp() * 1000)


def _without(spans: Closed, others: Closed) -> Closed:
    """What of the spans lies in none of the others."""
    left = []
    for start, end in spans:
        at = start
        for other_start, other_end in others:
            if other_end <= at or other_start >= end:
                continue
            if other_start > at:
                left.append((at, other_start))
            at = max(at, other_end)
        if at < end:
            left.append((at, end))
    return tuple(one for one in left if one[1] - one[0] >= _STEP)


def _weekly(week: Sequence[Closed], calendar: Calendar) -> list[dict[str, Any]]:
    found = []
    for closed in dict.fromkeys(week):
        if closed:
            weekdays = [_WEEKDAYS[number] for number, of_day in enumerate(week) if of_day == closed]
            found.append({"times": _times(closed), "weekdays": weekdays, "location": calendar.zone.key})
    return found


def _dated(dates: Mapping[date, Closed], calendar: Calendar) -> list[dict[str, Any]]:
    found = []
    by_month = sorted(dates, key=lambda day: (dates[day], day))
    for (closed, year, month), days in groupby(by_month, key=lambda day: (dates[day], day.year, day.month)):
        found.append(
            {
                "times": _times(closed),
                "days_of_month": [str(day.day) for day in days],
                "months": [_MONTHS[month - 1]],
                "years": [str(year)],
                "location": calendar.zone.key,
            }
        )
    return found


def _times(closed: Closed) -> list[dict[str, str]]:
    return [{"start_time": _clock(start), "end_time": _clock(end)} for start, end in closed]


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
