"""Gathering: windows of all partitions, until an instant is complete and can be judged. Pure.

Each window tells the time of the clock of the machine that sent it, and clocks differ. Who is slow is waited for, so
who is alive is told by when and in which order windows come, never by the times they tell.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.window import Window
from streams.instants import to_ms

PATIENCE_MS = 60_000  # live: who was not heard for so long is dead, and the others are judged without it
_MISSED = 6  # and another more often than this: after a pause of our own nobody was heard
FAR_MS = 900_000  # live: so far from the clock here is no worker that is late, but a clock that is wrong


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
        self._heard_ms: dict[int, int] = {}
        self._missed: dict[int, Counter[int]] = {number: Counter() for number in partitions}
        self._begun_ms = 0
        self._first_ms = 0
        self._offset = -1

    def add(self, window: Window, offset: int, now_ms: int) -> None:
        """A window, and the place of its record. One that came before changes nothing.

        Args:
            now_ms: when it came, by the clock here.
        """
        at_ms, number = to_ms(window.at), window.partition
        held = self._held.setdefault(number, {})
        if self._live:
            for later in [one for one in held if one > at_ms + PATIENCE_MS]:
                del held[later]  # of a clock that was ahead, and is right again
        self._offset = max(self._offset, offset)
        held[at_ms] = (window, offset)
        self._first_ms = min(self._first_ms or at_ms, at_ms)
        self._begun_ms = self._begun_ms or now_ms
        self._heard_ms[number] = now_ms
        self._missed[number] = Counter()
        for other in self._missed.keys() - {number}:
            self._missed[other][number] += 1

    def complete(self, after_ms: int, now_ms: int) -> list[Complete]:
        """The instants after this one that every partition has reached, the oldest first."""
        until_ms = min(self._reached(now_ms), default=0)
        instants = {at_ms for held in self._held.values() for at_ms in held if after_ms < at_ms <= until_ms}
        return [Complete(at_ms=at_ms, windows=self._at(at_ms)) for at_ms in sorted(instants)]

    def taken_back(self, at_ms: int, now_ms: int) -> int | None:
        """The instant after which to judge again, if all who are waited for tell a time clearly before this one."""
        reached = self._reached(now_ms)
        return min(reached) - 1 if reached and max(reached) < at_ms - PATIENCE_MS else None

    def strays(self, now_ms: int) -> set[int]:
        """Who is alive and tells a time far from that of the clock here, while others do not: not waited for."""
        alive = self._alive(now_ms)
        return alive.keys() - _near(alive, now_ms).keys()

    def _reached(self, now_ms: int) -> list[int]:
        """How far each has come who is waited for."""
        alive = self._alive(now_ms)
        return list((_near(alive, now_ms) if self._live else alive).values())

    def _alive(self, now_ms: int) -> dict[int, int]:
        return {
            number: max(held, default=self._first_ms - 1)
            for number, held in self._held.items()
            if not (self._live and self._is_dead(number, now_ms))
        }

    def _is_dead(self, number: int, now_ms: int) -> bool:
        since_ms = self._heard_ms.get(number, self._begun_ms)
        is_silent = abs(now_ms - since_ms) >= PATIENCE_MS  # the clock here may have gone back
        return is_silent and max(self._missed[number].values(), default=0) > _MISSED

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


def _near(reached: dict[int, int], now_ms: int) -> dict[int, int]:
    """Those who tell about the time of the clock here; all, if none does: what is read may be of hours ago."""
    return {number: at_ms for number, at_ms in reached.items() if abs(at_ms - now_ms) <= FAR_MS} or reached
