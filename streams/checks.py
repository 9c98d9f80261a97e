"""What no single setting shows: calendars that cannot be built, policies that name none of them or can never match."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from schemas.errors import ConfigError
from schemas.policy import Match, ResponsePolicy
from schemas.settings import Settings
from streams.businesstime import Calendar
from streams.calendars import build

_LISTS = ("networks", "brands", "kinds", "visibility", "languages", "sentiments", "intents", "topics", "keywords")


def checked(settings: Settings, folder: Path) -> Mapping[str, Calendar]:
    """Every calendar by name, unless calendars or policies contradict themselves or each other.

    Args:
        folder: where the names of calendar files begin.
    Raises:
        ConfigError: with one line per fault: where it stands, what it holds, how to repair it.
    """
    built = build(settings.calendars, lambda name: (folder / name).read_bytes())
    problems = list(built.problems)
    problems += _unknown_calendars(settings)
    problems += _policies(settings.policies)
    if problems:
        raise ConfigError("\n  ".join(["these settings are wrong:", *problems]), where="vigie.toml")
    return built.calendars


def _unknown_calendars(settings: Settings) -> Iterator[str]:
    known = [calendar.name for calendar in settings.calendars]
    for index, policy in enumerate(settings.policies):
        if policy.calendar and policy.calendar not in known:
            close = difflib.get_close_matches(policy.calendar, known, n=1)
            there = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known) or 'none'}"
            yield f"policies[{index}].calendar holds {policy.calendar!r}, which is no calendar; {there}"


def _policies(policies: Sequence[ResponsePolicy]) -> Iterator[str]:
    for index, policy in enumerate(policies):
        at = f"policies[{index}]"
        for fact in ("followers", "rating"):
            least, most = getattr(policy.match, f"min_{fact}"), getattr(policy.match, f"max_{fact}")
            if least is not None and most is not None and least > most:
                yield f"{at}.match.min_{fact} holds {least}, more than max_{fact}, {most}; exchange them"
        for earlier, other in enumerate(policies[:index]):
            if other.name == policy.name:
                yield f"{at}.name holds {policy.name!r}, the name of policies[{earlier}]; give each its own"
            if takes_all_of(other.match, policy.match):
                yield (
                    f"{at} ({policy.name!r}) can never match: policies[{earlier}] ({other.name!r}) comes first and"
                    " takes all that it would; put it before that one, or narrow that one's match"
                )
                break


def takes_all_of(wide: Match, narrow: Match) -> bool:
    """Whether all that meets the narrow conditions meets the wide ones too. Keywords are compared as written."""
    for name in _LISTS:
        wanted, has = set(getattr(wide, name)), set(getattr(narrow, name))
        if wanted and not (has and has <= wanted):
            return False
    for fact in ("followers", "rating"):
        if not _within(getattr(wide, f"min_{fact}"), getattr(narrow, f"min_{fact}"), sign=1):
            return False
        if not _within(getattr(wide, f"max_{fact}"), getattr(narrow, f"max_{fact}"), sign=-1):
            return False
    return wide.mentions_leader is None or wide.mentions_leader == narrow.mentions_leader


def _within(wide: int | None, narrow: int | None, *, sign: int) -> bool:
    return wide is None or (narrow is not None and sign * narrow >= sign * wide)
