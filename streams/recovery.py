"""Read the end of a table's changelog once more, after Faust has recovered it.

Faust asks the broker for the latest offset and recovers up to it. The embedded broker answers with the
first offset of the last batch (Tansu 0.6.0, seen in November 2026), and what that batch holds would be
lost at every restart. A fetch from there brings the batch and the true end; on a broker that answers
rightly it brings nothing.
"""

import time
from typing import Any

import aiokafka
import structlog

from streams.app import Context

log = structlog.get_logger()

_QUIET_MS = 100
_TIMEOUT_S = 30.0


async def catch_up(context: Context, table: Any) -> int:
    """Apply the changelog records that Faust left out; how many there were.

    Raises:
        TimeoutError: the end was not reached in time.
    """
    topic = table.changelog_topic_name
    owned = {tp.partition for tp in context.app.consumer.assignment() if tp.topic == topic}
    partitions = [aiokafka.TopicPartition(topic, number) for number in owned]
    if not partitions:
        return 0
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=context.settings.kafka.bootstrap.split(","), enable_auto_commit=False, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        for partition, offset in ends.items():
            consumer.seek(partition, offset)
        return await _read_to_end(consumer, partitions, table)
    finally:
        await consumer.stop()


async def _read_to_end(consumer: Any, partitions: list[Any], table: Any) -> int:
    applied = 0
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        for records in (await consumer.getmany(timeout_ms=_QUIET_MS)).values():
            for record in records:
                if record.value is None:
                    table.data.pop(record.key, None)
                else:
                    table.data[record.key] = record.value
                applied += 1
        positions = [(consumer.highwater(one), await consumer.position(one)) for one in partitions]
        if all(end is not None and position >= end for end, position in positions):
            if applied:
                log.info("changelog_end_read", agent=table.name, count=applied)
            return applied
    raise TimeoutError(f"the end of {table.changelog_topic_name} was not reached in {_TIMEOUT_S:.0f} s")
