"""Kept: what the windows of the watch are worked out from, as records of one table; a key begins with its kind.

`c` a conversation, `s` a slot of arrivals, `p` a part of one, `a` decisions about watches, `w` the last window sent.
Before each packed record stands its version.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from schemas.action import Action
from streams.arrivals import Part, Slot
from streams.shelf import Page
from streams.waits import Waits

IN_ORDER = (b"w", b"a", b"s", b"p", b"c")  # parts after their slots; conversations once it is known what was sent
_VERSION_BYTES = 8


class Acts(msgspec.Struct, frozen=True, array_like=True):
    """What people decided about watches, as far as it came in this partition."""

    partition: int
    actions: tuple[Action, ...] = ()


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """The last window of a partition that was sent."""

    partition: int
    at_ms: int


Change = Waits | Slot | Part | Acts | Sent

_KINDS: dict[bytes, msgspec.msgpack.Decoder[Any]] = {
    b"c": msgspec.msgpack.Decoder(Waits),
    b"s": msgspec.msgpack.Decoder(Slot),
    b"p": msgspec.msgpack.Decoder(Part),
    b"a": msgspec.msgpack.Decoder(Acts),
    b"w": msgspec.msgpack.Decoder(Sent),
}
_ENCODER = msgspec.msgpack.Encoder()


def conversation_key(conversation_id: str) -> bytes:
    """Where a conversation is kept."""
    return b"c" + conversation_id.encode()


def slot_key(number: int, start_ms: int) -> bytes:
    """Where a slot of this partition is kept."""
    return b"s%d:%d" % (number, start_ms)


def parts_prefix(number: int, start_ms: int) -> bytes:
    """With what the keys of all parts of a slot begin."""
    return b"p%d:%d:" % (number, start_ms)


def pack(change: Change, version: int) -> bytes:
    """A record of the table."""
    return version.to_bytes(_VERSION_BYTES, "big") + _ENCODER.encode(change)


def unpack(key: bytes, packed: bytes) -> Any:
    """What stands in a record, of the kind that its key says."""
    return _KINDS[key[:1]].decode(packed[_VERSION_BYTES:])


def version_of(packed: bytes) -> int:
    """What a former owner writes late must not hide what its successor has counted since."""
    return int.from_bytes(packed[:_VERSION_BYTES], "big")


def under(page: Page, prefix: bytes) -> Iterator[list[tuple[bytes, bytes]]]:
    """All records whose key begins so, some at a time; in between the page may be changed."""
    last = prefix
    while chunk := page.after(last, prefix=prefix):
        yield chunk
        last = chunk[-1][0]
