"""Shelf: what an agent remembers of each partition, on disk. SQLite keeps it; the truth is the changelog.

The file belongs to one process and is worth nothing to the next, which reads the changelog: so it is unlinked as soon
as it is open, nothing is ever synced or committed, and neither a crash nor a kill leaves anything behind. Of memory it
takes its cache, however much is on it. A value carries a checksum: what the disk did not give back as it was
written is an error, as is a full disk, and then the whole shelf is to be thrown away and filled anew.

A value may come due at an instant. An index leads to those that are due, in the order of their instants.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

from schemas.errors import VigieError

_CACHE_KIB = 32_768
_CRC_BYTES = 4
_BEHIND_ALL = b"\xff"  # no byte of UTF-8
CHUNK = 500
_PRAGMAS = (
    "page_size = 8192",  # a timeline of usual length stands in one page with its neighbours
    "locking_mode = EXCLUSIVE",
    "journal_mode = OFF",
    "synchronous = OFF",
)


class ShelfError(VigieError):
    """The local file of a worker cannot be written, or does not hold what was written."""


class Shelf:
    """The maps of several partitions in one file. It is for one thread."""

    def __init__(self, folder: Path, *, cache_kib: int = _CACHE_KIB) -> None:
        self.folder = folder
        self._cache_kib = cache_kib
        self._connection: sqlite3.Connection | None = None
        self._pages: dict[int, Page] = {}

    def __len__(self) -> int:
        return sum(len(page) for page in self._pages.values())

    @property
    def pages(self) -> "dict[int, Page]":
        """The maps that there are, by partition."""
        return dict(self._pages)

    def page(self, partition: int) -> "Page":
        """The map of one partition."""
        page = self._pages.get(partition)
        if page is None:
            page = Page(self, partition)
            self._pages[partition] = page
        return page

    def drop(self, partition: int) -> None:
        """Forget what is kept of a partition."""
        if self._pages.pop(partition, None) is not None:
            self.run(f"DROP TABLE of_{partition}")

    def throw_away(self) -> None:
        """Forget everything, whatever state the file is in."""
        connection, self._connection, self._pages = self._connection, None, {}
        if connection is not None:
            connection.close()

    def run(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Run a statement that changes something; how many rows it changed.

        Raises:
            ShelfError: the disk is full or broken, or the file is not what it was.
        """
        try:
            return self._opened().execute(statement, values).rowcount
        except (sqlite3.Error, OSError) as error:
            raise self.broken(str(error)) from error

    def run_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run a statement that changes something once per row.

        Raises:
            ShelfError: the disk is full or broken, or the file is not what it was.
        """
        try:
            self._opened().executemany(statement, rows)
        except (sqlite3.Error, OSError) as error:
            raise self.broken(str(error)) from error

    def read(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        """The rows of a question.

        Raises:
            ShelfError: the disk is broken, or the file is not what it was.
        """
        try:
            return self._opened().execute(statement, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise self.broken(str(error)) from error

    def broken(self, why: str) -> ShelfError:
        """What to raise when the file cannot be used."""
        return ShelfError(
            f"the file of what is remembered cannot be used: {why}",
            where=f"folder {self.folder}",
            fix="Give responses.state_dir a disk that works and has room; the file is made anew from Kafka.",
        )

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection:
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="vigie-shelf-", dir=self.folder)
        os.close(handle)
        connection = sqlite3.connect(name, isolation_level=None)
        for pragma in (*_PRAGMAS, f"cache_size = -{self._cache_kib}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN EXCLUSIVE")  # for good: pages leave the cache when it is full, and only then
        os.unlink(name)
        return connection


class Page:
    """The map of one partition, from keys to values, some of which come due."""

    def __init__(self, shelf: Shelf, partition: int) -> None:
        table = f"of_{partition}"
        shelf.run(f"CREATE TABLE {table} (key BLOB PRIMARY KEY, due INTEGER, value BLOB NOT NULL) WITHOUT ROWID")
        shelf.run(f"CREATE INDEX due_{table} ON {table} (due) WHERE due IS NOT NULL")
        self._shelf = shelf
        self._count = 0
        self._waiting = 0
        self._find = f"SELECT due FROM {table} WHERE key = ?"
        self._select = f"SELECT due, value FROM {table} WHERE key = ?"
        self._insert = f"INSERT INTO {table} (key, due, value) VALUES (?, ?, ?)"
        self._update = f"UPDATE {table} SET value = ? WHERE key = ?"
        self._update_both = f"UPDATE {table} SET due = ?, value = ? WHERE key = ?"
        self._delete = f"DELETE FROM {table} WHERE key = ?"
        self._after = f"SELECT key, due, value FROM {table} WHERE key > ? AND key < ? ORDER BY key LIMIT ?"
        self._before = f"SELECT key FROM {table} WHERE due < ? ORDER BY due, key"
        self._first = f"SELECT due FROM {table} WHERE due IS NOT NULL ORDER BY due LIMIT 1"

    def __len__(self) -> int:
        return self._count

    @property
    def waiting(self) -> int:
        """How many values come due."""
        return self._waiting

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, None when there is none."""
        rows = self._shelf.read(self._select, (key,))
        return self._checked(key, *rows[0]) if rows else None

    def set(self, key: bytes, value: bytes, due_ms: int | None = None) -> None:
        """Keep the value of a key and when it comes due, in the place of the one before."""
        summed = value + _sum(key, due_ms, value)
        rows = self._shelf.read(self._find, (key,))
        if not rows:
            self._shelf.run(self._insert, (key, due_ms, summed))
            self._count += 1
            self._waiting += due_ms is not None
        elif rows[0][0] == due_ms:  # the usual case; the index is not touched
            self._shelf.run(self._update, (summed, key))
        else:
            self._shelf.run(self._update_both, (due_ms, summed, key))
            self._waiting += (due_ms is not None) - (rows[0][0] is not None)

    def pop(self, key: bytes) -> None:
        """Forget a key, if it is there."""
        rows = self._shelf.read(self._find, (key,))
        if rows:
            self._shelf.run(self._delete, (key,))
            self._count -= 1
            self._waiting -= rows[0][0] is not None

    def due(self, before_ms: int) -> list[bytes]:
        """The keys of the values that came due before this instant, the oldest first. They stay due until set anew."""
        return [key for (key,) in self._shelf.read(self._before, (before_ms,))]

    def next_ms(self) -> int | None:
        """When the next value comes due."""
        rows = self._shelf.read(self._first, ())
        return rows[0][0] if rows else None

    def after(self, key: bytes, *, prefix: bytes = b"", limit: int = CHUNK) -> list[tuple[bytes, bytes]]:
        """The next keys and values behind this key, in the order of keys; the first ones behind no bytes at all.

        Args:
            prefix: with what the keys begin; all are UTF-8.
        """
        rows = self._shelf.read(self._after, (key, prefix + _BEHIND_ALL, limit))
        return [(found, self._checked(found, due_ms, value)) for found, due_ms, value in rows]

    def chunks(self) -> Iterator[list[tuple[bytes, bytes]]]:
        """All keys and values, some at a time; in between the map may be changed."""
        last = b""
        while found := self.after(last):
            yield found
            last = found[-1][0]

    def _checked(self, key: bytes, due_ms: int | None, summed: bytes) -> bytes:
        value = summed[:-_CRC_BYTES]
        if summed[-_CRC_BYTES:] != _sum(key, due_ms, value):
            raise self._shelf.broken("a value is not what was written")
        return value


def _sum(key: bytes, due_ms: int | None, value: bytes) -> bytes:
    return crc32(value, crc32(b"%d" % (due_ms or 0), crc32(key))).to_bytes(_CRC_BYTES, "big")
