"""Read events back from ClickHouse, and write them again: with the present models, or as a person corrected them.

A row is written again under its own key and version, so it takes the place of the old one and nothing is doubled. A
corrected row is one version later: a copy that the broker delivers once more does not undo it, a later edit does. A
deletion outlives both. What conversations and alerts were measured from is not measured anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.correction import Correction, corrected
from schemas.enriched import Enriched
from schemas.tables import CORRECTIONS, EVENTS
from streams.enricher import Enricher
from streams.rows import correction_row, event_row
from streams.store import Store, mapped

PAGE_EVENTS = 2_000
_ENTITY = ("text", "label", "start", "end", "canonical")
_OF_EVENT = (
    *("event_id", "network", "brand", "conversation_id", "parent_id", "kind", "visibility", "text", "permalink"),
    *("rating", "edited", "deleted", "recipient"),
)
_OF_ENRICHED = (
    *("intent", "mentions_leader", "is_spam", "spam_reason", "group_id", "pii", "failed_steps", "model_version"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANTS = ("created_at", "received_at", "published_at", "processed_at")
_COLUMNS = ", ".join(f"`{name}`" for name, _ in EVENTS.columns if name not in (*_INSTANTS, EVENTS.version))
_VERSION = [name for name, _ in EVENTS.columns].index(EVENTS.version)
_MILLISECONDS = ", ".join(f"toUnixTimestamp64Milli({name}) AS {name}_ms" for name in _INSTANTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An event as ClickHouse has it, and the record that it came by."""

    enriched: Enriched
    published_at: datetime
    topic: str
    partition: int
    offset: int


def one(client: Client, event_id: str) -> Stored | None:
    """One event, unless it is not there or was deleted."""
    return next(iter(_read(client, "event_id = {id:String}", {"id": event_id}, 1)), None)


def since(client: Client, start: datetime) -> Iterator[list[Stored]]:
    """Every event that was written at `start` or later and not deleted, page by page."""
    after = ""
    while True:
        condition = "created_at >= fromUnixTimestamp64Milli({start:Int64}) AND event_id > {after:String}"
        parameters = {"start": int((start - _EPOCH) / timedelta(milliseconds=1)), "after": after}
        page = _read(client, condition, parameters, PAGE_EVENTS)
        if page:
            yield page
        if len(page) < PAGE_EVENTS:
            return
        after = page[-1].enriched.event.event_id


def written_by(client: Client, network: str, authors: Sequence[str]) -> Iterator[list[Stored]]:
    """Every event of an author that was not deleted, page by page."""
    after = ""
    while True:
        condition = "network = {network:String} AND author_id IN {authors:Array(String)} AND event_id > {after:String}"
        page = _read(client, condition, {"network": network, "authors": list(authors), "after": after}, PAGE_EVENTS)
        if page:
            yield page
        if len(page) < PAGE_EVENTS:
            return
        after = page[-1].enriched.event.event_id


def corrections(client: Client) -> dict[str, Correction]:
    """Every correction, by event."""
    sql = "SELECT event_id, sentiment, has_topics, topics, toUnixTimestamp64Milli(corrected_at) FROM corrections"
    with mapped("view corrections"):
        found = client.query(sql).result_rows
    return {
        event_id: Correction(
            event_id=event_id,
            sentiment=sentiment or None,
            topics=tuple(topics) if has_topics else None,
            corrected_at=_instant(at),
        )
        for event_id, sentiment, has_topics, topics, at in found
    }


def reprocess(
    stored: Sequence[Stored], enricher: Enricher, corrections: Mapping[str, Correction], store: Store
) -> None:
    """Enrich these events again, keep what people said, and write them."""
    anew = enricher.enrich([old.enriched.event for old in stored], processed_at=datetime.now(UTC))
    rewritten = [
        msgspec.structs.replace(new, pii=old.enriched.pii | new.pii) for old, new in zip(stored, anew, strict=True)
    ]
    rows = [_row(old, new, corrections.get(new.event.event_id)) for old, new in zip(stored, rewritten, strict=True)]
    store.insert(EVENTS, rows, token="reprocess")


def correct(stored: Stored, correction: Correction, store: Store) -> None:
    """Keep the correction first, then write the event with it: a run that breaks between the two is finished by hand
    or by the next reprocessing."""
    store.insert(CORRECTIONS, [correction_row(correction)], token="correct")
    store.insert(EVENTS, [_row(stored, stored.enriched, correction)], token="correct")


def _row(stored: Stored, enriched: Enriched, correction: Correction | None) -> tuple[object, ...]:
    said = enriched if correction is None else corrected(enriched, correction)
    row = event_row(
        said,
        published_at=stored.published_at,
        topic=stored.topic,
        partition=stored.partition,
        offset=stored.offset,
    )
    version = row[_VERSION]
    if correction is None or not isinstance(version, int):
        return row
    return (*row[:_VERSION], version + 1, *row[_VERSION + 1 :])


def _read(client: Client, condition: str, parameters: dict[str, object], limit: int) -> list[Stored]:
    sql = f"SELECT {_COLUMNS}, {_MILLISECONDS} FROM events WHERE {condition} AND NOT deleted"
    with mapped("view events"):
        return [
            _stored(row)
            for row in client.query(f"{sql} ORDER BY event_id LIMIT {limit}", parameters=parameters).named_results()
        ]


def _stored(row: Mapping[str, Any]) -> Stored:
    entities = zip(*(row[f"entities.{part}"] for part in _ENTITY), strict=True)
    sentiment = {"label": row["sentiment"], "score": round(row["sentiment_score"], 4)}
    found = {
        "event": _event(row),
        "processed_at": _instant(row["processed_at_ms"]),
        "language": {"code": row["language"], "confidence": _share(row["language_confidence"])},
        "sentiment": {**sentiment, "confidence": _share(row["sentiment_confidence"])},
        "entities": [dict(zip(_ENTITY, entity, strict=True)) for entity in entities],
        "topics": [
            {"name": name, "confidence": _share(confidence)}
            for name, confidence in zip(row["topics"], row["topic_confidences"], strict=True)
        ],
        **{name: row[name] for name in _OF_ENRICHED},
    }
    return Stored(
        enriched=msgspec.convert(found, Enriched),
        published_at=_instant(row["published_at_ms"]),
        topic=row["kafka_topic"],
        partition=row["kafka_partition"],
        offset=row["kafka_offset"],
    )


def _event(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        **{name: row[name] for name in _OF_EVENT},
        "language": row["language_hint"],
        "created_at": _instant(row["created_at_ms"]),
        "received_at": _instant(row["received_at_ms"]),
        "reach": {name: row[name] for name in ("likes", "shares", "views")},
        "author": {name: row[f"author_{name}"] for name in ("id", "handle", "name", "role", "followers", "verified")},
    }


def _share(value: float) -> float:
    return min(1.0, max(0.0, round(value, 4)))  # a 32-bit float back to what was written


def _instant(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
