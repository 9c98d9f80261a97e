"""What a stack makes of events, without broker and workers: the same functions in a row, into ClickHouse."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from connectors.files.source import FileSource
from schemas.clock import SystemClock
from schemas.enriched import Enriched
from schemas.event import Event
from schemas.settings import Connectors, Settings
from schemas.tables import ALERTS, CONVERSATIONS, EVENTS, TURNS
from streams.assess import Assessment, assess
from streams.pipeline import Pipeline
from streams.rows import alert_row, conversation_row, event_row, turn_rows
from streams.rules import Rulebook, present, rulebook
from streams.store import Store
from streams.timeline import Timeline, add

TOPIC = "signal.enriched.v1"


def archive_events(path: Path, *, until: datetime) -> list[Event]:
    """The events of an archive in the shape of the public support CSV, moved so that the last one is `until`."""
    with FileSource(path, "twcs", Connectors(), clock=SystemClock()) as source:
        history = source.scan(now=datetime.now(UTC), seen=lambda _: None)
        events = [item for item in history.items(0) if isinstance(item, Event)]
    shift = until - max(event.created_at for event in events)
    return [
        msgspec.structs.replace(event, created_at=event.created_at + shift, received_at=event.created_at + shift)
        for event in events
    ]


def store(settings: Settings, events: Sequence[Event]) -> list[Enriched]:
    """Enrich, measure as of now, insert; what was found in each event, in the order given."""
    now = datetime.now(UTC)
    enriched = Pipeline(settings).enrich(events, processed_at=now)
    assessed = _assessed(enriched, rulebook(settings, [present(settings, lambda name: b"", now=_beginning(events))]))
    with Store(settings.clickhouse) as store:
        store.insert(EVENTS, [_event_row(one, number, now) for number, one in enumerate(enriched)], token="events")
        rows = [row for one in assessed for row in turn_rows(one.conversation)]
        store.insert(TURNS, rows, token="turns")
        store.insert(CONVERSATIONS, [conversation_row(one.conversation) for one in assessed], token="conversations")
        store.insert(ALERTS, [alert_row(alert) for one in assessed for alert in one.alerts], token="alerts")
    return enriched


def _beginning(events: Sequence[Event]) -> datetime:
    """The promises hold from before the first event on."""
    return min(min(event.created_at, event.received_at) for event in events) - timedelta(days=1)


def _event_row(one: Enriched, number: int, now: datetime) -> tuple[object, ...]:
    return event_row(one, published_at=now - timedelta(seconds=1), topic=TOPIC, partition=number % 4, offset=number)


def _assessed(enriched: Sequence[Enriched], book: Rulebook) -> list[Assessment]:
    timelines: dict[str, Timeline] = {}
    for one in enriched:
        key = one.event.conversation_id
        changed = add(timelines.get(key), one, 0, book)
        if changed is not None:
            timelines[key] = changed
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    return [assess(one, book, watermark_ms=now_ms, version=1) for one in timelines.values() if one.entries]
