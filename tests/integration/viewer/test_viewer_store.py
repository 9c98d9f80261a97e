"""The board's questions on a real ClickHouse: typed answers, nothing written, limits that hold, honest states."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.clickhouse.migrate import migrate
from deploy.grafana.boards import BOARDS, board
from deploy.processes import Child, free_port, spawn, stop, wait_for_port
from deploy.viewer import store as limits_of
from deploy.viewer.asked import Asked
from deploy.viewer.questions import questions, variable_questions
from deploy.viewer.shown import viewer
from deploy.viewer.store import Answer, Asker, Unanswered
from schemas.settings import ClickHouse, Settings
from schemas.tables import EVENTS
from schemas.units import Secret
from streams.rows import event_row
from streams.store import Store, connect
from tests.support.builders import make_enriched, make_event

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)
INJECTIONS = (
    "' OR 1=1 --",
    "\\' OR 1=1 --",
    "x'; INSERT INTO raw_events SELECT * FROM raw_events; --",
    "') UNION ALL SELECT * FROM system.users --",
    "${brand:singlequote} $__timeFilter(created_at) {x:String} /* ' */",
)


@contextmanager
def engine(folder: Path, port: int) -> Iterator[Child]:
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder / "data"), "--port", str(port)]
    digest = "0" * 64
    child = spawn("clickhouse", [*command, "--user", f"looker:{digest}:readonly"], log=folder / "clickhouse.log")
    try:
        wait_for_port(child, port, timeout_s=30)
        yield child
    finally:
        stop([child], grace_s=5)


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    pytest.importorskip("chdb", reason="the extra `embedded` is not installed")
    port = free_port()
    found = ClickHouse(url=f"http://127.0.0.1:{port}")
    with engine(tmp_path_factory.mktemp("clickhouse"), port):
        migrate(Settings(clickhouse=found))
        rows = [
            event_row(
                make_enriched(make_event(str(number), created_at=NOW - timedelta(minutes=number))),
                published_at=NOW,
                topic="signal.enriched.v1",
                partition=0,
                offset=number,
            )
            for number in range(1, 21)
        ]
        with Store(found) as writer:
            writer.insert(EVENTS, rows, token="viewer")
        yield found


def using(found: ClickHouse | None, use: Callable[[Asker], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        asker = Asker(lambda: found)
        try:
            return await use(asker)
        finally:
            await asker.close()

    return asyncio.run(run())


def ask(found: ClickHouse | None, sql: str) -> Answer:
    return using(found, lambda asker: asker.ask(sql))  # type: ignore[no-any-return]


def state(found: ClickHouse | None, sql: str) -> str:
    with pytest.raises(Unanswered) as refused:
        ask(found, sql)
    return refused.value.state


def test_values_come_with_their_types_times_in_utc_and_numbers_as_numbers(clickhouse: ClickHouse):
    answer = ask(
        clickhouse,
        "SELECT toUInt64(18446744073709551615) AS large, toDateTime64('2026-03-29 03:30:00', 3, 'Europe/Paris') AS at, "
        "nan AS none, CAST(NULL, 'Nullable(String)') AS nothing, '<b>&\"' AS text, toDecimal64(1.5, 2) AS price",
    )

    assert [column.type for column in answer.meta][:2] == ["UInt64", "DateTime64(3, 'Europe/Paris')"]
    ((large, at, none, nothing, text, price),) = answer.data
    assert large == 18446744073709551615
    assert at == "2026-03-29T01:30:00.000Z"
    assert (none, nothing, text, price) == (None, None, '<b>&"', 1.5)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO raw_events SELECT * FROM raw_events",
        "ALTER TABLE raw_events DELETE WHERE 1",
        "DROP VIEW events",
        "CREATE TABLE other (a UInt8) ENGINE = Memory",
        "SELECT 1; DROP TABLE raw_events",
        "SYSTEM FLUSH LOGS",
    ],
)
def test_nothing_can_be_written(clickhouse: ClickHouse, sql: str):
    assert state(clickhouse, sql) == "refused"
    assert ask(clickhouse, "SELECT count() FROM raw_events").data == [[20]]


def test_a_query_that_takes_too_long_is_stopped(clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(limits_of._LIMITS, "max_execution_time", 1)

    assert state(clickhouse, "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)") == "late"


def test_an_answer_has_an_end(clickhouse: ClickHouse):
    answer = ask(clickhouse, "SELECT number FROM numbers(10000000) SETTINGS max_block_size = 1000")

    assert len(answer.data) <= limits_of.MOST_ROWS + 65_536


def test_what_is_not_there_is_said(clickhouse: ClickHouse):
    elsewhere = ClickHouse(url=clickhouse.url, database="nowhere")

    assert state(clickhouse, "SELECT * FROM no_such_view") == "missing"
    assert state(elsewhere, "SELECT * FROM events") == "missing"
    assert state(clickhouse, "SELECT no_such_column FROM events") == "refused"


def test_who_may_not_come_in_is_refused(clickhouse: ClickHouse):
    stranger = ClickHouse(url=clickhouse.url, user="looker", password=Secret("wrong"))

    assert state(stranger, "SELECT 1") == "refused"


@pytest.mark.parametrize("found", [None, ClickHouse(url="http://127.0.0.1:1"), ClickHouse(url="not an address")])
def test_a_store_that_is_not_there_is_unreachable(found: ClickHouse | None):
    assert state(found, "SELECT 1") == "unreachable"


def test_a_store_that_comes_back_is_asked_again(tmp_path: Path):
    port = free_port()
    found = ClickHouse(url=f"http://127.0.0.1:{port}", database="default")

    async def use(asker: Asker) -> list[object]:
        seen: list[object] = []
        for _ in range(2):
            with pytest.raises(Unanswered, match="unreachable"):
                await asker.ask("SELECT 1")
            with engine(tmp_path, port):
                seen.append((await asker.ask("SELECT 1")).data)
        return seen

    assert using(found, use) == [[[1]], [[1]]]


@pytest.mark.parametrize("name", BOARDS)
def test_an_injection_finds_nothing_changes_nothing_and_breaks_nothing(clickhouse: ClickHouse, name: str):
    made = viewer(Settings(), lambda: clickhouse, "en")
    definition = board(name, "en")
    chosen = {one["name"]: INJECTIONS for one in definition["templating"]["list"]}
    asked = Asked(since=NOW - timedelta(days=1), until=NOW, points=100, variables=chosen)

    async def use(asker: Asker) -> list[Answer]:
        found = [*questions(definition), *variable_questions(definition)]
        return [await asker.ask(made.expand(question.sql, asked, 60_000)) for question in found]

    answers = using(clickhouse, use)
    assert not any("The parcel is late" in str(answer.data) for answer in answers)
    client = connect(clickhouse)
    assert client.query("SELECT count() FROM raw_events").result_rows == [(20,)]
    client.close()
