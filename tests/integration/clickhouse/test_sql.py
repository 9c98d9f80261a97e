"""`vigie sql` on the engine."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from deploy.clickhouse.migrate import render
from schemas.settings import Settings
from schemas.tables import ALERTS, CONVERSATIONS, DEAD_LETTERS, EVENTS, TURNS
from streams.rows import alert_row, conversation_row, dead_letter_row, event_row, turn_rows
from streams.store import Store
from tests.support.builders import (
    at,
    make_alert,
    make_conversation,
    make_dead_letter,
    make_enriched,
    make_event,
    make_turn,
)

pytestmark = pytest.mark.integration

SOURCE = (files("deploy.clickhouse") / "examples.sql").read_text(encoding="utf-8")
EXAMPLES = [part.strip() for part in re.split(r";[ ]*$", SOURCE, flags=re.MULTILINE) if part.strip()]


def vigie(settings: Settings, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")},
        "VIGIE_CLICKHOUSE": settings.clickhouse.url,
        "VIGIE_CLICKHOUSE__DATABASE": settings.clickhouse.database,
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=environ,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def fill(store: Store, asked_at: datetime) -> None:
    """One conversation that waits since `asked_at`, its event, alert, and a dead letter."""
    event = make_event(text="Where [is] it?\x1b[31m", created_at=asked_at)
    place = {"topic": "signal.enriched.v1", "partition": 0, "offset": 0}
    row = event_row(make_enriched(event, mentions_leader=True), published_at=asked_at, **place)
    conversation = make_conversation(make_turn(started_at=asked_at))
    store.insert(EVENTS, [row], token="a")
    store.insert(CONVERSATIONS, [conversation_row(conversation)], token="a")
    store.insert(TURNS, turn_rows(conversation), token="a")
    store.insert(ALERTS, [alert_row(make_alert())], token="a")
    store.insert(DEAD_LETTERS, [dead_letter_row(make_dead_letter())], token="a")


@pytest.fixture
def filled(settings: Settings, store: Store) -> Settings:
    """A database with a conversation of the test day."""
    fill(store, at("09:00"))
    return settings


def test_there_are_ten_examples_and_each_says_what_it_answers():
    assert len(EXAMPLES) == 10
    assert all(re.match(r"-- [A-Z].*\?", example) for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.splitlines()[0][3:].partition("?")[0])
def test_each_example_finds_what_happened_an_hour_ago(client: Client, store: Store, example: str):
    fill(store, datetime.now(UTC) - timedelta(hours=1))  # the queries themselves ask for the present

    assert len(client.query(example).result_rows) == 1


def test_the_examples_are_printed_without_a_server(settings: Settings):
    done = vigie(settings, "sql", "--examples")

    assert (done.returncode, done.stdout) == (0, SOURCE)


def test_a_table_shows_text_as_text(filled: Settings):
    done = vigie(filled, "sql", "SELECT text, parent_id FROM events;")

    assert done.returncode == 0, done.stderr
    assert "Where [is] it?" in done.stdout
    assert "\x1b" not in done.stdout
    assert "1 row" in done.stdout


def test_rows_come_as_csv(filled: Settings):
    done = vigie(filled, "sql", "SELECT event_id, likes FROM events", "--format", "csv")

    assert done.stdout == '"event_id","likes"\n"mastodon:1",0\n'


def test_rows_come_as_one_json_array(filled: Settings):
    done = vigie(filled, "sql", "SELECT event_id, topics FROM events", "--format", "json")

    assert json.loads(done.stdout) == [{"event_id": "mastodon:1", "topics": ["delivery"]}]


def test_rows_come_as_json_lines_and_the_statement_from_standard_input(filled: Settings):
    done = vigie(filled, "sql", "-", "--format", "ndjson", stdin="SELECT number FROM numbers(2)\n-- a comment\n")

    assert [json.loads(line)["number"] for line in done.stdout.splitlines()] == [0, 1]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        pytest.param("SELECT nope FROM events", "nope", id="unknown column"),
        pytest.param("DROP TABLE raw_events", "READONLY", id="a change"),
        pytest.param("SELEKT 1", "Syntax error", id="no SQL"),
    ],
)
def test_a_wrong_statement_is_one_sentence_and_exit_one(filled: Settings, statement: str, says: str):
    done = vigie(filled, "sql", statement)

    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_folder_is_filled_and_asked_without_a_running_server(settings: Settings, tmp_path: Path):
    migrated = vigie(settings, "migrate", "--data-dir", str(tmp_path))
    asked = vigie(settings, "sql", "SELECT count() AS n FROM events", "--format", "csv", "--data-dir", str(tmp_path))
    status = vigie(settings, "migrate", "--status", "--data-dir", str(tmp_path))

    assert migrated.returncode == 0, migrated.stderr
    assert asked.stdout == '"n"\n0\n'
    assert status.stdout.count(" applied ") == len(render(settings, False))


def test_a_folder_without_data_is_a_wrong_argument(settings: Settings, tmp_path: Path):
    done = vigie(settings, "sql", "SELECT 1", "--data-dir", str(tmp_path / "nowhere"))

    assert done.returncode == 2
    assert "there is no data in this folder" in done.stderr
