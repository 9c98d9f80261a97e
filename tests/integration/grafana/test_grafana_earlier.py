"""The week before, as it stood then: who was answered since waited still."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.clickhouse.migrate import migrate
from schemas.conversation import Conversation
from schemas.settings import ClickHouse, Settings
from schemas.tables import CONVERSATIONS, TURNS
from streams.rows import conversation_row, turn_rows
from streams.store import Store
from tests.support import clickhouse
from tests.support.asking import Reader, panel_query
from tests.support.builders import make_conversation, make_turn

pytestmark = pytest.mark.integration

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def turns_of_a_week_ago(now: datetime) -> dict[str, dict[str, Any]]:
    """Turns of the day that ended a week ago, with a promise of an hour each."""
    return {
        "answered in time": {"started_at": now - WEEK - 5 * HOUR, "waited_s": 1800.0},
        "answered late, by then": {"started_at": now - WEEK - 6 * HOUR, "waited_s": 7200.0, "breached": True},
        "waited past its target then, was answered days later": {
            "started_at": now - WEEK - 3 * HOUR,
            "waited_s": 2 * 86_400.0,
            "breached": True,
        },
        "waited within its target then, was answered in time": {
            "started_at": now - WEEK - HOUR / 2,
            "waited_s": 3000.0,
        },
        "waited within its target then, waits still": {"started_at": now - WEEK - HOUR / 4},
        "was closed by then, without an answer": {
            "started_at": now - WEEK - 8 * HOUR,
            "closed_at": now - WEEK - 7.5 * HOUR,
        },
        "was closed later, waited past its target then": {
            "started_at": now - WEEK - 4 * HOUR,
            "closed_at": now - DAY,
            "breached": True,
        },
        "came after that day": {"started_at": now - WEEK + HOUR, "waited_s": 1.0},
    }


def conversation(name: str, fields: dict[str, Any]) -> Conversation:
    state = "waiting" if not fields.keys() & {"waited_s", "closed_at"} else "closed"
    turn = make_turn(1, is_first=True, due_at=fields["started_at"] + HOUR, **fields)
    return make_conversation(turn, conversation_id=f"mastodon:{name}", state=state)


@pytest.fixture(scope="module")
def reader(server: clickhouse.Running, http: httpx.Client) -> Reader:
    settings = Settings(clickhouse=ClickHouse(url=server.url.rstrip("/"), database="earlier"))
    migrate(settings)
    told = [conversation(name, fields) for name, fields in turns_of_a_week_ago(datetime.now(UTC)).items()]
    with Store(settings.clickhouse) as store:
        store.insert(TURNS, [row for one in told for row in turn_rows(one)], token="turns")
        store.insert(CONVERSATIONS, [conversation_row(one) for one in told], token="conversations")
    return Reader(http=http, database="earlier")


def test_what_was_late_then_counts_as_late_and_what_was_undecided_does_not_count(reader: Reader) -> None:
    row = reader.ask(panel_query("leadership", 1), period=DAY).one()

    assert row["in_time"] is None, "nothing came today"
    assert row["goal"] == 0.8
    assert row["earlier_in_time"] == pytest.approx(1 / 4)


def test_who_waited_then_counts_with_the_wait_of_then(reader: Reader) -> None:
    row = reader.ask(panel_query("leadership", 2), period=DAY).one()

    # Sorted: 900, 1800, 1800, 7200, 10800, 14400; the closed one has no wait.
    assert row["earlier_first_response"] == pytest.approx(7200, abs=5)
    assert reader.ask(panel_query("leadership", 3), period=DAY).one()["earlier_first_response"] == pytest.approx(
        14_400, abs=60
    )
