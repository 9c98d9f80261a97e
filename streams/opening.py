"""The calendars of the settings, built and checked against the policies that name them."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from schemas.errors import ConfigError
from schemas.settings import Settings
from streams.businesstime import Calendar
from streams.calendars import build


def opening(settings: Settings, folder: Path) -> Mapping[str, Calendar]:
    """Every calendar by name.

    Args:
        folder: where the names of calendar files begin.
    Raises:
        ConfigError: with one line per fault of a calendar, and per policy that names none of them.
    """
    built = build(settings.calendars, lambda name: (folder / name).read_bytes())
    problems = list(built.problems)
    known = [calendar.name for calendar in settings.calendars]
    for index, policy in enumerate(settings.policies):
        if policy.calendar and policy.calendar not in known:
            close = difflib.get_close_matches(policy.calendar, known, n=1)
            there = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known) or 'none'}"
            problems.append(f"policies[{index}].calendar holds {policy.calendar!r}, which is no calendar; {there}")
    if problems:
        raise ConfigError("\n  ".join(["these settings are wrong:", *problems]), where="vigie.toml")
    return built.calendars
