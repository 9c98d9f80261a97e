"""responses: enriched and actions → conversations and alerts. Keeps one timeline per conversation in a Faust table.

Order of the writes: first what is published, then the table's changelog, then the acknowledgement. Killed
in between, the next worker handles the batch again and publishes the same once more; the other way round
an alert could be lost. Repeats fall together downstream: ids are deterministic.
"""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog

from schemas import codec, metrics
from schemas.action import WATCH_PREFIX, Action
from schemas.canary import is_canary
from schemas.enriched import Enriched
from schemas.topics import ACTIONS, ALERTS, CONVERSATIONS, ENRICHED
from streams.app import Context, all_taken, produce, sender, source
from streams.assess import Assessment, assess, next_due
from streams.batches import Message, Record, consume, every
from streams.bury import Burial, bury, where
from streams.deadlines import Deadlines
from streams.instants import to_ms
from streams.meters import Meters
from streams.ownership import Revoked
from streams.rules import Rulebook
from streams.tables import Table
from streams.timeline import Timeline, add, content_ends_ms, decide, pack, unpack, without_content

log = structlog.get_logger()

_TICK_CHUNK = 500
_NO_TERMS: Mapping[str, float] = {}


def register(context: Context, book: Rulebook, *, terms_s: Mapping[str, float] = _NO_TERMS) -> None:
    """Attach the agent, its table and its tick to the app.

    Args:
        terms_s: for how many seconds content of a network may be kept; a network that is not in it sets no limit.
    """
    agent = _Responses(context, book, terms_s)

    @context.app.agent(source(context, ENRICHED, ACTIONS), name="responses")
    async def responses(stream: Any) -> None:
        options = context.settings.responses
        batches = stream.noack_take(options.batch_events, within=options.batch_wait)
        await consume(batches, agent.handle, name="responses", offsets=context.offsets, progress=context.progress)

    async def owned_tick() -> None:
        try:
            async with context.ownership.work():
                await agent.tick()
        except Revoked:
            pass  # its next owner ticks

    @context.app.task(on_leader=False)
    async def tick(app: Any) -> None:
        await every(context.settings.responses.tick, owned_tick, name="responses")


class _Responses:
    """The timelines of the partitions this worker owns, and the index of what comes due."""

    def __init__(self, context: Context, book: Rulebook, terms_s: Mapping[str, float] = _NO_TERMS) -> None:
        self.context = context
        self.book = book
        self.keep_ms = {network: int(seconds * 1000) for network, seconds in terms_s.items()}
        self.table = Table(
            context,
            "timelines",
            source=ENRICHED.name,
            configs={"max.message.bytes": str(CONVERSATIONS.max_message_bytes)},
        )
        self.deadlines: defaultdict[int, Deadlines] = defaultdict(Deadlines)  # by partition, as are watermarks
        self.watermarks: dict[int, int] = {}
        self.lock = asyncio.Lock()
        self.burial = Burial(stage="responses", limits=context.settings.dead_letters, code_version=context.code_version)
        self._show(context.progress.meters)

    def _show(self, meters: Meters) -> None:
        """What comes due, and how old the newest event of each partition is."""

        def next_due() -> list[tuple[tuple[()], float]]:
            dues = [
                (due_ms - self._watermark(partition)) / 1000
                for partition, index in self.deadlines.items()
                if (due_ms := index.next_ms()) is not None
            ]
            return [((), min(dues, default=math.nan))]

        meters.ask(metrics.DEADLINES, lambda: [((), self._waiting())])
        meters.ask(metrics.NEXT_DUE_S, next_due)
        meters.ask(
            metrics.WATERMARK_S,
            lambda: [((number,), time.time() - ms / 1000) for number, ms in self.watermarks.items()],
        )

    async def _own(self) -> None:
        """What came to this worker is read, and what went is dropped, before anything is done with the table."""
        owned = await self.table.own(lambda packed: unpack(packed).version)
        if owned is not None:
            self.rebuild(owned)

    def rebuild(self, owned: set[int]) -> None:
        """Build the index anew from the table; drop timelines of partitions that another worker owns now."""
        self.deadlines.clear()
        self.watermarks = {}
        for key in list(self.table.data):
            timeline = unpack(self.table.data[key])
            if timeline.partition not in owned:
                self.table.data.pop(key, None)
                continue
            for entry in timeline.entries:
                self._advance(timeline.partition, entry.at_ms)
        for packed in self.table.data.values():  # the watermarks are known only now
            self._index(unpack(packed))
        log.info("index_rebuilt", agent="responses", count=len(self.table.data), waiting=self._waiting())

    async def handle(self, records: Sequence[Record]) -> None:
        """One batch: the timelines it touches, measured once each."""
        async with self.lock:
            await self._own()
            touched: dict[str, Timeline] = {}
            failures: list[tuple[Message, Exception]] = []
            for record in records:
                try:
                    self._apply(record.message, touched)
                except Exception as error:
                    failures.append((record.message, error))
            await bury(failures, burial=self.burial, total=len(records), send=sender(self.context))
            await self._publish(touched.values())
            if self.context.settings.responses.clock == "stream":
                await self._walk()
            self.burial.settle()
            self.context.progress.bury("responses", failures)

    async def tick(self) -> None:
        """Once a second: what has come due since."""
        if self.context.settings.responses.clock == "live":
            async with self.lock:
                await self._own()
                await self._walk()

    def _waiting(self) -> int:
        return sum(len(index) for index in self.deadlines.values())

    def _apply(self, message: Message, touched: dict[str, Timeline]) -> None:
        changed: Timeline | None
        if message.topic == ACTIONS.name:
            action = codec.decode(message.value or b"", Action, where=where(message))
            if action.conversation_id.startswith(WATCH_PREFIX):
                return
            changed = decide(self._known(action.conversation_id, touched), action, message.partition)
        else:
            enriched = codec.decode(message.value or b"", Enriched, where=where(message))
            if is_canary(enriched.event):
                return
            known = self._known(enriched.event.conversation_id, touched)
            changed = add(known, enriched, message.partition, self.book)
            self._advance(message.partition, to_ms(enriched.event.created_at))
            log.debug("event_measured", event_id=enriched.event.event_id, where=where(message))
        if changed is not None:
            touched[changed.conversation_id] = changed

    def _known(self, conversation_id: str, touched: dict[str, Timeline]) -> Timeline | None:
        known = touched.get(conversation_id)
        if known is None and (packed := self.table.data.get(conversation_id.encode())) is not None:
            known = unpack(packed)
        return known

    def _advance(self, partition: int, at_ms: int) -> None:
        self.watermarks[partition] = max(self.watermarks.get(partition, 0), at_ms)

    def _watermark(self, partition: int) -> int:
        if self.context.settings.responses.clock == "live":
            return time.time_ns() // 1_000_000
        return self.watermarks.get(partition, 0)

    async def _walk(self) -> None:
        """Publish the levels that came due; in a replay each partition has the watermark of its own events."""
        late = [
            conversation_id
            for partition, index in self.deadlines.items()
            for conversation_id in index.due(self._watermark(partition))
        ]
        try:
            while late:
                chunk = late[:_TICK_CHUNK]
                await self._publish(unpack(self.table.data[key.encode()]) for key in chunk)
                late = late[_TICK_CHUNK:]
        finally:
            for key in late:  # the broker did not take them: they are due again at the next tick
                self._index(unpack(self.table.data[key.encode()]))

    async def _publish(self, timelines: Iterable[Timeline]) -> None:
        known = [self._within_terms(timeline) for timeline in timelines]
        assessed = [
            assess(
                timeline,
                self.book,
                watermark_ms=self._watermark(timeline.partition),
                version=self.table.epoch(timeline.partition),
            )
            for timeline in known
            if timeline.entries
        ]
        early = [timeline for timeline in known if not timeline.entries]
        await all_taken([future for one in assessed for future in await self._send(one)])
        await all_taken([await self._note(one) for one in [*early, *(one.timeline for one in assessed)]])
        for timeline in early:  # only now: a batch that is tried again must find the state of before
            self.table.data[timeline.conversation_id.encode()] = pack(timeline)
        for one in assessed:
            self.table.data[one.timeline.conversation_id.encode()] = pack(one.timeline)
            self._set_due(one.timeline, one.next_due_ms)

    async def _send(self, one: Assessment) -> list[Any]:
        key, partition = one.timeline.conversation_id.encode(), one.timeline.partition
        messages = [(CONVERSATIONS.name, codec.encode(one.conversation))]
        messages += [(ALERTS.name, codec.encode(alert)) for alert in one.alerts]
        return [await produce(self.context, topic, key, value, partition=partition) for topic, value in messages]

    async def _note(self, timeline: Timeline) -> Any:
        """Write the changelog outside of Faust's one-event context: the partition is the timeline's own."""
        key, packed = timeline.conversation_id.encode(), pack(timeline)
        changelog, partition = self.table.changelog_topic_name, timeline.partition
        return await produce(self.context, changelog, key, packed, partition=partition)

    def _index(self, timeline: Timeline) -> None:
        self._set_due(timeline, next_due(timeline, self.book, watermark_ms=self._watermark(timeline.partition)))

    def _set_due(self, timeline: Timeline, due_ms: int | None) -> None:
        ends_ms = content_ends_ms(timeline, self.keep_ms.get(timeline.network))
        due = [at_ms for at_ms in (due_ms, ends_ms) if at_ms is not None]
        self.deadlines[timeline.partition].set(timeline.conversation_id, min(due, default=None))

    def _within_terms(self, timeline: Timeline) -> Timeline:
        """Terms of use count by the wall clock, in a replay too."""
        now_ms, keep_ms = time.time_ns() // 1_000_000, self.keep_ms.get(timeline.network)
        ends_ms = content_ends_ms(timeline, keep_ms)
        if keep_ms is None or ends_ms is None or ends_ms >= now_ms:
            return timeline
        return without_content(timeline, before_ms=now_ms - keep_ms)
