"""A timeline measured at an instant, and what people decided about its turns: what all that is published is made from.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from schemas.policy import Priority
from schemas.settings import Leader
from streams.levels import Decision, DueLevel, due_levels
from streams.measure import Before, Entry, Measures, Promise, Thread, TurnClock, always, measure
from streams.rules import Rulebook
from streams.timeline import Decided, Timeline, entries, is_only_spam


@dataclass(frozen=True, kw_only=True)  # without slots, for what is worked out once
class View:
    """One conversation as it stands at the watermark."""

    timeline: Timeline
    measures: Measures
    book: Rulebook
    watermark_ms: int
    version: int
    leader: Leader | None

    def decisions(self, turn: TurnClock, *kinds: str) -> list[Decided]:
        """What was decided about a turn: naming it, or while it waited."""
        return [
            one
            for one in self.timeline.decisions
            if one.kind in kinds
            and (one.turn == turn.number or (not one.turn and _within(one.at_ms, turn, self.watermark_ms)))
        ]

    def asked(self, turn: TurnClock) -> list[Decision]:
        """The acknowledgements and snoozes of a turn."""
        return [
            Decision(at_ms=one.at_ms, by=one.by, until_ms=one.until_ms if one.kind == "snooze" else None)
            for one in self.decisions(turn, "acknowledge", "snooze")
        ]

    def due(self, turn: TurnClock) -> Sequence[DueLevel]:
        """The levels of a turn before people decided anything."""
        return due_levels(turn, self.leader if turn.about_leader else None)

    def owner(self, turn: TurnClock | None) -> str:
        """Who is to answer: whom it was assigned to last, else whom the policy names, else the leader it is about."""
        if turn is None:
            return self.leader.name if self.leader else ""
        past = self.timeline.past
        assigned = [past.assigned] if past and past.assigned else []
        assigned += [
            one.to
            for one in self.timeline.decisions
            if one.kind == "assign" and (turn.end_ms is None or one.at_ms <= turn.end_ms)
        ]
        if assigned:
            return assigned[-1]
        if turn.promise is not None and turn.promise.policy.owner:
            return turn.promise.policy.owner
        return self.leader.name if self.leader and turn.about_leader else ""

    def delegates(self, turn: TurnClock | None) -> tuple[str, ...]:
        """Who may answer in the owner's name."""
        if turn is not None and turn.promise is not None and turn.promise.policy.delegates:
            return turn.promise.policy.delegates
        return self.leader.delegates if self.leader and turn is not None and turn.about_leader else ()

    @cached_property
    def mentions_leader(self) -> bool:
        """Whether a leader was named or written to in an event that stands."""
        before = self.timeline.past is not None and self.timeline.past.mentions_leader
        return before or any(one.mentions_leader for one in self.timeline.entries if not one.deleted)

    @property
    def promise_before(self) -> Promise | None:
        """The promise of the first turn, when that is past."""
        past = self.timeline.past
        return self.book.promises.get(past.stamp) if past and past.turns and not past.only_spam else None


def _within(at_ms: int, turn: TurnClock, watermark_ms: int) -> bool:
    end_ms = max(watermark_ms, at_ms) if turn.end_ms is None else turn.end_ms
    return turn.start.at_ms <= at_ms <= end_ms


def view(timeline: Timeline, book: Rulebook, *, watermark_ms: int, version: int) -> View:
    """Measure a timeline as it stands at the watermark; `version` is that of what is published of it."""
    measures = measure(
        entries(timeline),
        always(None) if is_only_spam(timeline) else book.promised,  # nothing was promised to a robot
        closed_ms=[one.at_ms for one in timeline.decisions if one.kind == "close"],
        reopen_ms=book.reopen_ms,
        before=_before(timeline),
    )
    return View(
        timeline=timeline,
        measures=measures,
        book=book,
        watermark_ms=watermark_ms,
        version=version,
        leader=_leader(timeline, book),
    )


def _before(timeline: Timeline) -> Before | None:
    past = timeline.past
    if past is None:
        return None
    last = Entry(event_id=past.last_event_id, at_ms=past.standing_ms, role="brand") if past.standing_ms else None
    return Before(
        turns=past.turns,
        threads=tuple(
            Thread(number=one.number, start_ms=one.start_ms, answered_ms=one.answered_ms, closed_ms=one.closed_ms)
            for one in past.threads
        ),
        last=last,
        spoken_ms=past.spoken_ms,
        about_leader=past.about_leader,
    )


def _leader(timeline: Timeline, book: Rulebook) -> Leader | None:
    """The leader that the conversation is about: the one that was named or written to first."""
    if timeline.past is not None and timeline.past.leader:
        return book.leaders.get(timeline.past.leader)
    named = [(one.at_ms, one.event_id, one.leader) for one in timeline.entries if one.leader and not one.deleted]
    return book.leaders.get(min(named)[2]) if named else None


def priority(said: Priority, *, breached: bool) -> Priority:
    """What a policy says, and at least high once the promise is broken."""
    return "high" if breached and said == "normal" else said
