"""`vigie restore DIR`: a backup, into an empty database; `--from-kafka`: what Kafka still holds, read again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from deploy.environment import load_settings
from schemas.brokers import at
from schemas.errors import ConfigError
from schemas.settings import Settings

if TYPE_CHECKING:
    from schemas.forgotten import Forgotten


def run(
    folder: Annotated[Path | None, typer.Argument(help="The folder of a backup.", show_default=False)] = None,
    from_kafka: Annotated[
        bool, typer.Option("--from-kafka", help="Let the sink read again all that Kafka holds; it must not run.")
    ] = False,
    without_list: Annotated[
        bool,
        typer.Option(
            "--without-list",
            help="There is no broker any more that knows who was forgotten since; you forget them again.",
        ),
    ] = False,
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Make the tables, fill them, see that every row is there, and forget again whoever was forgotten since.

    No worker may write meanwhile. Broken off and run again, it goes on.
    """
    from deploy.clickhouse.backup import read
    from deploy.connecting import running_broker
    from deploy.privacy import after_restore

    settings = load_settings()
    if (folder is None) is not from_kafka:
        raise ConfigError(
            "name the folder of a backup, or --from-kafka", where="vigie restore", fix="Name one of both."
        )
    if from_kafka:
        _rewind(settings, data_dir)
        return
    assert folder is not None
    bootstrap = running_broker(settings, data_dir or Path(settings.embedded.data_dir))
    settings = msgspec.structs.replace(settings, kafka=at(settings.kafka, bootstrap))
    found = after_restore.known(settings, folder, read(folder), without_list=without_list)  # before anything is made
    _fill(settings, folder, found, data_dir)
    if without_list:
        print("Who was forgotten since that backup is not known here. Forget each again: vigie forget NETWORK:AUTHOR")


def _fill(settings: Settings, folder: Path, found: "list[Forgotten]", data_dir: Path | None) -> None:
    from deploy.clickhouse.backup import restore
    from deploy.clickhouse.migrate import migrate
    from deploy.clickhouse.reach import reach
    from deploy.privacy import after_restore
    from deploy.privacy.forgetting import Places
    from streams.store import Store, connect

    with reach(settings, data_dir, create=True) as clickhouse:
        settings = msgspec.structs.replace(settings, clickhouse=clickhouse)
        migrate(settings)
        client = connect(clickhouse)
        try:
            manifest = restore(client, settings, folder, say=print)
            with Store(clickhouse) as store:
                places = Places(
                    settings=settings,
                    client=client,
                    store=store,
                    data_dir=data_dir or Path(settings.embedded.data_dir),
                    pause_s=0.0,  # no worker writes meanwhile
                )
                again = after_restore.apply(places, found)
        finally:
            client.close()
    print(f"{sum(part.rows for part in manifest.parts):,} rows are back")
    print(f"{len(again)} authors who came back with them were forgotten again")


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
    print("records of before a person was forgotten are among them: once it has caught up, run `vigie forget --again`")
