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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from schemas.errors import ConfigError, Unavailable
from schemas.event import Event, Kind, Role, Visibility
from schemas.forgotten import without

TRIM_EVERY = 10_000
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


def _renamed(known: Known, name: str, mark: str) -> Known | None:
    """What is known of an event without the name of somebody else; None when it is the event's own."""
    network, _, native = known.event_id.partition(":")
    if without(native, name, mark) != native:
        return None
    conversation = known.conversation_id.removeprefix(f"{network}:")
    parent = known.parent_id.removeprefix(f"{network}:") if known.parent_id else None
    return msgspec.structs.replace(
        known,
        conversation_id=f"{network}:{without(conversation, name, mark)}",
        parent_id=None if parent is None else f"{network}:{without(parent, name, mark)}",
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
        with self._lock, self._mapped():
            self._db.execute("BEGIN IMMEDIATE")
            try:
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
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # on a full disk SQLite has rolled back by itself
                    self._db.execute("ROLLBACK")
                raise

    def forget_author(self, network: str, author_id: str, *, mark: str) -> int:
        """Drop every event of an author, from the file too; how many there were.

        A reply to one of them then opens a conversation under its parent. Networks that build ids from the author's
        have it in the events of others: there `mark` takes its place, and what has it for its own id goes.
        """
        with self._lock, self._mapped():
            self._db.execute("PRAGMA secure_delete = ON")  # or the bytes stay on free pages
            self._db.execute("BEGIN IMMEDIATE")
            try:
                found = self._db.execute("DELETE FROM events WHERE author = ?", (f"{network}:{author_id}",)).rowcount
                for number, stub in self._naming(network, author_id):
                    renamed = _renamed(self._decoder.decode(stub), author_id, mark)
                    if renamed is None:
                        self._db.execute("DELETE FROM events WHERE number = ?", (number,))
                    else:
                        self._db.execute(
                            "UPDATE events SET stub = ? WHERE number = ?", (self._encoder.encode(renamed), number)
                        )
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return found

    def _naming(self, network: str, author_id: str) -> list[tuple[int, bytes]]:
        """Events of a network in which this id stands somewhere."""
        return self._db.execute(
            "SELECT number, stub FROM events WHERE substr(event_id, 1, ?) = ? AND instr(stub, ?) > 0",
            (len(network) + 1, f"{network}:", author_id.encode("utf-8", "surrogatepass")),
        ).fetchall()

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
