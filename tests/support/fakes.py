"""Stand-ins with behaviour, held to the same promises as the real ones."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.errors import BrokerError
from schemas.event import Event


class Killed(BaseException):
    """What kill -9 does to a process, as far as a test in the same process can show it."""


class FixedClock:
    """A clock that stands still until it is told, or slept with."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The instant it shows."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)


class FakePublisher:
    """A publisher whose broker keeps records only when they are flushed.

    Args:
        refuses: ids of events that the broker does not take; the next flush says so.
        killed_after: at the record after this many, the process ends and what was not flushed is gone.
    """

    def __init__(self, *, refuses: Iterable[str] = (), killed_after: int | None = None) -> None:
        self.events: list[Event] = []
        self.letters: list[DeadLetter] = []
        self.bytes = 0
        self.flushes = 0
        self._refuses = frozenset(refuses)
        self._killed_after = killed_after
        self._pending: list[Event | DeadLetter] = []
        self._handed_over = 0

    def publish(self, event: Event) -> Event:
        """Take an event."""
        self._take(event)
        return event

    def bury(self, letter: DeadLetter) -> None:
        """Take a dead letter."""
        self._take(letter)

    def flush(self) -> None:
        """Keep what was taken."""
        self.flushes += 1
        pending, self._pending = self._pending, []
        for message in pending:
            if isinstance(message, DeadLetter):
                self.letters.append(message)
            elif message.event_id in self._refuses:
                raise BrokerError("the broker did not take 1 record(s)", where="fake")
            else:
                self.events.append(message)

    def _take(self, message: Event | DeadLetter) -> None:
        if self._killed_after is not None and self._handed_over >= self._killed_after:
            raise Killed
        self._handed_over += 1
        self._pending.append(message)
        self.bytes += len(codec.encode(message))
