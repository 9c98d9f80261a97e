"""HTTP content encodings and ClickHouse's own block framing (`compress=1`, `decompress=1`). Pure."""

import struct
import zlib
from collections.abc import Callable
from typing import Protocol

import lz4.block
import lz4.frame
import zstandard
from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]  # no types upstream

from deploy.embedded.clickhouse.errors import EngineError, not_implemented

# Framing: checksum (16 bytes), method (1), size with this header (4), size of the data (4), data.
# Source: ClickHouse src/Compression/CompressedReadBufferBase.cpp.
_CHECKSUM, _HEADER = 16, struct.Struct("<BII")
_LZ4, _ZSTD, _NONE = 0x82, 0x90, 0x02
_BLOCK = 1 << 20
_PIECE = 1 << 16

# Best first, as a ClickHouse server prefers them.
ENCODINGS = ("zstd", "lz4", "gzip", "deflate")


class Encoder(Protocol):
    """Turns pieces of an answer into one encoded body."""

    def encode(self, data: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class Plain:
    """No encoding."""

    def encode(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _Zlib:
    def __init__(self, window: int) -> None:
        self._compressor = zlib.compressobj(3, zlib.DEFLATED, window)  # 3 is ClickHouse's http_zlib_compression_level

    def encode(self, data: bytes) -> bytes:
        return self._compressor.compress(data)

    def finish(self) -> bytes:
        return self._compressor.flush()


class _Zstd:
    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1).compressobj()

    def encode(self, data: bytes) -> bytes:
        return self._compressor.compress(data)

    def finish(self) -> bytes:
        return self._compressor.flush()


class _Lz4Frame:
    def __init__(self) -> None:
        self._compressor = lz4.frame.LZ4FrameCompressor()
        self._begun = False

    def encode(self, data: bytes) -> bytes:
        head = b"" if self._begun else self._compressor.begin()
        self._begun = True
        return bytes(head + self._compressor.compress(data))

    def finish(self) -> bytes:
        head = b"" if self._begun else self._compressor.begin()
        return bytes(head + self._compressor.flush())


class Blocks:
    """ClickHouse's own framing, LZ4."""

    def encode(self, data: bytes) -> bytes:
        return b"".join(_frame(data[at : at + _BLOCK]) for at in range(0, len(data), _BLOCK))

    def finish(self) -> bytes:
        return b""


class Decoder(Protocol):
    """What zlib, zstandard and lz4 share."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...

    def decompress(self, data: bytes, /) -> bytes: ...


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "lz4": lz4.frame.LZ4FrameDecompressor,
    "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "deflate": lambda: zlib.decompressobj(zlib.MAX_WBITS),
}
_ENCODERS: dict[str, Callable[[], Encoder]] = {
    "zstd": _Zstd,
    "lz4": _Lz4Frame,
    "gzip": lambda: _Zlib(16 + zlib.MAX_WBITS),
    "deflate": lambda: _Zlib(zlib.MAX_WBITS),
}


def choose(accept_encoding: str) -> str | None:
    """The encoding to answer with, from an Accept-Encoding header; None for plain."""
    offered = {
        part.split(";")[0].strip().lower() for part in accept_encoding.split(",") if "q=0" not in part.split(";")[1:]
    }
    return next((encoding for encoding in ENCODINGS if encoding in offered), None)


def encoder(encoding: str | None) -> Encoder:
    """The encoder of an encoding that `choose` named."""
    return _ENCODERS[encoding]() if encoding else Plain()


def decode(data: bytes, encoding: str, limit: int) -> bytes:
    """A request body without its Content-Encoding.

    Raises:
        EngineError: unknown encoding, damaged or truncated data, or more than `limit` bytes.
    """
    if encoding in ("", "identity"):
        return data
    if encoding not in _DECODERS:
        raise not_implemented(f"Content-Encoding {encoding} is not supported; use one of {', '.join(ENCODINGS)}")
    try:
        return _drain(_DECODERS[encoding], data, limit)
    except (zlib.error, zstandard.ZstdError, RuntimeError, EOFError) as error:
        raise EngineError(271, "CANNOT_DECOMPRESS", f"The body is not valid {encoding}: {error}") from None


def _drain(make: Callable[[], Decoder], data: bytes, limit: int) -> bytes:
    """All frames of `data`, fed in pieces so that a small body cannot unpack beyond the limit unnoticed."""
    parts: list[bytes] = []
    total = 0
    while data:
        decoder = make()
        at = 0
        while at < len(data) and not decoder.eof:
            parts.append(decoder.decompress(data[at : at + _PIECE]))
            at += _PIECE
            total += len(parts[-1])
            if total > limit:
                raise too_large(limit)
        if not decoder.eof:
            raise EOFError("it ends in the middle")
        data = (decoder.unused_data or b"") + data[at:]
    return b"".join(parts)


def too_large(limit: int) -> EngineError:
    """A body beyond the limit."""
    return EngineError(
        229, "QUERY_IS_TOO_LARGE", f"The body is larger than {limit} bytes; send less at once, or start with --max-body"
    )


def unframe(data: bytes, limit: int) -> bytes:
    """The data inside ClickHouse's own blocks, every checksum verified.

    Raises:
        EngineError: a checksum that does not match, damaged data, or more than `limit` bytes.
    """
    parts: list[bytes] = []
    at = total = 0
    head = _CHECKSUM + _HEADER.size
    while at < len(data):
        if len(data) - at < head:
            raise EngineError(33, "CANNOT_READ_ALL_DATA", "The compressed body ends inside a block header")
        method, size, plain_size = _HEADER.unpack_from(data, at + _CHECKSUM)
        block = data[at + _CHECKSUM : at + _CHECKSUM + size]
        if size < _HEADER.size or len(block) < size:
            raise EngineError(33, "CANNOT_READ_ALL_DATA", "The compressed body ends inside a block")
        if data[at : at + _CHECKSUM] != _checksum(block):
            raise EngineError(40, "CHECKSUM_DOESNT_MATCH", "Checksum doesn't match: corrupted data")
        total += plain_size
        if total > limit:
            raise too_large(limit)
        parts.append(_unpack(method, block[_HEADER.size :], plain_size))
        at += _CHECKSUM + size
    return b"".join(parts)


def _unpack(method: int, packed: bytes, plain_size: int) -> bytes:
    try:
        if method == _LZ4:
            return bytes(lz4.block.decompress(packed, uncompressed_size=plain_size))
        if method == _ZSTD:
            return bytes(zstandard.ZstdDecompressor().decompress(packed, max_output_size=plain_size))
    except (lz4.block.LZ4BlockError, zstandard.ZstdError) as error:
        raise EngineError(271, "CANNOT_DECOMPRESS", f"Cannot decompress a block: {error}") from None
    if method == _NONE:
        return packed
    raise EngineError(89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown compression method {method:#x} in a block")


def _frame(data: bytes) -> bytes:
    packed: bytes = lz4.block.compress(data, store_size=False)
    block = _HEADER.pack(_LZ4, len(packed) + _HEADER.size, len(data)) + packed
    return _checksum(block) + block


def _checksum(block: bytes) -> bytes:
    digest: int = CityHash128(block)
    return struct.pack("<QQ", digest >> 64, digest & (1 << 64) - 1)
