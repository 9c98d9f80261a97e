"""Copy all that ClickHouse holds into a folder, and back into an empty database, of any server.

A folder holds one file per part of a table, tab-separated and packed with gzip, and `manifest.json`, which is written
last: a folder without it is not a whole backup, and a run that was broken off goes on after its last whole file. A part
is a range of the first column of the key, so that a row is in one file only. Tab-separated, since every server and
every tool reads it, bytes that are no text included, and its rows can be counted as they pass.

Workers may go on meanwhile. Rows of later than the beginning may or may not be in it; let the workers read them again
from Kafka after a restore, and each falls together with its copy.
"""

import gzip
import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import msgspec
import urllib3
from clickhouse_connect.driver.client import Client
from msgspec import Struct

from deploy import private
from deploy.clickhouse import migrate
from schemas.errors import ConfigError, StoreError
from schemas.settings import Settings
from schemas.tables import AUDIT, FORGOTTEN, TABLES, Table
from streams.store import mapped

FORMAT = 1
MANIFEST, UNFINISHED = "manifest.json", "unfinished.json"
ROWS_OF_A_PART = 100_000  # the server holds one until it is whole
_PIECE = 1 << 20
_STORED = "stored_at"
_GROW = (FORGOTTEN, AUDIT)  # the end of a restore writes into them itself

Say = Callable[[str], None]


class Part(Struct, frozen=True, kw_only=True):
    """One file: which part of which table, how many rows, and the fingerprint of its bytes."""

    table: str
    file: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds. `migrations` are the numbers that its database had seen, `bounds` where parts begin."""

    format: int = FORMAT
    begun_at: datetime
    migrations: tuple[int, ...]
    bounds: dict[str, tuple[str, ...]]
    parts: tuple[Part, ...] = ()


def backup(client: Client, settings: Settings, folder: Path, *, say: Say = lambda _: None) -> Manifest:
    """Write a backup, or go on with one that was broken off; the manifest of the whole.

    Raises:
        ConfigError: the folder holds a finished backup or cannot be written. StoreError: ClickHouse does not answer.
    """
    if (folder / MANIFEST).exists():
        raise ConfigError("there is a finished backup", where=str(folder), fix="Name another folder.")
    manifest = _begun(client, settings, folder)
    whole = {part.file: part for part in manifest.parts if _is_whole(folder, part)}
    parts: list[Part] = []
    for table in TABLES:
        bounds = manifest.bounds[table.name]
        for number, (start, end) in enumerate(zip(("", *bounds), (*bounds, ""), strict=True), start=1):
            file = f"{table.name}-{number:05d}-of-{len(bounds) + 1:05d}.tsv.gz"
            part = whole.get(file) or _copy(client, table, start, end, folder / file)
            parts.append(part)
            manifest = msgspec.structs.replace(manifest, parts=tuple(parts))
            _write(folder / UNFINISHED, manifest)
        say(f"{table.view}: {sum(part.rows for part in parts if part.table == table.name):,} rows")
    _write(folder / MANIFEST, manifest)
    (folder / UNFINISHED).unlink()
    return manifest


def restore(client: Client, settings: Settings, folder: Path, *, say: Say = lambda _: None) -> Manifest:
    """Fill an empty, migrated database from a backup, and see that every row is there. Run again, it goes on.

    Raises:
        ConfigError: the folder is no whole backup, a file has changed, or the database holds something else.
        StoreError: ClickHouse did not take it, or holds another number of rows than it was given.
    """
    manifest = read(folder)
    done = {entry.number for entry in migrate.applied(client, settings)}
    if missing := sorted(set(manifest.migrations) - done):
        raise ConfigError(
            f"the backup is of a newer program: this one does not know migration {missing[0]}",
            where=str(folder),
            fix="Restore it with that version of Vigie, or a newer one.",
        )
    for table in TABLES:
        parts = [part for part in manifest.parts if part.table == table.name]
        wanted, held = sum(part.rows for part in parts), _count(client, table)
        grows = table in _GROW
        if held > wanted and not grows:
            raise ConfigError(
                f"the database is not empty: {table.view} has {held:,} rows, the backup {wanted:,}",
                where=settings.clickhouse.database,
                fix="Name a new database with VIGIE_CLICKHOUSE__DATABASE, and stop the workers. If a restore "
                "into this one was broken off at its last step: vigie forget --again",
            )
        for part in parts if held < wanted or grows else ():
            _insert(client, part, folder)
        if (now_held := _count(client, table)) != wanted and not (grows and now_held > wanted):
            raise StoreError(
                f"{table.view} has {now_held:,} rows after the restore, the backup {wanted:,}",
                where=settings.clickhouse.database,
                fix="Stop what writes into it, and restore into an empty database.",
            )
        say(f"{table.view}: {wanted:,} rows")
    return manifest


def read(folder: Path) -> Manifest:
    """The manifest of a finished backup.

    Raises:
        ConfigError: there is none.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        unfinished = (folder / UNFINISHED).exists()
        fix = "Run `vigie backup` on it once more: it goes on." if unfinished else "Name the folder of a backup."
        raise ConfigError("this is no finished backup", where=str(folder), fix=fix) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"its manifest cannot be read: {error}", where=str(folder), fix="Take another.") from None
    if manifest.format != FORMAT:
        raise ConfigError(f"its format is {manifest.format}, known is {FORMAT}", where=str(folder), fix="Upgrade.")
    return manifest


def _begun(client: Client, settings: Settings, folder: Path) -> Manifest:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return msgspec.json.decode((folder / UNFINISHED).read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.MsgspecError):
        pass
    except OSError as error:
        raise ConfigError(f"it cannot be written: {error.strerror}", where=str(folder), fix="Name another.") from None
    bounds = {table.name: _bounds(client, table) for table in TABLES}
    migrations = tuple(entry.number for entry in migrate.applied(client, settings))
    manifest = Manifest(begun_at=datetime.now(UTC), migrations=migrations, bounds=bounds)
    _write(folder / UNFINISHED, manifest)
    return manifest


def _bounds(client: Client, table: Table) -> tuple[str, ...]:
    """Where the second part and all later ones begin."""
    key = table.key[0]
    if dict(table.columns)[key] != "String":
        return ()
    keys = f"SELECT `{key}` AS start FROM {table.name} ORDER BY start"
    numbered = f"SELECT start, rowNumberInAllBlocks() AS number FROM ({keys})"
    chosen = f"number > 0 AND number % {ROWS_OF_A_PART:d} = 0"
    with mapped(f"table {table.name}"):
        found = client.query(f"SELECT DISTINCT start FROM ({numbered}) WHERE {chosen} ORDER BY start").result_rows
    return tuple(str(start) for (start,) in found if start)


def _copy(client: Client, table: Table, start: str, end: str, path: Path) -> Part:
    columns = (*(name for name, _ in table.columns), _STORED)
    key = table.key[0]
    limits = [f"`{key}` >= {{start:String}}"] * bool(start) + [f"`{key}` < {{end:String}}"] * bool(end)
    query = f"SELECT {_listed(columns)} FROM {table.name} FINAL WHERE {' AND '.join(limits) or '1'}"
    unfinished = path.with_suffix(".part")
    rows = 0
    with _answering(table), open(unfinished, "wb", opener=private.opener) as file:
        parameters, settings = {"start": start, "end": end}, {"wait_end_of_query": 1}
        stream = client.raw_stream(query, parameters=parameters, settings=settings, fmt="TabSeparated")
        with cast(IO[bytes], stream) as source, gzip.GzipFile("", "wb", 1, file, mtime=0) as packed:
            while piece := source.read(_PIECE):
                rows += piece.count(b"\n")
                packed.write(piece)
        file.flush()
        os.fsync(file.fileno())
    digest = _digest(unfinished)
    unfinished.replace(path)
    return Part(table=table.name, file=path.name, columns=columns, rows=rows, sha256=digest)


def _insert(client: Client, part: Part, folder: Path) -> None:
    if not _is_whole(folder, part):
        raise ConfigError("the file is not what was written", where=str(folder / part.file), fix="Take another backup.")
    if not part.rows:
        return
    settings = {"insert_deduplication_token": part.sha256, "max_partitions_per_insert_block": 0}
    with mapped(f"table {part.table}", detail=False), gzip.open(folder / part.file) as packed:
        client.raw_insert(part.table, list(part.columns), _pieces(packed), fmt="TabSeparated", settings=settings)


def _pieces(file: gzip.GzipFile) -> Generator[bytes, None, None]:
    while piece := file.read(_PIECE):
        yield piece


def _count(client: Client, table: Table) -> int:
    with mapped(f"table {table.name}"):
        return int(client.query(f"SELECT count() FROM {table.name} FINAL").result_rows[0][0])


@contextmanager
def _answering(table: Table) -> Iterator[None]:
    try:
        with mapped(f"table {table.name}"):
            yield
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreError(
            f"the answer broke off, or the file cannot be written: {type(error).__name__}",
            where=f"table {table.name}",
            fix="Look at the disk and at the server, and run it again: it goes on.",
        ) from error


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def _is_whole(folder: Path, part: Part) -> bool:
    try:
        return _digest(folder / part.file) == part.sha256
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, manifest: Manifest) -> None:
    part = path.with_suffix(".tmp")
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
