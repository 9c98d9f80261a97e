"""The only door to chdb.

Every connection is a session of one engine in this process: it has its own settings, current database, temporary
tables and role, and queries of different connections run at the same time (chdb releases the interpreter lock).
"""

import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import chdb

from deploy.embedded.clickhouse.config import INSERT_ROOM_BYTES, OWNER, Limits, reader_settings, write
from deploy.embedded.clickhouse.errors import EngineError, parse
from deploy.embedded.clickhouse.users import Role

# Bytes handed to the engine at once: one mebibyte keeps the copy small and the calls few.
_CHUNK = 1 << 20

Kind = Literal["READ_ONLY", "MUTATING", "MUTATING_GLOBAL", "CONTROL", "UNKNOWN"]


@dataclass(slots=True, kw_only=True)
class Progress:
    """What a statement has read, written and returned so far."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the engine's parser makes of a text: the gravest kind of its statements, and how many they are."""

    kind: Kind
    statements: int


class Connection:
    """One session of the engine. One thread at a time; close it to drop its temporary tables."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def classify(self, text: bytes) -> Verdict:
        """What a text would do, without running it."""
        with _engine_errors():
            found = self._raw.classify_query(text)
        return Verdict(kind=found["query_class"].name, statements=found["statement_count"])

    def format(self, text: bytes) -> bytes:
        """A statement in the engine's own formatting: no comments, escapes or heredocs left in names."""
        escaped = text.decode("utf-8", "replace")
        for sign, code in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\0", "\\0")):
            escaped = escaped.replace(sign, code)
        return self.query(b"SELECT formatQuery({q:String})", "TSVRaw", {"q": escaped})[0]

    def query(self, text: bytes | str, output_format: str, parameters: Mapping[str, str]) -> tuple[bytes, Progress]:
        """Run one statement and return its whole result."""
        started = time.perf_counter()
        with _engine_errors():
            result = self._raw.query(text, output_format, params=dict(parameters))
            body: bytes = result.bytes()
            progress = Progress(
                read_rows=result.storage_rows_read(),
                read_bytes=result.storage_bytes_read(),
                written_rows=result.rows_written(),
                written_bytes=result.bytes_written(),
                result_rows=result.rows_read(),
                result_bytes=len(body),
            )
        progress.seconds = time.perf_counter() - started
        return body, progress

    def stream(
        self, text: bytes, output_format: str, parameters: Mapping[str, str], progress: Progress
    ) -> Generator[bytes, None, None]:
        """Run one SELECT and yield its blocks; `progress` moves along. Closing the iterator cancels the query."""
        started = time.perf_counter()
        with _engine_errors():
            running = self._raw.send_query(text, output_format, params=dict(parameters))
        finished = False
        try:
            while True:
                with _engine_errors():
                    block = self._raw.streaming_fetch_result(running)
                    if block is None or not block.rows_read():
                        finished = True
                        return
                    body: bytes = block.bytes()
                    progress.read_rows += block.storage_rows_read()
                    progress.read_bytes += block.storage_bytes_read()
                    progress.result_rows += block.rows_read()
                progress.result_bytes += len(body)
                progress.seconds = time.perf_counter() - started
                yield body
        finally:
            if not finished:
                self._raw.streaming_cancel_query(running)

    def insert(self, statement: bytes, input_format: str, data: memoryview) -> Progress:
        """Insert data in a format; `statement` is the INSERT up to, not including, FORMAT or VALUES.

        The disk is looked at first: where the engine cannot write, `insert_done` says that it did (chdb 4.4).

        Raises:
            EngineError: the engine refuses, or its disk has too little room.
        """
        started = time.perf_counter()
        require_room(len(data))
        with _engine_errors():
            running = self._raw.send_insert(statement, input_format)
            try:
                for at in range(0, len(data), _CHUNK):
                    self._raw.insert_append(running, bytes(data[at : at + _CHUNK]))
                result = self._raw.insert_done(running)
            except BaseException:
                self._raw.insert_cancel(running)
                raise
            return Progress(
                written_rows=result.rows_written(),
                written_bytes=result.bytes_written(),
                read_rows=result.rows_written(),
                read_bytes=len(data),
                seconds=time.perf_counter() - started,
            )

    def set(self, settings: Mapping[str, str]) -> None:
        """Change settings (or `param_` query parameters) of this connection."""
        if settings:
            self.query("SET " + ", ".join(f"{name} = {literal(value)}" for name, value in settings.items()), "Null", {})

    def use(self, database: str) -> None:
        """Change the current database of this connection."""
        name = database.replace("\\", "\\\\").replace("`", "\\`")
        self.query(f"USE `{name}`", "Null", {})

    def close(self) -> None:
        """Give the session back to the engine."""
        self._raw.close()


class Engine:
    """The engine over the working directory: open it once per process and close it last.

    The data folder has to be the working directory, because chdb takes paths in an address that it does not decode: a
    space or an ampersand in one would be lost.
    """

    def __init__(self, limits: Limits, views: Sequence[str] = ()) -> None:
        """`views` are those that the role `board` may read, as database.name."""
        self._limits = limits
        self._address = f".?config-file={write(limits, _system_tables(), views)}"
        self._root = self.connect(OWNER)
        version, timezone, name = self._root.query("SELECT version(), timezone(), displayName()", "TSV", {})[0].split()
        self.version, self.timezone, self.display_name = version.decode(), timezone.decode(), name.decode()

    def connect(self, role: Role) -> Connection:
        """A new session with the rights of a role, which it cannot change as long as `guard` is asked first."""
        with _engine_errors():
            connection = Connection(_connect(self._address))
        try:
            connection.query(f"SET ROLE {role}", "Null", {})
            if role != OWNER:
                connection.set(reader_settings(self._limits, role))
                connection.set({"profile": role})
        except BaseException:
            connection.close()
            raise
        return connection

    def cancel_all(self) -> None:
        """Ask every running query to stop."""
        self._root.query("KILL QUERY WHERE query_id != queryID() ASYNC", "Null", {})

    def close(self) -> None:
        """Stop the engine; parts being written are finished or dropped, never left half."""
        self._root.close()


def _connect(address: str) -> Any:
    """The bare connection: chdb's own wrapper hides what was read and written, and copies results once more."""
    return chdb._chdb.connect(address)  # type: ignore[attr-defined]  # a compiled module without stubs


def require_room(size: int, folder: str = ".") -> None:
    """Refuse an insert of so many bytes when that would leave less room than inserts need.

    Raises:
        EngineError: with the code of a full disk, which writers wait out.
    """
    disk = os.statvfs(folder)
    room = disk.f_bavail * disk.f_frsize
    if room < INSERT_ROOM_BYTES + size:
        raise EngineError(243, "NOT_ENOUGH_SPACE", f"not enough space: {room >> 20} MiB are left on the disk")


def literal(text: str) -> str:
    """A string literal of ClickHouse's SQL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _system_tables() -> list[str]:
    """The tables of the database `system`, asked of an engine in memory: the configuration has to name them."""
    probe = Connection(_connect(":memory:"))
    try:
        body, _ = probe.query("SELECT name FROM system.tables WHERE database = 'system'", "TSV", {})
    finally:
        probe.close()
    return body.decode().split()


@contextmanager
def _engine_errors() -> Iterator[None]:
    """The engine raises RuntimeError with everything in the text."""
    try:
        yield
    except RuntimeError as error:
        raise parse(str(error)) from None
