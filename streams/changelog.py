"""The broker's side of a table: make its compacted topic, and read partitions of it from the start to the end.

The end is read from the answer to a fetch. The embedded broker answers the question for the latest offset with
the first offset of the last batch (Tansu 0.6.0, seen in November 2026), which is too little.
"""

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from schemas.brokers import client_options
from schemas.errors import BrokerError
from schemas.settings import Kafka

_QUIET_MS = 100
_STALLED_S = 30.0


async def create(settings: Kafka, topic: str, configs: Mapping[str, str]) -> None:
    """Make the topic unless it is there, with a partition for each of the topics that its agent reads.

    Raises:
        BrokerError: the broker refuses.
    """
    admin = AIOKafkaAdminClient(**client_options(settings))
    await admin.start()
    try:
        if topic in await admin.list_topics():
            return
        wanted = NewTopic(topic, settings.partitions, settings.replication, topic_configs=dict(configs))
        answer = await admin.create_topics([wanted])
        for error in (for_code(answered[1]) for answered in answer.topic_errors):
            if error.errno not in (0, TopicAlreadyExistsError.errno):
                raise BrokerError(f"the topic could not be made: {error.__name__}", where=topic)
    finally:
        await admin.close()


async def read(settings: Kafka, topic: str, partitions: Iterable[int]) -> AsyncIterator[list[Any]]:
    """Every record of these partitions, in chunks.

    Raises:
        BrokerError: nothing came any more before the end was reached.
    """
    wanted = [aiokafka.TopicPartition(topic, number) for number in partitions]
    consumer = aiokafka.AIOKafkaConsumer(**client_options(settings), enable_auto_commit=False, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        consumer.assign(wanted)
        await consumer.seek_to_beginning(*wanted)
        ends = await consumer.end_offsets(wanted)
        moved_at = time.monotonic()
        while not await _is_read(consumer, ends):
            for records in (await consumer.getmany(timeout_ms=_QUIET_MS)).values():
                moved_at = time.monotonic()
                yield records
            if time.monotonic() - moved_at > _STALLED_S:
                raise BrokerError(f"nothing was read for {_STALLED_S:.0f} s", where=topic)
    finally:
        await consumer.stop()


async def _is_read(consumer: Any, ends: Mapping[Any, int]) -> bool:
    for partition, end in ends.items():
        fetched = consumer.highwater(partition)
        if fetched is None or await consumer.position(partition) < max(end, fetched):
            return False
    return True
