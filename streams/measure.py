"""measure(timeline, promised): the heart. From who wrote when to threads, turns, clocks, deadlines and breaches.

Pure: no input or output, no wall clock. The result depends on the set of entries only, not on the order
in which they arrived nor on how often.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from schemas.event import HUMAN_ANSWER_ROLES, Role
from schemas.policy import ResponsePolicy
from streams.businesstime import Calendar, add_business_ms, business_ms

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who wrote when. Instants are milliseconds since 1970 in UTC; `version` tells the newer of two copies.

    `stamp` names the promise that takes the event, `led_stamp` the one that takes it when its conversation is about
    a leader; `mentions_leader` says whether this event makes it so.
    """

    event_id: str
    at_ms: int
    role: Role
    version: int = 0
    deleted: bool = False
    stamp: str = ""
    led_stamp: str = ""
    mentions_leader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A policy as it holds for a turn: its place in its list, the smaller before the greater, and its hours.

    Without a calendar it is always open.
    """

    policy: ResponsePolicy
    place: int = 0
    calendar: Calendar | None = None


Promised = Callable[[Sequence[Entry], bool], Promise | None]
"""The promise for a turn, from its customer entries and whether its conversation is about a leader by then."""


def always(policy: ResponsePolicy | None, calendar: Calendar | None = None) -> Promised:
    """The same promise for every turn; without a policy none has a target and nothing can be breached."""
    promise = None if policy is None else Promise(policy=policy, calendar=calendar)
    return lambda entries, about_leader: promise


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnClock:
    """One turn: from its oldest unanswered customer entry to the human answer, if there is one.

    `closed_ms` is set when the matter was settled without an answer. `is_first` tells the first turn of a thread.
    `handed_over_ms` is the last word of automation in the turn: from then on the customer waited for a human alone.
    """

    number: int
    start: Entry
    customer_events: int
    answer: Entry | None
    promise: Promise | None
    thread: int = 1
    is_first: bool = False
    about_leader: bool = False
    closed_ms: int | None = None
    handed_over_ms: int | None = None

    @property
    def calendar(self) -> Calendar | None:
        """The open hours that are counted; None is always open."""
        return None if self.promise is None else self.promise.calendar

    @property
    def target_ms(self) -> int | None:
        """How long the turn may wait; None without a promise."""
        if self.promise is None:
            return None
        policy = self.promise.policy
        return round((policy.first if self.is_first else policy.next) * 1000)

    @property
    def due_ms(self) -> int | None:
        """The last instant at which an answer is in time; None without a target, or when it is never open again."""
        return None if self.target_ms is None else add_business_ms(self.start.at_ms, self.target_ms, self.calendar)

    @property
    def is_open(self) -> bool:
        """Whether the customer still waits."""
        return self.answer is None and self.closed_ms is None

    @property
    def end_ms(self) -> int | None:
        """When the customer stopped waiting: by the answer, or since the matter was closed."""
        return self.answer.at_ms if self.answer else self.closed_ms

    def waited_ms(self, now_ms: int) -> int:
        """How long the customer waited: until the end, or until now."""
        end_ms = max(now_ms, self.start.at_ms) if self.end_ms is None else self.end_ms
        return end_ms - self.start.at_ms

    def waited_business_ms(self, now_ms: int) -> int:
        """The same in open hours; all hours without a calendar."""
        return business_ms(self.start.at_ms, self.start.at_ms + self.waited_ms(now_ms), self.calendar)

    def is_breached(self, now_ms: int) -> bool:
        """Whether the turn ended after the deadline, or has not ended and the deadline is past.

        By instants, not by spans: a target used up exactly at closing is due at closing, although an answer
        during the night has still waited no more open hours than that.
        """
        due_ms = self.due_ms
        return due_ms is not None and self.start.at_ms + self.waited_ms(now_ms) > due_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The customer came with something: from the first entry to what ended it, as far as it has ended.

    `answered_ms` is the latest human word of the brand after a customer's; `closed_ms` when it was said to be settled.
    """

    number: int
    start_ms: int
    answered_ms: int | None = None
    closed_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What went before the entries, of a conversation that was over by then: how many turns, and which threads.

    Of the threads the first and the last. `last` is the last entry that stood, `spoken_ms` the last of a human.
    """

    turns: int
    threads: tuple[Thread, ...]
    last: Entry | None
    spoken_ms: int
    about_leader: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a timeline shows: its threads and turns in order, and its last entry that still stands.

    Of threads that went before the first and the last; of such turns none, the next has the next number.
    """

    turns: tuple[TurnClock, ...]
    threads: tuple[Thread, ...]
    last: Entry | None
    spoken_ms: int = 0
    about_leader: bool = False

    @property
    def open_turn(self) -> TurnClock | None:
        """The turn that waits, if one does: only the last turn can."""
        return self.turns[-1] if self.turns and self.turns[-1].is_open else None

    def settled_ms(self, now_ms: int, quiet_after_ms: int) -> int | None:
        """When the last thread was resolved, as it is known now: None while it is not.

        It was closed, or it was answered and nobody has written for `quiet_after_ms`: then the answer resolved it.
        """
        if not self.threads or self.open_turn is not None or self.last is None:
            return None
        thread = self.threads[-1]
        if thread.closed_ms is not None:
            return thread.closed_ms
        return thread.answered_ms if now_ms - self.last.at_ms > quiet_after_ms else None


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


def measure(
    entries: Iterable[Entry],
    promised: Promised,
    *,
    closed_ms: Iterable[int] = (),
    reopen_ms: int = DAY_MS,
    before: Before | None = None,
) -> Measures:
    """Every thread and turn of one conversation.

    The clock of a turn starts at its oldest unanswered customer entry. Only a human of the brand (roles
    brand and leader) stops it; automation neither starts nor stops a clock. Deleted entries are left out.
    A customer who writes after more than `reopen_ms` of silence that followed an answer, or after the matter was
    closed, opens a new thread, whose first turn has a first response of its own.

    Args:
        entries: in any order, with any repeats.
        promised: the promise for a turn.
        closed_ms: when somebody said that the matter is settled.
        before: what went before all of these entries.
    """
    standing = [entry for entry in newest(entries) if not entry.deleted]
    walk = _Walk(promised=promised, reopen_ms=reopen_ms)
    if before is not None:
        walk.threads, walk.numbered = list(before.threads), before.turns
        walk.thread_before = before.threads[-1].number if before.threads else 0
        walk.spoken_ms, walk.about_leader = before.spoken_ms, before.about_leader
    closings = sorted(closed_ms)
    for entry in standing:
        while closings and closings[0] < entry.at_ms:
            walk.close(closings.pop(0))
        walk.take(entry)
    for at_ms in closings:
        walk.close(at_ms)
    walk.end_turn()
    return Measures(
        turns=tuple(walk.turns),
        threads=tuple(walk.threads),
        last=standing[-1] if standing else before.last if before else None,
        spoken_ms=walk.spoken_ms,
        about_leader=walk.about_leader,
    )


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The state of the walk over the entries in order of time."""

    promised: Promised
    reopen_ms: int
    turns: list[TurnClock] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    handed_over_ms: int | None = None
    numbered: int = 0
    thread_before: int = 0
    spoken_ms: int = 0
    about_leader: bool = False

    def take(self, entry: Entry) -> None:
        """The next entry that stands."""
        if entry.role == "automation":
            self.handed_over_ms = entry.at_ms if self.waiting else None
            return
        if entry.role == "customer":
            if not self.waiting and self._is_new(entry):
                self.threads.append(Thread(number=self._threads() + 1, start_ms=entry.at_ms))
            self.waiting.append(entry)
            self.about_leader = self.about_leader or entry.mentions_leader
        elif entry.role in HUMAN_ANSWER_ROLES:
            self.end_turn(answer=entry)
            if self.threads and self.threads[-1].closed_ms is None:
                self._replace_thread(answered_ms=entry.at_ms)
        self.spoken_ms = entry.at_ms

    def _threads(self) -> int:
        return self.threads[-1].number if self.threads else 0

    def _is_new(self, entry: Entry) -> bool:
        if not self.threads or self.threads[-1].closed_ms is not None:
            return True
        return entry.at_ms - self.spoken_ms > self.reopen_ms

    def close(self, at_ms: int) -> None:
        """Somebody says that the matter is settled; said again, or of nothing, it changes nothing."""
        if self.threads and self.threads[-1].closed_ms is None:
            self.end_turn(closed_ms=at_ms)
            self._replace_thread(closed_ms=at_ms)

    def end_turn(self, *, answer: Entry | None = None, closed_ms: int | None = None) -> None:
        """The turn that waits, if one does, has this end, or none."""
        if not self.waiting:
            return
        thread = self.threads[-1].number
        before = self.turns[-1].thread if self.turns else self.thread_before
        self.turns.append(
            TurnClock(
                number=self.numbered + len(self.turns) + 1,
                start=self.waiting[0],
                customer_events=len(self.waiting),
                answer=answer,
                promise=self.promised(self.waiting, self.about_leader),
                thread=thread,
                is_first=thread != before,
                about_leader=self.about_leader,
                closed_ms=closed_ms,
                handed_over_ms=self.handed_over_ms,
            )
        )
        self.waiting, self.handed_over_ms = [], None

    def _replace_thread(self, *, answered_ms: int | None = None, closed_ms: int | None = None) -> None:
        last = self.threads[-1]
        self.threads[-1] = Thread(
            number=last.number,
            start_ms=last.start_ms,
            answered_ms=last.answered_ms if answered_ms is None else answered_ms,
            closed_ms=closed_ms,
        )
