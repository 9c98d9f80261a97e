"""`vigie restore DIR`: a backup, into an empty database; `--from-kafka`: what Kafka still holds, read again."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError
from schemas.settings import Settings


def run(
    folder: Annotated[Path | None, typer.Argument(help="The folder of a backup.", show_default=False)] = None,
    from_kafka: Annotated[
        bool, typer.Option("--from-kafka", help="Let the sink read again all that Kafka holds; it must not run.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Make the tables, fill them, and see that every row is there. No worker may write meanwhile."""
    from deploy.clickhouse.backup import read, restore
    from deploy.clickhouse.migrate import migrate
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    settings = load_settings()
    if (folder is None) is not from_kafka:
        raise ConfigError(
            "name the folder of a backup, or --from-kafka", where="vigie restore", fix="Name one of both."
        )
    if from_kafka:
        _rewind(settings, data_dir)
        return
    assert folder is not None
    read(folder)  # before anything is made
    with reach(settings, data_dir, create=True) as clickhouse:
        settings = msgspec.structs.replace(settings, clickhouse=clickhouse)
        migrate(settings)
        client = connect(clickhouse)
        try:
            found = restore(client, settings, folder, say=print)
        finally:
            client.close()
    print(f"{sum(part.rows for part in found.parts):,} rows are back")


def _rewind(settings: Settings, data_dir: Path | None) -> None:
    from deploy.clickhouse.migrate import migrate
    from deploy.clickhouse.reach import reach
    from deploy.topics import rewind
    from streams.app import group_id

    if not settings.kafka.bootstrap:
        raise ConfigError(
            "no broker is set", where="VIGIE_KAFKA", fix="Name it: the embedded broker keeps nothing to read again."
        )
    with reach(settings, data_dir, create=True) as clickhouse:
        migrate(msgspec.structs.replace(settings, clickhouse=clickhouse))
    rewind(settings.kafka, group_id("sink"))
    print("the sink is set back to the first record that Kafka holds: start it, and it stores all of it again")
