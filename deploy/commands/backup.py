"""`vigie backup DIR`: all that ClickHouse holds, into a folder."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.environment import load_settings


def run(
    folder: Annotated[Path, typer.Argument(help="A folder for this backup alone; made when it is not there.")],
    data_dir: Annotated[Path | None, typer.Option("--data-dir", help="Data folder of an embedded ClickHouse.")] = None,
) -> None:
    """Write every table into files that any ClickHouse can read back. Broken off and run again, it goes on."""
    from deploy.clickhouse.backup import backup
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    settings = load_settings()
    with reach(settings, data_dir) as clickhouse:
        client = connect(clickhouse)
        try:
            found = backup(client, msgspec.structs.replace(settings, clickhouse=clickhouse), folder, say=print)
        finally:
            client.close()
    print(f"{len(found.parts)} files in {folder}; back: vigie restore {folder}")
