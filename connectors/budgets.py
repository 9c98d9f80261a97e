"""How many calls a token has left: a bucket that fills by time, emptied by calls and by what the network says."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.base import Budget
from connectors.faults import asked_wait_s, is_used_up
from connectors.pause import Pause


class Bucket:
    """The calls of one token, shared by every source that uses it. Calls come in the order in which they asked."""

    def __init__(self, budget: Budget, *, monotonic: Callable[[], float]) -> None:
        self._budget = budget
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._left = float(budget.calls)
        self._filled_at = monotonic()
        self._closed_until = 0.0

    def take(self, pause: Pause) -> None:
        """Return when one call may be made."""
        wait_s = self._reserve()
        if wait_s > 0:
            pause.wait(wait_s)

    def learn(self, status: int, headers: Mapping[str, str], *, now: datetime) -> None:
        """Close until the network's reset when it says that no call is left."""
        wait_s = asked_wait_s(status, headers, now=now)
        if wait_s > 0 and (status == 429 or is_used_up(headers)):
            self.close(wait_s)

    def close(self, wait_s: float) -> None:
        """Give no call for so many seconds."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._monotonic() + wait_s)

    def left(self) -> float:
        """How many calls may be made at once now; below 0 so many wait for their turn."""
        with self._lock:
            if self._monotonic() < self._closed_until:
                return min(0.0, self._left)
            rate = self._budget.calls / self._budget.per_s
            return min(float(self._budget.calls), self._left + (self._monotonic() - self._filled_at) * rate)

    def _reserve(self) -> float:
        rate = self._budget.calls / self._budget.per_s
        with self._lock:
            now = self._monotonic()
            self._left = min(float(self._budget.calls), self._left + (now - self._filled_at) * rate)
            self._filled_at = now
            self._left -= 1.0
            return max(-self._left / rate if self._left < 0 else 0.0, self._closed_until - now)
