"""Slots: how many events came in each five minutes, per network and brand, however often they were delivered. Pure.

For two days of event time a slot remembers which events it has counted, so that a repeat changes nothing and an edit
replaces what it edits. Then it is sealed: only the counts are kept, for five weeks; an event that comes later still
is counted once per record of its topic.

A partition with five networks takes about 10 MB for its five weeks of slots, 124 bytes of changelog each (measured in
November 2026); a slot that is open adds about 100 bytes for each of its events, so a day of 100,000 events adds 10 MB.
"""

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from schemas.enriched import Enriched
from streams.instants import to_ms

SLOT_MS = 300_000
DAY_MS = 86_400_000
SEALED_AFTER_MS = 2 * DAY_MS
KEPT_MS = 36 * DAY_MS
_DELETED = 1 << 52


class Count(Struct, array_like=True):
    """Events of one brand on one network, of which so many negative ones of customers, and when the last was."""

    events: int = 0
    negative: int = 0
    last_ms: int = 0


class Slot(Struct, array_like=True):
    """Five minutes of one partition. `offset` is the last record that was counted, `seen` the rank of each event."""

    partition: int
    start_ms: int
    offset: int = -1
    counts: dict[str, Count] = {}
    seen: dict[int, int] = {}


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Slot)


def pack(slot: Slot) -> bytes:
    """What the table keeps."""
    return _ENCODER.encode(slot)


def unpack(packed: bytes) -> Slot:
    """From the table's bytes."""
    return _DECODER.decode(packed)


def copy(slot: Slot) -> Slot:
    """One that can be changed without changing the other."""
    counts = {name: Count(one.events, one.negative, one.last_ms) for name, one in slot.counts.items()}
    return Slot(slot.partition, slot.start_ms, slot.offset, counts, dict(slot.seen))


def slot_start(at_ms: int) -> int:
    """The beginning of the five minutes in which an instant lies."""
    return at_ms // SLOT_MS * SLOT_MS


def cell_name(network: str, brand: str) -> str:
    """A brand on a network as one word; the name of a network has no such stroke in it."""
    return f"{network}|{brand}"


def count(slot: Slot, enriched: Enriched, offset: int, *, sealed: bool) -> bool:
    """Count an event into its slot; False when that changes nothing."""
    event = enriched.event
    at_ms = to_ms(event.created_at)
    one = slot.counts.get(cell_name(event.network, event.brand), Count())
    if sealed:
        if offset <= slot.offset:
            return False
        one.events, one.negative = one.events + 1, one.negative + _is_negative(enriched)
    else:
        # the newest copy counts, a deletion for ever, and of two alike the worse: whatever came first
        rank = to_ms(event.received_at) * 2 + _is_negative(enriched) + event.deleted * _DELETED
        key = int.from_bytes(hashlib.blake2b(event.event_id.encode(), digest_size=8).digest())
        known = slot.seen.get(key)
        if known is not None and known >= rank:
            return False
        one.events += known is None
        one.negative += _is_negative(enriched) - (0 if known is None else known & 1)
        slot.seen[key] = rank
    slot.offset = max(slot.offset, offset)
    one.last_ms = max(one.last_ms, at_ms)
    slot.counts[cell_name(event.network, event.brand)] = one
    return True


def _is_negative(enriched: Enriched) -> bool:
    event = enriched.event
    unhappy = event.author.role == "customer" and enriched.sentiment.label == "negative"
    return unhappy and not enriched.is_spam and not event.deleted


Counts = dict[str, list[int]]  # per cell: events, and negative ones


def total(slots: Mapping[int, Slot], starts: Iterable[int], into: Counts | None = None) -> Counts:
    """Add up slots, named by when they start."""
    into = {} if into is None else into
    for start in starts:
        slot = slots.get(start)
        if slot is None:
            continue
        for name, one in slot.counts.items():
            both = into.get(name)
            if both is None:
                into[name] = [one.events, one.negative]
            else:
                both[0] += one.events
                both[1] += one.negative
    return into
