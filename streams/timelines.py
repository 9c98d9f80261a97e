"""Timelines: those of the partitions that this worker owns, on its shelf, which also knows what comes due.

After a start, and of partitions that come from another worker, that is found out anew: each timeline says when it is
due next, and is measured only when it was published under other rules.

A conversation that is over and of which nothing was heard for `responses.remember` becomes a past (streams/past.py),
a sixth of its size. A past is forgotten, with a tombstone in the changelog, once ClickHouse has dropped its rows.
"""

import asyncio
import math
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from schemas import metrics
from schemas.topics import CONVERSATIONS, ENRICHED
from streams.app import Context, all_taken
from streams.assess import next_due
from streams.measure import DAY_MS
from streams.meters import Meters
from streams.past import heard_ms, settle
from streams.rules import Rulebook, mark
from streams.shelf import Shelf, ShelfError
from streams.tables import Table
from streams.timeline import Timeline, content_ends_ms, is_unheard, pack, unpack, version_of

log = structlog.get_logger()

_SWEEP_S = 3600.0


class Timelines:
    """What the responses agent remembers. Everything is done within `held`."""

    def __init__(self, context: Context, book: Rulebook, terms_s: Mapping[str, float]) -> None:
        """
        Args:
            terms_s: for how many seconds content of a network may be kept.
        """
        self.context = context
        self.book = book
        self.mark = mark(book, code_version=context.code_version)
        self.keep_ms = {network: int(seconds * 1000) for network, seconds in terms_s.items()}
        self.shelf = Shelf(Path(context.settings.responses.state_dir or tempfile.gettempdir()))
        self.table = Table(
            context,
            "timelines",
            source=ENRICHED.name,
            configs={"max.message.bytes": str(CONVERSATIONS.max_message_bytes)},
            shelf=self.shelf,
        )
        self.watermarks: dict[int, int] = {}
        options, retention = context.settings.responses, context.settings.retention
        self.remember_ms = round(options.remember * 1000)
        days = (retention.events_days, retention.conversations_days)
        self.stored_for_ms = max(days) * DAY_MS if all(days) else 0
        self._unswept: list[tuple[int, bytes]] = []  # up to which key a partition was looked at
        self._sweep_at = 0.0
        self._lock = asyncio.Lock()
        self._show(context.progress.meters)

    def _show(self, meters: Meters) -> None:
        """What comes due, and how old the newest event of each partition is."""

        def next_due() -> list[tuple[tuple[()], float]]:
            dues = [
                (due_ms - self.watermark(partition)) / 1000
                for partition, page in self.shelf.pages.items()
                if (due_ms := page.next_ms()) is not None
            ]
            return [((), min(dues, default=math.nan))]

        meters.ask(metrics.DEADLINES, lambda: [((), self._waiting())])
        meters.ask(metrics.NEXT_DUE_S, next_due)
        meters.ask(
            metrics.WATERMARK_S,
            lambda: [((number,), time.time() - ms / 1000) for number, ms in self.watermarks.items()],
        )

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Nobody else reads or changes them meanwhile; what came to this worker is read first, what went is dropped.

        When the disk fails all of it is thrown away, and the next to hold them reads it anew. A worker whose disk
        fails for long is not alive.
        """
        health = self.context.progress.health
        async with self._lock:
            try:
                await self._own()
                yield
            except ShelfError as error:
                self.table.disown()
                health.fails("responses", str(error), time.monotonic())
                raise
            health.works("responses")

    async def _own(self) -> None:
        handover = await self.table.own(version_of)
        if handover is None:
            return
        try:
            await self.rebuild(handover.owned, handover.new)
        except BaseException:
            self.table.disown()  # half an index would miss deadlines
            raise

    async def rebuild(self, owned: set[int], new: set[int]) -> None:
        """Find out when each that was just read is due; forget how far time had come for what another owns now."""
        begun = time.monotonic()
        self._unswept = []
        self.watermarks = {one: ms for one, ms in self.watermarks.items() if one in owned and one not in new}
        measured = 0
        for partition in new:
            before = measured
            async for timeline, packed in self._read(partition):
                self.advance(partition, max((entry.at_ms for entry in timeline.entries), default=0))
                if timeline.rules == self.mark:
                    self.keep(timeline, packed)
                else:
                    measured += 1
            if measured > before:
                await self._measure(partition)
        log.info(
            "index_rebuilt",
            agent="responses",
            count=len(self.shelf),
            waiting=self._waiting(),
            measured=measured,
            seconds=round(time.monotonic() - begun, 2),
        )

    async def _measure(self, partition: int) -> None:
        """Those that say nothing, or were published under other rules; the watermark is known only now."""
        async for timeline, packed in self._read(partition):
            if timeline.rules != self.mark:
                self._keep(timeline, packed, next_due(timeline, self.book, watermark_ms=self.watermark(partition)))

    async def _read(self, partition: int) -> AsyncIterator[tuple[Timeline, bytes]]:
        for chunk in self.shelf.page(partition).chunks():
            for _, packed in chunk:
                yield unpack(packed), packed
            await asyncio.sleep(0)  # the group and /health are answered meanwhile
            self.context.ownership.check()

    def get(self, conversation_id: str, partition: int) -> Timeline | None:
        """What is remembered of a conversation."""
        packed = self.shelf.page(partition).get(conversation_id.encode())
        return None if packed is None else unpack(packed)

    async def sweep(self) -> None:
        """Look at some timelines, the next ones each time: what is over and silent becomes a past, an old past goes."""
        if not self._unswept:
            if time.monotonic() < self._sweep_at:
                return
            self._unswept = [(partition, b"") for partition in self.table.owned]
        if not self._unswept:
            return
        partition, after = self._unswept.pop()
        chunk = self.shelf.page(partition).after(after)
        changes = [(key, *change) for key, packed in chunk if (change := self._over(unpack(packed))) is not None]
        await all_taken([await self.table.note(key, packed, partition) for key, _, packed in changes])
        for key, timeline, packed in changes:
            if packed is None:
                self.shelf.page(partition).pop(key)
            else:
                self.keep(timeline, packed)
        if chunk:
            self._unswept.append((partition, chunk[-1][0]))
        elif not self._unswept:
            self._sweep_at = time.monotonic() + min(_SWEEP_S, self.remember_ms / 10_000)

    def _over(self, timeline: Timeline) -> tuple[Timeline, bytes | None] | None:
        """What becomes of it: a past, or no value at all; None when it stays as it is."""
        watermark_ms, now_ms = self.watermark(timeline.partition), time.time_ns() // 1_000_000
        live = self.context.settings.responses.clock == "live"
        if heard_ms(timeline, received=live) >= watermark_ms - self.remember_ms:
            return None
        if is_unheard(timeline):
            stored_ms = timeline.past.settled_ms if timeline.past else now_ms
            dropped = timeline.past is None or (self.stored_for_ms and stored_ms < now_ms - self.stored_for_ms)
            return (timeline, None) if dropped else None
        version = max(self.table.epoch(timeline.partition), timeline.version + 1)
        settled = settle(timeline, self.book, watermark_ms=watermark_ms, version=version, now_ms=now_ms)
        return None if settled is None else (settled, pack(settled))

    async def note(self, timeline: Timeline, packed: bytes) -> Any:
        """Write the changelog; the returned future is done once the broker has it."""
        return await self.table.note(timeline.conversation_id.encode(), packed, timeline.partition)

    def keep(self, timeline: Timeline, packed: bytes) -> None:
        """Remember it, and when it is due."""
        self._keep(timeline, packed, timeline.due_ms or None)

    def advance(self, partition: int, at_ms: int) -> None:
        """An event of this instant was seen."""
        if at_ms > self.watermarks.get(partition, 0):
            self.watermarks[partition] = at_ms

    def watermark(self, partition: int) -> int:
        """Up to where time has come: the wall clock, or in a replay the events of the partition."""
        if self.context.settings.responses.clock == "live":
            return time.time_ns() // 1_000_000
        return self.watermarks.get(partition, 0)

    def due(self) -> list[tuple[str, int]]:
        """What has come due: conversations with their partitions. They stay due until they are kept anew."""
        return [
            (key.decode(), partition)
            for partition, page in self.shelf.pages.items()
            for key in page.due(self.watermark(partition))
        ]

    def _keep(self, timeline: Timeline, packed: bytes, due_ms: int | None) -> None:
        ends_ms = content_ends_ms(timeline, self.keep_ms.get(timeline.network)) if self.keep_ms else None
        due = min((at_ms for at_ms in (due_ms, ends_ms) if at_ms is not None), default=None)
        self.shelf.page(timeline.partition).set(timeline.conversation_id.encode(), packed, due)

    def _waiting(self) -> int:
        return sum(page.waiting for page in self.shelf.pages.values())
