"""A replay to a real broker: everything arrives, also when the process is killed half-way."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.files.source import FileSource
from connectors.publish import Publisher
from connectors.replay import Report, replay
from schemas import codec
from schemas.clock import SystemClock
from schemas.deadletter import DeadLetter
from schemas.event import Event
from schemas.settings import Connectors
from schemas.topics import DEAD_LETTERS, EVENTS
from tests.support.broker import read_all
from tests.support.twcs import twcs_row, write_twcs

pytestmark = pytest.mark.integration

ROWS = 30_000
BROKEN = b'7,a,True,never,"\xff'
RUN = """
import sys, time
from pathlib import Path
from connectors.files.source import FileSource
from connectors.positions import PositionFile
from connectors.publish import Publisher
from connectors.replay import replay
from schemas.clock import SystemClock
from schemas.settings import Connectors

clock = SystemClock()
with FileSource(Path(sys.argv[2]), "twcs", Connectors(), clock=clock) as source, Publisher(sys.argv[1]) as publisher:
    position = PositionFile(Path(sys.argv[3]), broker="b1")
    report = replay(source, publisher, clock=clock, sleep=time.sleep, rebase=True, position=position)
print(report.resumed_from)
"""


def replay_file(path: Path, bootstrap: str) -> Report:
    clock = SystemClock()
    with FileSource(path, "twcs", Connectors(), clock=clock) as source, Publisher(bootstrap) as publisher:
        return replay(source, publisher, clock=clock, sleep=time.sleep)


def test_every_row_arrives_once_and_every_bad_one_as_a_whole_dead_letter(broker, tmp_path):
    rows = [twcs_row(n, at=f"Tue Oct 31 22:{n % 60:02d}:00 +0000 2017", parent=n // 2 or "") for n in range(1, 500)]
    path = write_twcs(tmp_path / "f.csv", [*rows[:250], BROKEN, *rows[250:], "one,two"])

    report = replay_file(path, broker.bootstrap)

    events = [codec.decode(value, Event) for _, value in read_all(broker.bootstrap, EVENTS)]
    letters = [codec.decode(value, DeadLetter) for _, value in read_all(broker.bootstrap, DEAD_LETTERS)]
    assert Counter(event.event_id for event in events) == Counter(f"x:{n}" for n in range(1, 500))
    assert len({event.conversation_id for event in events}) == 1
    assert {(letter.offset, letter.payload) for letter in letters} == {(252, BROKEN + b"\n"), (502, b"one,two\n")}
    assert (report.published, report.buried) == (499, 2)


def test_replay_killed_and_started_again_loses_nothing(broker, tmp_path):
    days = ("Tue Oct 31", "Wed Nov 01", "Thu Nov 02")
    path = write_twcs(
        tmp_path / "f.csv",
        (twcs_row(n, at=f"{days[n % 3]} {n % 24:02d}:{n % 60:02d}:00 +0000 2017") for n in range(ROWS)),
    )
    position = tmp_path / "position.json"
    command = [sys.executable, "-c", RUN, broker.bootstrap, str(path), str(position)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None and not (position.exists() and b'"rows":0' not in position.read_bytes()):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    resumed = subprocess.run(command, check=True, capture_output=True, timeout=120)

    events = [codec.decode(value, Event) for _, value in read_all(broker.bootstrap, EVENTS)]
    assert 0 < int(resumed.stdout) < ROWS
    assert {event.event_id for event in events} == {f"x:{n}" for n in range(ROWS)}
    assert len({(event.event_id, event.created_at) for event in events}) == ROWS
    assert not position.exists()


def test_public_sample_arrives_whole(broker):
    folder = os.environ.get("TEST_DATA", "")
    path = Path(folder, "twcs_sample.csv")
    if not path.is_file():
        pytest.skip("the public sample is not here: set TEST_DATA to the folder of twcs_sample.csv")

    report = replay_file(path, broker.bootstrap)

    events = [codec.decode(value, Event) for _, value in read_all(broker.bootstrap, EVENTS)]
    assert (report.published, report.buried) == (len(events), 0)
    assert len({event.event_id for event in events}) == len(events) == 2389
    assert min(event.created_at for event in events) == report.first_at > datetime(2004, 1, 1, tzinfo=UTC)
