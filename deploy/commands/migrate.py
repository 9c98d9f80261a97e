"""`vigie migrate`: make the tables and views, or show what would make them."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.environment import load_settings


def run(
    show: Annotated[bool, typer.Option("--print", help="Print the SQL and touch nothing.")] = False,
    cluster: Annotated[bool, typer.Option("--cluster", help="With --print: the variant for a cluster.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Say what is applied and what is not.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Bring the database up to date; running it again changes nothing."""
    from deploy.clickhouse import migrate
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    settings = load_settings()
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
    for migration in migrate.render(settings, bool(clickhouse.cluster)):
        entry = done.get(migration.number)
        print(
            f"{migration.file:32} " + (f"applied {entry.applied_at:%Y-%m-%d %H:%M:%S} UTC" if entry else "not applied")
        )
