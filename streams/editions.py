"""Every edition of the rules, from the topic that keeps them for ever; what the settings say now is added when new.

Two workers that start at once with the same settings may both add them: the earlier of the two holds for both, since
each reads again after it has written. Rules that go back to an older edition are a new one.
"""

import time
from collections.abc import Iterable

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from schemas import codec
from schemas.brokers import Broker, address, client_options
from schemas.errors import BrokerError
from schemas.rules import Rules, edition
from schemas.topics import RULES
from streams.rules import distinct

_POLL_MS = 100
_QUIET_POLLS = 2  # the embedded broker needs one to say where its end is


def hold(broker: Broker, rules: Rules, *, timeout_s: float = 30.0) -> list[Rules]:
    """Every edition in order of time, after these rules were added if they are new.

    Raises:
        BrokerError: the broker did not answer in time, or has no such topic.
    """
    known = read(broker, timeout_s=timeout_s)
    if known and edition(known[-1]) == edition(rules):
        return known
    publish(broker, [rules])
    return read(broker, timeout_s=timeout_s, until=rules)


def publish(broker: Broker, rules: Iterable[Rules]) -> None:
    """Add editions to the topic; one that is there already may be added again.

    Raises:
        BrokerError: the broker did not take them.
    """
    try:
        producer = KafkaProducer(**client_options(broker), client_id="vigie-rules", acks="all")
        try:
            for one in rules:
                producer.send(RULES.name, key=one.since.isoformat().encode(), value=codec.encode(one)).get(timeout=30)
        finally:
            producer.close()
    except KafkaError as error:
        raise BrokerError(f"the rules were not taken: {type(error).__name__}", where=address(broker)) from error


def read(broker: Broker, *, timeout_s: float = 30.0, until: Rules | None = None) -> list[Rules]:
    """The editions that the topic holds, in order of time, each once.

    Args:
        until: do not stop before this edition was read.
    Raises:
        BrokerError: the broker did not answer in time, or has no such topic.
    """
    deadline = time.monotonic() + timeout_s
    try:
        consumer = KafkaConsumer(**client_options(broker), client_id="vigie-rules", fetch_max_wait_ms=50)
        try:
            if not consumer.partitions_for_topic(RULES.name):
                raise BrokerError(
                    "the broker has no such topic", where=RULES.name, fix="Run `vigie up`, which makes it."
                )
            partition = TopicPartition(RULES.name, 0)
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            found, quiet = [], 0
            while quiet < _QUIET_POLLS or (until is not None and until not in found):
                if time.monotonic() > deadline:
                    raise BrokerError("the broker did not give all rules in time", where=RULES.name)
                records = consumer.poll(_POLL_MS).get(partition, [])
                found += [codec.decode(record.value, Rules, where=RULES.name) for record in records]
                end = consumer.highwater(partition) or 0
                quiet = quiet + 1 if not records and consumer.position(partition) >= end else 0
            return distinct(found)
        finally:
            consumer.close()
    except KafkaError as error:
        raise BrokerError(f"the rules were not read: {type(error).__name__}", where=address(broker)) from error
