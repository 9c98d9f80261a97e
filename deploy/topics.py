"""Make the broker's topics what `schemas.topics` says, and ask how far its readers have come."""

import time
from collections.abc import Iterable

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    TopicAlreadyExistsError,
)

from schemas.errors import BrokerError, ProvisionError
from schemas.settings import Kafka
from schemas.topics import DAY_S, DEAD_LETTERS, TOPICS, Topic
from streams.tables import COMPACTED


def create(settings: Kafka, *, timeout_s: float = 15.0) -> None:
    """Create the topics that are missing; one that is there is left as it is.

    Raises:
        ProvisionError: the broker cannot be reached or refuses.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            _create(settings)
            return
        except (KafkaTimeoutError, KafkaConnectionError) as error:
            raise ProvisionError(
                "no broker answers", where=settings.bootstrap, fix="Start it, or correct VIGIE_KAFKA."
            ) from error
        except KafkaError as error:
            if time.monotonic() > deadline:
                raise ProvisionError(
                    f"the topics could not be made: {type(error).__name__}",
                    where=f"broker {settings.bootstrap}",
                    fix="Check that its user may create topics.",
                ) from error
            time.sleep(0.2)


def _create(settings: Kafka) -> None:
    admin = KafkaAdminClient(
        bootstrap_servers=settings.bootstrap.split(","), client_id="vigie-topics", bootstrap_timeout_ms=10_000
    )
    try:
        known = set(admin.list_topics())
        for topic in TOPICS:
            if topic.name in known:
                _check_partitions(admin, topic, settings)
                continue
            try:
                admin.create_topics([_new(topic, settings)])
            except TopicAlreadyExistsError:
                continue
    finally:
        admin.close()


def create_changelog(settings: Kafka, name: str) -> None:
    """Create the changelog of a table as its agent would, for what is to stand in it before its agent starts.

    Raises:
        ProvisionError: the broker cannot be reached or refuses.
    """
    try:
        admin = KafkaAdminClient(bootstrap_servers=settings.bootstrap.split(","), client_id="vigie-topics")
        try:
            if name not in set(admin.list_topics()):
                admin.create_topics(
                    [NewTopic(name, settings.partitions, settings.replication, topic_configs=COMPACTED)]
                )
        except TopicAlreadyExistsError:
            return
        finally:
            admin.close()
    except KafkaError as error:
        raise ProvisionError(
            f"the topic could not be made: {type(error).__name__}", where=name, fix="Check that the broker runs."
        ) from error


def _check_partitions(admin: KafkaAdminClient, topic: Topic, settings: Kafka) -> None:
    """Records keep their partition from topic to topic, so that a conversation meets one worker throughout."""
    (described,) = admin.describe_topics([topic.name])
    count = len(described["partitions"])
    wanted = topic.partitions or settings.partitions
    if topic is not DEAD_LETTERS and count != wanted:
        raise ProvisionError(
            f"the topic has {count} partitions, and it must have {wanted}",
            where=topic.name,
            fix="Set kafka.partitions to what most topics of Vigie have, and make the others alike.",
        )


def _new(topic: Topic, settings: Kafka) -> NewTopic:
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions or settings.partitions,
        replication_factor=settings.replication,
        topic_configs={
            "cleanup.policy": "delete",
            "retention.ms": str(topic.retention_days * DAY_S * 1000),
            "max.message.bytes": str(topic.max_message_bytes),
        },
    )


def rewind(bootstrap: str, group: str, *, timeout_s: float = 30.0) -> None:
    """Let the broker forget a consumer group that nobody is a member of: it begins anew with what the broker holds.

    A worker that was killed counts as a member until its session is over, so the broker is asked again for a while.

    Raises:
        BrokerError: the broker does not answer, or workers of the group still run.
    """
    deadline = time.monotonic() + timeout_s
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="vigie-rewind")
        try:
            while (answer := str(admin.delete_groups([group])[group])) not in ("OK", "GroupIdNotFoundError"):
                if time.monotonic() > deadline:
                    raise BrokerError(f"it cannot be set back: {answer}", where=group, fix="Stop its workers first.")
                time.sleep(0.5)
        finally:
            admin.close()
    except KafkaError as error:
        raise BrokerError(f"the broker does not answer: {type(error).__name__}", where=bootstrap) from error


class Progress:
    """How far consumer groups have come. Lag is end − max(committed, start): what retention took is not lag.

    The end of a partition is read from the answer to a fetch. The embedded broker answers the question for
    the latest offset with the first offset of the last batch (Tansu 0.6.0, seen in November 2026), which is
    too little; from there a fetch brings the rest and the true end with it.
    """

    def __init__(self, bootstrap: str) -> None:
        servers = bootstrap.split(",")
        try:
            self._admin = KafkaAdminClient(bootstrap_servers=servers, client_id="vigie-progress")
            self._consumer = KafkaConsumer(
                bootstrap_servers=servers,
                client_id="vigie-progress",
                enable_auto_commit=False,
                fetch_max_wait_ms=50,
                max_partition_fetch_bytes=65_536,
            )
        except KafkaError as error:
            raise BrokerError(f"the broker does not answer: {type(error).__name__}", where=bootstrap) from error
        self._starts: dict[TopicPartition, int] = {}

    def close(self) -> None:
        """Close both connections."""
        self._consumer.close()
        self._admin.close()

    def lag(self, group: str, topics: Iterable[Topic]) -> int:
        """Records of these topics that the group has not yet committed.

        Raises:
            BrokerError: the broker did not answer, or does not know one of the topics.
        """
        return sum(self.lags(group, topics).values())

    def lags(self, group: str, topics: Iterable[Topic]) -> dict[tuple[str, int], int]:
        """The same for each topic and partition. Raises as `lag` does."""
        try:
            partitions = [partition for topic in topics for partition in self._partitions(topic)]
            committed = self._committed(group)
            ends = self._ends(partitions)
        except (KafkaError, AssertionError) as error:
            raise BrokerError(f"the broker does not answer: {type(error).__name__}", where=group) from error
        return {
            (one.topic, one.partition): max(0, ends[one] - max(committed.get(one, 0), self._starts[one]))
            for one in partitions
        }

    def _partitions(self, topic: Topic) -> list[TopicPartition]:
        numbers = self._consumer.partitions_for_topic(topic.name)
        if not numbers:
            raise BrokerError("the broker has no such topic", where=topic.name, fix="Run `vigie up`, which makes it.")
        return [TopicPartition(topic.name, number) for number in numbers]

    def _ends(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        new = [one for one in partitions if one not in self._starts]
        if new:
            self._starts.update(self._consumer.beginning_offsets(new))
            latest = self._consumer.end_offsets(new)
            self._consumer.assign(list(self._starts))
            for one in new:
                self._consumer.seek(one, latest[one])
        self._consumer.poll(120, max_records=5000)
        ends = {}
        for one in partitions:
            position = self._consumer.position(one)
            ends[one] = max(self._consumer.highwater(one) or 0, position)
        return ends

    def _committed(self, group: str) -> dict[TopicPartition, int]:
        offsets = self._admin.list_group_offsets(group)[group]
        return {partition: offset.offset for partition, offset in offsets.items()}
