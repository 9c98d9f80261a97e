"""What a file holds, in the order in which it happened: places of rows, kept compactly, and what became of them."""

from __future__ import annotations  # array[int] is a type for the checker alone

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from connectors.files.limits import MAX_PAYLOAD_BYTES
from connectors.files.lines import InputFile
from schemas.deadletter import DeadLetter, dead_letter_id
from schemas.errors import Malformed
from schemas.event import Event

Seen = Callable[[int], None]  # is told how many bytes of the file were looked at
SEEN_EVERY_ROWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A row that is no event. `cause` is the same sentence for every row that fails in the same way."""

    letter: DeadLetter
    cause: str


Item = Event | Bad


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Every row of a file, once. `items(start)` gives them in an order that never changes, from one of them on."""

    rows: int
    first_at: datetime | None
    last_at: datetime | None
    items: Callable[[int], Iterator[Item]]


class Place(NamedTuple):
    """Where a row stands."""

    line: int
    offset: int
    length: int


class Places:
    """Many places in 16 bytes each."""

    def __init__(self) -> None:
        self._lines = array("I")
        self._offsets = array("q")
        self._lengths = array("I")

    def add(self, place: Place) -> None:
        """Append one."""
        self._lines.append(place.line)
        self._offsets.append(place.offset)
        self._lengths.append(min(place.length, MAX_PAYLOAD_BYTES))

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, index: int) -> Place:
        return Place(self._lines[index], self._offsets[index], self._lengths[index])


class BadRows:
    """The rows of one file that are no events, with the cause of each."""

    def __init__(self, file: InputFile, *, source: str, network: str, failed_at: datetime) -> None:
        self._file = file
        self._source = source
        self._network = network
        self._failed_at = failed_at
        self._places = Places()
        self._causes: list[str] = []

    def add(self, place: Place, cause: str) -> None:
        """Append one."""
        self._places.add(place)
        self._causes.append(cause)

    def __len__(self) -> int:
        return len(self._causes)

    def __getitem__(self, index: int) -> Bad:
        place, cause = self._places[index], self._causes[index]
        payload = self._file.read(place.offset, place.length)
        error = Malformed(cause, where=f"{self._file.name}, line {place.line}")
        letter = DeadLetter(
            dead_letter_id=dead_letter_id("connect", self._source, -1, place.line, payload),
            stage="connect",
            source=self._source,
            offset=place.line,
            error=type(error).__name__,
            reason=str(error),
            failed_at=self._failed_at,
            payload=payload,
            network=self._network,
        )
        return Bad(letter=letter, cause=cause)


def in_order(bad: BadRows, order: array[int], event_of: Callable[[int], Event]) -> Callable[[int], Iterator[Item]]:
    """The items of a history: bad rows first, since they have no time, then events in the given order."""

    def items(start: int) -> Iterator[Item]:
        for index in range(start, len(bad)):
            yield bad[index]
        for index in range(max(0, start - len(bad)), len(order)):
            yield event_of(order[index])

    return items


def by_time(created_ms: array[int], ties: array[int] | None = None) -> array[int]:
    """Rows from the earliest to the latest; rows of one instant by `ties`, then as they stand in the file."""
    order = list(range(len(created_ms)))
    if ties is not None:
        order.sort(key=ties.__getitem__)
    order.sort(key=created_ms.__getitem__)
    return array("I", order)
