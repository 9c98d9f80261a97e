"""Give a broker that has forgotten everything what the notify agent needs: what was told, and what still waits.

Without this everybody who still waits would be told of again after a restart. It is written into the changelog of
the agent's table before the agent starts, so that it finds there what it would have found before. What was told
in the last second or two before everything was killed may not have reached ClickHouse; that is told once more.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from kafka import KafkaProducer
from kafka.partitioner.default import murmur2

from deploy.alerts.reading import alert_of, rows
from deploy.topics import create_changelog
from schemas.alert import Alert
from schemas.brokers import client_options
from schemas.delivery import FINAL, Delivery
from schemas.settings import Settings
from streams.app import group_id
from streams.instants import to_ms
from streams.notices import Notices, Snooze, done_of, hear, notice_key, pack
from streams.routing import Routing
from streams.store import connect

CHANGELOG = f"{group_id('notify')}-notices-changelog"

_STEPS = """
SELECT alert_id, level, conversation_id, turn, network, channel, occasion, snoozed_until, state, at
FROM deliveries WHERE stored_at >= now() - toIntervalDay({days:UInt32}) ORDER BY at
"""
_WAITING = "SELECT * FROM alerts WHERE state = 'firing' AND alert_id IN {ids:Array(String)}"


def restore_notices(settings: Settings, routing: Routing) -> int:
    """Write what the log of deliveries says into the changelog of notify; how many conversations that were."""
    create_changelog(settings.kafka, CHANGELOG)
    client = connect(settings.clickhouse)
    try:
        steps = [_step(row) for row in rows(client, _STEPS, {"days": settings.embedded.restore_days})]
        ids = sorted({step.alert_id for step in _unfinished(steps)})
        waiting = [alert_of(row) for row in rows(client, _WAITING, {"ids": ids})] if ids else []
    finally:
        client.close()
    found = list(noticed(steps, waiting, routing, partitions=settings.kafka.partitions, now=datetime.now(UTC)))
    if found:
        _write(settings, found)
    return len(found)


def noticed(
    steps: list[Delivery], waiting: list[Alert], routing: Routing, *, partitions: int, now: datetime
) -> Iterator[Notices]:
    """The notices of every conversation in the log.

    Args:
        steps: the log, in order.
        waiting: the alerts that still fire and were not told on every channel.
    """
    by_conversation: defaultdict[str, list[Delivery]] = defaultdict(list)
    for step in steps:
        by_conversation[step.conversation_id].append(step)
    unfinished: Mapping[str, list[Alert]] = _grouped(waiting)
    for conversation_id, own in by_conversation.items():
        settled = {_key(step): done_of(step) for step in own if step.state in FINAL}
        again = {
            step.alert_id: Snooze(until_ms=to_ms(step.snoozed_until)) for step in own if step.snoozed_until is not None
        }
        notices = Notices(
            conversation_id=conversation_id,
            partition=(murmur2(conversation_id.encode()) & 0x7FFFFFFF) % partitions,
            version=to_ms(now),
            done=tuple(settled.values()),
            snoozed=again,
        )
        for alert in unfinished.get(conversation_id, ()):  # however old: it was to be told when all stopped
            notices = hear(notices, alert, routing, now_ms=to_ms(now), max_age_s=float("inf")).notices
        if notices.done or notices.waiting:
            yield notices


def _unfinished(steps: list[Delivery]) -> Iterator[Delivery]:
    settled = {_key(step) for step in steps if step.state in FINAL}
    return (step for step in steps if _key(step) not in settled)


def _key(step: Delivery) -> str:
    snoozed_ms = to_ms(step.snoozed_until) if step.snoozed_until else 0
    return notice_key(step.alert_id, step.occasion, snoozed_ms, step.channel)


def _grouped(alerts: list[Alert]) -> dict[str, list[Alert]]:
    found: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        found[alert.conversation_id].append(alert)
    return found


def _step(row: dict[str, Any]) -> Delivery:
    return msgspec.convert({"delivery_id": "restored", **row}, Delivery)


def _write(settings: Settings, found: list[Notices]) -> None:
    producer = KafkaProducer(
        **client_options(settings.kafka),
        client_id="vigie-restore",
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=20,
    )
    try:
        for notices in found:
            producer.send(
                CHANGELOG, key=notices.conversation_id.encode(), value=pack(notices), partition=notices.partition
            )
        producer.flush()
    finally:
        producer.close()
