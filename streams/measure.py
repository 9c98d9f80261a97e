"""measure(timeline, policy, calendar): the heart. From who wrote when to turns, clocks, deadlines and breaches.

Pure: no input or output, no wall clock. The result depends on the set of entries only, not on the order
in which they arrived nor on how often.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.alert import AlertLevel
from schemas.event import HUMAN_ANSWER_ROLES, Role
from schemas.policy import ResponsePolicy
from streams.businesstime import Calendar, add_business_ms, business_ms

_WARNING_LEVELS: dict[int, AlertLevel] = {50: "warning_50", 75: "warning_75", 90: "warning_90"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who wrote when. Instants are milliseconds since 1970 in UTC; `version` tells the newer of two copies."""

    event_id: str
    at_ms: int
    role: Role
    version: int = 0
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnClock:
    """One turn: from its oldest unanswered customer entry to the human answer, if there is one."""

    number: int
    start: Entry
    customer_events: int
    answer: Entry | None
    target_ms: int | None
    calendar: Calendar | None = None

    @property
    def due_ms(self) -> int | None:
        """The last instant at which an answer is in time; None without a target, or when it is never open again."""
        return None if self.target_ms is None else add_business_ms(self.start.at_ms, self.target_ms, self.calendar)

    def waited_ms(self, now_ms: int) -> int:
        """How long the customer waited: until the answer, or until now."""
        end = self.answer.at_ms if self.answer else max(now_ms, self.start.at_ms)
        return end - self.start.at_ms

    def waited_business_ms(self, now_ms: int) -> int:
        """The same in open hours; all hours without a calendar."""
        return business_ms(self.start.at_ms, self.start.at_ms + self.waited_ms(now_ms), self.calendar)

    def is_breached(self, now_ms: int) -> bool:
        """Whether the answer came after the deadline, or has not come and the deadline is past.

        By instants, not by spans: a target used up exactly at closing is due at closing, although an answer
        during the night has still waited no more open hours than that.
        """
        due_ms = self.due_ms
        return due_ms is not None and self.start.at_ms + self.waited_ms(now_ms) > due_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a timeline shows: its turns in order, and its first and last entry that still stand."""

    turns: tuple[TurnClock, ...]
    first: Entry | None
    last: Entry | None

    @property
    def open_turn(self) -> TurnClock | None:
        """The turn that waits, if one does: only the last turn can."""
        return self.turns[-1] if self.turns and self.turns[-1].answer is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLevel:
    """A level of a turn and the instant after which it fires if nobody has answered."""

    turn: int
    level: AlertLevel
    at_ms: int
    step: int = 1


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """One entry per event, the newest copy, in order of time; a deletion holds whatever copy comes later."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        other = kept.get(entry.event_id)
        if other is None or _rank(entry) > _rank(other):
            kept[entry.event_id] = entry
    return sorted(kept.values(), key=lambda entry: (entry.at_ms, entry.event_id))


def _rank(entry: Entry) -> tuple[bool, int, int, str]:
    return entry.deleted, entry.version, -entry.at_ms, entry.role  # at_ms and role only to break ties one way


def measure(entries: Iterable[Entry], policy: ResponsePolicy | None, calendar: Calendar | None = None) -> Measures:
    """Every turn of one conversation.

    The clock of a turn starts at its oldest unanswered customer entry. Only a human of the brand (roles
    brand and leader) stops it; automation neither starts nor stops a clock. Deleted entries are left out.

    Args:
        entries: in any order, with any repeats.
        policy: the promise; without one there is no target and nothing can be breached.
        calendar: the open hours that the promise counts; without one it is always open.
    """
    standing = [entry for entry in newest(entries) if not entry.deleted]
    turns: list[TurnClock] = []
    start: Entry | None = None
    waiting = 0
    for entry in standing:
        if entry.role == "customer":
            start = start or entry
            waiting += 1
        elif entry.role in HUMAN_ANSWER_ROLES and start is not None:
            turns.append(_turn(len(turns) + 1, start, waiting, entry, policy, calendar))
            start, waiting = None, 0
    if start is not None:
        turns.append(_turn(len(turns) + 1, start, waiting, None, policy, calendar))
    return Measures(
        turns=tuple(turns), first=standing[0] if standing else None, last=standing[-1] if standing else None
    )


def _turn(
    number: int,
    start: Entry,
    waiting: int,
    answer: Entry | None,
    policy: ResponsePolicy | None,
    calendar: Calendar | None,
) -> TurnClock:
    target = None if policy is None else policy.first if number == 1 else policy.next
    return TurnClock(
        number=number,
        start=start,
        customer_events=waiting,
        answer=answer,
        target_ms=None if target is None else round(target * 1000),
        calendar=calendar,
    )


def due_levels(turn: TurnClock, policy: ResponsePolicy | None) -> Sequence[DueLevel]:
    """The levels of a turn in the order in which they come due."""
    if policy is None or turn.target_ms is None:
        return ()
    spans: list[tuple[AlertLevel, int]] = [
        (level, turn.target_ms * percent // 100)
        for percent, level in _WARNING_LEVELS.items()
        if percent in policy.warnings
    ]
    spans.append(("breach", turn.target_ms))
    if policy.escalation:
        spans.append(("escalation", turn.target_ms + round(policy.escalation[0].after * 1000)))
    due = [(level, add_business_ms(turn.start.at_ms, span_ms, turn.calendar)) for level, span_ms in spans]
    return [DueLevel(turn=turn.number, level=level, at_ms=at_ms) for level, at_ms in due if at_ms is not None]


def fired(turn: TurnClock, policy: ResponsePolicy | None, watermark_ms: int) -> list[DueLevel]:
    """The levels that have fired: the turn was still open when they came due and the watermark is past them."""
    end = turn.answer.at_ms if turn.answer else watermark_ms
    return [level for level in due_levels(turn, policy) if level.at_ms < end]
