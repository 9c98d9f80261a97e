"""Which of the notices that wait for a target go out now, one by one or in one summary, and which wait on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.notices import Notice
from streams.routing import Target

Why = Literal["single", "quiet", "grouped"]

_URGENT_PAUSE_MS = 60_000  # what is urgent waits no longer for the next summary
_LONGEST_PAUSE_MS = 600_000  # no pause between attempts is longer: the clock was ahead when it was set


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What goes into one message, and why it is one."""

    notices: tuple[Notice, ...]
    why: Why = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do for a target now.

    Args:
        outgoing: the messages, in order.
        held: notices that are to wait for quiet hours to end, and were not noted as such yet.
    """

    outgoing: tuple[Outgoing, ...] = ()
    held: tuple[Notice, ...] = ()


def plan(target: Target, waiting: Sequence[Notice], *, recent: Sequence[int], now_ms: int) -> Plan:
    """Decide.

    Args:
        waiting: all that waits for this target.
        recent: when it was given messages; a summary counts as often as its channel allows messages, so that
            after one there is rest.
    """
    ready = sorted((one for one in waiting if _is_due(one, now_ms)), key=lambda one: (one.since_ms, one.key))
    held: tuple[Notice, ...] = ()
    if target.is_quiet(now_ms):
        held = tuple(one for one in waiting if not one.held and not target.is_urgent(one.alert))
        ready = [one for one in ready if target.is_urgent(one.alert)]
    elif any(one.held for one in ready) and len(ready) > 1:
        return Plan(outgoing=(Outgoing(notices=tuple(ready), why="quiet"),))
    if not ready:
        return Plan(held=held)
    return Plan(outgoing=_paced(target, ready, recent=recent, now_ms=now_ms), held=held)


def weight(target: Target, outgoing: Outgoing) -> int:
    """How much of what a channel allows within its window this message uses up."""
    return max(1, target.channel.group_above) if len(outgoing.notices) > 1 else 1


def _is_due(notice: Notice, now_ms: int) -> bool:
    return not now_ms < notice.next_ms <= now_ms + _LONGEST_PAUSE_MS


def _paced(target: Target, ready: Sequence[Notice], *, recent: Sequence[int], now_ms: int) -> tuple[Outgoing, ...]:
    allowed, window_ms = target.channel.group_above, target.channel.group_within * 1000
    within = [at_ms for at_ms in recent if now_ms - window_ms < at_ms <= now_ms]
    if not allowed or len(ready) <= allowed - len(within):
        return tuple(Outgoing(notices=(one,)) for one in ready)
    urgent = any(target.is_urgent(one.alert) for one in ready)
    if len(within) < allowed or (urgent and max(within) <= now_ms - _URGENT_PAUSE_MS):
        return (Outgoing(notices=tuple(ready), why="grouped" if len(ready) > 1 else "single"),)
    return ()  # the window is used up: what comes meanwhile is told in one
