"""Stopped and started on a broker that forgets: who was told is not told again, what waited still comes."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from connectors.publish import Publisher
from deploy.running import find
from schemas import codec
from schemas.event import Event
from streams.worker import AGENTS
from tests.support.receiver import Receiver, receiver
from tests.support.system import rows, running, state, until, vigie

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CONFIG = """
[notify]
timeout = "2s"
[[policies]]
name = "fast"
first = "1s"
next = "1s"
warnings = []
[[channels]]
name = "boss"
group_above = 0
[[routes]]
name = "all"
channels = ["care", "boss"]
"""


def _event(number: int, role: str = "customer") -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5))
    author = {"id": f"{role}{number}", "role": role, "handle": f"c{number}"}
    return json.dumps(
        {
            "event_id": f"x:{number}",
            "network": "x",
            "conversation_id": f"x:{number}",
            "author": author,
            "text": "Hello?",
            "created_at": stamp,
            "received_at": stamp,
        }
    )


def _up(tmp_path: Path, server: Receiver) -> Any:
    return running(
        "up",
        "--data-dir",
        tmp_path / "D",
        VIGIE_CONFIG=str(tmp_path / "vigie.toml"),
        VIGIE_NOTIFY__CHANNELS__CARE=server.address("care"),
        VIGIE_NOTIFY__CHANNELS__BOSS=server.address("boss"),
        VIGIE_ENRICH__STEPS="false",
    )


def _publish(tmp_path: Path, *lines: str) -> None:
    found = find(tmp_path / "D")
    assert found is not None
    with Publisher(found.kafka) as publisher:
        for line in lines:
            publisher.publish(codec.decode(line.encode(), Event))


def _states(tmp_path: Path) -> set[tuple[str, str, str]]:
    found = rows(tmp_path / "D", "SELECT conversation_id, channel, state FROM deliveries")
    return {(row["conversation_id"], row["channel"], row["state"]) for row in found}


def test_who_was_told_is_not_told_again_and_what_waited_is_told(tmp_path: Path) -> None:
    (tmp_path / "vigie.toml").write_text(CONFIG)
    with receiver() as server:
        server.answers["boss"] = lambda _: 500
        with _up(tmp_path, server):
            until(lambda: len(state(tmp_path / "D").get("workers", [])) == len(AGENTS), timeout_s=90, what="the stack")
            _publish(tmp_path, _event(1), _event(2))
            until(lambda: len(server.bodies("care")) == 2, timeout_s=60, what="care is told")
            wanted = {("x:1", "care", "sent"), ("x:1", "boss", "failed"), ("x:2", "care", "sent")}
            until(lambda: wanted <= _states(tmp_path), timeout_s=30, what="the log")
            listed = vigie("alerts", "list", "--json", "--data-dir", tmp_path / "D")
            shown = vigie("alerts", "show", "x:1:1:breach", "--data-dir", tmp_path / "D")
            unknown = vigie("alerts", "ack", "x:99:1:breach", "--data-dir", tmp_path / "D")
        server.answers["boss"] = lambda _: 200
        with _up(tmp_path, server):
            until(lambda: len(server.bodies("boss")) == 2, timeout_s=90, what="boss is told")
            acked = vigie("alerts", "ack", "x:1:1:breach", "--by", "nora", "--data-dir", tmp_path / "D")
            _publish(tmp_path, _event(3))
            until(lambda: len(server.bodies("care")) == 3, timeout_s=60, what="care is told of the third")
            time.sleep(3)

    titles = [message["title"] for path, message in server.taken if path == "care"]
    assert sorted(title.split()[0] for title in titles) == ["@c1", "@c2", "@c3"]
    assert {json.loads(line)["alert_id"] for line in listed.stdout.splitlines()} == {"x:1:1:breach", "x:2:1:breach"}
    assert "http_500" in shown.stdout
    assert "Hello?" in shown.stdout
    assert (unknown.returncode, acked.returncode) == (2, 0), unknown.stderr + acked.stderr
    assert "no alert or conversation 'x:99'" in unknown.stderr
    assert acked.stdout.startswith("acknowledge: x:1, turn 1, by nora")
