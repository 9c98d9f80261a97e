"""Waiting that ends when the process is told to end, and the time to wait between attempts."""

import random
import threading
from typing import Protocol

from connectors.base import Stopped

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 300.0


class Pause(Protocol):
    """Something to wait with."""

    def wait(self, seconds: float) -> None:
        """Return after so long; raises Stopped when the process is to end."""


class StoppablePause:
    """Waits on the event that a signal sets."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping

    def wait(self, seconds: float) -> None:
        """Return after so long; raises Stopped when the process is to end."""
        if self.stopping.wait(seconds) if seconds > 0 else self.stopping.is_set():
            raise Stopped


def backoff_s(attempt: int, chance: random.Random, *, longest_s: float = LONGEST_WAIT_S) -> float:
    """How long to wait after the attempt of this number, from 0: doubling, with half of it left to chance.

    Chance keeps processes that failed together from coming back together.
    """
    whole = min(longest_s, FIRST_WAIT_S * 2.0 ** min(attempt, 30))
    return whole * (0.5 + 0.5 * chance.random())
