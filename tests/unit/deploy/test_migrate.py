"""Migrations as text and as decisions: nothing here talks to a server."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from deploy.clickhouse.migrate import Applied, Migration, pending, render, retention, script
from schemas.errors import ProvisionError
from schemas.settings import ClickHouse, Retention, Settings
from schemas.tables import TABLES

GOLDEN = Path(__file__).parents[2] / "golden"
ROOT = Path(__file__).parents[3]
WRITERS = {"schemas/tables.py", "streams/rows.py", "deploy/clickhouse/migrate.py", "deploy/clickhouse/terms.py"}
WRITERS |= {"deploy/privacy/erasure.py"}


def migration(number: int, sha256: str = "aa") -> Migration:
    return Migration(number=number, file=f"{number:04d}_x.sql", sha256=sha256, statements=("SELECT 1",))


def done(number: int, sha256: str = "aa") -> Applied:
    applied_at = datetime(2026, 3, 2, tzinfo=UTC)
    return Applied(number=number, file=f"{number:04d}_x.sql", sha256=sha256, applied_at=applied_at)


@pytest.mark.parametrize(("name", "cluster"), [("single.sql", False), ("cluster.sql", True)])
def test_the_sql_is_what_was_reviewed(name: str, cluster: bool):
    """`vigie migrate --print [--cluster] > tests/golden/NAME` rewrites it."""
    assert script(Settings(), cluster) == (GOLDEN / name).read_text(encoding="utf-8")


def test_one_server_and_cluster_have_one_fingerprint():
    single, cluster = render(Settings(), False), render(Settings(), True)

    assert [one.sha256 for one in single] == [one.sha256 for one in cluster]


def test_every_placeholder_is_filled():
    for cluster in (False, True):
        assert "{{" not in script(Settings(), cluster)


def test_every_statement_may_run_twice():
    statements = [text for cluster in (False, True) for one in render(Settings(), cluster) for text in one.statements]

    for statement in statements:
        first = next(line for line in statement.splitlines() if line and not line.startswith("--"))
        assert re.match(
            r"CREATE (TABLE|(MATERIALIZED )?VIEW|DATABASE) IF NOT EXISTS |CREATE OR REPLACE "
            r"|ALTER .* IF (NOT )?EXISTS |ALTER .* MODIFY SETTING "
            r"|INSERT INTO \w+\.(events_by_time|raw_conversations)$",  # they collapse what they are given twice
            first,
        )


def test_a_cluster_keeps_replicated_tables_on_every_shard_behind_one_name():
    text = script(Settings(clickhouse=ClickHouse(cluster="social")), True)

    assert (
        text.count("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', ") == 15
    )
    assert text.count("ENGINE = Distributed('social', 'vigie', ") == 15
    assert "raw_turns_local', cityHash64(conversation_id))" in text
    assert "non_replicated_deduplication_window" not in text
    assert all(f"FROM vigie.{table.name} FINAL" in text for table in TABLES)


def test_one_server_has_nothing_of_a_cluster():
    text = script(Settings(), False)

    assert not re.search(r"Distributed|Replicated|_local|ON CLUSTER", text)


def test_retention_of_zero_days_keeps_for_ever():
    text = script(Settings(retention=Retention(events_days=0)), False)

    assert "raw_events MODIFY TTL" not in text
    assert "raw_turns MODIFY TTL" in text


def test_turns_are_kept_as_long_as_their_conversation():
    kept = {one.table: one.days for one in retention(Settings())}

    assert kept["raw_turns"] == kept["raw_conversations"]


def test_what_is_applied_is_not_pending():
    assert pending([migration(1), migration(2), migration(3)], [done(1)]) == [migration(2), migration(3)]


@pytest.mark.parametrize(
    ("known", "applied", "says"),
    [
        pytest.param([migration(1, "bb")], [done(1)], "0001_x.sql has changed since it was applied", id="file edited"),
        pytest.param([migration(1)], [done(1), done(2)], "the database is newer", id="older program"),
        pytest.param([migration(1), migration(2)], [done(2)], "0001_x.sql was skipped", id="one skipped"),
        pytest.param([migration(1), migration(3)], [], "not numbered", id="file missing"),
    ],
)
def test_a_database_and_files_that_do_not_belong_together_stop(
    known: list[Migration], applied: list[Applied], says: str
):
    with pytest.raises(ProvisionError, match=says) as caught:
        pending(known, applied)

    assert caught.value.fix


def readers() -> list[Path]:
    found = [ROOT / "README.md", *ROOT.glob("deploy/**/*")]
    return [
        path
        for path in found
        if path.is_file()
        and path.suffix in {".py", ".sql", ".md", ".json", ".toml", ".yaml"}
        and "migrations" not in path.parts
        and path.relative_to(ROOT).as_posix() not in WRITERS
    ]


def test_nothing_but_the_writer_reads_a_raw_table():
    """A raw table shows copies; only the views show each thing once."""
    raw = re.compile("|".join(rf"\b{name}\b" for name in ("events_by_time", *(table.name for table in TABLES))))

    assert [str(path.relative_to(ROOT)) for path in readers() if raw.search(path.read_text(encoding="utf-8"))] == []


def test_the_scan_for_raw_tables_sees_the_examples():
    assert any(path.name == "examples.sql" for path in readers())
    assert (files("deploy.clickhouse") / "examples.sql").is_file()
