"""`vigie export` on the engine."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from schemas.tables import ALERTS, CONVERSATIONS, TURNS
from streams.rows import alert_row, conversation_row, turn_rows
from streams.store import Store
from tests.support.builders import DAY, at, make_alert, make_conversation, make_turn

pytestmark = pytest.mark.integration

PERIOD = ("--since", "2026-03-01", "--until", "2026-03-03")


PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}


def export(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environ = {
        **PLAIN,
        "VIGIE_CLICKHOUSE": settings.clickhouse.url,
        "VIGIE_CLICKHOUSE__DATABASE": settings.clickhouse.database,
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "export", *arguments],
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def filled(settings: Settings, store: Store) -> Settings:
    """One long conversation of the test day, one a month before."""
    told = make_conversation(
        make_turn(1, waited_s=600.0),
        make_turn(2, waited_s=100.0),
        make_turn(3, waited_s=300.0),
        make_turn(4, waited_s=7200.0),
        customer_handle="=HYPERLINK()",
        last_customer_text='+33 "merci",\nDr É',
        sentiment_score_end=-0.5,
        first_resolution_s=700.0,
        delegates=("Nora Weil", "Paul Amet"),
    )
    before = make_conversation(make_turn(1, started_at=DAY.replace(month=2)), conversation_id="mastodon:0")
    store.insert(TURNS, [row for one in (told, before) for row in turn_rows(one)], token="a")
    store.insert(CONVERSATIONS, [conversation_row(one) for one in (told, before)], token="a")
    store.insert(ALERTS, [alert_row(make_alert(text="@acme where?"))], token="a")
    return settings


def rows(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, str]]:
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout.decode())))


def test_a_conversation_is_one_row_with_all_its_times(filled: Settings):
    (row,) = rows(export(filled, "conversations", *PERIOD))

    assert row["conversation_id"] == "mastodon:1"
    assert row["first_event_at"] == "2026-03-02T09:00:00.000Z"
    assert (row["first_response_seconds"], row["first_response_business_seconds"]) == ("600", "600")
    assert (row["turns"], row["answered_turns"], row["late_turns"], row["next_responses"]) == ("4", "4", "1", "3")
    assert (row["next_response_median_seconds"], row["next_response_slowest_seconds"]) == ("300", "7200")
    assert (row["first_resolution_seconds"], row["total_resolution_seconds"]) == ("700", "")
    assert row["delegates"] == "Nora Weil, Paul Amet"


def test_words_that_a_table_program_would_run_are_harmless_and_numbers_stay(filled: Settings):
    (row,) = rows(export(filled, "conversations", *PERIOD))
    (alert,) = rows(export(filled, "alerts", *PERIOD))

    assert row["customer_handle"] == "'=HYPERLINK()"
    assert row["last_customer_text"] == '\'+33 "merci",\nDr É'
    assert row["sentiment_score_end"] == "-0.5"
    assert alert["text"] == "'@acme where?"


def test_json_lines_hold_the_words_as_they_were_written(filled: Settings):
    done = export(filled, "conversations", *PERIOD, "--format", "ndjson")

    (row,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["customer_handle"], row["next_response_median_seconds"]) == ("=HYPERLINK()", 300.0)
    assert row["total_resolution_seconds"] is None


def test_each_turn_is_one_row(filled: Settings):
    found = rows(export(filled, "turns", *PERIOD))

    assert [(row["turn"], row["outcome"]) for row in found] == [
        *[("1", "in_time"), ("2", "in_time"), ("3", "in_time"), ("4", "late")]
    ]


def test_parquet_goes_into_a_file_that_the_engine_reads_again(filled: Settings, client: Client, tmp_path: Path):
    file = tmp_path / "conversations.parquet"
    done = export(filled, "conversations", *PERIOD, "--format", "parquet", "--out", str(file))

    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    found = client.query(
        f"SELECT conversation_id, next_responses, first_event_at FROM file('{file}', Parquet)"
    ).first_row
    assert found == ("mastodon:1", 3, at("09:00").replace(tzinfo=None))
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_period_without_anything_gives_the_header_alone(filled: Settings):
    done = export(filled, "conversations", "--since", "2025-01-01", "--until", "2025-02-01")

    assert done.stdout.startswith(b'"conversation_id","network",')
    assert done.stdout.count(b"\n") == 1


def test_a_file_stays_as_it_was_when_the_server_is_away(filled: Settings, tmp_path: Path):
    file = tmp_path / "old.csv"
    file.write_text("old")
    environ = {**PLAIN, "VIGIE_CLICKHOUSE": "http://127.0.0.1:1"}

    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "export", "turns", "--since", "1d", "--out", str(file)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, file.read_text()) == (1, "old")
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("--since", "yesterday"), "'yesterday' is no instant", id="no instant"),
        pytest.param(("--since", "2026-03-02", "--until", "2026-03-01"), "the period is empty", id="backwards"),
        pytest.param(("--since", "1d", "--format", "parquet"), "not for standard output", id="parquet to a terminal"),
        pytest.param(("--since", "1d", "--out", "/nowhere/x.csv"), "cannot be written", id="no such folder"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_two(filled: Settings, arguments: tuple[str, ...], says: str):
    done = export(filled, "conversations", *arguments)

    assert done.returncode == 2
    assert says in done.stderr.decode()
    assert b"Traceback" not in done.stderr
