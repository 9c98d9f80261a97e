"""responses: enriched and actions → conversations and alerts. Keeps one timeline per conversation, on disk.

Order of the writes: first what is published, then the table's changelog, then the acknowledgement. Killed
in between, the next worker handles the batch again and publishes the same once more; the other way round
an alert could be lost. Repeats fall together downstream: ids are deterministic.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import structlog

from schemas import codec
from schemas.action import WATCH_PREFIX, Action
from schemas.canary import is_canary
from schemas.enriched import Enriched
from schemas.topics import ACTIONS, ALERTS, CONVERSATIONS, ENRICHED
from streams.app import Context, all_taken, produce, sender, source
from streams.assess import Assessment, assess
from streams.batches import Message, Record, consume, every
from streams.bury import Burial, bury, where
from streams.instants import to_ms
from streams.ownership import Revoked
from streams.rules import Rulebook
from streams.shelf import ShelfError
from streams.timeline import Timeline, add, content_ends_ms, decide, is_unheard, pack, without_content
from streams.timelines import Timelines

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
    """The timelines of the partitions this worker owns, and what is published of them."""

    def __init__(self, context: Context, book: Rulebook, terms_s: Mapping[str, float] = _NO_TERMS) -> None:
        self.context = context
        self.book = book
        self.timelines = Timelines(context, book, terms_s)
        self.burial = Burial(stage="responses", limits=context.settings.dead_letters, code_version=context.code_version)

    async def handle(self, records: Sequence[Record]) -> None:
        """One batch: the timelines it touches, measured once each."""
        async with self.timelines.held():
            touched: dict[str, Timeline] = {}
            failures: list[tuple[Message, Exception]] = []
            for record in records:
                try:
                    self._apply(record.message, touched)
                except ShelfError:
                    raise  # it is not the record's fault
                except Exception as error:
                    failures.append((record.message, error))
            await bury(failures, burial=self.burial, total=len(records), send=sender(self.context))
            await self._publish(touched.values())
            if self.context.settings.responses.clock == "stream":
                await self._walk()
                await self.timelines.sweep()
            self.burial.settle()
            self.context.progress.bury("responses", failures)

    async def tick(self) -> None:
        """Once a second: what has come due since."""
        if self.context.settings.responses.clock == "live":
            async with self.timelines.held():
                await self._walk()
                await self.timelines.sweep()

    def _apply(self, message: Message, touched: dict[str, Timeline]) -> None:
        changed: Timeline | None
        if message.topic == ACTIONS.name:
            action = codec.decode(message.value or b"", Action, where=where(message))
            if action.conversation_id.startswith(WATCH_PREFIX):
                return
            known = self._known(action.conversation_id, message.partition, touched)
            changed = decide(known, action, message.partition)
        else:
            enriched = codec.decode(message.value or b"", Enriched, where=where(message))
            if is_canary(enriched.event):
                return
            known = self._known(enriched.event.conversation_id, message.partition, touched)
            changed = add(known, enriched, message.partition, self.book)
            self.timelines.advance(message.partition, to_ms(enriched.event.created_at))
            log.debug("event_measured", event_id=enriched.event.event_id, where=where(message))
        if changed is not None:
            touched[changed.conversation_id] = changed

    def _known(self, conversation_id: str, partition: int, touched: dict[str, Timeline]) -> Timeline | None:
        return touched.get(conversation_id) or self.timelines.get(conversation_id, partition)

    async def _walk(self) -> None:
        """Publish the levels that came due; in a replay each partition has the watermark of its own events."""
        late = self.timelines.due()
        for first in range(0, len(late), _TICK_CHUNK):
            await self._publish(self._all_of(late[first : first + _TICK_CHUNK]))

    def _all_of(self, wanted: Iterable[tuple[str, int]]) -> Iterator[Timeline]:
        found = (self.timelines.get(conversation_id, partition) for conversation_id, partition in wanted)
        return (timeline for timeline in found if timeline is not None)

    async def _publish(self, timelines: Iterable[Timeline]) -> None:
        known = [self._within_terms(timeline) for timeline in timelines]
        assessed = [
            assess(
                timeline,
                self.book,
                watermark_ms=self.timelines.watermark(timeline.partition),
                version=self.timelines.table.epoch(timeline.partition),
                rules=self.timelines.mark,
            )
            for timeline in known
            if not is_unheard(timeline)
        ]
        early = [timeline for timeline in known if is_unheard(timeline)]
        await all_taken([future for one in assessed for future in await self._send(one)])
        packed = [(one, pack(one)) for one in [*early, *(one.timeline for one in assessed)]]
        await all_taken([await self.timelines.note(*one) for one in packed])
        for one in packed:  # only now: a batch that is tried again must find the state of before
            self.timelines.keep(*one)

    async def _send(self, one: Assessment) -> list[Any]:
        key, partition = one.timeline.conversation_id.encode(), one.timeline.partition
        messages = [(CONVERSATIONS.name, codec.encode(one.conversation))]
        messages += [(ALERTS.name, codec.encode(alert)) for alert in one.alerts]
        return [await produce(self.context, topic, key, value, partition=partition) for topic, value in messages]

    def _within_terms(self, timeline: Timeline) -> Timeline:
        """Terms of use count by the wall clock, in a replay too."""
        keep_ms = self.timelines.keep_ms.get(timeline.network)
        if keep_ms is None:
            return timeline
        now_ms = time.time_ns() // 1_000_000
        ends_ms = content_ends_ms(timeline, keep_ms)
        if ends_ms is None or ends_ms >= now_ms:
            return timeline
        return without_content(timeline, before_ms=now_ms - keep_ms)
