"""Seen: which events the open slots of the watch have counted, on disk, some 35 bytes each.

In memory they would be two days of all events. It stands beside the shelf of the table, in a file of its own, and is
filled from the parts of `streams.arrivals` after each start.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from streams.shelf import Shelf

_CACHE_KIB = 4_096
_SIGN = 1 << 63  # SQLite counts with a sign, the names of events are without
_TABLE = (
    "CREATE TABLE seen (partition INTEGER, start INTEGER, event INTEGER, rank INTEGER NOT NULL,"
    " PRIMARY KEY (partition, start, event)) WITHOUT ROWID"
)
_NOTE = (
    "INSERT INTO seen VALUES (?, ?, ?, ?)"
    " ON CONFLICT (partition, start, event) DO UPDATE SET rank = max(rank, excluded.rank)"
)
_FORGET = "DELETE FROM seen WHERE partition = ? AND start = ?"


class Seen:
    """The rank of each event, by partition, slot and key. It is for one thread; each method raises ShelfError."""

    def __init__(self, folder: Path) -> None:
        self._shelf = Shelf(folder, cache_kib=_CACHE_KIB)
        self._is_made = False

    def ranks(self, partition: int, start_ms: int, keys: Collection[int]) -> dict[int, int]:
        """Of these events the ones that were counted in the slot, with their ranks."""
        self._make()
        places = ", ".join("?" * len(keys))
        question = f"SELECT event, rank FROM seen WHERE partition = ? AND start = ? AND event IN ({places})"
        rows = self._shelf.read(question, (partition, start_ms, *(key - _SIGN for key in keys)))
        return {event + _SIGN: rank for event, rank in rows}

    def note(self, partition: int, start_ms: int, ranks: Mapping[int, int]) -> None:
        """These events were counted; of a repeated one the greater rank stays."""
        self._make()
        self._shelf.run_many(_NOTE, [(partition, start_ms, key - _SIGN, rank) for key, rank in ranks.items()])

    def forget(self, partition: int, start_ms: int) -> None:
        """Nothing more is asked of this slot."""
        self._make()
        self._shelf.run(_FORGET, (partition, start_ms))

    def clear(self) -> None:
        """Forget everything, whatever state the file is in."""
        self._shelf.throw_away()
        self._is_made = False

    def _make(self) -> None:
        if not self._is_made:
            self._shelf.run(_TABLE)
            self._is_made = True
