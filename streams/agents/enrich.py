"""enrich: events → enriched. At least once; the order of a conversation is kept, since its partition is."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from schemas import codec, metrics
from schemas.event import Event
from schemas.topics import ENRICHED, EVENTS
from streams.app import Context, all_taken, produce, sender, source
from streams.batches import Message, Record, consume
from streams.bury import Burial, bury, where
from streams.enricher import Enricher
from streams.meters import Meters

log = structlog.get_logger()


Erase = Callable[[Event], Event]


def _unchanged(event: Event) -> Event:
    return event


def register(context: Context, enricher: Enricher, *, erase: Erase = _unchanged) -> None:
    """Attach the agent to its app; `erase` takes out of an event who was forgotten."""
    settings = context.settings
    burial = Burial(stage="enrich", limits=settings.dead_letters, code_version=context.code_version)
    send = sender(context)

    async def handle(records: Sequence[Record]) -> None:
        messages = [record.message for record in records]
        # the model holds the processor: in a thread, so that the loop keeps its heartbeat
        meters = context.progress.meters
        good, failures = await asyncio.to_thread(_enrich, messages, enricher, meters, erase)
        await bury(failures, burial=burial, total=len(messages), send=send)
        futures = [
            await produce(
                context,
                ENRICHED.name,
                message.key,
                payload,
                partition=message.partition,
                timestamp=message.timestamp,  # stays that of the connector: event-to-row is measured from it
            )
            for message, payload in good
        ]
        await all_taken(futures)
        burial.settle()
        context.progress.bury("enrich", failures)

    @context.app.agent(source(context, EVENTS), name="enrich")
    async def enrich(stream: Any) -> None:
        batches = stream.noack_take(settings.enrich.batch_events, within=settings.enrich.batch_wait)
        await consume(batches, handle, name="enrich", offsets=context.offsets, progress=context.progress)


Good = list[tuple[Message, bytes]]
Failures = list[tuple[Message, Exception]]


def _enrich(
    messages: Sequence[Message], enricher: Enricher, meters: Meters, erase: Erase = _unchanged
) -> tuple[Good, Failures]:
    readable: list[tuple[Message, Event]] = []
    failures: Failures = []
    for message in messages:
        try:
            readable.append((message, erase(codec.decode(message.value or b"", Event, where=where(message)))))
        except Exception as error:
            failures.append((message, error))
    try:
        begun = time.thread_time()
        found = enricher.enrich([event for _, event in readable], processed_at=datetime.now(UTC))
        if readable:
            meters.observe(metrics.MODEL_S, (time.thread_time() - begun) / len(readable))
        good = [(message, codec.encode(one)) for (message, _), one in zip(readable, found, strict=True)]
        for message, event in readable:
            log.debug("event_enriched", event_id=event.event_id, where=where(message))
    except Exception:
        good = _one_by_one(readable, enricher, failures)
    return good, failures


def _one_by_one(readable: Sequence[tuple[Message, Event]], enricher: Enricher, failures: Failures) -> Good:
    """One event of the batch broke the model: find it, and keep the others."""
    good: Good = []
    for message, event in readable:
        try:
            (one,) = enricher.enrich([event], processed_at=datetime.now(UTC))
            good.append((message, codec.encode(one)))
        except Exception as error:
            failures.append((message, error))
    return good
