"""The message about an alert, and the summary of several, as plain text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from schemas.alert import LEVELS, Alert
from schemas.delivery import Occasion
from streams.words import english, french
from streams.words.facts import facts

_LINES = 15
_GROUPS = ("escalation", "breach", "delegation", "watch", "warning", "resolved")
_PRIORITIES = ("urgent", "high", "normal", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel shows."""

    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One alert to tell, and why it is told."""

    alert: Alert
    occasion: Occasion = "fired"


def words(language: str) -> ModuleType:
    """The words of a language."""
    return french if language == "fr" else english


def message_of(said: Said, language: str, *, now: datetime, link: str = "") -> Message:
    """The message about one alert.

    Args:
        now: when it is told: who still waits has waited until then.
        link: where its reader may acknowledge it; empty: nowhere.
    """
    own, known = words(language), facts(said.alert, now)
    lines = own.body(known, said.occasion)
    lines.append(said.alert.permalink or "")
    if link and said.occasion != "resolved":
        lines.append(own.act(link))
    return Message(title=own.title(known, said.occasion), body="\n".join(line for line in lines if line))


def summary_of(several: Sequence[Said], language: str, *, now: datetime, why: str) -> Message:
    """One message about several alerts, the gravest first.

    Args:
        why: why they come together, in that language.
    """
    own = words(language)
    ranked = sorted(several, key=_rank)
    counted = Counter(_group(one) for one in ranked)
    levels = [(group, counted[group]) for group in _GROUPS if counted[group]]
    lines = [why, *(own.line(facts(one.alert, now), one.occasion) for one in ranked[:_LINES])]
    if len(ranked) > _LINES:
        lines.append(own.more(len(ranked) - _LINES))
    return Message(title=own.summary_title(len(ranked), levels), body="\n".join(line for line in lines if line))


def trial(language: str) -> Message:
    """What is sent to see whether a channel works."""
    own = words(language)
    return Message(title=own.TEST_TITLE, body=own.TEST_BODY)


def _group(said: Said) -> str:
    if said.occasion == "resolved":
        return "resolved"
    return "warning" if said.alert.level.startswith("warning") else said.alert.level


def _rank(said: Said) -> tuple[int, int, int, float]:
    alert = said.alert
    priority = _PRIORITIES.index(alert.priority) if alert.priority in _PRIORITIES else len(_PRIORITIES)
    return _GROUPS.index(_group(said)), priority, -LEVELS.index(alert.level), -alert.waited_s
