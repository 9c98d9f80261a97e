"""A watch worker that is killed in the middle of a replay says what one that lived says: no more and no less."""

import contextlib
import dataclasses
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

with warnings.catch_warnings():  # kafka-python 3.0 reads its own files with what Python 3.11 calls deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaProducer

from deploy import topics
from schemas import codec
from schemas.alert import Alert
from schemas.settings import Kafka
from schemas.topics import ALERTS, CONVERSATIONS, ENRICHED, WINDOWS, Topic
from schemas.window import Window
from streams.episodes import unpack
from streams.instants import to_ms
from streams.pulse import STREAM_STEP_MS
from tests.support.broker import Broker, read_all
from tests.support.builders import DAY, make_author, make_conversation, make_enriched, make_event, make_turn
from tests.support.system import ROOT, environment, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PARTITIONS = 4
STORM_DAY = DAY + timedelta(days=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One record as the stages before would have published it."""

    at: datetime
    topic: Topic
    key: str
    value: bytes
    partition: int


def asked(number: int, at: datetime, network: str, answered_s: float) -> list[Said]:
    """A question, and its answer so much later: two events, and the conversation as it stands after each."""
    name, partition = f"{network}:{number}", number % PARTITIONS
    end = at + timedelta(seconds=answered_s)
    question = make_event(f"{number}q", network=network, conversation_id=name, created_at=at)
    answer = make_event(
        f"{number}a", network=network, conversation_id=name, created_at=end, author=make_author("brand")
    )
    waiting = make_turn(started_at=at)
    done = make_turn(started_at=at, waited_s=answered_s)
    fields = {"conversation_id": name, "network": network}
    records = [
        (at, ENRICHED, make_enriched(question)),
        (at, CONVERSATIONS, make_conversation(waiting, version=1, **fields)),
        (end, ENRICHED, make_enriched(answer)),
        (end, CONVERSATIONS, make_conversation(done, version=2, **fields)),
    ]
    return [
        Said(at=when, topic=topic, key=name, value=codec.encode(carried), partition=partition)
        for when, topic, carried in records
    ]


def story() -> list[Said]:
    """Four quiet days; on the fifth one network falls silent at noon and the other is flooded, unanswered, at two."""
    found: list[Said] = []
    for day in range(5):
        for place in range(72):  # every ten minutes from eight to eight
            at = DAY + timedelta(days=day, hours=8, minutes=10 * place)
            found += asked(len(found), at, "x", 600)
            if day < 4 or place < 24:
                found += asked(len(found), at + timedelta(minutes=5), "bluesky", 600)
    for place in range(90):
        found += asked(len(found), STORM_DAY + timedelta(hours=14, seconds=40 * place), "x", 10_800)
    return sorted(found, key=lambda one: one.at)


def publish(broker: Broker, records: list[Said]) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", linger_ms=20)
    for one in records:
        producer.send(one.topic.name, key=one.key.encode(), value=one.value, partition=one.partition)
    producer.flush()
    producer.close()


@contextlib.contextmanager
def worker(broker: Broker, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`vigie worker watch` on this broker, ended at the end of the block."""
    variables = {
        "VIGIE_KAFKA": broker.bootstrap,
        "VIGIE_RESPONSES__CLOCK": "stream",
        "VIGIE_KAFKA__SESSION_TIMEOUT": "2s",  # the sooner a killed worker is missed
        "VIGIE_KAFKA__REBALANCE_TIMEOUT": "3s",
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "worker", "watch"],
            cwd=ROOT,
            env={**environment(), **variables},
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


def reached(broker: Broker) -> dict[int, datetime]:
    """Of each partition the newest window."""
    windows = [codec.decode(value, Window) for _, value in read_all(broker.bootstrap, WINDOWS)]
    return {one.partition: one.at for one in sorted(windows, key=lambda one: one.at)}


def alerts(broker: Broker) -> list[Alert]:
    return [codec.decode(value, Alert) for _, value in read_all(broker.bootstrap, ALERTS)]


def judged_ms(broker: Broker) -> int:
    """The instant that was judged last, as the judge noted it."""
    if not alerts(broker):
        return 0  # the judge's changelog may not be there yet
    noted = read_all(broker.bootstrap, dataclasses.replace(ALERTS, name="vigie-watch-watched-changelog"))
    return max((unpack(value).at_ms for key, value in noted if key == b"memory"), default=0)


def finish(broker: Broker, records: list[Said]) -> set[bytes]:
    """Wait until the last instant was judged; every alert that was published, each once."""
    end_ms = to_ms(records[-1].at) // STREAM_STEP_MS * STREAM_STEP_MS
    until(lambda: judged_ms(broker) >= end_ms, timeout_s=150, what="the judgement of the last instant", every_s=1.0)
    return {codec.encode(alert) for alert in alerts(broker)}


def test_killed_twice_in_the_middle_the_alerts_are_the_same(new_broker: Callable[[], Broker], tmp_path: Path) -> None:
    records = story()
    whole, disturbed = new_broker(), new_broker()
    for broker in (whole, disturbed):
        topics.create(Kafka(bootstrap=broker.bootstrap, partitions=PARTITIONS))

    with worker(whole, tmp_path / "whole.log"):
        publish(whole, records)
        expected = finish(whole, records)
    first, second = len(records) // 3, len(records) * 19 // 20  # the second is in the storm
    with worker(disturbed, tmp_path / "killed.log"):
        publish(disturbed, records[:first])
        until(lambda: len(reached(disturbed)) == PARTITIONS, timeout_s=60, what="windows", every_s=1.0)
    with worker(disturbed, tmp_path / "killed.log"):
        publish(disturbed, records[first:second])
        until(lambda: alerts(disturbed), timeout_s=90, what="an alert", every_s=1.0)
    with worker(disturbed, tmp_path / "killed.log"):
        publish(disturbed, records[second:])
        found = finish(disturbed, records)

    decoded = [codec.decode(one, Alert) for one in expected]
    assert found == expected
    assert {(one.watch, one.state) for one in decoded} >= {
        ("backlog", "firing"),
        ("backlog", "resolved"),
        ("storm", "firing"),
        ("storm", "resolved"),
        ("in-time", "firing"),
        ("silence", "firing"),
    }
