"""Gathering: windows of all partitions, until an instant is complete and can be judged. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.window import Window
from streams.instants import to_ms

PATIENCE_MS = 60_000  # live: who is so far behind the others is dead, and they are judged without it


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """An instant and the newest window of each partition up to it."""

    at_ms: int
    windows: tuple[Window, ...]


class Gathering:
    """The windows that are still needed. Of each partition that is the last one judged, and all after it."""

    def __init__(self, partitions: Iterable[int], *, live: bool) -> None:
        self._held: dict[int, dict[int, tuple[Window, int]]] = {number: {} for number in partitions}
        self._live = live
        self._newest_ms = 0
        self._first_ms = 0
        self._offset = -1

    def add(self, window: Window, offset: int) -> None:
        """A window, and the place of its record. One that came before changes nothing."""
        at_ms = to_ms(window.at)
        self._offset = max(self._offset, offset)
        self._held.setdefault(window.partition, {})[at_ms] = (window, offset)
        self._newest_ms = max(self._newest_ms, at_ms)
        self._first_ms = min(self._first_ms or at_ms, at_ms)

    def complete(self, after_ms: int) -> list[Complete]:
        """The instants after this one that every partition has reached, the oldest first."""
        reached = [max(held, default=self._first_ms - 1) for held in self._held.values()]
        if self._live:
            reached = [one for one in reached if one >= self._newest_ms - PATIENCE_MS]
        until_ms = min(reached, default=0)
        instants = {at_ms for held in self._held.values() for at_ms in held if after_ms < at_ms <= until_ms}
        return [Complete(at_ms=at_ms, windows=self._at(at_ms)) for at_ms in sorted(instants)]

    def _at(self, at_ms: int) -> tuple[Window, ...]:
        found = []
        for held in self._held.values():
            newest = max((one for one in held if one <= at_ms), default=None)
            if newest is not None and not (self._live and newest < at_ms - PATIENCE_MS):
                found.append(held[newest][0])
        return tuple(found)

    def judged(self, at_ms: int) -> int:
        """Let go of what is not needed after this instant; the last offset before which nothing is needed any more."""
        for held in self._held.values():
            last = max((one for one in held if one <= at_ms), default=None)
            for one in [one for one in held if last is not None and one < last]:
                del held[one]
            if self._live and last is not None and last < at_ms - PATIENCE_MS:
                del held[last]  # its worker is gone, and its figures are of the past
        return min((offset - 1 for held in self._held.values() for _, offset in held.values()), default=self._offset)
