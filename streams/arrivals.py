"""Slots: how many events came in each five minutes, per network and brand, however often they were delivered. Pure.

For two days of event time a slot remembers which events it has counted, so that a repeat changes nothing and an edit
replaces what it edits. Then it is sealed: only the counts are kept, for five weeks; an event that comes later still
is counted once per record of its topic.

In the changelog an open slot is written in parts, each of some events: a slot that was written whole with every batch
wrote 5.9 kB per event. Parts are put together by the newest copy of each event, so that it does not matter which of
them come twice, late, or from two owners. Which events a slot has counted is for its owner to keep (`streams.seen`).

A partition with five networks takes about 10 MB for its five weeks of slots, 124 bytes of changelog each (measured in
November 2026).
"""

import hashlib
from collections.abc import Iterable, Mapping

from msgspec import Struct

from schemas.enriched import Enriched
from streams.instants import to_ms

SLOT_MS = 300_000
DAY_MS = 86_400_000
SEALED_AFTER_MS = 2 * DAY_MS
KEPT_MS = 36 * DAY_MS
_DELETED = 1 << 52
_PART_EVENTS = 16  # few are written again and again, many make many records


class Count(Struct, array_like=True):
    """Events of one brand on one network, of which so many negative ones of customers, and when the last was."""

    events: int = 0
    negative: int = 0
    last_ms: int = 0


class Slot(Struct, array_like=True):
    """Five minutes of one partition. `offset` is the last record that was counted.

    Of a sealed slot the counts are all there is: parts that are still around are in them. Older programs wrote open
    slots whole, with the rank of each event in `seen`.
    """

    partition: int
    start_ms: int
    offset: int = -1
    counts: dict[str, Count] = {}
    seen: dict[int, int] = {}
    sealed: bool = False


class Noted(Struct, array_like=True):
    """Events of one brand on one network: the rank of each, and when the last was."""

    last_ms: int = 0
    ranks: dict[int, int] = {}


class Part(Struct, array_like=True):
    """Some events of an open slot, as they came."""

    partition: int
    start_ms: int
    number: int = 0
    offset: int = -1
    cells: dict[str, Noted] = {}

    @property
    def events(self) -> int:
        """How many it holds."""
        return sum(len(one.ranks) for one in self.cells.values())


def sealed(slot: Slot) -> Slot:
    """A copy of its counts alone, for when nothing more is expected of it."""
    counts = {name: Count(one.events, one.negative, one.last_ms) for name, one in slot.counts.items()}
    return Slot(slot.partition, slot.start_ms, slot.offset, counts, {}, sealed=True)


def slot_start(at_ms: int) -> int:
    """The beginning of the five minutes in which an instant lies."""
    return at_ms // SLOT_MS * SLOT_MS


def cell_name(network: str, brand: str) -> str:
    """A brand on a network as one word; the name of a network has no such stroke in it."""
    return f"{network}|{brand}"


def count(slot: Slot, enriched: Enriched, offset: int) -> bool:
    """Count a late event into a sealed slot; False when its record was counted before."""
    if offset <= slot.offset:
        return False
    one = slot.counts.setdefault(cell_name(enriched.event.network, enriched.event.brand), Count())
    one.events, one.negative = one.events + 1, one.negative + _is_negative(enriched)
    one.last_ms = max(one.last_ms, to_ms(enriched.event.created_at))
    slot.offset = offset
    return True


def key_of(event_id: str) -> int:
    """The name of an event within a slot, of 64 bits."""
    return int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8).digest())


def note(part: Part, known: int | None, enriched: Enriched, offset: int) -> bool:
    """Put an event into a part, not yet into its slot; False when that changes nothing.

    Args:
        known: the rank with which the slot has counted this event.
    """
    event = enriched.event
    # the newest copy counts, a deletion for ever, and of two alike the worse: whatever came first
    rank = to_ms(event.received_at) * 2 + _is_negative(enriched) + event.deleted * _DELETED
    key = key_of(event.event_id)
    one = part.cells.get(cell_name(event.network, event.brand), Noted())
    if rank <= max(-1 if known is None else known, one.ranks.get(key, -1)):
        return False
    one.ranks[key] = rank
    one.last_ms = max(one.last_ms, to_ms(event.created_at))
    part.cells[cell_name(event.network, event.brand)] = one
    part.offset = max(part.offset, offset)
    return True


def take(slot: Slot, part: Part, known: Mapping[int, int]) -> dict[int, int]:
    """Count what a part holds; what was counted already, from whichever part, changes nothing.

    Args:
        known: the ranks with which the slot has counted events of this part.
    Returns:
        the ranks with which it has counted events now.
    """
    counted: dict[int, int] = {}
    for name, noted in part.cells.items():
        one = slot.counts.setdefault(name, Count())
        one.last_ms = max(one.last_ms, noted.last_ms)
        for key, rank in noted.ranks.items():
            before = counted.get(key, known.get(key))
            if before is None or before < rank:
                one.events += before is None
                one.negative += (rank & 1) - (0 if before is None else before & 1)
                counted[key] = rank
    slot.offset = max(slot.offset, part.offset)
    return counted


def following(part: Part | None, partition: int, start_ms: int) -> Part:
    """The part into which the next events go: a copy of the last one as long as it has room, or a new one."""
    if part is None:
        return Part(partition, start_ms)
    if part.events >= _PART_EVENTS:
        return Part(partition, start_ms, part.number + 1)
    cells = {name: Noted(one.last_ms, dict(one.ranks)) for name, one in part.cells.items()}
    return Part(partition, start_ms, part.number, part.offset, cells)


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
