"""Where a replay left off: a small JSON file, replaced as a whole, so that a kill leaves the old one or the new.

Guarantee: saved only after a flush, so every row before `rows` is on the broker that `broker` names.
"""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from schemas import codec
from schemas.errors import ConfigError, DecodeError
from schemas.event import Instant


class Position(Struct, frozen=True, kw_only=True):
    """How far one replay of one file has come.

    `broker` is an identity that changes when the broker loses what it held: the embedded one forgets
    everything when it stops. `drained_rows` were stored behind the broker, and so survive it. `started_at`
    and `shift_ms` stay the same over all runs, so that a resumed replay publishes the same events.
    """

    fingerprint: str
    broker: str
    rebased: bool
    started_at: Instant
    rows: int = 0
    drained_rows: int = 0
    shift_ms: int | None = None


class PositionFile:
    """The file that holds a position, and the identity of the broker of this run."""

    def __init__(self, path: Path, *, broker: str, until_stored: bool = False) -> None:
        """
        Args:
            until_stored: keep the position when the replay ends, until `remove` is called: the broker of this
                run forgets what it holds, and that is not stored yet.
        """
        self.path = path
        self.broker = broker
        self._until_stored = until_stored

    def load(self, fingerprint: str, *, rebased: bool, now: datetime) -> Position:
        """The position to start from: row 0 unless a run of the same file on the same broker left one.

        An unreadable position starts again at row 0, which repeats events and loses none.
        """
        fresh = Position(fingerprint=fingerprint, broker=self.broker, rebased=rebased, started_at=now)
        saved = _read(self.path)
        if saved is None or saved.fingerprint != fingerprint or saved.rebased != rebased:
            return fresh
        if saved.broker != self.broker:
            return msgspec.structs.replace(saved, broker=self.broker, rows=saved.drained_rows)
        return saved

    def save(self, position: Position) -> None:
        """Replace what was saved.

        Raises:
            ConfigError: the file cannot be written.
        """
        _write(self.path, position)

    def finish(self) -> None:
        """The last row was published."""
        if not self._until_stored:
            self.remove()

    def remove(self) -> None:
        """Forget the position: the replay is finished."""
        self.path.unlink(missing_ok=True)


def mark_drained(path: Path) -> None:
    """Say that everything published so far is stored behind the broker; without a position there is nothing to say.

    Raises:
        ConfigError: the file cannot be written.
    """
    position = _read(path)
    if position is not None:
        _write(path, msgspec.structs.replace(position, drained_rows=position.rows))


def _read(path: Path) -> Position | None:
    try:
        return codec.decode(path.read_bytes(), Position, where=str(path))
    except (OSError, DecodeError):
        return None


def _write(path: Path, position: Position) -> None:
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(codec.encode(position))  # without fsync: what a power cut spoils starts again at row 0
        beside.replace(path)
    except OSError as error:
        raise ConfigError(
            f"the position of the replay cannot be written: {error.strerror}",
            where=str(path),
            fix="Make that folder writable.",
        ) from error
