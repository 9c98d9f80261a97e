"""When the levels of a turn come due: warnings, delegation, breach, escalation, and what people decided about them.

Pure. A level fires once the watermark is past its instant and the turn was open then. An acknowledgement ends the
offers to delegates; once the breach is acknowledged it ends the escalation too. A snooze moves what comes due during
it to its end. A breach is always said: that a promise is broken is a fact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.alert import AlertLevel
from schemas.settings import Leader
from streams.businesstime import add_business_ms
from streams.measure import TurnClock

_WARNING_LEVELS: dict[int, AlertLevel] = {50: "warning_50", 75: "warning_75", 90: "warning_90"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An acknowledgement, or with `until_ms` a snooze."""

    at_ms: int
    by: str = ""
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLevel:
    """A level of a turn, the instant after which it fires if nobody has answered, and who is told then."""

    turn: int
    level: AlertLevel
    at_ms: int
    step: int = 1
    to: str = ""


def due_levels(turn: TurnClock, leader: Leader | None = None) -> Sequence[DueLevel]:
    """The levels of a turn in the order in which they come due; `leader` is the one that it is about."""
    if turn.promise is None or turn.target_ms is None:
        return ()
    policy, target_ms = turn.promise.policy, turn.target_ms
    spans: list[tuple[int, AlertLevel, int, str]] = [
        (target_ms * percent // 100, level, 1, "")
        for percent, level in _WARNING_LEVELS.items()
        if percent in policy.warnings
    ]
    spans.append((target_ms, "breach", 1, ""))
    if leader is not None and leader.offer_after:
        offer_ms = round(leader.offer_after * 1000)
        spans += [(offer_ms * step, "delegation", step, to) for step, to in enumerate(leader.delegates, start=1)]
    later = sorted(policy.escalation, key=lambda step: step.after)
    spans += [
        (target_ms + round(one.after * 1000), "escalation", step, one.to) for step, one in enumerate(later, start=1)
    ]
    due = [
        DueLevel(turn=turn.number, level=level, at_ms=at_ms, step=step, to=to)
        for span_ms, level, step, to in sorted(spans, key=lambda span: span[0])
        if (at_ms := add_business_ms(turn.start.at_ms, span_ms, turn.calendar)) is not None
    ]
    return due


def decided(due: Sequence[DueLevel], decisions: Sequence[Decision]) -> list[DueLevel]:
    """The levels as people's decisions leave them: without those that need not be said, later for a snooze."""
    if not decisions:
        return list(due)
    acknowledged = [one.at_ms for one in decisions if one.until_ms is None]
    snoozes = sorted((one.at_ms, one.until_ms) for one in decisions if one.until_ms is not None)
    breach_ms = next((one.at_ms for one in due if one.level == "breach"), None)
    kept = []
    for one in due:
        if one.level == "delegation" and any(at_ms <= one.at_ms for at_ms in acknowledged):
            continue
        if one.level == "escalation" and any(
            breach_ms is not None and breach_ms < a <= one.at_ms for a in acknowledged
        ):
            continue
        at_ms = one.at_ms
        for start_ms, until_ms in snoozes:
            if start_ms <= at_ms < until_ms:
                at_ms = until_ms
        kept.append(DueLevel(turn=one.turn, level=one.level, at_ms=at_ms, step=one.step, to=one.to))
    return sorted(kept, key=lambda one: one.at_ms)


def fired(turn: TurnClock, due: Iterable[DueLevel], watermark_ms: int) -> list[DueLevel]:
    """Those that have fired: the turn was still open when they came due and the watermark is past them."""
    end_ms = watermark_ms if turn.end_ms is None else turn.end_ms
    return [one for one in due if one.at_ms < end_ms]
