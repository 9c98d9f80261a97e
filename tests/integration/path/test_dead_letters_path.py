"""`vigie dead-letters` on a running stack: a letter goes through the stage that failed on it, and no other."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.publish import Publisher
from schemas import codec
from schemas.settings import ClickHouse
from schemas.topics import ENRICHED, EVENTS
from streams.store import connect
from tests.support.builders import make_enriched, make_event
from tests.support.kafka import send
from tests.support.letters import bury, counted, letter_of, letters, retry
from tests.support.stand import PLAIN, Stand, standing
from tests.support.system import rows, running, state, until, vigie

pytestmark = pytest.mark.integration

CONVERSATIONS = ("conversations", "conversation_id")


def ids(stand: Stand, view: str, column: str) -> list[str]:
    return [row[column] for row in rows(stand.data_dir, f"SELECT {column} FROM {view} ORDER BY {column}")]


def event(native: str) -> Any:
    return make_event(native, event_id=f"mastodon:{native}", conversation_id=f"mastodon:{native}")


def test_each_letter_goes_through_the_stage_that_failed_and_no_other(tmp_path: Path) -> None:
    with standing(tmp_path / "D", **PLAIN) as stand:
        kafka = state(stand.data_dir)["kafka"]
        send(kafka, EVENTS.name, b"k", b"no event", partition=2)
        bury(kafka, "enrich", EVENTS.name, codec.encode(event("e")), b"mastodon:e")
        bury(kafka, "sink", ENRICHED.name, codec.encode(make_enriched(event("s"))), b"mastodon:s")
        bury(kafka, "responses", ENRICHED.name, codec.encode(make_enriched(event("r"))), b"mastodon:r")
        until(lambda: counted(stand) == 4, timeout_s=60, what="four letters")
        (poison,) = letters(stand, error="DecodeError")

        for _ in range(2):  # the second time nothing is open but the poison
            retry(stand, "--all")
            until(
                lambda: len(ids(stand, "events", "event_id")) >= 2 and len(ids(stand, *CONVERSATIONS)) >= 2,
                timeout_s=60,
                what="what was tried again",
            )
        until(lambda: counted(stand, "attempts = 3"), timeout_s=30, what="the poison after two retries")

        assert ids(stand, "events", "event_id") == ["mastodon:e", "mastodon:s"]
        assert ids(stand, *CONVERSATIONS) == ["mastodon:e", "mastodon:r"]
        (still_open,) = letters(stand)
        assert still_open["dead_letter_id"] == poison["dead_letter_id"]
        assert len(letters(stand, state="retried")) == 3
        assert vigie("dead-letters", "drop", poison["dead_letter_id"], "--data-dir", stand.data_dir).returncode == 0
        assert letters(stand) == []
        logged = rows(stand.data_dir, "SELECT action, count() AS times FROM audit_log GROUP BY action ORDER BY action")
        assert logged == [{"action": "dead_letter_drop", "times": 1}, {"action": "dead_letter_retry", "times": 2}]


def test_a_letter_of_a_connector_is_parsed_again_by_it(tmp_path: Path) -> None:
    inbox, config = tmp_path / "inbox", tmp_path / "vigie.toml"
    inbox.mkdir()
    old = {**json.loads(codec.encode(event("old"))), "created_at": "2003-05-01T08:00:00Z"}
    (inbox / "posts.ndjson").write_text(json.dumps(old) + "\n{broken\n")
    config.write_text(f'[[sources]]\nnetwork = "folder"\naccount = "{inbox}"\n')
    variables = {"VIGIE_CONFIG": str(config), **PLAIN}
    with standing(tmp_path / "D", **variables) as stand:
        until(lambda: counted(stand) == 2, timeout_s=60, what="two letters")

        retry(stand, "--stage", "connect", "--dry-run", **variables)
        assert len(letters(stand)) == 2
        retry(stand, "--stage", "connect", VIGIE_CONNECTORS__EARLIEST="2000-01-01", **variables)
        until(lambda: ids(stand, "events", "event_id"), timeout_s=60, what="the old event")
        until(lambda: counted(stand, "attempts = 2"), timeout_s=60, what="the broken line again")

        assert ids(stand, "events", "event_id") == ["mastodon:old"]
        assert [one["attempts"] for one in letters(stand)] == [2]


def test_a_retry_that_is_killed_is_repeated_without_losing_or_doubling_anything(tmp_path: Path) -> None:
    number = 8_000
    with standing(tmp_path / "D", **PLAIN) as stand:
        found = state(stand.data_dir)
        with Publisher(found["kafka"]) as publisher:
            for place in range(number):
                publisher.bury(letter_of("enrich", EVENTS.name, codec.encode(event(str(place))), b"k", offset=place))
        client = connect(ClickHouse(url=found["clickhouse"]))

        def count(query: str) -> int:
            return int(client.query(f"SELECT count() FROM {query}").result_rows[0][0])

        until(lambda: count("dead_letters") == number, timeout_s=60, what="all letters")
        with running("dead-letters", "retry", "--all", "--limit", number, "--data-dir", stand.data_dir) as process:
            while not count("letter_decisions"):
                assert process.poll() is None, "it was to be killed"
            process.kill()
            process.wait()
        noted = count("letter_decisions")
        retry(stand, "--all", "--limit", str(number))
        until(lambda: count("events") == number, timeout_s=60, what="all events")
        # a conversation follows its event, through one more worker
        until(lambda: count("conversations") == number, timeout_s=60, what="all conversations")
        until(lambda: count("response_turns") == number, timeout_s=60, what="all turns")

        assert 0 < noted < number
        assert count("dead_letters WHERE state = 'retried'") == count("dead_letters") == number
        assert count("events") == number
        client.close()
