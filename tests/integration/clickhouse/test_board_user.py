"""What the board user may do on the embedded engine: read the views, within limits, and nothing else."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from deploy.alerts.reading import alert
from deploy.clickhouse.migrate import migrate
from deploy.clickhouse.users import ROLES, statements
from deploy.clickhouse.views import views
from deploy.report import weeks
from deploy.report.figures import figures
from deploy.viewer.store import Asker
from schemas.settings import ClickHouse, Settings
from schemas.tables import TABLES
from schemas.units import Secret
from streams.store import connect
from tests.support.clickhouse import start, stop

pytestmark = pytest.mark.integration

PASSWORD = "a board of the test"
NOTHING = {"60", "62", "81", "164", "452", "497", "636", "701"}  # unknown, syntax, readonly, constraint, denied


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The board user of a migrated database that holds one event, beside a database of somebody else."""
    shown = [f"--view=vigie.{view}" for view in views(Settings())]
    user = f"vigie_board:{hashlib.sha256(PASSWORD.encode()).hexdigest()}:views"
    running = start(tmp_path_factory.mktemp("board"), "--user", user, *shown, "--reader-max-seconds", "2")
    settings = Settings(clickhouse=ClickHouse(url=running.url.rstrip("/")))
    migrate(settings)
    owner = connect(settings.clickhouse)
    owner.command(
        "INSERT INTO raw_events (event_id, network, conversation_id, author_role, text, created_at, version)"
        " VALUES ('x:1', 'x', 'x:1', 'customer', 'my lid', now(), 1)"
    )
    owner.command("CREATE DATABASE secret")
    owner.command("CREATE TABLE secret.salaries (a Int8) ENGINE = MergeTree ORDER BY a")
    owner.command("INSERT INTO secret.salaries VALUES (1)")
    owner.close()
    with httpx.Client(base_url=running.url, timeout=30, auth=("vigie_board", PASSWORD)) as http:
        yield http
    stop(running)


def asked(board: httpx.Client, sql: str, **settings: str) -> httpx.Response:
    return board.post("/", content=sql, params={"database": "vigie", **settings})


@pytest.mark.parametrize("view", views(Settings()))
def test_every_view_can_be_read(board: httpx.Client, view: str):
    period = (
        "(since = now() - INTERVAL 1 DAY, until = now())"
        if view in ("response_turns_between", "response_times")
        else ""
    )

    answer = asked(board, f"SELECT count() FROM {view}{period}")

    assert answer.status_code == 200, answer.text


def test_a_view_shows_what_is_stored(board: httpx.Client):
    assert asked(board, "SELECT text FROM events").text == "my lid\n"


def test_what_runs_as_the_board_user_is_answered(board: httpx.Client):
    as_board = ClickHouse(url=str(board.base_url).rstrip("/"), user="vigie_board", password=Secret(PASSWORD))
    client, now = connect(as_board), datetime.now(UTC)
    try:
        assert alert(client, "none of this id") is None  # vigie actions
        week = weeks.last_whole(now, ZoneInfo("UTC"))
        assert figures(client, week, brand="", now=now).week == week  # vigie report
    finally:
        client.close()

    async def shown() -> object:
        asker = Asker(lambda: as_board)  # vigie board
        try:
            return (await asker.ask("SELECT text FROM events")).data
        finally:
            await asker.close()

    assert asyncio.run(shown()) == [["my lid"]]


def test_nothing_but_the_views_can_be_seen(board: httpx.Client):
    assert sorted(asked(board, "SELECT name FROM system.tables WHERE database != 'system'").text.split()) == sorted(
        views(Settings())
    )
    assert asked(board, "SHOW DATABASES").text == "vigie\n"


@pytest.mark.parametrize(
    "sql",
    [
        *(f"SELECT count() FROM {table.name}" for table in TABLES),
        "SELECT count() FROM events_by_time",
        "SELECT count() FROM schema_migrations",
        "SELECT * FROM secret.salaries",
        "SELECT * FROM view(SELECT * FROM raw_events)",
        "SELECT * FROM merge('vigie', '^raw_')",
        "SELECT * FROM merge('secret', '.*')",
        "DESCRIBE raw_events",
        "EXPLAIN SELECT * FROM raw_events",
        "SELECT hasColumnInTable('vigie', 'raw_events', 'text')",
        "SELECT * FROM system.query_log",
        "SELECT * FROM system.text_log",
        "SELECT * FROM system.users",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT file('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM s3('http://127.0.0.1:1/x.csv')",
        "SELECT * FROM remote('127.0.0.1:9000', 'vigie', 'raw_events')",
        "SELECT * FROM cluster('default', 'vigie', 'raw_events')",
        "INSERT INTO raw_events (event_id) VALUES ('x:2')",
        "INSERT INTO FUNCTION file('/tmp/stolen', 'CSV', 'a String') SELECT text FROM events",
        "CREATE TABLE mine (a Int8) ENGINE = Memory",
        "CREATE VIEW mine AS SELECT * FROM raw_events",
        "CREATE OR REPLACE VIEW events AS SELECT 1",
        "ALTER TABLE events MODIFY SQL SECURITY INVOKER",
        "ALTER TABLE raw_events UPDATE text = '' WHERE 1",
        "ALTER TABLE raw_events DELETE WHERE 1",
        "DROP VIEW events",
        "TRUNCATE TABLE raw_events",
        "GRANT ALL ON *.* TO default",
        "SET ROLE owner",
        "SET ROLE reader",
        "SET max_execution_time = 0",
        "SET max_result_rows = 0",
        "SELECT 1 SETTINGS max_result_rows = 2000000",
        "SELECT 1 SETTINGS result_overflow_mode = 'break'",
        "SELECT 1 SETTINGS max_memory_usage = 0",
        "SELECT 1 SETTINGS max_execution_time = 3",
        "SYSTEM SHUTDOWN",
        "KILL QUERY WHERE 1",
        "BACKUP TABLE events TO File('/tmp/stolen')",
    ],
)
def test_nothing_else_is_allowed(board: httpx.Client, sql: str):
    answer = asked(board, sql)

    assert answer.headers.get("X-ClickHouse-Exception-Code") in NOTHING, answer.text
    assert "my lid" not in answer.text
    assert "root:" not in answer.text


def test_what_others_run_and_where_is_hidden(board: httpx.Client):
    for table in ("processes", "disks", "server_settings", "errors", "parts", "merges", "clusters"):
        answer = asked(board, f"SELECT count() FROM system.{table}")
        assert answer.text == "0\n" or answer.headers["X-ClickHouse-Exception-Code"] in NOTHING, table


def test_a_query_that_takes_too_long_is_ended(board: httpx.Client):
    began = time.monotonic()

    answer = asked(board, "SELECT sum(cityHash64(number)) FROM numbers(1000000000000)")

    assert answer.headers["X-ClickHouse-Exception-Code"] == "159"
    assert time.monotonic() - began < 10


def test_a_query_through_a_view_that_takes_too_long_is_ended(board: httpx.Client):
    answer = asked(board, "SELECT text, sleepEachRow(3) FROM events")

    assert answer.headers["X-ClickHouse-Exception-Code"] == "159"


def test_a_result_with_too_many_rows_is_refused(board: httpx.Client):
    answer = asked(board, "SELECT number FROM numbers(3000000)", wait_end_of_query="1")

    assert answer.headers["X-ClickHouse-Exception-Code"] == "396"


@pytest.mark.parametrize("cluster", [False, True])
def test_the_users_of_a_server_are_sql_that_the_engine_can_read(board: httpx.Client, cluster: bool):
    """It has no storage for users, so that it runs them is proved on a server only."""
    for one in statements(Settings(), cluster, dict.fromkeys(ROLES, Secret(PASSWORD))):
        answer = board.post("/", content="SELECT formatQuery({q:String})", params={"param_q": one.sent})
        assert answer.status_code == 200, answer.text


def test_what_grafana_sets_with_every_query_is_allowed(board: httpx.Client):
    assert asked(board, "SELECT 1", max_execution_time="2").text == "1\n"
