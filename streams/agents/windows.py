"""windows: conversations and events → what each partition shows, every few seconds. The first half of `watch`.

Order of the writes: of what comes in first the table's changelog, then the acknowledgement; of a window first the
window, then the note in the changelog that it was sent. Killed in between, the next worker handles the records again,
which changes nothing: a conversation counts by its version, an event by its id, one that came late by its offset. And
it works out the windows that were not noted again, which come out the same.

It keeps, for each partition that it owns, conversations that wait (35 days at most) or ended within the longest
window, and the slots of `streams.arrivals`. All of it is on a shelf, on disk; in memory are the counts of the slots and
who waits, 1 kB each. Of who waits no longer there is only what `streams.tally` counts. With 100,000 who wait a window
takes 0.17 s of processor time (measured in November 2026).
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import structlog

from schemas import codec
from schemas.action import WATCH_PREFIX, Action
from schemas.canary import is_canary
from schemas.conversation import Conversation
from schemas.enriched import Enriched
from schemas.topics import ACTIONS, CONVERSATIONS, ENRICHED, WINDOWS
from streams import arrivals, waits
from streams.app import Context, all_taken, produce, sender, source
from streams.arrivals import SLOT_MS
from streams.batches import Message, Record, consume, every
from streams.bury import Burial, bury, where
from streams.instants import to_ms
from streams.kept import (
    IN_ORDER,
    Acts,
    Change,
    Sent,
    conversation_key,
    pack,
    parts_prefix,
    slot_key,
    under,
    unpack,
    version_of,
)
from streams.ownership import Revoked, Unheard
from streams.pulse import Pulse
from streams.seen import Seen
from streams.shelf import CHUNK, Shelf, ShelfError
from streams.tables import Table
from streams.tally import has_ended
from streams.windows import Partition, count, demand, fold, summarise, unfold

log = structlog.get_logger()

_TICK_S = 1.0
_BATCH, _WITHIN_S = 500, 0.25
_CACHE_KIB = 16_384
_CHUNK = 200  # windows in one go: in a replay hours pass at once
_ACTIONS_KEPT_MS = 2 * 86_400_000
_MEASURED = frozenset({CONVERSATIONS.name, ENRICHED.name})

Apply = Callable[[Message, dict[bytes, Change]], None]


def register(context: Context) -> None:
    """Attach the three readers, their table and their tick to the app."""
    agent = Windows(context)
    applies: tuple[tuple[Any, Apply], ...] = (
        (CONVERSATIONS, agent.conversation),
        (ENRICHED, agent.event),
        (ACTIONS, agent.action),
    )
    for topic, apply in applies:
        _read(context, agent, topic, apply)

    async def owned_tick() -> None:
        try:
            async with context.ownership.work():
                await agent.tick()
        except (Revoked, Unheard):
            pass  # its next owner ticks

    @context.app.task(on_leader=False)
    async def tick(app: Any) -> None:
        await every(_TICK_S, owned_tick, name="watch")


def _read(context: Context, agent: "Windows", topic: Any, apply: Apply) -> None:
    name = f"windows-{topic.name}"
    burial = Burial(stage="watch", limits=context.settings.dead_letters, code_version=context.code_version)

    async def handle(records: Sequence[Record]) -> None:
        await agent.handle(records, apply, burial)

    @context.app.agent(source(context, topic), name=name)
    async def windows(stream: Any) -> None:
        batches = stream.noack_take(_BATCH, within=_WITHIN_S)
        await consume(batches, handle, name=name, stage="watch", offsets=context.offsets, progress=context.progress)


class Windows:
    """The partitions that this worker owns."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.wanted = demand(context.settings.watches)
        folder = Path(context.settings.responses.state_dir or tempfile.gettempdir())
        self.shelf = Shelf(folder, cache_kib=_CACHE_KIB)
        self.seen = Seen(folder)
        self.table = Table(context, "windows", source=CONVERSATIONS.name, shelf=self.shelf)
        self.partitions: dict[int, Partition] = {}
        self.parts: dict[tuple[int, int], arrivals.Part] = {}  # of each open slot the one with room
        self.sealed: set[tuple[int, int]] = set()  # slots of which parts may still be around
        self.live = context.settings.responses.clock == "live"
        self.pulse = Pulse(_now_ms(), live=self.live)
        self.lock = asyncio.Lock()
        self._unswept: list[tuple[int, bytes]] = []  # up to which conversation a partition was looked at

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        """Nobody else reads or changes it meanwhile. When the disk fails all is thrown away, and read anew."""
        health = self.context.progress.health
        async with self.lock:
            try:
                await self._own()
                yield
            except ShelfError as error:
                self.table.disown()
                health.fails("watch", str(error), time.monotonic())
                raise
            health.works("watch")

    async def _own(self) -> None:
        handover = await self.table.own(version_of)
        if handover is None:
            return
        try:
            await self.rebuild(handover.owned)
        except BaseException:
            self.table.disown()  # half of it would show too little
            raise

    async def rebuild(self, owned: set[int]) -> None:
        """Lay the partitions out anew from the table."""
        self.partitions = {number: Partition(number=number) for number in owned}
        self.parts = {}
        self.sealed = set()
        self.seen.clear()
        self.pulse = Pulse(_now_ms(), live=self.live)
        self._unswept = []
        for number in owned:
            for kind in IN_ORDER:
                for chunk in under(self.shelf.page(number), kind):
                    for key, packed in chunk:
                        self._take_up(unpack(key, packed))
                    await asyncio.sleep(0)  # the group and /health are answered meanwhile
                    self.context.ownership.check()
        log.info("windows_rebuilt", agent="watch", count=len(self.shelf))

    def _take_up(self, change: Change) -> None:
        """What a worker before had kept; what had ended when it sent its last window is only counted."""
        if isinstance(change, waits.Waits) and has_ended(change, self.pulse.sent_ms(change.partition)):
            count(self.partitions[change.partition], change, self.wanted)
            self.pulse.conversation(change.partition, change.last_ms)
        else:
            self._keep(change)

    async def handle(self, records: Sequence[Record], apply: Apply, burial: Burial) -> None:
        """One batch of one topic."""
        async with self._held():
            changes: dict[bytes, Change] = {}
            failures: list[tuple[Message, Exception]] = []
            for record in records:
                try:
                    apply(record.message, changes)
                except ShelfError:
                    raise  # it is not the record's fault
                except Exception as error:
                    failures.append((record.message, error))
            await bury(failures, burial=burial, total=len(records), send=sender(self.context))
            await self._note(changes)
            self.pulse.heard(_now_ms())
            burial.settle()
            self.context.progress.bury("watch", failures)

    def conversation(self, message: Message, changes: dict[bytes, Change]) -> None:
        """A new state of a conversation."""
        conversation = codec.decode(message.value or b"", Conversation, where=where(message))
        key = conversation_key(conversation.conversation_id)
        known = changes.get(key) or self._waits(message.partition, conversation.conversation_id)
        assert known is None or isinstance(known, waits.Waits)
        changed = waits.remember(known, conversation, message.partition, keep_ms=self.wanted.keep_ms)
        if changed is not None:
            changes[key] = changed

    def _waits(self, number: int, conversation_id: str) -> waits.Waits | None:
        """What is known of a conversation: in memory while somebody waits in it, then on the shelf alone."""
        held = self._partition(number).waits.get(conversation_id)
        return held or self._ended(number, conversation_id)

    def _ended(self, number: int, conversation_id: str) -> waits.Waits | None:
        key = conversation_key(conversation_id)
        packed = self.shelf.page(number).get(key)
        return None if packed is None else cast(waits.Waits, unpack(key, packed))

    def event(self, message: Message, changes: dict[bytes, Change]) -> None:
        """Somebody wrote."""
        enriched = codec.decode(message.value or b"", Enriched, where=where(message))
        at_ms, number = to_ms(enriched.event.created_at), message.partition
        if is_canary(enriched.event) or (_now_ms() - at_ms > arrivals.KEPT_MS and self.live):
            return
        start = arrivals.slot_start(at_ms)
        known = self._partition(number).slots.get(start)
        late = start < self.pulse.newest_ms(number, _now_ms()) - arrivals.SEALED_AFTER_MS
        change: arrivals.Slot | arrivals.Part
        if late or (known is not None and known.sealed):
            key, fresh = slot_key(number, start), arrivals.sealed(known or arrivals.Slot(number, start))
            change = cast(arrivals.Slot, changes.get(key, fresh))
            counts = arrivals.count(change, enriched, message.offset)
        else:
            part = arrivals.following(self.parts.get((number, start)), number, start)
            key = parts_prefix(number, start) + b"%d" % part.number
            change = cast(arrivals.Part, changes.get(key, part))
            counts = arrivals.note(change, self._rank(number, start, enriched.event.event_id), enriched, message.offset)
        if counts:
            changes[key] = change
            self.pulse.arrived(number, at_ms, _now_ms())

    def _rank(self, number: int, start: int, event_id: str) -> int | None:
        name = arrivals.key_of(event_id)
        return self.seen.ranks(number, start, (name,)).get(name)

    def action(self, message: Message, changes: dict[bytes, Change]) -> None:
        """Somebody acted; only what concerns a watch is kept."""
        action = codec.decode(message.value or b"", Action, where=where(message))
        if not action.conversation_id.startswith(WATCH_PREFIX):
            return
        key = b"a%d" % message.partition
        acts = changes.get(key) or Acts(message.partition, self._partition(message.partition).actions)
        assert isinstance(acts, Acts)
        if all(one.action_id != action.action_id for one in acts.actions):
            oldest_ms = to_ms(action.at) - _ACTIONS_KEPT_MS
            kept = [one for one in acts.actions if to_ms(one.at) > oldest_ms]
            changes[key] = Acts(message.partition, (*kept, action))

    async def tick(self) -> None:
        """Send the windows that have come due, then forget what counts no more."""
        async with self._held():
            if not self.live and self.context.offsets.behind(_MEASURED):
                self.pulse.heard(_now_ms())  # more is to come, however long the broker takes
            for number, partition in sorted(self.partitions.items()):
                for instants in _chunks(self.pulse.due(number, list(self.partitions), _now_ms())):
                    await self._send(partition, instants)
                await self._forget(partition)
            await self._sweep()

    async def _send(self, partition: Partition, instants: Sequence[int]) -> None:
        futures = []
        key = str(partition.number).encode()
        for at_ms in instants:
            window = codec.encode(summarise(partition, at_ms, self.wanted))
            futures.append(await produce(self.context, WINDOWS.name, key, window, partition=0))
        await all_taken(futures)
        await self._note({b"w%d" % partition.number: Sent(partition.number, instants[-1])})
        fold(partition, instants[-1], self.wanted)

    async def _forget(self, partition: Partition) -> None:
        """Seal what is two days old; take out what is five weeks old."""
        newest_ms = self.pulse.newest_ms(partition.number, _now_ms())
        if not self.pulse.sweeps(partition.number, newest_ms):
            return
        sealed: dict[bytes, Change] = {}
        gone: list[bytes] = []
        for start, slot in partition.slots.items():
            key = slot_key(partition.number, start)
            if start < self._past_ms(partition.number) - arrivals.KEPT_MS:
                gone.append(key)
            elif not slot.sealed and start + SLOT_MS <= newest_ms - arrivals.SEALED_AFTER_MS:
                sealed[key] = arrivals.sealed(slot)
        await self._note(sealed)
        await self._take_out(gone, partition)
        for number, start in [one for one in self.sealed if one[0] == partition.number]:
            self.seen.forget(number, start)
            for chunk in under(self.shelf.page(number), parts_prefix(number, start)):
                await self._take_out([key for key, _ in chunk], partition)
            self.sealed.discard((number, start))

    async def _sweep(self) -> None:
        """Look at some conversations, the next ones each time, and take out those that count nowhere any more."""
        if not self._unswept:
            self._unswept = [(number, b"c") for number in self.partitions]
        if not self._unswept:
            return
        number, after = self._unswept.pop()
        partition, past_ms = self.partitions[number], self._past_ms(number)
        chunk = self.shelf.page(number).after(after, prefix=b"c")
        found = ((key, cast(waits.Waits, unpack(key, packed))) for key, packed in chunk)
        keep_ms = self.wanted.keep_ms
        gone = [key for key, one in found if waits.forget_ms(one, keep_ms=keep_ms) < past_ms]
        await self._take_out(gone, partition)
        if len(chunk) == CHUNK:
            self._unswept.append((number, chunk[-1][0]))

    def _past_ms(self, number: int) -> int:
        """Up to where no window is to come: in a replay one topic may be read days ahead of the other."""
        return min(self.pulse.newest_ms(number, _now_ms()), self.pulse.sent_ms(number))

    async def _take_out(self, gone: Sequence[bytes], partition: Partition) -> None:
        await all_taken([await self.table.note(key, None, partition.number) for key in gone])
        page = self.shelf.page(partition.number)
        for key in gone:
            page.pop(key)
            if key[:1] == b"c":
                partition.waits.pop(key[1:].decode(), None)  # of one that was counted, no window is reached any more
            elif key[:1] == b"s":
                partition.slots.pop(int(key.partition(b":")[2]), None)

    async def _note(self, changes: dict[bytes, Change]) -> None:
        """Write the changelog, and only then what is held here: a batch that is tried again finds what was before."""
        packed = {key: pack(change, self._version_after(key, change)) for key, change in changes.items()}
        await all_taken([await self.table.note(key, value, changes[key].partition) for key, value in packed.items()])
        for key, change in changes.items():
            if isinstance(change, waits.Waits):
                self._unfold(change)
            self.shelf.page(change.partition).set(key, packed[key])
            self._keep(change)

    def _unfold(self, change: waits.Waits) -> None:
        """Count the version of before no more, if it was counted."""
        partition = self._partition(change.partition)
        if change.conversation_id in partition.waits:
            return
        ended = self._ended(change.partition, change.conversation_id)
        if ended is not None:
            unfold(partition, ended, self.wanted)

    def _version_after(self, key: bytes, change: Change) -> int:
        known = self.shelf.page(change.partition).get(key)
        return max(version_of(known) + 1 if known else 0, self.table.epoch(change.partition))

    def _keep(self, change: Change) -> None:
        partition = self._partition(change.partition)
        if isinstance(change, waits.Waits):
            partition.waits[change.conversation_id] = change
            self.pulse.conversation(change.partition, change.last_ms)
        elif isinstance(change, arrivals.Slot):
            if change.seen:
                self.seen.note(change.partition, change.start_ms, change.seen)
                change.seen = {}
            partition.slots[change.start_ms] = change
            if change.sealed:
                self.parts.pop((change.partition, change.start_ms), None)
                self.sealed.add((change.partition, change.start_ms))
            self.pulse.event(change.partition, max(one.last_ms for one in change.counts.values()))
        elif isinstance(change, arrivals.Part):
            self._keep_part(partition, change)
        elif isinstance(change, Acts):
            partition.actions = change.actions
        else:
            self.pulse.sent(change.partition, change.at_ms)

    def _keep_part(self, partition: Partition, part: arrivals.Part) -> None:
        slot = partition.slots.setdefault(part.start_ms, arrivals.Slot(part.partition, part.start_ms))
        if slot.sealed:
            return  # it is counted there; killed before it was taken out
        known = self.seen.ranks(
            part.partition, part.start_ms, [key for one in part.cells.values() for key in one.ranks]
        )
        self.seen.note(part.partition, part.start_ms, arrivals.take(slot, part, known))
        last = self.parts.get((part.partition, part.start_ms))
        if last is None or last.number <= part.number:
            self.parts[part.partition, part.start_ms] = arrivals.following(part, part.partition, part.start_ms)
        self.pulse.event(part.partition, max(one.last_ms for one in part.cells.values()))

    def _partition(self, number: int) -> Partition:
        return self.partitions.setdefault(number, Partition(number=number))


def _chunks(instants: Sequence[int]) -> list[Sequence[int]]:
    return [instants[place : place + _CHUNK] for place in range(0, len(instants), _CHUNK)]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
