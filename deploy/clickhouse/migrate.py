"""Bring the database to what this program expects: numbered files once each, in order, then retention and terms of use.

Guarantee: every statement may run again, so a migration that broke half-way is run once more from its start, and
two migrators at once end in the same place. A file that was applied is never edited: its fingerprint is checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from clickhouse_connect.driver.client import Client

from deploy import terms
from deploy.clickhouse.files import Migration, ledger, render, values
from deploy.clickhouse.terms import CONTENT, changes
from deploy.clickhouse.users import Statement
from deploy.clickhouse.views import owned, views
from schemas.errors import ProvisionError, StoreError
from schemas.settings import Settings
from schemas.units import Duration
from streams.store import connect, mapped

_LONGEST = Duration(6 * 3600)  # a migration that copies years of rows takes minutes, and is not an insert


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


def script(settings: Settings, cluster: bool) -> str:
    """All that `migrate` would run on an empty server, as one SQL text."""
    parts = [f"{statement};" for statement in ledger(settings, cluster)]
    for migration in render(settings, cluster):
        parts.append(f"-- {migration.file}")
        parts.extend(f"{statement};" for statement in migration.statements)
    parts.append("-- retention")
    parts.extend(f"{_keep(kept, settings, cluster)};" for kept in retention(settings) if kept.days)
    parts.append("-- views read in the name of who migrates")
    parts.extend(f"{statement};" for statement in _definers(settings, cluster, created={}))
    parts.append("-- terms of use")
    parts.extend(f"{statement};" for statement in _terms(settings, cluster, created={}))
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
    for statement in ledger(settings, cluster):
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
    created = _created(client, settings)
    for statement in _definers(settings, cluster, created=created):
        _run(client, statement, "views")
    for statement in _terms(settings, cluster, created=created):
        _run(client, statement, "terms of use")
    return missing


def make_users(client: Client, users: Sequence[Statement]) -> None:
    """Make users, or bring them up to date.

    Raises:
        ProvisionError: the server refuses; what it says is not shown, since it can quote a hash.
    """
    for one in users:
        try:
            with mapped("users of ClickHouse", detail=False):
                client.command(one.sent)
        except StoreError as error:
            raise ProvisionError(
                error.what, where=one.shown, fix="Migrate as a user who may make users (access_management)."
            ) from None


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
    if sorted(by_number) != list(range(1, len(known) + 1)):
        raise ProvisionError(
            "the migrations of this program are not numbered from 1 without gaps",
            where="deploy/clickhouse/migrations",
            fix="Install Vigie again",
        )
    for position, entry in enumerate(done, start=1):
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
        Retention(table="raw_worker_states", days=days.workers_days),
    )


def _changed_retention(client: Client, settings: Settings, cluster: bool) -> list[str]:
    """The statements for tables that keep longer or shorter than the settings say: changing a TTL rewrites parts."""
    suffix = values(settings, cluster)["local"]
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


def _definers(settings: Settings, cluster: bool, *, created: Mapping[str, str]) -> list[str]:
    """The statements for views that ask their reader for rights on raw tables."""
    on_cluster = values(settings, cluster)["on_cluster"]
    return [
        owned(settings, view, on_cluster)
        for view in views(settings)
        if "SQL SECURITY DEFINER" not in created.get(view, "")
    ]


def _terms(settings: Settings, cluster: bool, *, created: Mapping[str, str]) -> list[str]:
    """The statements for columns that hold content longer or shorter than its network's terms say.

    Args:
        created: the CREATE statement of each table as it is.
    """
    filled, allowed = values(settings, cluster), terms.of(settings)
    statements = []
    for content in CONTENT:
        table = content.table + filled["local"]
        found = changes(content, allowed, created=created.get(table, ""))
        if found:
            statements.append(f"ALTER TABLE {filled['database']}.{table}{filled['on_cluster']} {', '.join(found)}")
    return statements


def _created(client: Client, settings: Settings) -> dict[str, str]:
    with mapped(f"database {settings.clickhouse.database}"):
        rows = client.query(
            "SELECT name, create_table_query FROM system.tables WHERE database = {database:String}",
            parameters={"database": settings.clickhouse.database},
        ).result_rows
    return {str(name): str(statement) for name, statement in rows}


def _keep(kept: Retention, settings: Settings, cluster: bool) -> str:
    filled = values(settings, cluster)
    change = f"MODIFY TTL {_expiry(kept.days)}" if kept.days else "REMOVE TTL"
    return f"ALTER TABLE {filled['database']}.{kept.table}{filled['local']}{filled['on_cluster']} {change}"


def _expiry(days: int) -> str:
    return f"toDateTime(stored_at) + toIntervalDay({days})"  # as system.tables prints it, to be compared


def _run(client: Client, statement: str, file: str) -> None:
    try:
        with mapped(file):
            client.command(statement)
    except StoreError as error:
        raise ProvisionError(
            error.what, where=file, fix=error.fix or "Correct the cause and run `vigie migrate` again"
        ) from error
