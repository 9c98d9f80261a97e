"""From a network that misbehaves into ClickHouse while kill -9 goes round: every event once, every dead letter once.

TEST_EVENTS sets how many there are; 100000 is what the connectors promise.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas import codec
from schemas.event import Event
from schemas.topics import EVENTS
from tests.support.broker import read_all
from tests.support.misbehaving import Misbehaving
from tests.support.reader import POLL, Reader, polled, remembered
from tests.support.stand import Stand, standing
from tests.support.system import state, until

pytestmark = pytest.mark.integration

COUNT = int(os.environ.get("TEST_EVENTS", "3000"))
DEADLINE_S = 120 + COUNT / 100
OF_THE_NETWORK = "WHERE network = 'mastodon'"
FIGURES = f"""
SELECT
    (SELECT count() FROM vigie.events {OF_THE_NETWORK}) AS events,
    (SELECT count() FROM vigie.raw_events FINAL {OF_THE_NETWORK}) AS raw_events,
    (SELECT count() FROM vigie.dead_letters) AS letters,
    (SELECT count() FROM vigie.raw_dead_letters FINAL) AS raw_letters
"""


def test_what_is_killed_on_the_way_is_stored_whole_and_once(tmp_path: Path) -> None:
    (tmp_path / "reader").mkdir()
    with Misbehaving(COUNT) as network, standing(tmp_path / "D", VIGIE_CANARY__EVERY="0s") as stand:
        expected, bootstrap = network.status_ids(), state(stand.data_dir)["kafka"]
        with Reader(POLL, "mastodon", polled(network), bootstrap, tmp_path / "reader") as reader:
            killed_at(reader, len(expected) // 5)
            until(lambda: figures(stand)["events"], timeout_s=DEADLINE_S, what="the first events in the store")
            stand.kill("enrich")
            reader.start()
            killed_at(reader, len(expected) * 2 // 5)
            reader.start()
            killed_at(reader, len(expected) * 3 // 5)
            before = figures(stand)["events"]
            stand.kill("sink")
            reader.start()
            published(reader, len(expected))
        whole = dict.fromkeys(("events", "raw_events"), len(expected))
        whole |= dict.fromkeys(("letters", "raw_letters"), len(network.unreadable))
        until(lambda: figures(stand) == whole, timeout_s=DEADLINE_S, what=f"{whole} in the store", every_s=1.0)
        stored = told(stand, f"SELECT event_id FROM vigie.events {OF_THE_NETWORK}")
        letters = told(stand, "SELECT payload FROM vigie.dead_letters")
        sent = [codec.decode(value, Event).event_id for _, value in read_all(bootstrap, EVENTS)]

    assert 0 < before < len(expected), "the sink was not killed in the middle"
    assert min(network.seen[fault] for fault in ("repeated", "out of order")) > 0
    assert len(sent) - len(set(sent)) <= 3 * 41  # what was not yet saved at each kill
    assert {row["event_id"] for row in stored} == expected
    assert {json.loads(row["payload"])["id"] for row in letters} == network.unreadable_ids()


def figures(stand: Stand) -> dict[str, int]:
    (found,) = told(stand, FIGURES)
    return {name: int(count) for name, count in found.items()}


def told(stand: Stand, query: str) -> list[dict[str, Any]]:
    """Ask the store itself: a command for every look costs more than the look."""
    answer = httpx.post(state(stand.data_dir)["clickhouse"], content=f"{query} FORMAT JSONEachRow", timeout=60)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def published(reader: Reader, count: int) -> None:
    """Wait until the reader says that the broker has so many events."""
    deadline = time.monotonic() + DEADLINE_S
    while remembered(reader) < count:
        assert reader.process is not None
        assert reader.process.poll() is None, reader.log()[-2000:]
        assert time.monotonic() < deadline, reader.log()[-2000:]
        time.sleep(0.02)


def killed_at(reader: Reader, count: int) -> None:
    """kill -9 while pages come in, once so many events are published."""
    published(reader, count)
    reader.kill()
