"""sink: each topic → its tables, in batches, acknowledged once ClickHouse has said yes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from schemas import codec, tables
from schemas.action import Action
from schemas.alert import Alert
from schemas.canary import is_canary
from schemas.conversation import Conversation
from schemas.deadletter import DeadLetter
from schemas.delivery import Delivery
from schemas.enriched import Enriched
from schemas.errors import VigieError
from schemas.rules import Rules
from schemas.tables import Table
from schemas.topics import ACTIONS, ALERTS, CONVERSATIONS, DEAD_LETTERS, DELIVERIES, ENRICHED, RULES, WORKERS, Topic
from schemas.worker import WorkerState
from streams import rows
from streams.app import Context, sender, source
from streams.batches import Message, Record, consume
from streams.bury import Burial, bury, where
from streams.deliveryrows import delivery_row
from streams.restored import is_restored
from streams.rows import Row
from streams.store import Rejected
from streams.timed import Store, Timed
from streams.workerrows import worker_row

log = structlog.get_logger()

Placed = tuple[Table, Row]  # a table and one row of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A topic and how one of its records becomes rows.

    `supersedes` names the field by which, of the records of a batch, only the greatest version is stored. Tables are
    written in the order in which the rows of a record name them.
    """

    topic: Topic
    place: Callable[[Any, Message], list[Placed]]
    supersedes: str = ""


def _place_event(enriched: Enriched, message: Message) -> list[Placed]:
    if is_canary(enriched.event):
        return [(tables.CANARIES, rows.canary_row(enriched.event, arrived=True))]
    row = rows.event_row(
        enriched,
        published_at=datetime.fromtimestamp(message.timestamp, UTC),
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
    )
    return [(tables.EVENTS, row)]


def _place_conversation(conversation: Conversation, _: Message) -> list[Placed]:
    turns: list[Placed] = [(tables.TURNS, row) for row in rows.turn_rows(conversation)]
    return [*turns, (tables.CONVERSATIONS, rows.conversation_row(conversation))]


def _place_alert(alert: Alert, _: Message) -> list[Placed]:
    return [(tables.ALERTS, rows.alert_row(alert))]


def _place_delivery(delivery: Delivery, _: Message) -> list[Placed]:
    return [(tables.DELIVERIES, delivery_row(delivery))]


def _place_dead_letter(letter: DeadLetter, _: Message) -> list[Placed]:
    return [(tables.DEAD_LETTERS, rows.dead_letter_row(letter))]


def _place_action(action: Action, _: Message) -> list[Placed]:
    return [(tables.ACTIONS, rows.action_row(action))]


def _place_rules(rules: Rules, _: Message) -> list[Placed]:
    return [(tables.RULES, row) for row in rows.rules_rows(rules)]


def _place_worker(state: WorkerState, _: Message) -> list[Placed]:
    return [(tables.WORKER_STATES, worker_row(state))]


ROUTES: tuple[Route, ...] = (
    Route(topic=ENRICHED, place=_place_event),
    Route(topic=CONVERSATIONS, place=_place_conversation, supersedes="conversation_id"),
    Route(topic=ALERTS, place=_place_alert, supersedes="alert_id"),
    Route(topic=DELIVERIES, place=_place_delivery),
    Route(topic=ACTIONS, place=_place_action),
    Route(topic=RULES, place=_place_rules),
    Route(topic=WORKERS, place=_place_worker),
    Route(topic=DEAD_LETTERS, place=_place_dead_letter),
)


def register(context: Context, store: Store) -> None:
    """Attach one agent per topic to the app."""
    timed = Timed(store, context.progress.meters)
    for route in ROUTES:
        _register(context, timed, route)


def _register(context: Context, store: Store, route: Route) -> None:
    options = context.settings.sink
    name = f"sink-{route.topic.name}"
    burial = Burial(stage="sink", limits=context.settings.dead_letters, code_version=context.code_version)
    send = sender(context)

    async def handle(records: Sequence[Record]) -> None:
        messages = [record.message for record in records]
        failures = await asyncio.to_thread(_store, messages, route, store)
        await bury(failures, burial=burial, total=len(messages), send=send)
        burial.settle()
        context.progress.bury("sink", failures)

    @context.app.agent(source(context, route.topic), name=name)
    async def sink(stream: Any) -> None:
        batches = stream.noack_take(options.batch_rows, within=options.batch_wait)
        await consume(batches, handle, name=name, stage="sink", offsets=context.offsets, progress=context.progress)


Failures = list[tuple[Message, Exception]]


def _store(messages: Sequence[Message], route: Route, store: Store) -> Failures:
    """Insert what can be read; what cannot is returned. Runs in a thread: rows and inserts take long."""
    readable: list[tuple[Message, Any]] = []
    failures: Failures = []
    for message in messages:
        if is_restored(message):
            continue  # it comes from ClickHouse
        try:
            readable.append((message, codec.decode(message.value or b"", route.topic.carries, where=where(message))))
        except Exception as error:
            failures.append((message, error))
    _insert(_newest(readable, route), route, store, failures)
    if route.topic is ENRICHED:
        for message, enriched in readable:
            log.debug("event_stored", event_id=enriched.event.event_id, where=where(message))
    if route.topic is DEAD_LETTERS and failures:  # a dead letter of a dead letter would feed itself
        log.error("dead_letters_lost", agent="sink", count=len(failures), where=where(failures[0][0]))
        return []
    return failures


def _newest(readable: list[tuple[Message, Any]], route: Route) -> list[tuple[Message, Any]]:
    if not route.supersedes:
        return readable
    kept: dict[str, tuple[Message, Any]] = {}
    for message, struct in readable:
        held = kept.get(getattr(struct, route.supersedes))
        if held is None or struct.version >= held[1].version:
            kept[getattr(struct, route.supersedes)] = (message, struct)
    return list(kept.values())


def _insert(readable: Sequence[tuple[Message, Any]], route: Route, store: Store, failures: Failures) -> None:
    """Insert a batch; when ClickHouse refuses it for good, halve it until the record at fault is alone."""
    if not readable:
        return
    try:
        by_table: dict[str, tuple[Table, list[Row]]] = {}
        for message, struct in readable:
            for table, row in route.place(struct, message):
                by_table.setdefault(table.name, (table, []))[1].append(row)
        for table, table_rows in by_table.values():
            store.insert(table, table_rows, token=route.topic.name)
    except Exception as error:
        if isinstance(error, VigieError) and not isinstance(error, Rejected):
            raise
        if len(readable) == 1:
            failures.append((readable[0][0], error))
            return
        middle = len(readable) // 2
        _insert(readable[:middle], route, store, failures)
        _insert(readable[middle:], route, store, failures)
