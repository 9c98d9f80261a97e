"""Ownership: which partitions this worker may speak for, and until when.

A worker that was frozen, or that works on while its partitions go to another, must neither publish nor commit.
Kafka refuses its commits but not its records. Three things keep those back: work in hand when partitions are
revoked is waited for, and what still goes on then has lost its epoch; a worker that has not heard from its
group for a session takes itself for dead; and state is versioned so that the later owner's wins (tables.py).
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar

from faust.types import TP

from schemas.errors import BrokerError

_epoch: ContextVar[int] = ContextVar("epoch")
_UNKNOWN = -1


class Revoked(BrokerError):
    """What this work belongs to may be another worker's by now: it must stop, and counts as not done."""


class Unheard(BrokerError):
    """The group has not answered for a session: another worker may have taken over."""


class Ownership:
    """The partitions of this worker in the present generation of its group.

    Told by the consumer's thread, asked by the event loop. Every revocation ends an epoch: work that began in it
    may publish nothing more, even where the same worker gets the same partitions again.
    """

    def __init__(self, *, session_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._session_s = session_s
        self._clock = clock
        self._lock = threading.Lock()
        self._generation = _UNKNOWN
        self._tenures: Mapping[TP, int] = {}
        self._heard_at = clock()
        self._epoch = 0
        self._assigned = False
        self._open = False
        self._at_work = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def tenures(self, topic: str) -> dict[int, int]:
        """The partitions of a topic that are ours, each with the generation since which it has been without a gap."""
        return {tp.partition: since for tp, since in self._tenures.items() if tp.topic == topic}

    def assigned(self, generation: int, partitions: Iterable[TP]) -> None:
        """A generation of the group has begun. One that was missed may have given everything to others meanwhile."""
        with self._lock:
            before = self._tenures if generation == self._generation + 1 else {}
            self._tenures = {tp: before.get(tp, generation) for tp in partitions}
            self._generation = generation
            self._assigned = True
            self._heard_at = self._clock()

    def heard(self, asked_at: float) -> None:
        """The group took a heartbeat that was sent at this moment, and so counts us as alive until a session later."""
        self._heard_at = max(self._heard_at, asked_at)

    def closing(self) -> None:
        """A rebalance has begun: what is in hand may be finished, nothing new begins."""
        with self._lock:
            self._assigned = self._open = False

    def lost(self) -> None:
        """The group no longer knows this worker, or has waited long enough: all work is void."""
        with self._lock:
            self._assigned = self._open = False
            self._epoch += 1

    @property
    def moment(self) -> tuple[int, int]:
        """The present epoch and generation: another one after a wait means that the answer is stale."""
        return self._epoch, self._generation

    def open(self, moment: tuple[int, int]) -> bool:
        """Let work begin, unless the assignment of that moment is no longer ours; whether it may."""
        with self._lock:
            self._open = self._assigned and self.moment == moment
            return self._open

    @asynccontextmanager
    async def work(self) -> AsyncIterator[None]:
        """Do something in the name of the present owner.

        Raises:
            Revoked: a rebalance is under way.
        """
        if not self._open:
            raise Revoked("a rebalance is under way")
        token = _epoch.set(self._epoch)
        self._at_work += 1
        self._idle.clear()
        try:
            yield
        finally:
            _epoch.reset(token)
            self._at_work -= 1
            if not self._at_work:
                self._idle.set()

    @property
    def is_open(self) -> bool:
        """Whether there is something that is ours and may be worked on."""
        return self._open and bool(self._tenures)

    @property
    def heard_at(self) -> float:
        """When the group answered last, on the clock of `monotonic`."""
        return self._heard_at

    @property
    def waits(self) -> bool:
        """Whether partitions were assigned whose positions are not known yet."""
        return self._assigned and not self._open and bool(self._tenures)

    @property
    def holds(self) -> bool:
        """Whether the epoch in which the present work began still lasts."""
        return _epoch.get(self._epoch) == self._epoch

    def check(self) -> None:
        """To be called by work, just before it tells anyone anything.

        Raises:
            Revoked: its epoch is over.
            Unheard: nobody knows whether it is.
        """
        if not self.holds:
            raise Revoked("the partitions were revoked")
        if self._clock() - self._heard_at > self._session_s:
            raise Unheard(f"the group has not answered for {self._session_s:.0f} s")

    async def settle(self, *, grace_s: float) -> None:
        """Wait for the work in hand, so that it need not be done again; then the epoch is over."""
        self.closing()
        try:
            await asyncio.wait_for(self._idle.wait(), timeout=grace_s)
        except TimeoutError:
            pass
        finally:
            self.lost()
