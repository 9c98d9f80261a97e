"""Files in a folder: whatever is dropped there, as a CSV of any columns or as our own events in JSON lines.

Source: `*.csv`, `*.tsv` (any columns: see `fields`), the public set of customer support on Twitter (by its header),
`*.ndjson` and `*.jsonl` (one event a line, as `vigie schema export` describes it), all also as `.gz`.
Guarantee: at least once. Files are read in the order in which they came; the cursor is the file and the row, and a
file that changes is read again, its repeats dropped.
Limit: tables are not UTF-16. Write a file elsewhere, or under a name that begins with a dot or ends otherwise
(.part), and then rename it.
Of a network that closed its doors (Vine) or whose comments have no open API (XING, Pinterest) its own export can be
read here.
"""

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connectors import mapped
from connectors.base import Connector, Page, Parsed, Poll, Raw, Source, Terms
from connectors.files.events import parse_line
from connectors.files.history import Bad
from connectors.files.lines import InputFile
from connectors.files.source import FileSource
from connectors.files.twcs_rows import COLUMNS, header_of
from connectors.http import Http
from connectors.reading import read
from schemas.clock import SystemClock
from schemas.errors import ConfigError, Malformed
from schemas.settings import Connectors

AT_ONCE = 500
ROWS = (".csv", ".tsv")
LINES = (".ndjson", ".jsonl")
DELIMITERS = ",;\t|"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the frame knows when it came


class Table(mapped.Mapping, frozen=True, forbid_unknown_fields=True):
    """The options of a source."""

    encoding: str = ""
    delimiter: str = ""


class Place(msgspec.Struct, order=True):
    """The file that is read, and how many of its rows are published. Files are ordered by when they came."""

    came_ns: int = 0
    name: str = ""
    row: int = 0


class Found(NamedTuple):
    """A file in the folder. It came when it was last written or given its name."""

    came_ns: int
    name: str


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    folder, table = Path(source.account), mapped.settings_of(source, Table)
    place = read(cursor, Place) if cursor else Place()
    for found in _files(folder, source):
        if found < (place.came_ns, place.name):
            continue
        done = place.row if found == (place.came_ns, place.name) else 0
        items: list[Raw] = []
        row = 0
        for row, item in enumerate(_items(folder / found.name, table), start=1):
            if row <= done:
                continue
            items.append(item)
            if len(items) == AT_ONCE:
                yield _page(items, found, row)
                items = []
        if items:
            yield _page(items, found, row)


def _page(items: list[Raw], found: Found, row: int) -> Page:
    place = Place(came_ns=found.came_ns, name=found.name, row=row)
    return Page(items=items, cursor=msgspec.json.encode(place).decode())


def _files(folder: Path, source: Source) -> list[Found]:
    try:
        with os.scandir(folder) as entries:
            listed = [(entry.name, entry.stat()) for entry in entries if entry.is_file()]
    except OSError as error:
        raise ConfigError(
            f"the folder cannot be read: {error.strerror}",
            where=f"source {source.name}",
            fix="Set account to a folder that this process may read.",
        ) from None
    return sorted(Found(stat.st_ctime_ns, name) for name, stat in listed if stat.st_size and _is_ours(name))


def _is_ours(name: str) -> bool:
    plain = name.lower().removesuffix(".gz")
    return plain.endswith(ROWS + LINES) and not name.startswith(".")


def _items(path: Path, table: Table) -> Iterator[Raw]:
    """Lines as bytes, rows as values by their columns; what is no row at all as bytes, which parse refuses."""
    with InputFile(path) as file:
        if path.name.lower().removesuffix(".gz").endswith(LINES):
            yield from (line.payload.strip() for line in file.lines() if line.payload.strip())
            return
        is_twcs = COLUMNS[0] in header_of(file.read(0, 65_536).split(b"\n", 1)[0])
        if not is_twcs:
            yield from _rows(file, table)
            return
    with FileSource(path, "twcs", Connectors(), clock=SystemClock()) as twitter:
        history = twitter.scan(now=SystemClock().now(), seen=lambda offset: None)
        for one in history.items(0):
            yield one.letter.payload if isinstance(one, Bad) else msgspec.to_builtins(one)


def _rows(file: InputFile, table: Table) -> Iterator[Raw]:
    encoding = table.encoding or _encoding_of(file)
    head = file.read(0, 65_536).decode(encoding, "replace").partition("\n")[0]
    delimiter = table.delimiter or max(DELIMITERS, key=head.count)
    lines = (line.payload.decode(encoding, "replace") for line in file.lines())
    rows = csv.reader(lines, delimiter=delimiter)
    columns: list[str] | None = None
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"a row that is no CSV: {error}".encode()
            continue
        if columns is None:
            columns = [name.strip().removeprefix("\ufeff") for name in row]
        elif any(row):
            yield dict(zip(columns, row, strict=False))


def _encoding_of(file: InputFile) -> str:
    """UTF-8 where the file is, else what a spreadsheet in Western Europe writes."""
    try:
        for line in file.lines():
            line.payload.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A line that is an event of ours, or a row of a table."""
    if isinstance(raw, bytes | str):
        yield parse_line(raw.encode("utf-8", "replace") if isinstance(raw, str) else raw, _EPOCH)
        return
    values = read(raw, dict[str, Any])
    if "event_id" in values and "conversation_id" in values:
        try:
            yield parse_line(msgspec.json.encode(values), _EPOCH)
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
            raise Malformed("the event holds what JSON cannot hold") from None
        return
    yield mapped.event_of(values, source, mapped.settings_of(source, Table), prefix=_prefix(source))


def _prefix(source: Source) -> str:
    return f"{source.name}/" if source.name != source.network else ""


CONNECTOR = Connector(
    name="folder",
    title="Files in a folder",
    reads="CSV files of any columns and events in JSON lines that are dropped into a folder",
    parse=parse,
    poll=Poll(pages=pages, interval_s=10.0),
    account="the folder",
    options={
        "encoding": "of the tables; UTF-8 by default, and where a file is not, cp1252",
        "delimiter": "between columns; by default whichever of , ; | and tab the header has most of",
        **mapped.OPTIONS,
    },
    terms=Terms(note="the terms of the network that the files come from hold", source=""),
)
