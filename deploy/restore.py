"""Give a broker that has forgotten everything what the responses agent needs: the events of recent conversations,
and what people decided about them.

The embedded broker keeps nothing, ClickHouse does. Without this a customer who wrote before a restart would
no longer be waiting after it. The records carry a header that keeps the sink from storing them again.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaProducer

from schemas import codec
from schemas.action import Action
from schemas.brokers import client_options
from schemas.enriched import Enriched, Entity, Language, Sentiment, Topic
from schemas.event import Author, Event
from schemas.settings import Settings
from schemas.topics import ACTIONS, ENRICHED
from streams.restored import HEADER
from streams.store import connect, mapped

_DECISIONS = """
SELECT action_id, kind, conversation_id, turn, acted_at, acted_by, snoozed_until, assigned_to, note
FROM actions
WHERE conversation_id IN (
    SELECT conversation_id FROM conversations WHERE stored_at >= now() - toIntervalDay({days:UInt32})
)
ORDER BY acted_at, action_id
"""
_EVENTS = """
SELECT event_id, network, brand, conversation_id, parent_id, author_id, author_handle, author_role, author_followers,
       recipient, text, permalink, kind, visibility, rating, deleted, edited,
       created_at, received_at, published_at, processed_at,
       language, language_confidence, sentiment, sentiment_score, sentiment_confidence, topics, intent,
       `entities.canonical` AS canonicals, mentions_leader, is_spam, model_version
FROM events
WHERE conversation_id IN (
    SELECT conversation_id FROM conversations WHERE stored_at >= now() - toIntervalDay({days:UInt32})
)
ORDER BY created_at, event_id
"""


def restore(settings: Settings) -> int:
    """Publish the events of conversations that changed here within `embedded.restore_days`; how many there were.

    Changed here, not written then: a replay that goes on after an interruption may be in the middle of 2017.
    """
    client = connect(settings.clickhouse)
    producer = KafkaProducer(
        **client_options(settings.kafka),
        client_id="vigie-restore",
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=20,
    )
    count = 0
    try:
        with mapped(settings.clickhouse.url):
            for enriched, published_at in _events(client, settings.embedded.restore_days):
                producer.send(
                    ENRICHED.name,
                    key=enriched.event.conversation_id.encode(),
                    value=codec.encode(enriched),
                    timestamp_ms=int(published_at.timestamp() * 1000),
                    headers=[(HEADER, b"1")],
                )
                count += 1
            for action in _decisions(client, settings.embedded.restore_days):
                producer.send(
                    ACTIONS.name,
                    key=action.conversation_id.encode(),
                    value=codec.encode(action),
                    headers=[(HEADER, b"1")],
                )
        producer.flush()
    finally:
        producer.close()
        client.close()
    return count


def _events(client: Any, days: int) -> Iterator[tuple[Enriched, datetime]]:
    with client.query_row_block_stream(_EVENTS, parameters={"days": days}) as stream:
        for block in stream:
            for row in block:
                named = dict(zip(stream.source.column_names, row, strict=True))
                yield _enriched(named), _aware(named["published_at"])


def _decisions(client: Any, days: int) -> Iterator[Action]:
    for row in client.query(_DECISIONS, parameters={"days": days}).named_results():
        until = row["snoozed_until"]
        yield Action(
            action_id=row["action_id"],
            kind=row["kind"],
            conversation_id=row["conversation_id"],
            at=_aware(row["acted_at"]),
            by=row["acted_by"],
            turn=row["turn"],
            until=None if until is None else _aware(until),
            to=row["assigned_to"],
            note=row["note"],
        )


def _enriched(row: dict[str, Any]) -> Enriched:
    event = Event(
        event_id=row["event_id"],
        network=row["network"],
        brand=row["brand"],
        conversation_id=row["conversation_id"],
        parent_id=row["parent_id"],
        author=Author(
            id=row["author_id"], handle=row["author_handle"], role=row["author_role"], followers=row["author_followers"]
        ),
        kind=row["kind"],
        visibility=row["visibility"],
        recipient=row["recipient"],
        rating=row["rating"],
        text=row["text"],
        permalink=row["permalink"],
        created_at=_aware(row["created_at"]),
        received_at=_aware(row["received_at"]),
        deleted=row["deleted"],
        edited=row["edited"],
    )
    return Enriched(
        event=event,
        processed_at=_aware(row["processed_at"]),
        model_version=row["model_version"],
        language=Language(code=row["language"], confidence=_share(row["language_confidence"])),
        sentiment=Sentiment(
            label=row["sentiment"],
            score=max(-1.0, min(1.0, row["sentiment_score"])),
            confidence=_share(row["sentiment_confidence"]),
        ),
        topics=tuple(Topic(name=name) for name in row["topics"]),
        intent=row["intent"],
        # where a name stood is of no use here, whom it named is
        entities=tuple(Entity(text="", label="", start=0, end=0, canonical=one) for one in row["canonicals"] if one),
        mentions_leader=row["mentions_leader"],
        is_spam=row["is_spam"],
    )


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))


def _aware(instant: datetime) -> datetime:
    """The driver gives instants of a UTC column without their zone."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
