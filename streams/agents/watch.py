"""watch: windows of all partitions → alerts about the whole. The second half of `watch`; one worker has its partition.

Order of the writes: alerts, then the table's changelog, then the acknowledgement. Killed in between, the next worker
judges the same instants again from the same windows, and says the same under the same ids: an alert is named after
the instant at which its figure left its bounds. Only windows before which nothing is waited for are acknowledged, so
one that is still to be judged is read again.

It keeps one record of all episodes, some hundred bytes each, and of each partition the windows of a few instants.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from schemas import codec
from schemas.alert import Alert
from schemas.errors import ConfigError
from schemas.topics import ALERTS, WINDOWS
from schemas.watch import problems
from schemas.window import Window
from streams.app import Context, all_taken, produce, sender, source
from streams.batches import Message, Record, consume
from streams.bury import Burial, bury, where
from streams.episodes import Memory, advance, pack, rewound, unpack
from streams.gather import Gathering
from streams.ownership import Ownership
from streams.pulse import AHEAD_MS
from streams.tables import Table
from streams.watch import findings
from streams.watchwords import words

log = structlog.get_logger()

_KEY = b"memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A record that is done with, as far as the offsets need to know."""

    topic: str
    partition: int
    offset: int


def register(context: Context) -> None:
    """Attach the judge and its table to the app.

    Raises:
        ConfigError: a watch of the settings cannot work.
    """
    wrong = problems(context.settings.watches)
    if wrong:
        raise ConfigError("\n  ".join(["these settings are wrong:", *wrong]), where="vigie.toml")
    judge = _Judge(context)

    @context.app.agent(source(context, WINDOWS), name="watch")
    async def watch(stream: Any) -> None:
        batches = stream.noack_take(500, within=0.25)
        await consume(batches, judge.handle, name="watch", offsets=_Deferred(context), progress=context.progress)


class _Deferred:
    """Offsets of records that are taken in at once and acknowledged by the judge, when it is done with them."""

    def __init__(self, context: Context) -> None:
        self._offsets = context.offsets
        self.ownership: Ownership = context.offsets.ownership

    async def accept(self, records: Sequence[Record]) -> list[Record]:
        """The records that are ours to handle now."""
        return await self._offsets.accept(records)

    def done(self, messages: Iterable[Message]) -> None:
        """These records wait with the judge."""
        self._offsets.passed(messages)


class _Judge:
    """What was judged last, and the windows since."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.table = Table(context, "watched", source=WINDOWS.name)
        self.words = words(context.settings.language)
        self.memory = Memory()
        self.live = context.settings.responses.clock == "live"
        self.gathering = self._gathering()
        self.strays: set[int] = set()
        self.lock = asyncio.Lock()
        self.burial = Burial(stage="watch", limits=context.settings.dead_letters, code_version=context.code_version)

    def _gathering(self) -> Gathering:
        return Gathering(range(self.context.settings.kafka.partitions), live=self.live)

    def rebuild(self) -> None:
        """Take up where the worker before stopped."""
        packed = self.table.data.get(_KEY)
        self.memory = unpack(packed) if packed else Memory()
        self.gathering = self._gathering()
        on = sum(one.fired_ms > 0 for one in self.memory.episodes)
        log.info("watches_rebuilt", agent="watch", count=on)

    async def handle(self, records: Sequence[Record]) -> None:
        """Some windows: judge every instant that they complete."""
        async with self.lock:
            if await self.table.own(lambda packed: unpack(packed).version) is not None:
                self.rebuild()
            failures: list[tuple[Message, Exception]] = []
            for record in records:
                message = record.message
                try:
                    window = codec.decode(message.value or b"", Window, where=where(message))
                except Exception as error:
                    failures.append((message, error))
                    continue
                self.gathering.add(window, message.offset, _now_ms())
            await bury(failures, burial=self.burial, total=len(records), send=sender(self.context))
            await self._judge()
            self.burial.settle()
            self.context.progress.bury("watch", failures)

    async def _judge(self) -> None:
        now_ms = _now_ms()
        memory, alerts = self._after_clocks(now_ms), list[Alert]()
        settings = self.context.settings
        for complete in self.gathering.complete(memory.at_ms, now_ms):
            seen = findings(settings.watches, settings.leaders, complete.windows, complete.at_ms, self.words)
            actions = [action for window in complete.windows for action in window.actions]
            memory, said = advance(memory, settings.watches, seen, actions, complete.at_ms, self.words)
            alerts += said
        if memory.version > self.memory.version:
            await all_taken([await self._publish(alert) for alert in alerts])
            packed = pack(memory)
            await (await self.table.note(_KEY, packed, 0))
            self.table.data[_KEY] = packed
            self.memory = memory
        self._acknowledge(self.gathering.judged(memory.at_ms))

    def _after_clocks(self, now_ms: int) -> Memory:
        """What is remembered, taken back to the present if a clock was ahead of it and all clocks are right again."""
        if not self.live:
            return self.memory
        strays = self.gathering.strays(now_ms)
        if strays - self.strays:
            log.error("clocks_differ", agent="watch", partitions=sorted(strays))
        self.strays = strays
        after_ms = self.gathering.taken_back(self.memory.at_ms, now_ms)
        if after_ms is None or self.memory.at_ms <= now_ms + AHEAD_MS:
            return self.memory
        log.warning("clock_was_ahead", agent="watch", seconds=(self.memory.at_ms - now_ms) // 1000)
        return rewound(self.memory, after_ms)

    async def _publish(self, alert: Alert) -> Any:
        log.info("watch_changed", agent="watch", level=alert.level, state=alert.state)
        return await produce(self.context, ALERTS.name, alert.conversation_id.encode(), codec.encode(alert))

    def _acknowledge(self, offset: int) -> None:
        if offset >= 0:
            self.context.offsets.done([_Place(topic=WINDOWS.name, partition=0, offset=offset)])  # type: ignore[list-item]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
