"""`vigie report` on the engine, and to a channel."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.client import Client

from deploy.report.figures import figures
from deploy.report.weeks import Week
from schemas.settings import Settings
from schemas.tables import ALERTS, CONVERSATIONS, EVENTS, TURNS
from streams.rows import alert_row, conversation_row, event_row, turn_rows
from streams.store import Store
from tests.support.builders import make_alert, make_conversation, make_enriched, make_event, make_turn
from tests.support.receiver import receiver

pytestmark = pytest.mark.integration

WEEK = Week(monday=date(2026, 3, 2), zone=ZoneInfo("Europe/Paris"))
MIDDLE = datetime(2026, 3, 4, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 9, 7, tzinfo=UTC)
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}


@pytest.fixture
def filled(settings: Settings, store: Store) -> Settings:
    """Three requests of the week, one of the week before, one of each end that belongs to its neighbour."""
    spans = {
        "a": (MIDDLE, 600.0),
        "b": (MIDDLE, 7200.0),
        "c": (WEEK.start, None),
        "before": (WEEK.start - timedelta(milliseconds=1), 60.0),
        "after": (WEEK.end, 60.0),
    }
    told = [
        make_conversation(
            make_turn(
                started_at=start.astimezone(UTC), due_at=start.astimezone(UTC) + timedelta(hours=1), waited_s=waited
            )
            if waited is not None
            else make_turn(started_at=start.astimezone(UTC), due_at=start.astimezone(UTC) + timedelta(hours=1)),
            conversation_id=f"mastodon:{name}",
            customer_id=name,
        )
        for name, (start, waited) in spans.items()
    ]
    store.insert(TURNS, [row for one in told for row in turn_rows(one)], token="a")
    store.insert(CONVERSATIONS, [conversation_row(one) for one in told], token="a")
    posts = [
        make_enriched(
            make_event(str(number), created_at=at, received_at=at, text=f"no parcel, and that {number} times")
        )
        for number, at in enumerate((MIDDLE, MIDDLE, MIDDLE - timedelta(weeks=1)))
    ]
    rows = [
        event_row(one, published_at=MIDDLE, topic="signal.enriched.v1", partition=0, offset=number)
        for number, one in enumerate(posts)
    ]
    store.insert(EVENTS, rows, token="a")
    store.insert(
        ALERTS,
        [alert_row(make_alert(fired_at=MIDDLE)), alert_row(make_alert("warning_50", fired_at=MIDDLE))],
        token="a",
    )
    return settings


def test_a_request_counts_in_the_week_in_which_it_began(filled: Settings, client: Client):
    found = figures(client, WEEK, brand="", now=NOW)

    assert (found.pace.requests, found.before.requests, found.year_ago.requests) == (3, 1, 0)
    assert (found.pace.late, found.pace.share) == (2, pytest.approx(1 / 3))
    assert found.waiting == 1


def test_who_still_waits_counts_with_the_wait_so_far(filled: Settings, client: Client):
    found = figures(client, WEEK, brand="", now=NOW)

    assert found.pace.median == 7200.0
    assert found.pace.p90 is not None
    assert found.pace.p90 > 86_400


def test_topics_are_counted_beside_the_week_before_with_a_sentence_that_proves_them(filled: Settings, client: Client):
    (topic,) = figures(client, WEEK, brand="", now=NOW).topics

    assert (topic.topic, topic.posts, topic.before, topic.negative) == ("delivery", 2, 1, 2)
    assert topic.quotes[0] == "no parcel, and that 0 times"


def test_another_brand_has_a_report_of_its_own(filled: Settings, client: Client):
    found = figures(client, WEEK, brand="other", now=NOW)

    assert (found.pace.requests, found.waiting, found.alerts) == (0, 0, ())


def test_warnings_are_no_alerts_of_the_week(filled: Settings, client: Client):
    assert [(one.level, one.alerts) for one in figures(client, WEEK, brand="", now=NOW).alerts] == [("breach", 1)]


def report(settings: Settings, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **PLAIN,
        "VIGIE_CLICKHOUSE": settings.clickhouse.url,
        "VIGIE_CLICKHOUSE__DATABASE": settings.clickhouse.database,
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", "report", *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_report_reaches_a_channel_in_its_language(filled: Settings):
    with receiver() as server:
        done = report(
            filled,
            *("--week", "2026-W10", "--time-zone", "Europe/Paris", "--send", "board"),
            VIGIE_NOTIFY__CHANNELS__BOARD=server.address("board"),
            VIGIE_NOTIFY__LANGUAGE="fr",
        )

    assert done.returncode == 0, done.stderr
    ((_, message),) = server.taken
    assert message["title"] == "Vigie\u00a0: la semaine du 2 au 8 mars 2026"
    assert "Demandes\u00a0: 3" in message["message"]


def test_a_channel_that_is_not_there_is_named_with_those_that_are(filled: Settings):
    done = report(filled, "--send", "bord", VIGIE_NOTIFY__CHANNELS__BOARD="json://127.0.0.1:1")

    assert done.returncode == 2
    assert "'bord'" in done.stderr
    assert "Name one of board" in done.stderr
