"""notify: alerts → channels. Every alert that a route takes is told at least once; no channel waits for another.

Order of the writes: an alert first becomes notices in the table's changelog, then it is acknowledged. A notice is
settled, in the changelog again, after its channel took the message. Killed in between, the next worker finds it
waiting and tells it once more: a message may come twice, never not at all. The log of deliveries is written before
the changelog, and repeats in it fall together by their ids.

Each target has a task of its own, which tries again for itself and never blocks the stream.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import structlog

from schemas import codec, metrics
from schemas.alert import Alert
from schemas.delivery import DeliveryState
from schemas.topics import ALERTS, DELIVERIES
from streams.app import Context, all_taken, produce, sender, source
from streams.batches import Message, Record, consume, every
from streams.bury import Burial, bury, where
from streams.channels import Channels, Outcome
from streams.dispatch import Outgoing, plan, weight
from streams.links import Links
from streams.notices import Change, Notice, Notices, hear, is_over, pack, put_off, settle, step, unpack
from streams.ownership import Revoked, Unheard
from streams.routing import Routing, Target
from streams.tables import Table
from streams.telling import compose

log = structlog.get_logger()

_TICK_S = 1.0
_PACE_S = 0.05
_SWEEP_S = 3600.0
_BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)


def register(context: Context, routing: Routing, channels: Channels, links: Links | None) -> None:
    """Attach the agent, its table and one task per target to the app."""
    agent = _Notify(context, routing, channels, links)

    for target in routing.targets.values():
        _register_courier(context, agent, target)

    @context.app.task(on_leader=False)
    async def tick(_: Any) -> None:
        await every(_TICK_S, agent.owns, name="notify")

    @context.app.task(on_leader=False)
    async def sweep(_: Any) -> None:
        await every(_SWEEP_S, agent.sweep, name="notify")

    @context.app.agent(source(context, ALERTS), name="notify")
    async def notify(stream: Any) -> None:
        batches = stream.noack_take(100, within=0.25)
        await consume(batches, agent.handle, name="notify", offsets=context.offsets, progress=context.progress)


def _register_courier(context: Context, agent: "_Notify", target: Target) -> None:
    @context.app.task(on_leader=False)
    async def courier(_: Any) -> None:
        await every(_PACE_S, lambda: agent.tell(target), name="notify")


class _Notify:
    """The notices of the partitions that this worker owns, and what waits for each target."""

    def __init__(self, context: Context, routing: Routing, channels: Channels, links: Links | None) -> None:
        self.context = context
        self.routing = routing
        self.channels = channels
        self.links = links
        self.table = Table(context, "notices", source=ALERTS.name)
        self.waiting: defaultdict[str, dict[str, Notice]] = defaultdict(dict)  # by target, then key
        self.places: dict[str, list[tuple[str, str]]] = {}  # where in `waiting` those of a conversation are
        self.recent: defaultdict[str, list[int]] = defaultdict(list)  # when each target was given messages
        self.wake: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.lock = asyncio.Lock()
        self.burial = Burial(stage="notify", limits=context.settings.dead_letters, code_version=context.code_version)
        context.progress.meters.ask(
            metrics.NOTICES_WAITING, lambda: [((name,), len(self.waiting[name])) for name in routing.targets]
        )

    async def owns(self) -> bool:
        """Take up what came to this worker, also while no alert comes; false while nobody knows what is ours."""
        try:
            async with self.context.ownership.work(), self.lock:
                await self._own()
        except (Revoked, Unheard):
            return False
        return True

    async def _own(self) -> None:
        handover = await self.table.own(lambda packed: unpack(packed).version)
        if handover is not None:
            await self.take_up(handover.owned)

    async def take_up(self, owned: set[int]) -> None:
        """Find in the table what waits; drop what belongs to partitions of other workers now."""
        self.waiting.clear()
        self.places.clear()
        self.recent.clear()
        homeless: list[Change] = []
        for key in list(self.table.data):
            notices = unpack(self.table.data[key])
            if notices.partition not in owned:
                self.table.data.pop(key, None)
                continue
            if lost := [one.key for one in notices.waiting if one.target not in self.routing.targets]:
                homeless.append(settle(notices, lost, "dropped", now_ms=_now_ms(), reason="no_such_channel"))
            self._index(notices)
            for one in notices.done:
                if one.told:
                    self.recent[one.target].append(one.at_ms)
        await self._write(homeless)
        log.info("notices_taken_up", agent="notify", waiting=sum(len(one) for one in self.waiting.values()))

    async def handle(self, records: Sequence[Record]) -> None:
        """One batch of alerts becomes notices; nothing is sent here."""
        failures: list[tuple[Message, Exception]] = []
        async with self.lock:
            await self._own()
            changes: dict[str, Change] = {}
            for record in records:
                try:
                    self._apply(record.message, changes)
                except Exception as error:
                    failures.append((record.message, error))
            await bury(failures, burial=self.burial, total=len(records), send=sender(self.context))
            await self._write(changes.values())
        self.burial.settle()
        self.context.progress.bury("notify", failures)

    async def tell(self, target: Target) -> None:
        """Send what is due to one target, then wait for more."""
        if not await self.owns():
            await asyncio.sleep(_TICK_S)
            return
        wake, now_ms = self.wake[target.name], _now_ms()
        wake.clear()
        mine = plan(target, list(self.waiting[target.name].values()), recent=self.recent[target.name], now_ms=now_ms)
        if mine.held and not await self._hold(mine.held):
            return
        for outgoing in mine.outgoing:
            await self._send(target, outgoing)
        if not mine.outgoing:
            try:
                await asyncio.wait_for(wake.wait(), _TICK_S if self.waiting[target.name] else None)
            except TimeoutError:
                return

    async def sweep(self) -> None:
        """Forget conversations of which nothing is to be told any more."""
        try:
            async with self.context.ownership.work(), self.lock:
                await self._own()
                over = [unpack(packed) for packed in self.table.data.values()]
                for notices in [one for one in over if is_over(one, _now_ms())]:
                    key = notices.conversation_id.encode()
                    await (await self.table.note(key, None, notices.partition))
                    self.table.data.pop(key, None)
        except (Revoked, Unheard):
            return  # their next owner forgets them

    def _apply(self, message: Message, changes: dict[str, Change]) -> None:
        alert = codec.decode(message.value or b"", Alert, where=where(message))
        key = alert.conversation_id
        known = changes.get(key) or Change(notices=self._notices(key, message.partition))
        max_age_s = self.context.settings.notify.max_age
        change = hear(known.notices, alert, self.routing, now_ms=_now_ms(), max_age_s=max_age_s)
        if change.notices is not known.notices:
            changes[key] = Change(notices=change.notices, log=(*known.log, *change.log))

    def _notices(self, conversation_id: str, partition: int) -> Notices:
        packed = self.table.data.get(conversation_id.encode())
        return unpack(packed) if packed else Notices(conversation_id=conversation_id, partition=partition)

    async def _hold(self, held: Sequence[Notice]) -> bool:
        """Note that these wait for quiet hours to end; false when they went to another worker meanwhile."""
        try:
            async with self.context.ownership.work(), self.lock:
                changes = []
                for notices, own in self._by_conversation(held):
                    entries = tuple(step(one, "held", now_ms=_now_ms(), reason="quiet_hours") for one in own)
                    changes.append(Change(notices=put_off(notices, [one.key for one in own], held=True), log=entries))
                await self._write(changes)
        except (Revoked, Unheard):
            return False
        return True

    async def _send(self, target: Target, outgoing: Outgoing) -> None:
        current = self.waiting[target.name]
        notices = [current[one.key] for one in outgoing.notices if one.key in current]
        if not notices:
            return  # it ended while another message was on its way
        message = compose(target, notices, outgoing.why, links=self.links, now_ms=_now_ms())
        outcome = await self.channels.send(target.name, message)
        self.context.progress.meters.add(
            metrics.NOTICES, channel=target.name, outcome="taken" if outcome.taken else "failed"
        )
        if outcome.taken:
            now_ms = _now_ms()
            since_ms = now_ms - target.channel.group_within * 1000  # nobody asks for what was told before
            told = [at_ms for at_ms in self.recent[target.name] if at_ms > since_ms]
            self.recent[target.name] = told + [now_ms] * weight(target, outgoing)
        else:
            log.warning(
                "notification_failed", agent="notify", channel=target.name, reason=outcome.reason, count=len(notices)
            )
        await self._note(notices, outcome)

    async def _note(self, sent: Sequence[Notice], outcome: Outcome) -> None:
        """Write down what became of a message, however long the broker is away: not written, it would be sent again."""
        for attempt in range(2**62):
            try:
                async with self.context.ownership.work(), self.lock:
                    await self._write(self._outcomes(sent, outcome))
                return
            except (Revoked, Unheard):
                return  # whoever has it now tells it once more
            except Exception as error:
                log.warning("delivery_not_noted", agent="notify", attempt=attempt + 1, error=type(error).__name__)
                await asyncio.sleep(_BACKOFF_S[min(attempt, 4)])

    def _outcomes(self, sent: Sequence[Notice], outcome: Outcome) -> list[Change]:
        state: DeliveryState = "sent" if len(sent) == 1 else "grouped"
        return [
            settle(notices, [one.key for one in own], state, now_ms=_now_ms(), alerts=len(sent))
            if outcome.taken
            else self._failed(notices, own, outcome, alerts=len(sent))
            for notices, own in self._by_conversation(sent)
        ]

    def _failed(self, notices: Notices, own: Sequence[Notice], outcome: Outcome, *, alerts: int) -> Change:
        now_ms, log_entries = _now_ms(), []
        for one in own:
            log_entries.append(step(one, "failed", now_ms=now_ms, alerts=alerts, reason=outcome.reason))
            if one.since_ms <= now_ms - self.context.settings.notify.retry_for * 1000:
                log.error("notification_given_up", agent="notify", channel=one.target, level=one.alert.level)
                given_up = settle(notices, [one.key], "dropped", now_ms=now_ms, reason="given_up")
                notices, log_entries = given_up.notices, [*log_entries, *given_up.log]
                continue
            pause_s = _BACKOFF_S[min(one.attempts, len(_BACKOFF_S) - 1)] * random.uniform(0.75, 1.25)
            notices = put_off(notices, [one.key], next_ms=now_ms + round(pause_s * 1000), attempts=1)
        return Change(notices=notices, log=tuple(log_entries))

    def _by_conversation(self, several: Iterable[Notice]) -> list[tuple[Notices, list[Notice]]]:
        """These notices as they stand now with their conversations; what another worker owns now is left to it."""
        by_id: defaultdict[str, set[str]] = defaultdict(set)
        for one in several:
            by_id[one.alert.conversation_id].add(one.key)
        found = []
        for conversation_id, keys in by_id.items():
            packed = self.table.data.get(conversation_id.encode())
            notices = unpack(packed) if packed else None
            if notices and (own := [one for one in notices.waiting if one.key in keys]):
                found.append((notices, own))
        return found

    async def _write(self, changes: Iterable[Change]) -> None:
        """First the log, then the changelog, then what is remembered here: a second try finds the state of before."""
        changes = [replace(change, notices=self._next(change.notices)) for change in changes]
        entries = [(change.notices, entry) for change in changes for entry in change.log]
        await all_taken(
            [await self._produce(DELIVERIES.name, notices, codec.encode(entry)) for notices, entry in entries]
        )
        await all_taken([await self._remember(change.notices) for change in changes])
        for change in changes:
            self.table.data[change.notices.conversation_id.encode()] = pack(change.notices)
            self._index(change.notices)

    def _next(self, notices: Notices) -> Notices:
        """The same as a new state of its conversation, which wins over all before it, whoever wrote them."""
        version = max(notices.version + 1, self.table.epoch(notices.partition))
        return msgspec.structs.replace(notices, version=version)

    async def _remember(self, notices: Notices) -> Any:
        return await self.table.note(notices.conversation_id.encode(), pack(notices), notices.partition)

    async def _produce(self, topic: str, notices: Notices, value: bytes) -> Any:
        key = notices.conversation_id.encode()
        return await produce(self.context, topic, key, value, partition=notices.partition)

    def _index(self, notices: Notices) -> None:
        for target, key in self.places.pop(notices.conversation_id, ()):
            self.waiting[target].pop(key, None)
        for one in notices.waiting:
            self.waiting[one.target][one.key] = one
            self.wake[one.target].set()
        if notices.waiting:
            self.places[notices.conversation_id] = [(one.target, one.key) for one in notices.waiting]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
