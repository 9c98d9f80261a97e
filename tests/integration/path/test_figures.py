"""/metrics of a running stack: the numbers add up with what was published, and the canary counts in no figure."""

import json
import os
import re
import signal
from pathlib import Path

import pytest

from schemas.topics import EVENTS
from tests.support import archive
from tests.support.figures import DECLARED, Figure, scraped, total
from tests.support.kafka import send
from tests.support.stand import standing
from tests.support.system import rows, state, until, vigie

pytestmark = pytest.mark.integration

_OWN = {"canaries", "workers", "worker_states", "worker_lags"}  # of themselves, and of processes


def ports(data_dir: Path) -> dict[str, int]:
    targets = json.loads((data_dir / "metrics.json").read_text())
    return {one["labels"]["part"]: int(one["targets"][0].rpartition(":")[2]) for one in targets}


def test_figures_add_up_with_what_was_published_and_no_view_counts_the_canary(tmp_path: Path) -> None:
    file, data_dir = tmp_path / "archive.csv", tmp_path / "D"
    events = archive.write(file, conversations=100)
    with standing(data_dir, VIGIE_CANARY__EVERY="5s") as stand:
        until((data_dir / "metrics.json").exists, timeout_s=30, what="targets")
        where = ports(data_dir)
        send(state(data_dir)["kafka"], EVENTS.name, b"k", b"no event", partition=0)
        assert stand.replay(file).returncode == 0
        until(
            lambda: total(scraped(where["canary"]), "vigie_canaries_total", outcome="arrived"), timeout_s=60, what="it"
        )
        until(lambda: total(scraped(where["canary"]), "vigie_open_dead_letters") == 1, timeout_s=60, what="the letter")
        seen = {part: scraped(port) for part, port in where.items()}

        assert {figure.name for figures in seen.values() for figure in figures} <= set(DECLARED)
        _assert_adds_up(seen, events)
        canaries = total(seen["enrich"], "vigie_records_total", agent="enrich", outcome="handled") - events - 1
        assert canaries >= 1
        assert _counts_of_canaries(data_dir) == []
        assert int(rows(data_dir, "SELECT count() AS n FROM events")[0]["n"]) == events
        (times,) = rows(data_dir, "SELECT count() AS n, min(seconds) AS least, max(seconds) AS most FROM canaries")
        assert int(times["n"]) >= 1
        assert 0 < times["least"] <= times["most"] < 60
        assert vigie("canary", "--check", "--data-dir", data_dir).returncode == 0
        _assert_everybody_says_how_it_is(data_dir)
        _assert_one_that_is_told_to_stop_says_goodbye(data_dir)


def _assert_everybody_says_how_it_is(data_dir: Path) -> None:
    everybody = {"enrich", "responses", "sink", "canary"}
    until(
        lambda: everybody <= {row["agent"] for row in rows(data_dir, "SELECT DISTINCT agent FROM workers")},
        timeout_s=60,
        what="a word of everybody",
    )
    found = rows(data_dir, "SELECT * FROM workers")
    assert {row["state"] for row in found} <= {"working", "waiting"}
    assert all(int(row["memory_bytes"]) > 10_000_000 for row in found)
    until(
        lambda: rows(data_dir, "SELECT 1 AS n FROM worker_lags WHERE worker LIKE 'canary@%' AND agent = 'sink'"),
        timeout_s=60,
        what="the lags as the broker knows them",
    )


def _assert_one_that_is_told_to_stop_says_goodbye(data_dir: Path) -> None:
    (pid,) = [one["pid"] for one in state(data_dir)["workers"] if one["agent"] == "responses"]
    os.kill(pid, signal.SIGTERM)
    words = "SELECT DISTINCT worker, state FROM worker_states WHERE agent = 'responses' AND state = 'stopped'"
    until(lambda: rows(data_dir, words), timeout_s=60, what="its goodbye")
    again = "SELECT worker FROM workers WHERE agent = 'responses'"
    until(lambda: rows(data_dir, again), timeout_s=60, what="the next one in its place")
    assert rows(data_dir, again)[0]["worker"] == rows(data_dir, words)[0]["worker"]


def _assert_adds_up(seen: dict[str, list[Figure]], events: int) -> None:
    sink = seen["sink"]
    assert total(sink, "vigie_stored_rows_total", table="events") == events
    assert total(sink, "vigie_event_published_to_row_seconds_count") == events
    assert total(sink, "vigie_event_created_to_row_seconds_count") == events
    assert total(seen["enrich"], "vigie_dead_letters_total", stage="enrich", error="DecodeError") == 1
    assert total(seen["enrich"], "vigie_model_seconds_count") > 0
    for agent in ("enrich", "responses", "sink"):
        assert total(seen[agent], "vigie_alive") == total(seen[agent], "vigie_ready") == 1
        assert total(seen[agent], "process_resident_memory_bytes") > 10_000_000
    assert total(seen["responses"], "vigie_table_keys", table="timelines") == 100
    assert total(seen["canary"], "vigie_store_rows", table="events") >= events


def _counts_of_canaries(data_dir: Path) -> list[str]:
    """Views in whose rows a test event or its network stands."""
    views = rows(
        data_dir,
        "SELECT name, create_table_query AS made FROM system.tables WHERE database = 'vigie' AND engine = 'View'",
    )
    found = []
    for view in views:
        if view["name"] in _OWN or re.search(r"\{\w+:", view["made"]):
            continue  # a view with parameters reads the others
        text = rows(
            data_dir, f"SELECT countIf(position(toString(tuple(*)), 'vigie:canary') > 0) AS n FROM {view['name']}"
        )
        network = rows(
            data_dir,
            f"SELECT count() AS n FROM system.columns WHERE database = 'vigie' AND table = '{view['name']}' "
            "AND name = 'network'",
        )
        inside = int(text[0]["n"])
        if int(network[0]["n"]):
            inside += int(rows(data_dir, f"SELECT countIf(network = 'vigie') AS n FROM {view['name']}")[0]["n"])
        if inside:
            found.append(view["name"])
    return found
