"""Weeks of the calendar, from Monday to Monday on the clock of a place. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.errors import ConfigError

_WRITTEN = re.compile(r"(\d{4})-W(\d{1,2})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week that begins on `monday` at midnight in `zone`; one with a change of the clock has 167 or 169 hours."""

    monday: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.monday, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first instant of the next one."""
        return datetime.combine(self.monday + timedelta(weeks=1), time(), self.zone)

    def before(self, weeks: int) -> "Week":
        """The one so many weeks earlier."""
        return Week(monday=self.monday - timedelta(weeks=weeks), zone=self.zone)


def last_whole(now: datetime, zone: ZoneInfo) -> Week:
    """The last week that is over."""
    today = now.astimezone(zone).date()
    return Week(monday=today - timedelta(days=today.weekday() + 7), zone=zone)


def parse(text: str, zone: ZoneInfo) -> Week:
    """The week that a person wrote as 2026-W47, by ISO 8601.

    Raises:
        ConfigError: there is no such week.
    """
    found = _WRITTEN.match(text)
    try:
        if found is None:
            raise ValueError
        return Week(monday=date.fromisocalendar(int(found[1]), int(found[2]), 1), zone=zone)
    except ValueError:
        raise ConfigError(f"{text!r} is no week", where="--week", fix="Write it as 2026-W47.") from None
