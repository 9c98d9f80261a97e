"""Offsets: what was handled is committed, by ourselves, and only what follows on it without a gap is handled next.

Faust commits up to the first gap in its list of acknowledged offsets. After a worker was killed it notes a
gap that is none, and from then on commits one record per interval however many are done (seen with
faust-streaming 0.15.3; upstream issue 596 describes the same). And after a rebalance it may still hand over
records from before it, ahead of those from the committed position: to commit behind them would lose what lies
between. So the position of every partition is kept here, from the moment it is ours.
"""

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import structlog
from faust.types import TP

from streams.batches import Message, Record
from streams.ownership import Ownership

log = structlog.get_logger()

_SEEK_PAUSE_S = 1.0


class Offsets:
    """What comes next in each partition of ours, and what is to be committed."""

    def __init__(self, app: Any, ownership: Ownership) -> None:
        self.ownership = ownership
        self._app = app
        self._next: dict[TP, int] = {}
        self._pending: dict[TP, int] = {}
        self._beyond: dict[TP, int] = {}  # the last record seen behind a gap, until the gap is read

    def begin(self, positions: Mapping[TP, int], moment: tuple[int, int]) -> None:
        """What was assigned at that moment is read from here on; nothing of any other partition is handled."""
        if not self.ownership.open(moment):
            return
        self._next = {tp: max(offset, self._next.get(tp, 0)) for tp, offset in positions.items()}
        self._beyond.clear()

    async def begin_if_it_did_not(self) -> None:
        """Ask for the positions again where Faust gave up: it goes on without them, and nothing would be handled."""
        if self.ownership.waits and not self._app.rebalancing:
            await self._app.consumer.perform_seek()

    async def accept(self, records: Sequence[Record]) -> list[Record]:
        """Of what was read, that which follows without a gap on what was handled; a gap is read again first."""
        upto = dict(self._next)
        gaps: dict[TP, int] = {}
        taken: list[Record] = []
        for record in records:
            tp, offset = _place(record.message)
            due = upto.get(tp)
            if due is None:
                continue
            if offset < due:
                self._beyond.pop(tp, None)
            elif offset == due or self._is_real_gap(tp, offset):
                self._beyond.pop(tp, None)
                gaps.pop(tp, None)
                taken.append(record)
                upto[tp] = offset + 1
            else:
                if tp not in self._beyond:
                    gaps[tp] = due
                self._beyond[tp] = offset
        if gaps:
            await self._read_again(gaps)
        return taken

    async def _read_again(self, gaps: Mapping[TP, int]) -> None:
        moment = self.ownership.moment
        while self.ownership.moment == moment:
            try:
                await self._app.consumer.seek_wait(gaps)
            except Exception as error:
                log.warning("seek_failed", error=type(error).__name__)
                await asyncio.sleep(_SEEK_PAUSE_S)
            else:
                log.info("gap_read_again", where=", ".join(f"{tp.topic}[{tp.partition}]" for tp in gaps))
                return

    def _is_real_gap(self, tp: TP, offset: int) -> bool:
        """Whether the broker has nothing before this record: it was asked, and what came starts here all the same."""
        before = self._beyond.get(tp)
        return before is not None and offset <= before

    def done(self, messages: Iterable[Message]) -> None:
        """These records are handled for good. To be called by the work that did it; once revoked it does nothing."""
        if not self.ownership.holds:
            return
        for message in messages:
            tp, offset = _place(message)
            if tp in self._next:
                self._next[tp] = self._pending[tp] = max(self._next[tp], offset + 1)

    def passed(self, messages: Iterable[Message]) -> None:
        """These records were taken in but not handled for good: the next owner shall read them again."""
        if not self.ownership.holds:
            return
        for message in messages:
            tp, offset = _place(message)
            if tp in self._next:
                self._next[tp] = max(self._next[tp], offset + 1)

    def behind(self, topics: Container[str]) -> bool:
        """Whether a partition of ours holds records of these topics that were not taken in yet.

        The end is that of the last answer to a fetch; a partition of which none has come is not known to be read.
        """
        ends = ((following, self._end(tp)) for tp, following in self._next.items() if tp.topic in topics)
        return not self._next or any(end is None or following < end for following, end in ends)

    def _end(self, tp: TP) -> int | None:
        try:
            end: int | None = self._app.consumer.highwater(tp)
        except Exception:  # the client drops a partition before its owner hears of it
            return None
        return end

    async def commit(self) -> None:
        """Commit what was handled; partitions that another worker owns by now are left to it."""
        pending, self._pending = self._pending, {}
        moment = self.ownership.moment
        owned = self._app.consumer.assignment()
        mine = {tp: offset for tp, offset in pending.items() if tp in owned and tp in self._next}
        taken = not mine
        try:
            taken = taken or await self._app.consumer._commit(mine)
        finally:
            if not taken and self.ownership.moment == moment:
                for tp, offset in mine.items():
                    self._pending[tp] = max(self._pending.get(tp, 0), offset)

    def positions(self) -> dict[TP, int]:
        """What is to be handled next in each partition of ours."""
        return dict(self._next)

    def lags(self) -> dict[TP, int]:
        """How many records of each partition of ours wait. The end is that of the last fetch: of what the embedded
        broker answers only this is right. One of which nothing was fetched yet has none that is known."""
        ends = {tp: self._app.consumer.highwater(tp) for tp in self._next}
        return {tp: max(0, end - self._next[tp]) for tp, end in ends.items() if end is not None}

    async def hand_over(self, *, grace_s: float) -> None:
        """A rebalance has begun: finish what is in hand, commit it, and let go of everything."""
        await self.ownership.settle(grace_s=grace_s)
        try:
            await asyncio.wait_for(self.commit(), timeout=grace_s)
        except Exception as error:
            log.warning("commit_failed", error=type(error).__name__)  # the next owner handles it again
        finally:
            self._next, self._pending = {}, {}


def _place(message: Message) -> tuple[TP, int]:
    return TP(message.topic, message.partition), message.offset
