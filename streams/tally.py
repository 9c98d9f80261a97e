"""Tally: what ended turns add to the windows that are still to come, some 20 bytes each. Pure.

A turn that ended before the last window that was sent never changes a later one but by its outcome and its pace, at
the instants at which they were known. So these instants are all that is kept of it, sorted; the turn itself is on disk,
from where it is taken back when its conversation changes.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from streams.waits import TurnFacts, Waits, outcome, pace_class, times_of_promise


class Paced(NamedTuple):
    """Of the turns answered within a window: how many by class of their pace, and how many over the limit."""

    counts: Counter[int]
    over: int


class Tally:
    """The ended turns of one network and brand."""

    def __init__(self, limits: Iterable[float]) -> None:
        """
        Args:
            limits: times of the promise above which a turn is counted as over.
        """
        self._outcomes = {True: array("q"), False: array("q")}
        self._paced_ms = array("q")
        self._classes = array("h")
        self._over = {limit: array("q") for limit in limits}

    def __len__(self) -> int:
        return len(self._paced_ms) + sum(map(len, self._outcomes.values()))

    def add(self, turn: TurnFacts) -> None:
        """Count a turn that has ended."""
        known = outcome(turn)
        if known is not None:
            insort(self._outcomes[known.in_time], known.at_ms)
        if not _is_paced(turn):
            return
        times = times_of_promise(turn, turn.answered_ms)
        place = bisect_right(self._paced_ms, turn.answered_ms)
        self._paced_ms.insert(place, turn.answered_ms)
        self._classes.insert(place, pace_class(times))
        for limit, over in self._over.items():
            if times > limit:
                insort(over, turn.answered_ms)

    def take_back(self, turn: TurnFacts) -> None:
        """Count it no more; what was forgotten since is not there any more."""
        known = outcome(turn)
        if known is not None:
            _remove(self._outcomes[known.in_time], known.at_ms)
        if not _is_paced(turn):
            return
        times = times_of_promise(turn, turn.answered_ms)
        first, last = bisect_left(self._paced_ms, turn.answered_ms), bisect_right(self._paced_ms, turn.answered_ms)
        wanted = pace_class(times)
        place = next((at for at in range(first, last) if self._classes[at] == wanted), None)
        if place is not None:
            del self._paced_ms[place]
            del self._classes[place]
        for limit, over in self._over.items():
            if times > limit:
                _remove(over, turn.answered_ms)

    def outcomes(self, in_time: bool, window_s: float, at_ms: int) -> int:
        """How many turns kept their promise, or broke it, within a window."""
        return _within(self._outcomes[in_time], window_s, at_ms)

    def paced(self, window_s: float, limit: float, at_ms: int) -> Paced:
        """How fast the turns were that were answered within a window."""
        first, last = _bounds(self._paced_ms, window_s, at_ms)
        return Paced(Counter(self._classes[first:last]), _within(self._over[limit], window_s, at_ms))

    def forget(self, before_ms: int) -> None:
        """Let go of what no window reaches any more."""
        for instants in (*self._outcomes.values(), *self._over.values()):
            del instants[: bisect_left(instants, before_ms)]
        place = bisect_left(self._paced_ms, before_ms)
        del self._paced_ms[:place]
        del self._classes[:place]


def has_ended(waits: Waits, at_ms: int) -> bool:
    """Whether every turn had ended by then: nobody waits, and nothing of it is still to become known."""
    return all(0 < turn.ended_ms <= at_ms and turn.started_ms <= at_ms for turn in waits.turns)


def _is_paced(turn: TurnFacts) -> bool:
    return bool(turn.target_s > 0 and turn.due_ms and turn.answered_ms)


def _bounds(instants: Sequence[int], window_s: float, at_ms: int) -> tuple[int, int]:
    return bisect_right(instants, at_ms - window_s * 1000), bisect_right(instants, at_ms)


def _within(instants: Sequence[int], window_s: float, at_ms: int) -> int:
    first, last = _bounds(instants, window_s, at_ms)
    return last - first


def _remove(instants: "array[int]", at_ms: int) -> None:
    place = bisect_left(instants, at_ms)
    if place < len(instants) and instants[place] == at_ms:
        del instants[place]
