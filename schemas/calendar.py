"""CalendarSettings: when somebody is there to answer, as a person writes it in vigie.toml."""

import datetime
from typing import Annotated

from msgspec import Meta, Struct


class ExceptionalDays(Struct, frozen=True, kw_only=True):
    """One date, or those from `date` to `until`, with hours of their own; no hours: closed all day."""

    date: datetime.date
    until: datetime.date | None = None
    hours: tuple[str, ...] = ()


class CalendarSettings(Struct, frozen=True, kw_only=True):
    """Opening hours under a name. A policy without a calendar is always open.

    Args:
        time_zone: a name such as `Europe/Paris`; hours and dates are read on its clock.
        hours: `mon-fri 09:00-12:30 13:30-17:00`, `sat,sun 10:00-16:00`, `fri 22:00-06:00+1` (ends the next day).
        holidays: a country or a part of one, by ISO code: `FR`, `FR-57`, `US-CA`; closed on its public holidays.
        closed: own closed dates.
        exceptions: dates with other hours; they come before holidays and iCalendar files.
        icalendars: iCalendar files; every event in them is a time closed.
    """

    name: Annotated[str, Meta(min_length=1)]
    time_zone: str
    hours: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()
    closed: tuple[datetime.date, ...] = ()
    exceptions: tuple[ExceptionalDays, ...] = ()
    icalendars: tuple[str, ...] = ()
