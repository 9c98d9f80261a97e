"""Make the broker's topics what `schemas.topics` says, and ask how far its readers have come."""

import socket
import time
from collections.abc import Iterable

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, TopicAlreadyExistsError

from schemas.brokers import Broker, address, client_options
from schemas.errors import BrokerError, ProvisionError
from schemas.settings import Kafka
from schemas.topics import DEAD_LETTERS, TOPICS, Topic
from streams.tables import COMPACTED


def create(settings: Kafka, *, term_s: float | None = None, timeout_s: float = 15.0) -> None:
    """Create the topics that are missing; of one that is there the retention is lowered when terms of use ask for it.

    Args:
        term_s: the shortest term of use among the networks that are read.

    Raises:
        ProvisionError: the broker cannot be reached or refuses.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            _create(settings, term_s)
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


def _create(settings: Kafka, term_s: float | None) -> None:
    admin = KafkaAdminClient(**client_options(settings), client_id="vigie-topics", bootstrap_timeout_ms=10_000)
    try:
        known = set(admin.list_topics())
        for topic in TOPICS:
            if topic.name in known:
                _check_partitions(admin, topic, settings)
                if term_s is not None and topic.personal:
                    _lower_retention(admin, topic, term_s)
                continue
            try:
                admin.create_topics([_new(topic, settings, term_s)])
            except TopicAlreadyExistsError:
                continue
    finally:
        admin.close()


def missing(broker: Broker, *, patience_s: float = 3.0) -> list[str]:
    """The names of our topics that the broker does not have.

    Raises:
        BrokerError: it does not answer.
    """
    bootstrap = address(broker)
    if not any(_listens(server, patience_s) for server in bootstrap.split(",")):
        raise BrokerError("no broker listens there", where=bootstrap, fix="Start it, or correct VIGIE_KAFKA")
    try:
        admin = KafkaAdminClient(
            **client_options(broker), client_id="vigie-doctor", bootstrap_timeout_ms=patience_s * 1000
        )
        try:
            known = set(admin.list_topics())
        finally:
            admin.close()
    except KafkaError as error:
        fix = "Start it, or correct VIGIE_KAFKA"
        raise BrokerError(f"no broker answers ({type(error).__name__})", where=bootstrap, fix=fix) from error
    return [topic.name for topic in TOPICS if topic.name not in known]


def _listens(server: str, patience_s: float) -> bool:
    """Asked first, since a client of Kafka that finds nobody tries for a while and leaves its sockets open."""
    host, _, port = server.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=patience_s).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def create_changelog(settings: Kafka, name: str) -> None:
    """Create the changelog of a table as its agent would, for what is to stand in it before its agent starts.

    Raises:
        ProvisionError: the broker cannot be reached or refuses.
    """
    try:
        admin = KafkaAdminClient(**client_options(settings), client_id="vigie-topics")
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


def _lower_retention(admin: KafkaAdminClient, topic: Topic, term_s: float) -> None:
    """Never raised again: what somebody made shorter by hand stays so."""
    wanted = _kept(topic, term_s)
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)], config_filter="all")
    now = {name: one["value"] for name, one in found["topic"][topic.name].items()}
    lower = {name: value for name, value in wanted.items() if not 0 <= int(now.get(name, -1)) <= int(value)}
    if lower:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, lower)])


def _kept(topic: Topic, term_s: float | None) -> dict[str, str]:
    kept = {"retention.ms": str(round(topic.retention_s(term_s) * 1000))}
    if term_s is not None and topic.personal:
        kept["segment.ms"] = str(round(term_s / 5 * 1000))  # the broker looks for what has expired every few minutes
    return kept


def _new(topic: Topic, settings: Kafka, term_s: float | None) -> NewTopic:
    return NewTopic(
        topic.name,
        num_partitions=topic.partitions or settings.partitions,
        replication_factor=settings.replication,
        topic_configs=configs(topic, term_s),
    )


def configs(topic: Topic, term_s: float | None = None) -> dict[str, str]:
    """What a topic is made with, besides its partitions and copies; kept no longer than the terms of networks allow."""
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        **_kept(topic, term_s),
        "max.message.bytes": str(topic.max_message_bytes),
    }


def tombstone(settings: Kafka, name: str, keys: Iterable[str]) -> None:
    """Write records without a value, so that compaction drops what stood under these keys; a missing topic has none.

    Raises:
        BrokerError: the broker did not take them.
    """
    wanted = list(keys)
    if not wanted:
        return
    try:
        producer = KafkaProducer(**client_options(settings), client_id="vigie-topics", acks="all")
        try:
            if producer.partitions_for(name):
                for key in wanted:
                    producer.send(name, key=key.encode(), value=None)
                producer.flush()
        finally:
            producer.close()
    except KafkaError as error:
        raise BrokerError(f"the records were not taken: {type(error).__name__}", where=name) from error


def rewind(settings: Broker, group: str, *, timeout_s: float = 30.0) -> None:
    """Let the broker forget a consumer group that nobody is a member of: it begins anew with what the broker holds.

    A worker that was killed counts as a member until its session is over, so the broker is asked again for a while.

    Raises:
        BrokerError: the broker does not answer, or workers of the group still run.
    """
    deadline = time.monotonic() + timeout_s
    try:
        admin = KafkaAdminClient(**client_options(settings), client_id="vigie-rewind")
        try:
            while (answer := str(admin.delete_groups([group])[group])) not in ("OK", "GroupIdNotFoundError"):
                if time.monotonic() > deadline:
                    raise BrokerError(f"it cannot be set back: {answer}", where=group, fix="Stop its workers first.")
                time.sleep(0.5)
        finally:
            admin.close()
    except KafkaError as error:
        raise BrokerError(f"the broker does not answer: {type(error).__name__}", where=address(settings)) from error


class Progress:
    """How far consumer groups have come. Lag is end − max(committed, start): what retention took is not lag.

    The end of a partition is read from the answer to a fetch. The embedded broker answers the question for
    the latest offset with the first offset of the last batch (Tansu 0.6.0, seen in November 2026), which is
    too little; from there a fetch brings the rest and the true end with it.
    """

    def __init__(self, broker: Broker) -> None:
        options = client_options(broker)
        try:
            self._admin = KafkaAdminClient(**options, client_id="vigie-progress")
            self._consumer = KafkaConsumer(
                **options,
                client_id="vigie-progress",
                enable_auto_commit=False,
                fetch_max_wait_ms=50,
                max_partition_fetch_bytes=65_536,
            )
        except KafkaError as error:
            raise BrokerError(f"the broker does not answer: {type(error).__name__}", where=address(broker)) from error
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
