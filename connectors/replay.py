"""Replay a history: every row once to the broker, in the order in which it happened, at the speed asked for.

Guarantee: at least once. The position is saved only after a flush; killed at any moment and started again,
a replay repeats at most the rows since the last save and loses none.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from connectors.files.history import Bad, History, Item, Seen
from connectors.positions import Position, PositionFile
from schemas.clock import Clock
from schemas.deadletter import DeadLetter
from schemas.event import Event

SAVE_EVERY_ROWS = 20_000
SAVE_EVERY_S = 1.0
EXAMPLES = 5
LONGEST_SILENCE_S = 10.0


class Source(Protocol):
    """What can be replayed."""

    @property
    def fingerprint(self) -> str:
        """Changes when the rows, or their order, would be others."""

    def scan(self, *, now: datetime, seen: Seen) -> History:
        """Every row, in an order that is the same for the same `now`; `seen` hears how many bytes were read."""

    @property
    def size(self) -> int:
        """Bytes to scan."""


class Sender(Protocol):
    """What takes events and dead letters, as `Publisher` does."""

    @property
    def bytes(self) -> int:
        """Bytes taken so far."""

    def publish(self, event: Event) -> object:
        """Take an event."""

    def bury(self, letter: DeadLetter) -> None:
        """Take a dead letter."""

    def flush(self) -> None:
        """Return when all that was taken is safe, else raise BrokerError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay is. `done` and `total` are bytes while reading, rows while publishing; `rate` is per second."""

    phase: Literal["reading", "publishing"]
    done: int
    total: int
    bytes: int
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run did. `rows` counts the whole file, the rest this run, which began at row `resumed_from`."""

    rows: int
    resumed_from: int
    published: int
    buried: int
    bytes: int
    first_at: datetime | None
    last_at: datetime | None
    seconds: float
    causes: Mapping[str, int]
    examples: tuple[str, ...]


def replay(
    source: Source,
    publisher: Sender,
    *,
    clock: Clock,
    sleep: Callable[[float], None],
    speed: float | None = None,
    rebase: bool = False,
    progress: Callable[[Progress], None] = lambda progress: None,
    position: PositionFile | None = None,
) -> Report:
    """Publish every row of a source, and say what became of it.

    Args:
        speed: None as fast as it goes, else how many seconds of history pass in one second; above 1 silences are cut.
        rebase: move all instants by one constant, so that the last event happens now.
        position: where to save how far it came; without it a run starts at row 0.
    Raises:
        ConfigError: the source or the position cannot be used; nothing was published.
        BrokerError: the broker did not take a record; start again to resume.
    """
    begun_at = clock.now()

    def seen(done: int) -> None:
        rate = _per_second(done, (clock.now() - begun_at).total_seconds())
        progress(Progress(phase="reading", done=done, total=source.size, bytes=0, rate=rate))

    start = _load(position, source.fingerprint, rebase=rebase, now=begun_at)
    history = source.scan(now=start.started_at, seen=seen)
    if rebase and start.shift_ms is None and history.last_at is not None:
        shift = start.started_at - history.last_at
        start = msgspec.structs.replace(start, shift_ms=shift // timedelta(milliseconds=1))
    run = _Run(history, publisher, start=start, clock=clock, progress=progress, position=position)
    run.checkpoint()
    pace = _Pace(speed, clock)
    for item in history.items(start.rows):
        event = None if isinstance(item, Bad) else _shifted(item, start, clock)
        wait_s = pace.wait_s(event)
        if wait_s > 0:
            run.checkpoint_if_due(wait_s)
            sleep(wait_s)
        run.send(item, event)
        run.checkpoint_if_due(0.0)
    run.checkpoint()
    if position is not None:
        position.finish()
    return run.report()


class _Run:
    """The counts of one run, and the saving of its position."""

    def __init__(
        self,
        history: History,
        publisher: Sender,
        *,
        start: Position,
        clock: Clock,
        progress: Callable[[Progress], None],
        position: PositionFile | None,
    ) -> None:
        self._history = history
        self._publisher = publisher
        self._start = start
        self._clock = clock
        self._progress = progress
        self._position = position
        self._begun_at = self._saved_at = clock.now()
        self._rows = self._saved_rows = start.rows
        self._bytes_before = publisher.bytes
        self._published = 0
        self._first_at: datetime | None = None
        self._last_at: datetime | None = None
        self._causes: Counter[str] = Counter()
        self._examples: list[str] = []

    def send(self, item: Item, event: Event | None) -> None:
        """Hand one row over; `event` is the item as it is published, None for a bad one."""
        if event is not None:
            self._publisher.publish(event)
            self._published += 1
            self._first_at = self._first_at or event.created_at
            self._last_at = event.created_at
        elif isinstance(item, Bad):
            self._publisher.bury(item.letter)
            self._causes[item.cause] += 1
            if len(self._examples) < EXAMPLES:
                self._examples.append(item.letter.reason)
        self._rows += 1

    def checkpoint_if_due(self, wait_s: float) -> None:
        """Save when enough rows, or enough time, would pass without it."""
        unsaved = self._rows - self._saved_rows
        if unsaved and (unsaved >= SAVE_EVERY_ROWS or self._seconds_since(self._saved_at) + wait_s >= SAVE_EVERY_S):
            self.checkpoint()

    def checkpoint(self) -> None:
        """Wait for the broker, then save how far it came."""
        self._publisher.flush()
        if self._position is not None:
            self._position.save(msgspec.structs.replace(self._start, rows=self._rows))
        self._saved_rows, self._saved_at = self._rows, self._clock.now()
        done = self._rows - self._start.rows
        self._progress(
            Progress(
                phase="publishing",
                done=self._rows,
                total=self._history.rows,
                bytes=self._sent_bytes(),
                rate=_per_second(done, self._seconds_since(self._begun_at)),
            )
        )

    def report(self) -> Report:
        """What this run did."""
        return Report(
            rows=self._history.rows,
            resumed_from=self._start.rows,
            published=self._published,
            buried=sum(self._causes.values()),
            bytes=self._sent_bytes(),
            first_at=self._first_at,
            last_at=self._last_at,
            seconds=self._seconds_since(self._begun_at),
            causes=dict(self._causes.most_common()),
            examples=tuple(self._examples),
        )

    def _sent_bytes(self) -> int:
        return self._publisher.bytes - self._bytes_before

    def _seconds_since(self, instant: datetime) -> float:
        return (self._clock.now() - instant).total_seconds()


class _Pace:
    """When each event is due, from the first one on. Above real time a silence is cut: years may lie in it."""

    def __init__(self, speed: float | None, clock: Clock) -> None:
        self._speed = speed
        self._clock = clock
        self._first: tuple[datetime, datetime] | None = None  # created_at and wall clock of the first event
        self._cut_s = 0.0

    def wait_s(self, event: Event | None) -> float:
        """Seconds until this event is due; 0 or less when it is."""
        if self._speed is None or event is None:
            return 0.0
        now = self._clock.now()
        if self._first is None:
            self._first = (event.created_at, now)
        first_created_at, begun_at = self._first
        elapsed_s = (event.created_at - first_created_at).total_seconds()
        wait_s = elapsed_s / self._speed - self._cut_s - (now - begun_at).total_seconds()
        if self._speed <= 1:
            return wait_s  # real time is asked for: its silences belong to it
        self._cut_s += max(0.0, wait_s - LONGEST_SILENCE_S)
        return min(wait_s, LONGEST_SILENCE_S)


def _load(position: PositionFile | None, fingerprint: str, *, rebase: bool, now: datetime) -> Position:
    if position is None:
        return Position(fingerprint=fingerprint, broker="", rebased=rebase, started_at=now)
    return position.load(fingerprint, rebased=rebase, now=now)


def _shifted(event: Event, start: Position, clock: Clock) -> Event:
    if not start.shift_ms:
        return event
    shift = timedelta(milliseconds=start.shift_ms)
    received_at = min(event.received_at + shift, clock.now())  # what is read just now is not received later
    return msgspec.structs.replace(event, created_at=event.created_at + shift, received_at=received_at)


def _per_second(count: int, seconds: float) -> float:
    return count / seconds if seconds > 0 else 0.0
