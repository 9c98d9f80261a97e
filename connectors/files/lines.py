"""A file as lines with their place, and read again from there. The only module here that opens files."""

import gzip
import hashlib
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from connectors.files.limits import MAX_PAYLOAD_BYTES
from schemas.errors import ConfigError

GZIP_MAGIC = b"\x1f\x8b"
FINGERPRINT_BYTES = 65_536
BUFFER_BYTES = 1_048_576


class Line(NamedTuple):
    """One line with its end. `payload` is cut at MAX_PAYLOAD_BYTES; `length` is what the file holds."""

    number: int
    offset: int
    length: int
    payload: bytes


class InputFile:
    """An open file. A gzip file is unpacked beside the system's temporary files, since rows are read twice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._stream = _open(path)
        self.size = os.fstat(self._stream.fileno()).st_size
        if self.size == 0:
            self._stream.close()
            raise ConfigError("the file is empty", where=str(path), fix="Give a file with rows.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def lines(self) -> Iterator[Line]:
        """Every line from the first; memory does not grow with the length of a line."""
        stream = self._stream
        stream.seek(0)
        number, offset = 0, 0
        while payload := stream.readline(MAX_PAYLOAD_BYTES):
            number += 1
            length = len(payload)
            while length >= MAX_PAYLOAD_BYTES and not payload.endswith(b"\n"):
                rest = stream.readline(MAX_PAYLOAD_BYTES)
                length += len(rest)
                if rest.endswith(b"\n") or not rest:
                    break
            yield Line(number, offset, length, payload)
            offset += length

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at a place that `lines` gave, cut at MAX_PAYLOAD_BYTES."""
        return os.pread(self._stream.fileno(), min(length, MAX_PAYLOAD_BYTES), offset)

    def fingerprint(self) -> str:
        """A mark that changes when the file is another one: its size, its head and its tail."""
        digest = hashlib.blake2b(str(self.size).encode(), digest_size=16)
        digest.update(self.read(0, FINGERPRINT_BYTES))
        digest.update(self.read(max(0, self.size - FINGERPRINT_BYTES), FINGERPRINT_BYTES))
        return digest.hexdigest()


def _open(path: Path) -> IO[bytes]:
    if path.is_dir():
        raise ConfigError("this is a folder, not a file", where=str(path), fix="Name a file inside it.")
    try:
        stream = path.open("rb", buffering=BUFFER_BYTES)
    except FileNotFoundError:
        raise ConfigError("there is no such file", where=str(path), fix="Correct the path.") from None
    except OSError as error:
        raise ConfigError(
            f"the file cannot be read: {error.strerror}", where=str(path), fix="Correct its permissions."
        ) from None
    if not stream.seekable():
        stream.close()
        raise ConfigError("rows are read twice, a pipe cannot be", where=str(path), fix="Save it as a file first.")
    if stream.read(2) != GZIP_MAGIC:
        return stream
    stream.seek(0)
    with stream:
        return _unpack(stream, path)


def _unpack(stream: IO[bytes], path: Path) -> IO[bytes]:
    plain = tempfile.TemporaryFile(buffering=BUFFER_BYTES)  # noqa: SIM115  # the InputFile closes it
    try:
        with gzip.open(stream) as packed:
            shutil.copyfileobj(packed, plain, BUFFER_BYTES)
        plain.flush()
    except (OSError, EOFError, zlib.error) as error:
        plain.close()
        raise ConfigError(
            f"the gzip file cannot be unpacked: {error}", where=str(path), fix="Fetch the file again."
        ) from None
    return plain
