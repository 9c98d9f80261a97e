"""Connections that outlive a request: settings made with SET, temporary tables, the current database."""

import base64
import threading
from collections.abc import Callable, Mapping

from deploy.embedded.clickhouse.engine import Connection, Engine, literal
from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.lexer import first_word
from deploy.embedded.clickhouse.request import SessionKey, Statement
from deploy.embedded.clickhouse.users import Role, User


class Session:
    """A connection that can carry the settings of one request and lay them down again.

    Settings of a request stay in place until a request asks for others: drivers send the same ones each time, and
    every SET costs as much as a small query.
    """

    def __init__(self, connection: Connection, role: Role, *, kept: bool) -> None:
        self.connection = connection
        self.role = role
        self._kept = kept
        self._database = "default"
        self._current = "default"
        self._laid: dict[str, str] = {}
        self._before: dict[str, str | None] = {}

    def prepare(self, statement: Statement) -> None:
        """Put the database and the settings of a request in place."""
        settings = dict(statement.settings)
        if first_word(statement.text) == b"SET":
            settings = {}  # what the statement sets must outlive the request
        if settings != self._laid:
            self._lay_down()
            if self._kept and settings:
                self._before = self._values(settings)
            self._laid = settings
            self.connection.set(settings)
        if (wanted := statement.database or self._database) != self._current:
            self.connection.use(wanted)
            self._current = wanted

    def settle(self, statement: Statement) -> None:
        """Remember what a statement changed for good."""
        if self._kept and first_word(statement.text) == b"USE":
            body, _ = self.connection.query("SELECT currentDatabase()", "TSVRaw", {})
            self._database = self._current = body.decode().rstrip("\n")

    def close(self) -> None:
        """Drop the temporary tables and the connection."""
        self.connection.close()

    def _lay_down(self) -> None:
        changes = [f"{name} = {'DEFAULT' if value is None else literal(value)}" for name, value in self._before.items()]
        self._laid, self._before = {}, {}
        if changes:
            self.connection.query(f"SET {', '.join(changes)}", "Null", {})

    def _values(self, settings: Mapping[str, str]) -> dict[str, str | None]:
        known = ", ".join(literal(name) for name in settings)
        body, _ = self.connection.query(
            f"SELECT name, base64Encode(value), changed FROM system.settings WHERE name IN ({known})", "TSV", {}
        )
        values: dict[str, str | None] = {}
        for line in body.decode().splitlines():
            name, value, changed = line.split("\t")
            values[name] = _decode(value) if changed == "1" else None
        return values


class Sessions:
    """All sessions, by user and id. Thread-safe; a session runs one request at a time, as on a server."""

    def __init__(self, engine: Engine, later: Callable[[float, Callable[[], None]], object]) -> None:
        """`later` runs a callback after some seconds; it expires idle sessions."""
        self._engine = engine
        self._later = later
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], tuple[Session, object]] = {}
        self._busy: set[tuple[str, str]] = set()

    def take(self, user: User, key: SessionKey | None) -> Session:
        """The session of a request, for this request alone.

        Raises:
            EngineError: SESSION_IS_LOCKED while another request runs in it, SESSION_NOT_FOUND.
        """
        if key is None:
            return Session(self._engine.connect(user.role), user.role, kept=False)
        place = (user.name, key.id)
        with self._lock:
            if place in self._busy:
                raise EngineError(373, "SESSION_IS_LOCKED", "Session is locked by a concurrent client")
            found, _ = self._idle.pop(place, (None, None))
            if found is None and key.must_exist:
                raise EngineError(372, "SESSION_NOT_FOUND", "Session not found")
            self._busy.add(place)
        try:
            return found or Session(self._engine.connect(user.role), user.role, kept=True)
        except BaseException:
            with self._lock:
                self._busy.discard(place)
            raise

    def give_back(self, user: User, key: SessionKey | None, session: Session) -> None:
        """End a request: a session without a key is closed, one with a key waits for its next request."""
        if key is None:
            session.close()
            return
        place = (user.name, key.id)
        if key.close:
            session.close()
        ticket = object()
        with self._lock:
            self._busy.discard(place)
            if not key.close:
                self._idle[place] = (session, ticket)
        if not key.close:
            self._later(key.seconds, lambda: self._expire(place, ticket))

    def close(self) -> None:
        """Close every idle session."""
        with self._lock:
            idle = [session for session, _ in self._idle.values()]
            self._idle.clear()
        for session in idle:
            session.close()

    def _expire(self, place: tuple[str, str], ticket: object) -> None:
        with self._lock:
            session, latest = self._idle.get(place, (None, None))
            if session is None or latest is not ticket:
                return  # used again since
            del self._idle[place]
        session.close()


def _decode(value: str) -> str:
    return base64.b64decode(value).decode("utf-8", "replace")
