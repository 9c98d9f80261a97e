"""A file as something that can be replayed: opened, checked and marked, whatever its format."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from connectors.files import events, twcs
from connectors.files.history import History, Seen
from connectors.files.limits import Limits, limits_from
from connectors.files.lines import InputFile
from schemas.clock import Clock
from schemas.errors import ConfigError
from schemas.settings import Connectors


class Format(Protocol):
    """A module that reads one format."""

    def check_header(self, file: InputFile) -> None:
        """Raise ConfigError when the file is not of this format at all."""

    def scan(self, file: InputFile, limits: Limits, *, clock: Clock, seen: Seen) -> History:
        """Every row of the file."""


FORMATS: Mapping[str, Format] = {"twcs": twcs, "events": events}


class FileSource:
    """A file of history. Opening it checks that it can be read and is of the format.

    Raises:
        ConfigError: no such file, a folder, not readable, empty, another format, or a setting that cannot hold.
    """

    def __init__(self, path: Path, format_name: str, settings: Connectors, *, clock: Clock) -> None:
        if format_name not in FORMATS:
            raise ConfigError(
                f"there is no format {format_name!r}", where="--format", fix=f"Choose one of {', '.join(FORMATS)}."
            )
        self._format = FORMATS[format_name]
        self._settings = settings
        self._clock = clock
        limits_from(settings, clock.now())
        self._file = InputFile(path)
        try:
            self._format.check_header(self._file)
        except ConfigError:
            self._file.__exit__(None, None, None)
            raise
        # other limits make other rows bad, and so another order
        self._marks = f"{format_name}:{msgspec.json.encode(settings, enc_hook=float).decode()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)

    @property
    def name(self) -> str:
        """The name of the file, without its folders."""
        return self._file.name

    @property
    def size(self) -> int:
        """Bytes to scan, unpacked."""
        return self._file.size

    @property
    def fingerprint(self) -> str:
        """Changes when the file, the format or a limit changes."""
        return f"{self._file.fingerprint()}:{self._marks}"

    def scan(self, *, now: datetime, seen: Seen) -> History:
        """Read the whole file once; `items` of the history reads rows again, so keep the source open."""
        return self._format.scan(self._file, limits_from(self._settings, now), clock=self._clock, seen=seen)
