"""History written again: nothing doubled, corrections kept, deletions final, and every column as it was."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy import history
from schemas.correction import Correction
from schemas.enriched import Enriched, Sentiment
from schemas.event import Event
from schemas.settings import Settings
from schemas.tables import EVENTS
from streams.rows import event_row
from streams.store import Store
from tests.support.builders import at, make_enriched, make_event
from tests.support.system import environment

pytestmark = pytest.mark.integration


class Happy:
    """Finds that everybody is happy."""

    def enrich(self, events: Sequence[Event], *, processed_at: datetime) -> list[Enriched]:
        happy = Sentiment(label="positive", score=0.9, confidence=0.9)
        return [
            Enriched(event=event, processed_at=processed_at, model_version="happy-2", sentiment=happy)
            for event in events
        ]


def write(store: Store, *enriched: Enriched) -> None:
    place = {"published_at": at("09:30"), "topic": "signal.enriched.v1", "partition": 0}
    store.insert(EVENTS, [event_row(one, offset=number, **place) for number, one in enumerate(enriched)], token="test")


def reprocess(client: Client, store: Store, start: datetime = at("00:00")) -> int:
    pages = list(history.since(client, start))
    for page in pages:
        history.reprocess(page, Happy(), history.corrections(client), store)
    return sum(len(page) for page in pages)


def rows(client: Client, columns: str = "event_id, sentiment, model_version") -> list[tuple[object, ...]]:
    return [tuple(row) for row in client.query(f"SELECT {columns} FROM events ORDER BY event_id").result_rows]


def test_an_event_comes_back_as_it_was_written(client: Client, store: Store):
    event = make_event("1", rating=3, permalink="https://x.example/1", language="fr", edited=True)
    whole = msgspec.structs.replace(
        make_enriched(event), pii={"email": 2}, spam_reason="robot", is_spam=True, group_id="aa", failed_steps=("x",)
    )
    write(store, whole)

    stored = history.one(client, "mastodon:1")

    assert stored is not None
    assert stored.enriched == whole
    assert (stored.published_at, stored.offset) == (at("09:30"), 0)


def test_reprocessing_twice_doubles_nothing_and_keeps_the_rest_of_the_row(client: Client, store: Store):
    write(store, *(make_enriched(make_event(str(number))) for number in range(5)))
    before = rows(client, "event_id, text, created_at, received_at, published_at, kafka_offset")

    assert reprocess(client, store) == reprocess(client, store) == 5

    assert rows(client) == [(f"mastodon:{number}", "positive", "happy-2") for number in range(5)]
    assert rows(client, "event_id, text, created_at, received_at, published_at, kafka_offset") == before


def test_only_events_since_then_are_read_page_by_page(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(history, "PAGE_EVENTS", 2)
    write(store, *(make_enriched(make_event(str(hour), created_at=at(f"0{hour}:00"))) for hour in range(8)))

    assert reprocess(client, store, at("03:00")) == 5
    assert [row[1] for row in rows(client)] == ["negative"] * 3 + ["positive"] * 5


def test_a_correction_holds_at_once_and_after_reprocessing_and_redelivery(client: Client, store: Store):
    enriched = make_enriched(make_event("1"))
    write(store, enriched, make_enriched(make_event("2")))
    stored = history.one(client, "mastodon:1")
    assert stored is not None

    said = Correction(event_id="mastodon:1", sentiment="neutral", topics=("fraud",), corrected_at=at("12:00"))
    history.correct(stored, said, store)
    at_once = rows(client, "event_id, sentiment, topics")
    reprocess(client, store)
    write(store, msgspec.structs.replace(enriched, model_version="again"))

    assert at_once == [("mastodon:1", "neutral", ["fraud"]), ("mastodon:2", "negative", ["delivery"])]
    assert rows(client, "event_id, sentiment, topics")[0] == ("mastodon:1", "neutral", ["fraud"])


def test_a_deleted_event_is_neither_read_nor_brought_back(client: Client, store: Store):
    event = make_event("1")
    write(store, make_enriched(event))
    (page,) = history.since(client, at("00:00"))
    write(store, make_enriched(msgspec.structs.replace(event, deleted=True)))

    history.reprocess(page, Happy(), {}, store)

    assert rows(client, "event_id, deleted, text") == [("mastodon:1", True, "")]
    assert reprocess(client, store) == 0


def vigie(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **environment(),
        "VIGIE_CLICKHOUSE": settings.clickhouse.url,
        "VIGIE_CLICKHOUSE__DATABASE": settings.clickhouse.database,
    }
    command = [sys.executable, "-m", "deploy.cli", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environ, timeout=120)


def test_the_commands_correct_export_and_reprocess(settings: Settings, client: Client, store: Store):
    event = make_event("1", text="Merci beaucoup, tout est parfait à Lyon !", language="fr")
    write(store, make_enriched(event), make_enriched(make_event("2", text="the worst service ever, I hate it")))

    first = vigie(settings, "correct", "mastodon:1", "--sentiment", "neutral")
    second = vigie(settings, "correct", "mastodon:1", "--topic", "staff", "--topic", "delay")
    day = f"{datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=1):%Y-%m-%d}"
    again = vigie(settings, "reprocess", "--since", day)
    exported = vigie(settings, "corrections")

    assert [one.returncode for one in (first, second, again, exported)] == [0, 0, 0, 0], again.stderr + second.stderr
    assert "2 events enriched again with vigie-social-" in again.stdout
    assert rows(client, "event_id, sentiment, topics")[0] == ("mastodon:1", "neutral", ["staff", "delay"])
    assert rows(client)[1][1] == "negative"
    assert json.loads(exported.stdout) == {
        "text": event.text,
        "label": "neutral",
        "language": "fr",
        "event_id": "mastodon:1",
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("correct", "mastodon:1"), "nothing to correct"), (("correct", "x:1", "--no-topics"), "no such event")],
)
def test_a_correction_that_cannot_be_made_says_why(settings: Settings, arguments: tuple[str, ...], says: str):
    done = vigie(settings, *arguments)

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
