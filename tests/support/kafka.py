"""Apache Kafka in KRaft mode for tests: one broker or three, each a process of its own on loopback.

They are broker and controller at once, with small heaps, and die with the process that started them. Timings
are set for tests that kill: a silent broker is fenced after six seconds.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
import uuid
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

with warnings.catch_warnings():  # kafka-python 3.0 reads its own files with what Python 3.11 calls deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaConsumer, KafkaProducer
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError
    from kafka.structs import TopicPartition

from deploy.processes import Child, free_port, spawn, stop
from tests.support.kafka_jars import jars

HEAP_MB = 256
FENCED_AFTER_S = 6.0
_START_S = 90.0
_JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", f"-Xmx{HEAP_MB}m", "-Xms64m")


@dataclass(frozen=True, slots=True)
class Host:
    """Where a broker lives: its address, and what stands before a command that is run there."""

    address: str
    inside: tuple[str, ...] = ()


LOOPBACK = Host("127.0.0.1")


@dataclass(slots=True)
class Broker:
    """One broker: its number, where it listens, and its process while it runs."""

    node: int
    host: Host
    port: int
    controller_port: int
    folder: Path
    child: Child | None = None

    @property
    def address(self) -> str:
        return f"{self.host.address}:{self.port}"

    @property
    def controller(self) -> str:
        return f"{self.host.address}:{self.controller_port}"

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.process.pid


@dataclass(slots=True)
class Cluster:
    """Brokers that know each other."""

    folder: Path
    brokers: list[Broker] = field(default_factory=list)

    @property
    def bootstrap(self) -> str:
        return ",".join(broker.address for broker in self.brokers)

    @property
    def replication(self) -> int:
        return min(3, len(self.brokers))

    def start(self, broker: Broker) -> None:
        """Start one broker, for the first time or again on what it kept."""
        program = ["java", *_JVM, "-cp", f"{jars()}/*", "kafka.Kafka", str(broker.folder / "server.properties")]
        command = [*broker.host.inside, *program]
        broker.child = spawn(f"kafka-{broker.node}", command, log=self.folder / f"kafka-{broker.node}.log")

    def kill(self, broker: Broker) -> None:
        """kill -9: what it had not written is gone."""
        assert broker.child is not None
        broker.child.process.kill()
        broker.child.process.wait()

    def pause(self, broker: Broker) -> None:
        """SIGSTOP: it keeps its connections and answers nobody."""
        os.kill(broker.pid, signal.SIGSTOP)

    def resume(self, broker: Broker) -> None:
        """SIGCONT."""
        os.kill(broker.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End all of them; none is left, paused ones included."""
        children = [broker.child for broker in self.brokers if broker.child is not None]
        for child in children:
            if child.alive:
                os.kill(child.process.pid, signal.SIGCONT)
        stop(children, grace_s=0.5)

    def wait_ready(self, *, timeout_s: float = _START_S) -> None:
        """Return once every broker is registered with the controller and answers."""
        deadline = time.monotonic() + timeout_s
        while not self._all_answer():
            for broker in self.brokers:
                assert broker.child is not None
                assert broker.child.alive, f"broker {broker.node} ended: {broker.child.last_words(8)}"
            assert time.monotonic() < deadline, f"{self.bootstrap} not ready within {timeout_s:.0f} s"
            time.sleep(0.2)

    def _all_answer(self) -> bool:
        if not all(_listens(broker) for broker in self.brokers):
            return False  # kafka-python leaves a socket open when nobody listens
        for broker in self.brokers:
            try:
                admin = KafkaAdminClient(bootstrap_servers=broker.address, bootstrap_timeout_ms=2000)
            except (KafkaError, OSError):
                return False
            try:
                if len(admin.describe_cluster()["brokers"]) != len(self.brokers):
                    return False
            except (KafkaError, OSError, KeyError):
                return False
            finally:
                admin.close()
        return True


def _listens(broker: Broker) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((broker.host.address, broker.port)) == 0


@contextlib.contextmanager
def cluster(folder: Path, *, brokers: int = 1, hosts: Sequence[Host] = ()) -> Iterator[Cluster]:
    """A running cluster for the length of a `with` block; its data goes into `folder`."""
    places = hosts or [LOOPBACK] * brokers
    made = Cluster(
        folder,
        [Broker(node, host, free_port(), free_port(), folder / f"node-{node}") for node, host in enumerate(places)],
    )
    cluster_id = uuid.uuid4().hex[:22]
    for broker in made.brokers:
        _format(made, broker, cluster_id)
    try:
        for broker in made.brokers:
            made.start(broker)
        made.wait_ready()
        yield made
    finally:
        made.stop()


def _format(made: Cluster, broker: Broker, cluster_id: str) -> None:
    broker.folder.mkdir(parents=True)
    properties = broker.folder / "server.properties"
    properties.write_text("".join(f"{name}={value}\n" for name, value in _properties(made, broker).items()))
    command = ["java", *_JVM, "-cp", f"{jars()}/*", "kafka.tools.StorageTool", "format"]
    subprocess.run(
        [*command, "-t", cluster_id, "-c", str(properties)], check=True, capture_output=True, timeout=_START_S
    )


def _properties(made: Cluster, broker: Broker) -> dict[str, object]:
    copies = made.replication
    synced = 2 if copies == 3 else 1
    return {
        "process.roles": "broker,controller",
        "node.id": broker.node,
        "listeners": f"PLAINTEXT://{broker.address},CONTROLLER://{broker.controller}",
        "advertised.listeners": f"PLAINTEXT://{broker.address}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": ",".join(f"{one.node}@{one.controller}" for one in made.brokers),
        "log.dirs": broker.folder / "data",
        "default.replication.factor": copies,
        "min.insync.replicas": synced,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 8,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": synced,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": synced,
        "unclean.leader.election.enable": "false",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "broker.session.timeout.ms": round(FENCED_AFTER_S * 1000),
        "broker.heartbeat.interval.ms": 1000,
        "replica.lag.time.max.ms": 10000,
        "log.segment.bytes": 64 * 1024 * 1024,
        "num.network.threads": 2,
        "num.io.threads": 2,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }


def read_partitions(bootstrap: str, topic: str) -> list[tuple[bytes, bytes]]:
    """Key and value of every record of a topic; those of one partition in their order."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap.split(","), auto_offset_reset="earliest")
    try:
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        deadline = time.monotonic() + 60
        while any(consumer.position(one) < end for one, end in ends.items()):
            assert time.monotonic() < deadline, "the broker does not give what it holds"
            for records in consumer.poll(timeout_ms=1000).values():
                found += [(record.key, record.value) for record in records]
        return found
    finally:
        consumer.close()


def send(bootstrap: str, topic: str, key: bytes, value: bytes, *, partition: int) -> None:
    """Write one record; return once all replicas have it."""
    producer = KafkaProducer(bootstrap_servers=bootstrap.split(","), acks="all")
    try:
        producer.send(topic, key=key, value=value, partition=partition).get(timeout=30)
    finally:
        producer.close(timeout=1)
