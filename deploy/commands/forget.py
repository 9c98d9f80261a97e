"""`vigie forget NETWORK:AUTHOR`: erase an author, and keep them erased."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from deploy.environment import load_settings
from schemas.brokers import at
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from deploy.privacy.forgetting import Done, Places


def run(
    author: Annotated[str, typer.Argument(help="NETWORK:AUTHOR, by id or handle: mastodon:109348")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Whoever was forgotten and is stored or remembered here all the same.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder of a stack.")] = None,
) -> None:
    """Take what an author wrote and who they are out of everything that is kept. Numbers stay. May be repeated."""
    from deploy.privacy import forgetting
    from deploy.privacy.subject import parse

    if bool(author) == again:
        raise ConfigError("name an author, or say --again", where="vigie forget", fix="vigie forget mastodon:109348")
    with _places(data_dir) as places:
        if again:
            for done in (all_done := forgetting.forget_again(places)):
                _tell(done)
            print(f"{len(all_done)} authors were stored although they had been forgotten")
            print(f"{forgetting.unremember(places)} events of theirs were remembered by connectors on this machine")
            return
        _tell(done := forgetting.forget(places, *parse(author)))
        print(f"  connectors on this machine: {done.remembered} events forgotten")
        if not places.has_broker:
            print("No broker runs here: what it still holds is emptied when it is read with this key.")


@contextmanager
def _places(data_dir: Path | None) -> "Iterator[Places]":
    from deploy.clickhouse.reach import reach
    from deploy.privacy.forgetting import Places
    from deploy.running import addresses
    from streams.store import Store, connect

    settings = load_settings()
    running = addresses(settings, data_dir)
    kafka = at(settings.kafka, running.kafka if running else "")
    with reach(settings, data_dir) as clickhouse, Store(clickhouse) as store:
        client = connect(clickhouse)
        try:
            yield Places(
                settings=msgspec.structs.replace(settings, kafka=kafka, clickhouse=clickhouse),
                client=client,
                store=store,
                data_dir=data_dir or Path(settings.embedded.data_dir),
            )
        finally:
            client.close()


def _tell(done: "Done") -> None:
    print(f"{done.mark}: this stands in the place of the author from now on")
    for table, count in sorted(done.rows.items()):
        print(f"  ClickHouse, {table.removeprefix('raw_')}: {count} rows emptied")
    print(f"  workers: {done.republished} events sent again without content")
    print("  Kafka keeps records of before until the retention of their topics; nothing reads them but a rebuild.")
