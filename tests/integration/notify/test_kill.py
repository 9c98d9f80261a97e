"""The notify worker is killed again and again: every alert is told at least once, and the log has it."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaProducer

from deploy import topics
from deploy.embedded import broker
from deploy.processes import stop
from schemas import codec
from schemas.delivery import FINAL, Delivery
from schemas.settings import Kafka
from schemas.topics import ALERTS, DELIVERIES
from tests.support.broker import read_all
from tests.support.builders import make_alert
from tests.support.receiver import Receiver, receiver
from tests.support.system import ROOT, environment, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ALERTS_SENT = 60
CONFIG = """
[notify]
timeout = "1s"
[[channels]]
name = "care"
group_above = 0
[[channels]]
name = "slow"
group_above = 0
[[routes]]
name = "all"
channels = ["care", "slow"]
"""


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[str]:
    """A fresh embedded broker with every topic."""
    child, port = broker.start(port=0, log=tmp_path / "broker.log")
    try:
        topics.create(Kafka(bootstrap=f"127.0.0.1:{port}"))
        yield f"127.0.0.1:{port}"
    finally:
        stop([child], grace_s=0.2)


@contextlib.contextmanager
def worker(folder: Path, kafka: str, addresses: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    (folder / "vigie.toml").write_text(CONFIG)
    secrets = {f"VIGIE_NOTIFY__CHANNELS__{name.upper()}": address for name, address in addresses.items()}
    variables = {
        **environment(),
        **secrets,
        "VIGIE_KAFKA": kafka,
        "VIGIE_CONFIG": str(folder / "vigie.toml"),
        "VIGIE_KAFKA__SESSION_TIMEOUT": "2s",  # the sooner a killed worker is missed
        "VIGIE_KAFKA__REBALANCE_TIMEOUT": "3s",
    }
    with (folder / "notify.log").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "worker", "notify"], cwd=ROOT, env=variables, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def publish(kafka: str, numbers: range) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all")
    for number in numbers:
        alert = make_alert(conversation_id=f"x:{number}", customer_handle=f"c{number}", fired_at=datetime.now(UTC))
        producer.send(ALERTS.name, key=alert.conversation_id.encode(), value=codec.encode(alert))
    producer.flush()
    producer.close()


def told(server: Receiver, path: str) -> Counter[str]:
    return Counter(message["title"].split()[0] for at, message in list(server.taken) if at == path)


def test_killed_at_any_moment_every_alert_is_told_on_every_channel_and_logged(tmp_path: Path, kafka: str) -> None:
    chance = random.Random(20261122)
    everybody = {f"@c{number}" for number in range(ALERTS_SENT)}
    with receiver() as server:
        server.answers["care"] = lambda asked: 500 if asked % 7 == 0 else 200
        server.answers["slow"] = lambda asked: 200
        server.delay_s["care"] = 0.0
        addresses = {"care": server.address("care"), "slow": server.address("slow")}
        publish(kafka, range(ALERTS_SENT // 2))
        for round_ in range(3):
            with worker(tmp_path, kafka, addresses) as process:
                before = len(server.asked)
                until(lambda b=before: len(server.asked) > b + 3, timeout_s=60, what="some messages")
                time.sleep(chance.uniform(0.0, 0.3))
                os.kill(process.pid, signal.SIGKILL)
            if round_ == 0:
                publish(kafka, range(ALERTS_SENT // 2, ALERTS_SENT))
        with worker(tmp_path, kafka, addresses):
            for path in ("care", "slow"):
                until(lambda p=path: set(told(server, p)) == everybody, timeout_s=90, what=f"everybody on {path}")
            until(lambda: len(settled(kafka)) == 2 * ALERTS_SENT, timeout_s=30, what="the whole log", every_s=1.0)
            care, slow = told(server, "care"), told(server, "slow")
        quiet = len(server.taken)
        with worker(tmp_path, kafka, addresses) as process:
            time.sleep(15)  # a worker that takes over has nothing left to say
            assert process.poll() is None

    assert set(care) == set(slow) == everybody
    assert len(server.taken) == quiet
    assert sum(care.values()) + sum(slow.values()) <= 2 * ALERTS_SENT + 4 * 5, "few came twice"


def settled(kafka: str) -> set[tuple[str, str]]:
    log = [codec.decode(value, Delivery) for _, value in read_all(kafka, DELIVERIES)]
    return {(entry.alert_id, entry.channel) for entry in log if entry.state in FINAL}
