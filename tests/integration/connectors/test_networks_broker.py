"""Networks that misbehave and a real broker: everything arrives all the same, and once.

TEST_EVENTS sets how many events each test sends; 100000 is what the connectors promise. What becomes of them in the
store when the reader and the workers are killed: tests/integration/path/test_connector_to_store.py.
"""

import os
import signal
import time
from collections import Counter

import pytest

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.event import Event
from schemas.topics import DEAD_LETTERS, EVENTS
from tests.support.broker import Broker, read_all
from tests.support.misbehaving import Misbehaving
from tests.support.reader import POLL, STREAM, Reader, polled, remembered

pytestmark = pytest.mark.integration

COUNT = int(os.environ.get("TEST_EVENTS", "10000"))
DEADLINE_S = 60 + COUNT / 200


@pytest.fixture
def network():
    with Misbehaving(COUNT) as running:
        yield running


def ids(broker: Broker) -> list[str]:
    return [codec.decode(value, Event).event_id for _, value in read_all(broker.bootstrap, EVENTS)]


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


def test_a_stream_that_misbehaves_arrives_whole_and_once(broker, network, tmp_path):
    toml = f"""
[[brands]]
name = "lumora"
[[sources]]
network = "bluesky"
brand = "lumora"
options = {{ url = "ws://127.0.0.1:{network.port}/subscribe" }}
"""
    with Reader(STREAM, "bluesky", toml, broker.bootstrap, tmp_path) as reader:
        found = until_complete(reader, broker, network.frame_ids())

    assert network.seen["stream broke"] > 0
    assert network.seen["repeated"] > 0
    assert Counter(found) == Counter(network.frame_ids())
    letters = [codec.decode(value, DeadLetter) for _, value in read_all(broker.bootstrap, DEAD_LETTERS)]
    assert len({letter.dead_letter_id for letter in letters}) == len(network.unreadable)


def test_a_timeline_that_misbehaves_arrives_whole_and_once(broker, network, tmp_path):
    with Reader(POLL, "mastodon", polled(network), broker.bootstrap, tmp_path) as reader:
        found = until_complete(reader, broker, network.status_ids())

    assert len([fault for fault in network.seen if network.seen[fault]]) >= 6
    assert Counter(found) == Counter(network.status_ids())
    letters = [codec.decode(value, DeadLetter) for _, value in read_all(broker.bootstrap, DEAD_LETTERS)]
    assert len({letter.dead_letter_id for letter in letters}) == len(network.unreadable)


def test_two_processes_never_read_one_source(broker, network, tmp_path):
    with Reader(POLL, "mastodon", polled(network), broker.bootstrap, tmp_path) as first:
        deadline = time.monotonic() + 60
        while not remembered(first):
            assert time.monotonic() < deadline, first.log()[-2000:]
            time.sleep(0.05)
        with Reader(POLL, "mastodon", polled(network), broker.bootstrap, tmp_path) as second:
            assert second.process is not None
            assert second.process.wait(60) == 0

        assert "another process reads it" in first.log()
