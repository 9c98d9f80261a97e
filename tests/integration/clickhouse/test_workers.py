"""What a reader sees of workers: who is well, who is silent, who said goodbye, who took whose place."""

from datetime import UTC, datetime, timedelta

import pytest
from clickhouse_connect.driver.client import Client

from schemas.tables import WORKER_STATES
from schemas.worker import Lag, WorkerState
from streams.store import Store
from streams.workerrows import worker_row
from tests.support.builders import make_worker_state

pytestmark = pytest.mark.integration

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=9)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def word(agent: str = "enrich", *, ago_s: float = 5, **fields: object) -> WorkerState:
    return make_worker_state(agent, **{"at": ago(ago_s), "started_at": LONG_AGO, "since": LONG_AGO, **fields})


def told(store: Store, *words: WorkerState) -> None:
    for number, one in enumerate(words):
        store.insert(WORKER_STATES, [worker_row(one)], token=f"{number}")


def states(client: Client) -> dict[str, str]:
    return dict(client.query("SELECT worker, state FROM workers").result_rows)


def test_the_last_word_counts_whatever_came_first(client: Client, store: Store):
    last = word(lag=7)
    told(store, last, word(ago_s=20, lag=900), word(ago_s=35, state="waiting"), last)

    (row,) = client.query("SELECT * FROM workers").named_results()

    assert (row["worker"], row["state"], row["lag"], row["lag_max"]) == ("enrich@host:8301", "working", 7, 7)
    assert row["since"] == LONG_AGO.replace(tzinfo=None)
    assert client.command("SELECT count() FROM worker_states") == 3
    assert 5 <= row["silent_seconds"] < 60


def test_one_that_says_nothing_for_a_minute_is_silent_since_its_last_word(client: Client, store: Store):
    told(store, word(), word("sink", ago_s=61))

    found = {row["agent"]: row for row in client.query("SELECT * FROM workers").named_results()}

    assert {agent: row["state"] for agent, row in found.items()} == {"enrich": "working", "sink": "silent"}
    assert found["sink"]["since"] == found["sink"]["last_word_at"]
    assert found["sink"]["silent_seconds"] >= 61


def test_a_clock_that_is_ahead_does_not_keep_a_dead_worker_alive(client: Client, store: Store):
    told(store, word(ago_s=-600))
    client.command(
        "ALTER TABLE raw_worker_states UPDATE stored_at = now64(3, 'UTC') - 90 WHERE 1 SETTINGS mutations_sync = 2"
    )

    assert states(client) == {"enrich@host:8301": "silent"}


def test_one_that_said_goodbye_is_gone_and_one_that_stopped_itself_is_not(client: Client, store: Store):
    told(
        store,
        *(word(ago_s=20), word(ago_s=4, state="stopped")),
        *(word("sink", ago_s=20), word("sink", ago_s=4, state="failed", reason="most of 20 cannot be handled")),
        word("notify", ago_s=7200, state="failed"),
    )

    assert states(client) == {"sink@host:8301": "failed", "notify@host:8301": "failed"}


@pytest.mark.parametrize(
    ("begun_ago_s", "silent"),
    [
        pytest.param((), {"a", "b"}, id="nobody"),
        pytest.param((7200, 7200), {"a", "b"}, id="others that were there before"),
        pytest.param((100,), {"a"}, id="one for two"),
        pytest.param((100, 200), set(), id="one for each"),
    ],
)
def test_a_silent_worker_is_left_out_once_another_took_its_place(
    client: Client, store: Store, begun_ago_s: tuple[float, ...], silent: set[str]
):
    newcomers = [word(worker=f"new{number}", started_at=ago(begun)) for number, begun in enumerate(begun_ago_s)]
    told(store, word(worker="a", ago_s=900), word(worker="b", ago_s=600), *newcomers, word("sink", worker="other"))

    assert {worker for worker, state in states(client).items() if state == "silent"} == silent


def test_the_dead_are_shown_for_a_day_unless_nobody_else_does_their_work(client: Client, store: Store):
    alone = word("notify", ago_s=3 * 86_400)
    told(store, word(worker="dead", ago_s=90_000), word(worker="well"), alone)

    assert states(client) == {"well": "working", "notify@host:8301": "silent"}


def test_lag_is_told_by_agent_and_partition_and_each_worker_counts_its_own(client: Client, store: Store):
    lags = (
        Lag(agent="enrich", topic="signal.events.v1", partition=0, records=5),
        Lag(agent="enrich", topic="signal.events.v1", partition=1, records=9),
    )
    told(store, word(lags=lags), word("canary", lags=lags))

    own = client.query("SELECT agent, lag, lag_max FROM workers ORDER BY agent").result_rows
    by_partition = client.query("SELECT agent, partition, max(records) FROM worker_lags GROUP BY ALL ORDER BY ALL")

    assert own == [("canary", 0, 0), ("enrich", 14, 9)]
    assert by_partition.result_rows == [("enrich", 0, 5), ("enrich", 1, 9)]
