"""An iCalendar file as times closed: whole-day events close their dates, timed events what lies between.

Every event that is not cancelled counts. Whether it is marked busy or free (TRANSP) is left aside: published holiday
calendars mark their days free. Times without a zone are on the clock of the calendar that the file belongs to.

Source: RFC 5545. Repeated events come from recurring-ical-events, which knows EXDATE, RDATE, RECURRENCE-ID and
X-WR-TIMEZONE; a single time that comes twice is the first (§3.3.5), as everywhere in Python (PEP 495).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events  # type: ignore[import-untyped]  # no type information upstream

from streams.businesstime import Span

_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_LONGEST_DAYS = 366
_OFTEN = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY"})
_WITHIN_A_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})  # decades of such repeats do not fit in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What a file says is closed, or what is wrong with it: line, what it holds, how to repair it."""

    dates: frozenset[date] = frozenset()
    spans: tuple[Span, ...] = ()
    problems: tuple[str, ...] = ()


def closed_times(content: bytes, zone: ZoneInfo, years: range) -> Closed:
    """Read one file; repeated events are followed through those years."""
    try:
        text = content.decode("utf-8-sig")
        components = icalendar.Calendar.from_ical(text, multiple=True)
    except ValueError as error:
        return Closed(problems=(f"it is not an iCalendar file ({error}); export it anew",))
    calendars = [component for component in components if isinstance(component, icalendar.Calendar)]
    begins = [number for number, line in enumerate(text.splitlines(), 1) if line.rstrip().upper() == "BEGIN:VEVENT"]
    events = [event for calendar in calendars for event in calendar.events]
    if not calendars or len(begins) != len(events):
        return Closed(problems=("it is not a whole iCalendar file (something is cut off); export it anew",))
    problems = tuple(
        f"the event on line {line}: {message}; correct it there, or take the event out"
        for line, event in zip(begins, events, strict=True)
        for message in [message for _, message in event.errors] or _event_problems(event)
    )
    if problems:
        return Closed(problems=problems)
    try:
        return _closed(calendars, zone, years)
    except ValueError as error:  # a rule that reads well and means nothing
        return Closed(problems=(f"its repeated events cannot be followed ({error}); correct their RRULE",))


def _closed(calendars: list[icalendar.Calendar], zone: ZoneInfo, years: range) -> Closed:
    dates: set[date] = set()
    spans: list[Span] = []
    for calendar in calendars:
        for event in recurring_ical_events.of(calendar).between(date(years.start, 1, 1), date(years.stop, 1, 1)):
            if str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            start, end = event.start, event.end
            if isinstance(start, datetime):
                spans.append(Span(start_ms=_instant_ms(start, zone), end_ms=_instant_ms(end, zone)))
            else:
                days = max(1, (end - start).days)  # some programs write the day itself as the end of a single day
                dates.update(start + timedelta(days=ahead) for ahead in range(days))
    return Closed(dates=frozenset(dates), spans=tuple(spans))


def _event_problems(event: icalendar.Event) -> Iterator[str]:
    try:
        start, end = event.start, event.end
    except ValueError as error:
        yield str(error).rstrip(".")
        return
    if end < start:
        yield f"it ends at {end}, before it starts at {start}"
    if (end - start).days > _LONGEST_DAYS:
        yield f"it lasts from {start} to {end}, more than a year"
    for name, at in (("DTSTART", start), ("DTEND", end)):
        zone = event[name].params.get("TZID") if name in event else None
        if zone and isinstance(at, datetime) and at.tzinfo is None:
            yield f"{name} has the unknown time zone {zone}"
    for rule in event.rrules:
        if not _OFTEN.intersection(rule.get("FREQ", ())) or _WITHIN_A_DAY.intersection(rule):
            yield "its RRULE does not say yearly, monthly, weekly or daily, or comes several times a day"
        if min(rule.get("INTERVAL", (1,))) < 1:
            yield "its RRULE has an INTERVAL below 1"


def _instant_ms(local: datetime, zone: ZoneInfo) -> int:
    aware = local if local.tzinfo else local.replace(tzinfo=zone)
    return (aware - _EPOCH) // _MILLISECOND
