"""What connectors remember on disk: cursors, and the events they published. One SQLite file, one transaction.

The file answers three questions that networks leave open: which conversation a reply belongs to when only its parent
is given, whether an event that comes again has changed, and what a deletion is about when only an id is given.
A cursor and the events before it are written together, and only after the broker has the events: killed at any
moment, a connector reads again at most what it had not yet saved, and publishes it with the same ids.

On disk and not in a compacted topic, since the cursor must never be ahead of, or behind, what is remembered.
"""

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from schemas.errors import ConfigError, Unavailable
from schemas.event import Author, Event, Kind, Role, Visibility

TRIM_EVERY = 10_000
_PAGE = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WAIT_S = 30.0
# What heals: another process writes just now, or the disk is full or away for a while.
_HEALS = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL})
_SPOILED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FIX = "Make its folder writable and give it room, or name another in connectors.state_dir."
_FIX_SPOILED = (
    "Move it and what stands beside it with -wal and -shm away: sources begin anew, as when they were first read, and "
    "events that come twice are stored once."
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    author TEXT NOT NULL,
    stub BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_author ON events (author);
"""


class Known(Struct, frozen=True, array_like=True):
    """An event that was published, or, without `digest`, one whose conversation alone is known."""

    event_id: str
    conversation_id: str
    digest: bytes = b""
    author_id: str = ""
    role: Role = "customer"
    created_ms: int = 0
    brand: str = ""
    kind: Kind = "post"
    visibility: Visibility = "public"
    parent_id: str | None = None
    deleted: bool = False


def known_of(event: Event, digest: bytes) -> Known:
    """What to remember of an event."""
    return Known(
        event_id=event.event_id,
        conversation_id=event.conversation_id,
        digest=digest,
        author_id=event.author.id,
        role=event.author.role,
        created_ms=round(event.created_at.timestamp() * 1000),
        brand=event.brand,
        kind=event.kind,
        visibility=event.visibility,
        parent_id=event.parent_id,
        deleted=event.deleted,
    )


def event_of(known: Known) -> Event:
    """The event as far as it is remembered."""
    return Event(
        event_id=known.event_id,
        network=known.event_id.partition(":")[0],
        conversation_id=known.conversation_id,
        author=Author(id=known.author_id, role=known.role),
        created_at=_EPOCH + timedelta(milliseconds=known.created_ms),
        received_at=_EPOCH,
        brand=known.brand,
        parent_id=known.parent_id,
        kind=known.kind,
        visibility=known.visibility,
    )


class Memory:
    """The file, for the threads of one process; several processes may share it.

    Args:
        path: None remembers for the length of the process.
        remember: how many events at most; the ones that were seen first are forgotten first.
    Raises:
        Unavailable: the disk is full or away, or another process writes: nothing was changed, and time heals it.
        ConfigError: the file or its folder cannot be used, and a person must look.
    """

    def __init__(self, path: Path | None, *, remember: int) -> None:
        self.path = path
        self._remember = remember
        self._lock = threading.Lock()
        self._since_trim = 0
        with self._mapped():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path or ":memory:", timeout=_WAIT_S, check_same_thread=False, isolation_level=None
            )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last commits: read again
            self._db.executescript(_SCHEMA)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Known)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def cursor(self, source: str) -> str | None:
        """Where a source left off, None when it was never read."""
        with self._lock, self._mapped():
            row = self._db.execute("SELECT cursor FROM cursors WHERE source = ?", (source,)).fetchone()
        return row[0] if row else None

    def find(self, event_id: str) -> Known | None:
        """What is known of an event."""
        with self._lock, self._mapped():
            row = self._db.execute("SELECT stub FROM events WHERE event_id = ?", (event_id,)).fetchone()
        return self._decoder.decode(row[0]) if row else None

    def written_by(self, network: str, author_id: str) -> list[Known]:
        """Every event of an author that is known."""
        with self._lock, self._mapped():
            rows = self._db.execute("SELECT stub FROM events WHERE author = ?", (f"{network}:{author_id}",)).fetchall()
        return [self._decoder.decode(stub) for (stub,) in rows]

    def commit(self, source: str, cursor: str | None, events: Iterable[Known]) -> None:
        """Remember events, and where to go on; both or neither. A cursor of None leaves the one before."""
        rows = [
            (one.event_id, f"{one.event_id.partition(':')[0]}:{one.author_id}", self._encoder.encode(one))
            for one in events
        ]
        with self._transaction():
            self._db.executemany(
                "INSERT INTO events (event_id, author, stub) VALUES (?, ?, ?) ON CONFLICT (event_id) "
                "DO UPDATE SET author = excluded.author, stub = excluded.stub",
                rows,
            )
            if cursor is not None:
                self._db.execute(
                    "INSERT INTO cursors VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor",
                    (source, cursor),
                )
            self._trim(len(rows))

    def rewrite(self, change: Callable[[Known], Known | None], *, network: str = "") -> int:
        """Put something else in the place of what is remembered, or nothing, and leave no byte of before in the file.

        Page by page, so that others write meanwhile; what they changed in that moment stays as they left it. Killed, it
        is run again.

        Args:
            network: only what is of this network.
        Returns:
            How many events were dropped.
        """
        dropped = 0
        with self._lock, self._mapped():
            self._db.execute("PRAGMA secure_delete = ON")  # or the bytes stay on free pages
        for page in self._pages(f"{network}:" if network else ""):
            after = [(number, stub, change(self._decoder.decode(stub))) for number, stub in page]
            gone = [(number, stub) for number, stub, known in after if known is None]
            other = [
                (new, number, stub)
                for number, stub, known in after
                if known and (new := self._encoder.encode(known)) != stub
            ]
            if gone or other:
                with self._transaction():
                    self._db.executemany("UPDATE events SET stub = ? WHERE number = ? AND stub = ?", other)
                    dropped += self._db.executemany("DELETE FROM events WHERE number = ? AND stub = ?", gone).rowcount
        with self._lock, self._mapped():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return dropped

    def _pages(self, prefix: str) -> Iterator[list[tuple[int, bytes]]]:
        last = 0
        while True:
            with self._lock, self._mapped():
                page = self._db.execute(
                    "SELECT number, stub FROM events WHERE number > ? AND substr(event_id, 1, ?) = ? "
                    "ORDER BY number LIMIT ?",
                    (last, len(prefix), prefix, _PAGE),
                ).fetchall()
            if not page:
                return
            yield page
            last = page[-1][0]

    def forget_cursor(self, source: str) -> None:
        """Let a source begin anew."""
        with self._lock, self._mapped():
            self._db.execute("DELETE FROM cursors WHERE source = ?", (source,))

    def _trim(self, added: int) -> None:
        self._since_trim += added
        if self._since_trim >= min(TRIM_EVERY, self._remember):
            self._since_trim = 0
            self._db.execute(
                "DELETE FROM events WHERE number <= (SELECT max(number) FROM events) - ?", (self._remember,)
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._mapped():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # on a full disk SQLite has rolled back by itself
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        """Raises Unavailable where time heals, so that who reads waits and reads again; else ConfigError."""
        where = str(self.path or "memory")
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            what = f"what connectors remember cannot be read or written: {error}"
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest of it says which read or write
            if code in _HEALS or (isinstance(error, OSError) and error.errno == errno.ENOSPC):
                raise Unavailable(what, where=where, fix=_FIX) from None
            raise ConfigError(what, where=where, fix=_FIX_SPOILED if code in _SPOILED else _FIX) from None
