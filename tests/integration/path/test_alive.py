"""/health of a real worker: alive while there is progress, not while the store hangs, and alive again after it."""

import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from schemas import codec
from schemas.topics import CONVERSATIONS, ENRICHED, WORKERS
from tests.support.builders import make_enriched
from tests.support.kafka import send
from tests.support.stand import PLAIN, Stand, standing
from tests.support.system import rows, state, until

pytestmark = pytest.mark.integration


def health(stand: Stand, agent: str) -> tuple[int, dict[str, Any]]:
    (url,) = [one["health"] for one in state(stand.data_dir)["workers"] if one["agent"] == agent]
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError:
        return 0, {"ready": False}  # it starts


@contextmanager
def hanging_store(stand: Stand) -> Iterator[None]:
    (store,) = [
        child.pid
        for child in psutil.Process(stand.process.pid).children()
        if "deploy.embedded.clickhouse" in child.cmdline()
    ]
    os.kill(store, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(store, signal.SIGCONT)


def test_a_worker_whose_store_hangs_is_not_alive_and_says_why_and_since_when(tmp_path: Path) -> None:
    with standing(tmp_path / "D", VIGIE_HEALTH__STALLED_AFTER="3s", VIGIE_CANARY__EVERY="0s", **PLAIN) as stand:
        for agent in ("sink", "enrich", "responses"):
            until(lambda: health(stand, agent)[1]["ready"], timeout_s=60, what=f"a ready {agent}")  # noqa: B023
        until(lambda: rows(stand.data_dir, "SELECT 1 AS n FROM rules"), timeout_s=60, what="the present rules, stored")
        assert health(stand, "sink")[0] == 200
        with hanging_store(stand):
            send(state(stand.data_dir)["kafka"], ENRICHED.name, b"k", codec.encode(make_enriched()), partition=1)
            until(lambda: health(stand, "sink")[0] == 503, timeout_s=30, what="an unhealthy sink")
            told = health(stand, "sink")[1]
            others = [health(stand, agent)[0] for agent in ("enrich", "responses")]

        until(lambda: health(stand, "sink")[0] == 200, timeout_s=90, what="a healthy sink again")
        stored = rows(stand.data_dir, "SELECT event_id FROM events")

    assert told["alive"] is False
    # the event, the conversation that was made of it, or what a worker said just before: the store holds up all
    held_up = "|".join(re.escape(topic.name) for topic in (ENRICHED, CONVERSATIONS, WORKERS))
    assert re.fullmatch(rf"({held_up})\[[01]\] stands at offset \d+ with \d+ records behind it", told["reason"])
    assert told["since"].endswith("+00:00")
    assert others == [200, 200]
    assert stored == [{"event_id": "mastodon:1"}]
