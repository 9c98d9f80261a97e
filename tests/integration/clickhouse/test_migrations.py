"""Migrations on the engine."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import msgspec
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.clickhouse.migrate import applied, apply, migrate, render, script
from schemas.errors import ProvisionError
from schemas.settings import Retention, Settings
from schemas.tables import TABLES
from streams.store import connect

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(fresh: Settings) -> Settings:
    """A database of this test alone, which changes its tables."""
    return fresh


FILLED_BY_CLICKHOUSE = ["stored_at"]


def ttl_of(settings: Settings, table: str) -> str:
    client = connect(settings.clickhouse)
    try:
        engine = str(
            client.command(
                f"SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = '{table}'"
            )
        )
    finally:
        client.close()
    return engine.partition("TTL ")[2].partition(" SETTINGS")[0]


def keep(settings: Settings, days: int) -> Settings:
    return msgspec.structs.replace(settings, retention=Retention(events_days=days))


def test_migrations_are_applied_once_in_order(empty: Settings):
    assert [one.number for one in migrate(empty)] == [one.number for one in render(empty, False)]
    assert migrate(empty) == []


def test_a_file_edited_after_it_was_applied_stops_the_next_run(settings: Settings, client: Client):
    client.command("INSERT INTO schema_migrations (number, name, sha256) VALUES (2, '0002_conversations.sql', 'old')")

    with pytest.raises(ProvisionError, match=r"0002_conversations\.sql has changed since it was applied"):
        migrate(settings)


def test_a_database_of_a_newer_program_is_left_alone(settings: Settings, client: Client):
    client.command("INSERT INTO schema_migrations (number, name, sha256) VALUES (99, '0099_later.sql', 'x')")

    with pytest.raises(ProvisionError, match="newer than this program"):
        migrate(settings)


def test_two_migrators_at_once_end_in_the_same_place(empty: Settings):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [empty] * 4))

    client = connect(empty.clickhouse)
    lines = client.command("SELECT count() FROM schema_migrations FINAL")
    client.close()
    assert lines == len(render(empty, False))
    assert migrate(empty) == []


def test_retention_follows_its_setting_and_zero_takes_it_away(empty: Settings):
    seen = []
    for days in (30, 30, 7, 0, 0, 90):
        migrate(keep(empty, days))
        seen.append(ttl_of(empty, "raw_events"))

    kept = "toDateTime(stored_at) + toIntervalDay({})"
    assert seen == [kept.format(30), kept.format(30), kept.format(7), "", "", kept.format(90)]


class Breaks:
    """A client whose server refuses one statement."""

    def __init__(self, client: Client, at: str) -> None:
        self.client = client
        self.query = client.query
        self._at = at

    def command(self, statement: str) -> Any:
        if self._at in statement:
            raise DatabaseError("Code: 1. DB::Exception: no (UNSUPPORTED_METHOD)", code=1, name="UNSUPPORTED_METHOD")
        return self.client.command(statement)


def test_a_run_that_broke_half_way_says_where_and_is_finished_by_the_next(empty: Settings):
    client = connect(empty.clickhouse, database="default")

    with pytest.raises(ProvisionError, match=r"0003_turns\.sql: ClickHouse refuses"):
        apply(cast(Client, Breaks(client, ".response_turns")), empty)

    assert [entry.number for entry in applied(client, empty)] == [1, 2]
    assert [one.number for one in migrate(empty)] == [one.number for one in render(empty, False)][2:]
    client.close()


def test_rows_stored_by_the_version_before_read_right_after_it_was_replaced(empty: Settings):
    """A database at migration 5 holds rows and goes on to the present, while a worker of before still inserts."""
    client = connect(empty.clickhouse, database="default")
    with pytest.raises(ProvisionError):
        apply(cast(Client, Breaks(client, "raw_conversations ADD COLUMN")), empty)
    database = empty.clickhouse.database
    turn = (
        f"INSERT INTO {database}.raw_turns (conversation_id, turn, network, state, started_at, answered_at,"
        " waited_seconds, policy, version) VALUES ('x:1', {}, 'x', 'answered', '2026-03-02 09:00:00',"
        " '2026-03-02 09:01:00', 60, 'default', 1)"
    )
    event = (
        f"INSERT INTO {database}.raw_events (event_id, network, conversation_id, author_role, created_at, version)"
        " VALUES ('x:{}', 'x', 'x:1', 'customer', '2026-03-02 09:00:00', 1)"
    )
    waits = (
        f"INSERT INTO {database}.raw_turns (conversation_id, turn, state, started_at, due_at, version)"
        " VALUES ('x:2', 2, 'waiting', '2026-03-02 09:00:00', '2026-03-02 10:00:00', 1)",
        f"INSERT INTO {database}.raw_conversations (conversation_id, state, last_customer_text, turns, version)"
        " VALUES ('x:2', 'waiting', 'Anyone?', 2, 1), ('x:3', 'answered', '', 1, 1)",
    )
    said = f"INSERT INTO {database}.raw_alerts (alert_id, level) VALUES ('x:1:1:breach', 'breach')"
    for statement in (turn.format(1), turn.format(2), event.format(1), *waits, said):
        client.command(statement)

    migrate(empty)
    for statement in (turn.format(3), event.format(2)):
        client.command(statement)

    turns = f"SELECT turn, thread, is_first, outcome, policy FROM {database}.response_turns "
    turns += "WHERE conversation_id = 'x:1' ORDER BY turn"
    assert client.query(turns).result_rows == [
        (1, 1, True, "answered", "default"),
        (2, 1, False, "answered", "default"),
        (3, 1, False, "answered", "default"),
    ]
    assert client.query(f"SELECT event_id FROM {database}.event_findings ORDER BY ALL").result_rows == [
        ("x:1",),
        ("x:2",),
    ]
    waiting = (
        f"SELECT turn, toString(waiting_since), toString(due_at), last_customer_text FROM {database}.waiting_customers"
    )
    assert client.query(waiting).result_rows == [(2, "2026-03-02 09:00:00.000", "2026-03-02 10:00:00.000", "Anyone?")]
    assert client.query(f"SELECT level, step, addressee, value FROM {database}.alerts").result_rows == [
        ("breach", 1, "", None)
    ]
    client.close()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_sink_writes_the_columns_that_the_server_has(client: Client, table):
    rows = client.query(
        "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
        "ORDER BY position",
        parameters={"table": table.name},
    ).result_rows

    assert [tuple(row) for row in rows if row[0] not in FILLED_BY_CLICKHOUSE] == list(table.columns)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_of_one_thing_meet_by_the_key_and_version_that_the_code_knows(client: Client, table):
    engine, sorting_key = client.query(
        "SELECT engine_full, sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {t:String}",
        parameters={"t": table.name},
    ).first_row

    assert sorting_key == ", ".join(table.key)
    assert engine.startswith(f"ReplacingMergeTree({table.version}")
    assert "non_replicated_deduplication_window = 1000" in engine


def test_every_table_view_and_column_has_a_comment(client: Client):
    bare = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = '' UNION ALL "
        "SELECT concat(table, '.', name) FROM system.columns WHERE database = currentDatabase() AND comment = '' "
        "AND table NOT IN ('events_by_time_feed', 'events_by_time_sweep')"  # nobody reads what only writes
    ).result_rows

    assert bare == []


def test_a_view_says_of_a_column_what_its_table_says(client: Client):
    different = client.query(
        "SELECT view.table, view.name FROM system.columns AS view INNER JOIN system.columns AS raw "
        "ON view.database = raw.database AND view.name = raw.name "
        "WHERE view.database = currentDatabase() AND (view.comment, view.type) != (raw.comment, raw.type) "
        "AND (raw.table, view.table) IN {pairs:Array(Tuple(String, String))}",
        parameters={"pairs": [(table.name, table.view) for table in TABLES]},
    ).result_rows

    assert different == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_view_returns_the_types_that_it_declares(client: Client, table):
    declared = client.query(f"DESCRIBE TABLE {table.view}").result_rows
    returned = client.query(f"DESCRIBE (SELECT * FROM {table.view})").result_rows

    assert [row[:2] for row in returned] == [row[:2] for row in declared]


def test_the_cluster_variant_is_sql_that_the_engine_can_read(client: Client):
    for statement in script(Settings(), True).split(";\n"):
        if statement.strip():
            quoted = statement.replace("\\", "\\\\").replace(
                "'", "\\'"
            )  # as a parameter it would be too long for an address
            client.command(f"SELECT formatQuery('{quoted}')")
