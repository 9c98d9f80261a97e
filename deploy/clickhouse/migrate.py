"""Bring the database to what this program expects: numbered files once each, in order, then retention.

Guarantee: every statement may run again, so a migration that broke half-way is run once more from its start, and
two migrators at once end in the same place. A file that was applied is never edited: its fingerprint is checked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from itertools import zip_longest

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.errors import ProvisionError, StoreError
from schemas.settings import Settings
from schemas.units import Duration
from streams.store import connect, mapped

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_END = re.compile(r";[ ]*$", re.MULTILINE)
_CLUSTER_ONLY = "-- cluster only\n"
_NEVER_GIVEN = frozenset(range(13, 20))  # numbers that no released file needs to have
_LONGEST = Duration(6 * 3600)  # a migration that copies years of rows takes minutes, and is not an insert


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file: its fingerprint as it lies in the folder, its statements filled in for this server."""

    number: int
    file: str
    sha256: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """One line of schema_migrations."""

    number: int
    file: str
    sha256: str
    applied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long one raw table keeps its rows, in days from `stored_at`; 0 is for ever."""

    table: str
    days: int


def render(settings: Settings, cluster: bool) -> list[Migration]:
    """The numbered files in order, for one server or for a cluster."""
    values = _values(settings, cluster)
    found = sorted(
        (entry for entry in (files("deploy.clickhouse") / "migrations").iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    migrations = []
    for entry in found:
        source = entry.read_text(encoding="utf-8")
        migrations.append(
            Migration(
                number=int(entry.name.split("_")[0]),
                file=entry.name,
                sha256=sha256(source.encode()).hexdigest(),
                statements=_statements(source, values),
            )
        )
    return migrations


def script(settings: Settings, cluster: bool) -> str:
    """All that `migrate` would run on an empty server, as one SQL text."""
    parts = [f"{statement};" for statement in _ledger(settings, cluster)]
    for migration in render(settings, cluster):
        parts.append(f"-- {migration.file}")
        parts.extend(f"{statement};" for statement in migration.statements)
    parts.append("-- retention")
    parts.extend(f"{_keep(kept, settings, cluster)};" for kept in retention(settings) if kept.days)
    return "\n\n".join(parts) + "\n"


def migrate(settings: Settings) -> list[Migration]:
    """Apply what is missing on the server of `settings.clickhouse.url`; which migrations these were.

    Raises:
        ProvisionError: the database and the files do not belong together, or a statement failed.
        StoreError: the server does not answer or does not let us in.
    """
    patient = msgspec.structs.replace(settings.clickhouse, insert_timeout=_LONGEST)
    client = connect(patient, database="default")  # ours may not be there yet
    try:
        return apply(client, settings)
    finally:
        client.close()


def apply(client: Client, settings: Settings) -> list[Migration]:
    """Apply what is missing through this client. Raises as `migrate` does."""
    cluster = bool(settings.clickhouse.cluster)
    for statement in _ledger(settings, cluster):
        _run(client, statement, "ledger.sql")
    known = render(settings, cluster)
    missing = pending(known, applied(client, settings))
    for migration in missing:
        for statement in migration.statements:
            _run(client, statement, migration.file)
        _run(
            client,
            f"INSERT INTO {settings.clickhouse.database}.schema_migrations (number, name, sha256) "
            f"VALUES ({migration.number}, '{migration.file}', '{migration.sha256}')",
            migration.file,
        )
    for statement in _changed_retention(client, settings, cluster):
        _run(client, statement, "retention")
    return missing


def applied(client: Client, settings: Settings) -> list[Applied]:
    """What the database says was applied, by number; nothing when it has never been migrated."""
    database = settings.clickhouse.database
    with mapped(f"{database}.schema_migrations"):
        if not client.command(f"EXISTS TABLE {database}.schema_migrations"):
            return []
        rows = client.query(
            f"SELECT number, name, sha256, applied_at FROM {database}.schema_migrations FINAL ORDER BY number"
        ).result_rows
    return [Applied(number=row[0], file=row[1], sha256=row[2], applied_at=row[3]) for row in rows]


def pending(known: Sequence[Migration], done: Sequence[Applied]) -> list[Migration]:
    """The migrations still to apply.

    Raises:
        ProvisionError: a file changed after it was applied, one was skipped, or the database is newer.
    """
    by_number = {migration.number: migration for migration in known}
    numbers = sorted(by_number)
    missing = set(range(1, max(numbers, default=0))) - _NEVER_GIVEN - set(numbers)
    if missing or len(numbers) != len(known):
        raise ProvisionError(
            "the migrations of this program are not numbered from 1 without gaps",
            where="deploy/clickhouse/migrations",
            fix="Install Vigie again",
        )
    for position, entry in zip_longest(numbers[: len(done)], done):
        migration = by_number.get(entry.number)
        if migration is None:
            raise ProvisionError(
                f"the database is newer than this program: it has migration {entry.file}, known are {len(known)}",
                where="schema_migrations",
                fix="Run the version of Vigie that applied it, or a newer one",
            )
        if entry.number != position:
            raise ProvisionError(
                f"migration {by_number[position].file} was skipped: {entry.file} is applied and it is not",
                where="schema_migrations",
                fix=f"Run the statements of `vigie migrate --print` under {by_number[position].file} by hand, add its "
                "line to schema_migrations, and migrate again",
            )
        if entry.sha256 != migration.sha256:
            raise ProvisionError(
                f"migration {migration.file} has changed since it was applied on {entry.applied_at:%Y-%m-%d %H:%M} UTC",
                where="deploy/clickhouse/migrations",
                fix="Restore the file as it was released and put the change into a new migration",
            )
    return list(known[len(done) :])


def retention(settings: Settings) -> tuple[Retention, ...]:
    """What is kept how long, counted from the day ClickHouse took it: a replayed archive is old, but new here."""
    days = settings.retention
    return (
        Retention(table="raw_events", days=days.events_days),
        Retention(table="raw_conversations", days=days.conversations_days),
        Retention(table="raw_turns", days=days.conversations_days),
        Retention(table="raw_alerts", days=days.alerts_days),
        Retention(table="raw_deliveries", days=days.deliveries_days),
        Retention(table="raw_actions", days=days.conversations_days),
        Retention(table="events_by_time", days=days.events_days),
        Retention(table="raw_dead_letters", days=days.dead_letters_days),
        Retention(table="raw_letter_decisions", days=days.dead_letters_days),
        Retention(table="raw_canaries", days=days.dead_letters_days),  # what an operator looks at, as those are
    )


def _changed_retention(client: Client, settings: Settings, cluster: bool) -> list[str]:
    """The statements for tables that keep longer or shorter than the settings say: changing a TTL rewrites parts."""
    suffix = _values(settings, cluster)["local"]
    with mapped(f"database {settings.clickhouse.database}"):
        rows = client.query(
            "SELECT name, engine_full FROM system.tables WHERE database = {database:String}",
            parameters={"database": settings.clickhouse.database},
        ).result_rows
    engines = {str(name): str(engine) for name, engine in rows}
    statements = []
    for kept in retention(settings):
        engine = engines[kept.table + suffix]
        if f" TTL {_expiry(kept.days)} " not in engine if kept.days else " TTL " in engine:
            statements.append(_keep(kept, settings, cluster))
    return statements


def _keep(kept: Retention, settings: Settings, cluster: bool) -> str:
    values = _values(settings, cluster)
    change = f"MODIFY TTL {_expiry(kept.days)}" if kept.days else "REMOVE TTL"
    return f"ALTER TABLE {values['database']}.{kept.table}{values['local']}{values['on_cluster']} {change}"


def _expiry(days: int) -> str:
    return f"toDateTime(stored_at) + toIntervalDay({days})"  # as system.tables prints it, to be compared


def _ledger(settings: Settings, cluster: bool) -> tuple[str, ...]:
    source = (files("deploy.clickhouse") / "ledger.sql").read_text(encoding="utf-8")
    return _statements(source, _values(settings, cluster))


def _values(settings: Settings, cluster: bool) -> Mapping[str, str]:
    database, name = settings.clickhouse.database, settings.clickhouse.cluster or "{cluster}"  # the server's own macro
    return {
        "database": database,
        "cluster": name,
        "on_cluster": f" ON CLUSTER '{name}'" if cluster else "",
        "local": "_local" if cluster else "",
        "global": "GLOBAL "
        if cluster
        else "",  # a set is made once and sent to every shard; on one server that is slower
        "replicated": "Replicated" if cluster else "",
        "replica": "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}', " if cluster else "",
        "everywhere": "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', " if cluster else "",
        "deduplication": "replicated_deduplication_window" if cluster else "non_replicated_deduplication_window",
    }


def _statements(source: str, values: Mapping[str, str]) -> tuple[str, ...]:
    cluster = bool(values["on_cluster"])
    parts = [part.strip() for part in _END.split(source)]
    chosen = (part.removeprefix(_CLUSTER_ONLY) for part in parts if cluster or not part.startswith(_CLUSTER_ONLY))
    return tuple(_PLACEHOLDER.sub(lambda found: values[found.group(1)], part) for part in chosen if part)


def _run(client: Client, statement: str, file: str) -> None:
    try:
        with mapped(file):
            client.command(statement)
    except StoreError as error:
        raise ProvisionError(
            error.what, where=file, fix=error.fix or "Correct the cause and run `vigie migrate` again"
        ) from error
