"""The embedded broker for tests: started on a free port of the loopback, read back whole."""

import socket
import subprocess
import time
import warnings
from dataclasses import dataclass

with warnings.catch_warnings():  # kafka-python 3.0 reads its own files with what Python 3.11 calls deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaConsumer
    from kafka.admin import KafkaAdminClient, NewTopic
    from kafka.errors import KafkaError
    from kafka.structs import TopicPartition

from deploy.processes import free_port
from schemas.topics import DEAD_LETTERS, EVENTS, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A running broker."""

    bootstrap: str
    process: subprocess.Popen[bytes]


def start_broker(binary: str) -> Broker:
    """A fresh broker with the topics of the connectors."""
    bootstrap = f"127.0.0.1:{free_port()}"
    url = f"tcp://{bootstrap}"
    command = [binary, "broker", "--storage-engine", "memory://tansu/"]
    process = subprocess.Popen(
        [*command, "--listener-url", url, "--advertised-listener-url", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    broker = Broker(bootstrap=bootstrap, process=process)
    try:
        _make_topics(bootstrap)
    except (KafkaError, OSError):
        stop_broker(broker)
        raise
    return broker


def stop_broker(broker: Broker) -> None:
    """End it; it keeps nothing."""
    broker.process.kill()
    broker.process.wait()


def read_all(bootstrap: str, topic: Topic) -> list[tuple[bytes, bytes]]:
    """Key and value of every record of a topic."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    try:
        numbers = sorted(consumer.partitions_for_topic(topic.name))
        partitions = [TopicPartition(topic.name, number) for number in numbers]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        found = []
        deadline = time.monotonic() + 120
        more = True  # Tansu tells the first offset of the last batch as the end: read on until nothing comes
        while more or any(consumer.position(one) < end for one, end in ends.items()):
            assert time.monotonic() < deadline, "the broker does not give what it holds"
            polled = consumer.poll(timeout_ms=1000)
            more = bool(polled)
            for records in polled.values():
                found += [(record.key, record.value) for record in records]
        return found
    finally:
        consumer.close()


def _make_topics(bootstrap: str) -> None:
    _wait_for_port(bootstrap)
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(topic.name, 4, 1) for topic in (EVENTS, DEAD_LETTERS)])
    finally:
        admin.close()


def _wait_for_port(bootstrap: str) -> None:
    host, port = bootstrap.split(":")
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
