"""A CSV goes through connector, Kafka, agents and into ClickHouse: nothing lost, nothing doubled, every turn right."""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from deploy.replaying import REPLAY_AGENTS
from tests.support import archive
from tests.support.complete import assert_complete, stored_turns
from tests.support.stand import PLAIN
from tests.support.system import rows, running, state, until, vigie

pytestmark = pytest.mark.integration

# those of watches are judged once nothing comes any more, which a replay does not wait for
_ALERTS = (
    "SELECT alert_id, state, fired_at, resolved_at, waited_seconds FROM alerts"
    " WHERE NOT startsWith(alert_id, 'watch:') ORDER BY alert_id"
)


def test_workers_killed_in_the_middle_lose_and_double_nothing(tmp_path: Path) -> None:
    file, data_dir = tmp_path / "archive.csv", tmp_path / "D"
    events = archive.write(file, conversations=1_300)
    chance = random.Random(20261122)
    killed: list[str] = []

    with running("replay", file, "--format", "twcs", "--until-done", "--data-dir", data_dir) as process:
        until(lambda: len(state(data_dir).get("workers", [])) == len(REPLAY_AGENTS), timeout_s=60, what="the workers")
        for agent in ("enrich", "responses", "sink", "responses"):
            time.sleep(chance.uniform(4.0, 7.0))
            workers = {worker["agent"]: worker["pid"] for worker in state(data_dir).get("workers", [])}
            if process.poll() is None and agent in workers:
                os.kill(workers[agent], signal.SIGKILL)
                killed.append(agent)
        output, _ = process.communicate(timeout=240)

    assert process.returncode == 0, output
    assert len(killed) >= 2, "the replay was over before anything was killed"
    assert_complete(data_dir, file, events)
    # alerts go by who waits, not by what is said
    undisturbed = vigie("replay", file, "--format", "twcs", "--until-done", "--data-dir", tmp_path / "E", **PLAIN)
    assert undisturbed.returncode == 0, undisturbed.stderr
    assert rows(data_dir, _ALERTS) == rows(tmp_path / "E", _ALERTS)


def test_customers_still_wait_after_the_stack_was_stopped_and_started(tmp_path: Path) -> None:
    data_dir = tmp_path / "D"
    question, answer = tmp_path / "question.ndjson", tmp_path / "answer.ndjson"
    now = time.time()
    question.write_text(_event("x:1", "customer", now - 600) + "\n")
    answer.write_text(_event("x:2", "brand", now - 300, parent="x:1") + "\n")

    vigie("replay", question, "--format", "events", "--until-done", "--data-dir", data_dir, **PLAIN)
    waiting = stored_turns(data_dir)
    vigie("replay", answer, "--format", "events", "--until-done", "--data-dir", data_dir, **PLAIN)

    assert waiting == [archive.Turn("x:1", None, None)]
    assert stored_turns(data_dir) == [archive.Turn("x:1", "x:2", 300.0)]


def _event(event_id: str, role: str, at: float, parent: str | None = None) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return json.dumps(
        {
            "event_id": event_id,
            "network": "x",
            "brand": "acme",
            "conversation_id": "x:1",
            "parent_id": parent,
            "author": {"id": role, "role": role},
            "text": "Hello?",
            "created_at": stamp,
            "received_at": stamp,
        }
    )


def test_an_interrupted_replay_goes_on_from_there_and_a_second_one_stores_every_row_once(tmp_path: Path) -> None:
    file, data_dir = tmp_path / "archive.csv", tmp_path / "D"
    events = archive.write(file, conversations=60)
    command = ("replay", file, "--format", "twcs", "--speed", "10000", "--data-dir", data_dir)
    with running(*command, **PLAIN) as process:
        until(lambda: list((data_dir / "replays").glob("*.json")), timeout_s=60, what="a position")
        time.sleep(8)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    (stored,) = rows(data_dir, "SELECT count() AS events FROM events")

    done = vigie("replay", file, "--format", "twcs", "--data-dir", data_dir, **PLAIN)
    again = vigie("replay", file, "--format", "twcs", "--until-done", "--data-dir", data_dir, **PLAIN)

    assert process.returncode == 130, output
    assert "the same command goes on from here" in output
    assert 0 < int(stored["events"]) < events
    assert done.returncode == 0, done.stderr
    assert "went on at row" in done.stdout
    assert again.returncode == 0, again.stderr
    assert f"in the store now: {events:,} events, 0 dead letters" in again.stdout
    assert_complete(data_dir, file, events)
