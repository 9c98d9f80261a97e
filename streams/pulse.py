"""Pulse: at which instants windows are due. Live they follow the wall clock, in a replay the time of the events.

The instants lie on a grid, so that every worker, and one that was killed and is back, chooses the same ones.
"""

from collections.abc import Iterable

LIVE_STEP_MS = 10_000
LIVE_GRACE_MS = 2_000  # what happened at an instant has come by then, as a rule; what has not counts in the next
STREAM_STEP_MS = 300_000
STREAM_GRACE_MS = 15 * 60_000  # two topics are read side by side: one may be ahead of the other
IDLE_MS = 20_000  # in a replay: when all was read and nothing has come for so long, there is no more to wait for
CAUGHT_UP_MS = 900_000  # windows that were missed longer ago are not worked out any more
AHEAD_MS = 60_000  # live: what was sent for a time that is still so far away was sent by a clock that was ahead
HISTORY_AGE_MS = 86_400_000
HISTORY_EVENTS = 20
HISTORY_HOLD_MS = 30_000
HISTORY_LIMIT_MS = 600_000
_SWEEP_MS = 300_000
_HORIZON_MS = 36 * 86_400_000


class Pulse:
    """The instants of each partition: what came last, what was sent last."""

    def __init__(self, now_ms: int, *, live: bool) -> None:
        self.live = live
        self._events: dict[int, int] = {}
        self._conversations: dict[int, int] = {}
        self._first: dict[int, int] = {}
        self._sent: dict[int, int] = {}
        self._swept: dict[int, int] = {}
        self._heard_ms = now_ms
        self._old = 0
        self._history_ms = 0
        self._history_since_ms = 0

    def event(self, partition: int, at_ms: int) -> None:
        """An event of this instant is counted."""
        self._events[partition] = max(self._events.get(partition, 0), at_ms)
        self._first[partition] = min(self._first.get(partition, at_ms), at_ms)

    def conversation(self, partition: int, at_ms: int) -> None:
        """A conversation is known up to this instant."""
        self._conversations[partition] = max(self._conversations.get(partition, 0), at_ms)

    def sent(self, partition: int, at_ms: int) -> None:
        """The window of this instant was sent; it is before the last one when the clock was set back."""
        self._sent[partition] = at_ms

    def sent_ms(self, partition: int) -> int:
        """The instant of the last window that was sent; 0 before the first."""
        return self._sent.get(partition, 0)

    def heard(self, now_ms: int) -> None:
        """Something came."""
        self._heard_ms = now_ms

    def arrived(self, partition: int, at_ms: int, now_ms: int) -> None:
        """An event that was not known came. Many that are older than a day mean that history is being loaded."""
        if not self.live or now_ms - at_ms < HISTORY_AGE_MS:
            return
        if now_ms - self._history_ms > HISTORY_HOLD_MS:
            self._old, self._history_since_ms = 0, now_ms
        self._old, self._history_ms = self._old + 1, now_ms

    def newest_ms(self, partition: int, now_ms: int) -> int:
        """Up to where the time of this partition has come."""
        if self.live:
            return now_ms
        return max(self._events.get(partition, 0), self._conversations.get(partition, 0))

    def sweeps(self, partition: int, newest_ms: int) -> bool:
        """Whether it is time again to forget what is old."""
        if newest_ms - self._swept.get(partition, 0) < _SWEEP_MS:
            return False
        self._swept[partition] = newest_ms
        return True

    def due(self, partition: int, owned: Iterable[int], now_ms: int) -> list[int]:
        """The instants whose windows are to be sent now, the oldest first."""
        if self.live:
            return [] if self._loads_history(now_ms) else self._due_live(partition, now_ms)
        return self._due_stream(partition, owned, now_ms)

    def _due_live(self, partition: int, now_ms: int) -> list[int]:
        last = (now_ms - LIVE_GRACE_MS) // LIVE_STEP_MS * LIVE_STEP_MS
        sent = self._sent.get(partition, 0)
        if sent > now_ms + AHEAD_MS:
            # the clock was ahead when it was sent, or is behind now: then events come from its future
            return [] if max(self._events.values(), default=0) > now_ms + AHEAD_MS else [last]
        if last - sent > CAUGHT_UP_MS:
            return [last]
        return list(range(sent + LIVE_STEP_MS, last + 1, LIVE_STEP_MS))

    def _due_stream(self, partition: int, owned: Iterable[int], now_ms: int) -> list[int]:
        known = min(self._events.get(partition, 0), self._conversations.get(partition, 0)) - STREAM_GRACE_MS
        if now_ms - self._heard_ms > IDLE_MS:
            known = max([0, *(self.newest_ms(one, now_ms) for one in owned)])
        first = min(self._first.values(), default=0)
        begin = max(self._sent.get(partition, 0), first // STREAM_STEP_MS * STREAM_STEP_MS, known - _HORIZON_MS)
        begin = begin // STREAM_STEP_MS * STREAM_STEP_MS
        return list(range(begin + STREAM_STEP_MS, known + 1, STREAM_STEP_MS)) if begin else []

    def _loads_history(self, now_ms: int) -> bool:
        """Half-loaded history looks like a disaster: questions without their answers. For ten minutes at most."""
        loading = self._old >= HISTORY_EVENTS and now_ms - self._history_ms < HISTORY_HOLD_MS
        return loading and now_ms - self._history_since_ms < HISTORY_LIMIT_MS
