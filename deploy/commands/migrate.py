"""`vigie migrate`: make the tables and views, or show what would make them."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.units import Secret


def run(
    show: Annotated[bool, typer.Option("--print", help="Print the SQL and touch nothing.")] = False,
    cluster: Annotated[bool, typer.Option("--cluster", help="With --print: the variant for a cluster.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Say what is applied and what is not.")] = False,
    users: Annotated[
        bool, typer.Option("--users", help="Make the users whose passwords are set, with their rights and limits.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Bring the database up to date; running it again changes nothing."""
    from deploy.clickhouse import migrate
    from deploy.clickhouse.files import render
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    settings = load_settings()
    if users:
        _users(settings, show=show, cluster=cluster or bool(settings.clickhouse.cluster))
        return
    if show:
        print(migrate.script(settings, cluster or bool(settings.clickhouse.cluster)), end="")
        return
    if cluster:
        raise typer.BadParameter(
            "goes with --print; to migrate a cluster, set clickhouse.cluster", param_hint="--cluster"
        )
    with reach(settings, data_dir, create=not status) as clickhouse:
        settings = msgspec.structs.replace(settings, clickhouse=clickhouse)
        if not status:
            applied = migrate.migrate(settings)
            print("\n".join(f"{migration.file} applied" for migration in applied) or "Up to date.")
            return
        client = connect(clickhouse, database="default")
        try:
            done = {entry.number: entry for entry in migrate.applied(client, settings)}
        finally:
            client.close()
    for migration in render(settings, bool(clickhouse.cluster)):
        entry = done.get(migration.number)
        print(
            f"{migration.file:32} " + (f"applied {entry.applied_at:%Y-%m-%d %H:%M:%S} UTC" if entry else "not applied")
        )


def _users(settings: Settings, *, show: bool, cluster: bool) -> None:
    from deploy.clickhouse import migrate, users
    from streams.store import connect

    given = users.passwords(settings.clickhouse)
    if show:
        every = given or dict.fromkeys(users.ROLES, Secret("x" * users.MIN_PASSWORD_CHARS))
        print("\n\n".join(f"{one.shown};" for one in users.statements(settings, cluster, every)))
        return
    if not settings.clickhouse.url:
        raise ConfigError(
            "the embedded ClickHouse knows its users when it starts, and keeps none",
            where="vigie migrate --users",
            fix="Set VIGIE_CLICKHOUSE__BOARD_PASSWORD and VIGIE_CLICKHOUSE__PASSWORD: `vigie up` starts it with them.",
        )
    if not given:
        raise ConfigError(
            "no password is set",
            where="vigie migrate --users",
            fix="Set VIGIE_CLICKHOUSE__INGEST_PASSWORD, …__BOARD_PASSWORD, …__CANARY_PASSWORD or …__ADMIN_PASSWORD.",
        )
    made = users.statements(settings, cluster, given)
    client = connect(settings.clickhouse, database="default")
    try:
        migrate.make_users(client, made)
    finally:
        client.close()
    print("\n".join(f"{users.user_name(role)} may do what its role says" for role in given))
