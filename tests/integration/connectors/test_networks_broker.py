"""Networks that misbehave, a real broker, processes that are killed: everything arrives all the same.

TEST_EVENTS sets how many events each test sends; 100000 is what the connectors promise.
"""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.event import Event
from schemas.topics import DEAD_LETTERS, EVENTS
from tests.support.broker import Broker, read_all
from tests.support.misbehaving import Misbehaving
from tests.support.system import ROOT, environment

pytestmark = pytest.mark.integration

COUNT = int(os.environ.get("TEST_EVENTS", "20000"))
DEADLINE_S = 60 + COUNT / 200
# the command of a person, with waits cut short and without the limit of calls that a real server needs
POLL = """
import dataclasses, sys
from connectors import http, pause, registry
from connectors.base import Budget
from connectors.networks import mastodon

pause.FIRST_WAIT_S = 0.02
mastodon.PAGES_A_ROUND = 1_000_000
poll = dataclasses.replace(mastodon.CONNECTOR.poll, budget=Budget(calls=1_000_000, per_s=1.0))
mastodon.CONNECTOR = dataclasses.replace(mastodon.CONNECTOR, poll=poll)
from deploy.cli import main
sys.argv[0] = "vigie"
main()
"""
STREAM = """
import sys
from connectors import pause
pause.FIRST_WAIT_S = 0.02
from deploy.cli import main
sys.argv[0] = "vigie"
main()
"""


@pytest.fixture
def network():
    with Misbehaving(COUNT) as running:
        yield running


class Reader:
    """`vigie connect` on one network that misbehaves, started and ended as often as a test likes."""

    def __init__(self, program: str, name: str, toml: str, broker: Broker, folder: Path) -> None:
        self.folder = folder
        (folder / "vigie.toml").write_text(toml, encoding="utf-8")
        self._command = [
            *(sys.executable, "-c", program, "connect", name, "--since", "2026-11-03T08:00:00Z"),
            *("--data-dir", str(folder / "data")),
        ]
        self._environ = {
            **environment(),
            "VIGIE_CONFIG": str(folder / "vigie.toml"),
            "VIGIE_KAFKA": broker.bootstrap,
            "VIGIE_CONNECTORS__MAX_FUTURE": "3650d",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environ, stdout=subprocess.DEVNULL, stderr=log
            )
        return self.process

    def kill(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


def ids(broker: Broker) -> list[str]:
    return [codec.decode(value, Event).event_id for _, value in read_all(broker.bootstrap, EVENTS)]


def remembered(reader: Reader) -> int:
    """How many events the reader says that the broker has."""
    path = reader.folder / "data" / "connectors" / "memory.sqlite"
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as memory:
            return int(memory.execute("SELECT count(*) FROM events").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet


def until_complete(reader: Reader, broker: Broker, expected: set[str]) -> list[str]:
    """Wait until all is there, then end the reader as an operator does; what the topic holds."""
    deadline = time.monotonic() + DEADLINE_S
    assert reader.process is not None
    while remembered(reader) < len(expected):
        assert reader.process.poll() is None, reader.log()[-2000:]
        assert time.monotonic() < deadline, reader.log()[-2000:]
        time.sleep(0.5)
    reader.process.send_signal(signal.SIGTERM)
    assert reader.process.wait(20) == 0, reader.log()[-2000:]
    return ids(broker)


def polled(network: Misbehaving) -> str:
    return f"""
[[sources]]
network = "mastodon"
account = "http://127.0.0.1:{network.port}"
track = ["lumora"]
interval = "100ms"
"""


def test_a_stream_that_misbehaves_arrives_whole_and_once(broker, network, tmp_path):
    toml = f"""
[[brands]]
name = "lumora"
[[sources]]
network = "bluesky"
brand = "lumora"
options = {{ url = "ws://127.0.0.1:{network.port}/subscribe" }}
"""
    with Reader(STREAM, "bluesky", toml, broker, tmp_path) as reader:
        found = until_complete(reader, broker, network.frame_ids())

    assert network.seen["stream broke"] > 0
    assert network.seen["repeated"] > 0
    assert Counter(found) == Counter(network.frame_ids())
    letters = [codec.decode(value, DeadLetter) for _, value in read_all(broker.bootstrap, DEAD_LETTERS)]
    assert len({letter.dead_letter_id for letter in letters}) == len(network.unreadable)


def test_a_timeline_that_misbehaves_arrives_whole_and_once(broker, network, tmp_path):
    with Reader(POLL, "mastodon", polled(network), broker, tmp_path) as reader:
        found = until_complete(reader, broker, network.status_ids())

    assert len([fault for fault in network.seen if network.seen[fault]]) >= 6
    assert Counter(found) == Counter(network.status_ids())
    letters = [codec.decode(value, DeadLetter) for _, value in read_all(broker.bootstrap, DEAD_LETTERS)]
    assert len({letter.dead_letter_id for letter in letters}) == len(network.unreadable)


def test_a_reader_killed_again_and_again_loses_nothing(broker, network, tmp_path):
    chance = random.Random(3)
    with Reader(POLL, "mastodon", polled(network), broker, tmp_path) as reader:
        for _ in range(3):
            before, deadline = remembered(reader), time.monotonic() + 60
            while remembered(reader) == before:
                assert time.monotonic() < deadline, reader.log()[-2000:]
                time.sleep(0.02)
            time.sleep(chance.uniform(0.0, 0.5))
            reader.kill()
            assert remembered(reader) < len(network.status_ids())
            reader.start()

        found = until_complete(reader, broker, network.status_ids())

    assert set(found) == network.status_ids()
    assert len(found) - len(set(found)) <= 3 * 41  # at most the page that was not yet saved, at each kill


def test_two_processes_never_read_one_source(broker, network, tmp_path):
    with Reader(POLL, "mastodon", polled(network), broker, tmp_path) as first:
        deadline = time.monotonic() + 60
        while not remembered(first):
            assert time.monotonic() < deadline, first.log()[-2000:]
            time.sleep(0.05)
        with Reader(POLL, "mastodon", polled(network), broker, tmp_path) as second:
            assert second.process is not None
            assert second.process.wait(60) == 0

        assert "another process reads it" in first.log()
