"""What connectors count. A closed list, so that boards and alerts can rely on the names."""

import threading
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Name = Literal[
    "received",
    "published",
    "repeated",
    "filtered",
    "buried",
    "unknown_deletions",
    "requests",
    "retries",
    "rate_limited",
    "reconnects",
    "skipped",
    "refused_requests",
    "commits",
]

MEANINGS: Mapping[Name, str] = MappingProxyType(
    {
        "received": "items that the network gave",
        "published": "events that the broker has",
        "repeated": "events that were published before and have not changed",
        "filtered": "events that are not about the source, or outside the time asked for",
        "buried": "items that became dead letters",
        "unknown_deletions": "deletions of what was never published, or too long ago to be remembered",
        "requests": "calls to the network",
        "retries": "calls that were made again after a fault",
        "rate_limited": "answers that said: too many calls",
        "reconnects": "streams that broke and were opened again",
        "skipped": "things asked for that are not there any more",
        "refused_requests": "webhook calls that were answered with 4xx or 503",
        "commits": "times a cursor was saved",
    }
)


class Counters:
    """Counts by network and name, from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, Name]] = Counter()
        self._answers: Counter[tuple[str, int]] = Counter()

    def add(self, network: str, name: Name, count: int = 1) -> None:
        """Count."""
        with self._lock:
            self._counts[network, name] += count

    def answered(self, network: str, status: int) -> None:
        """A webhook call of a network was answered with this status."""
        with self._lock:
            self._answers[network, status] += 1

    def answers(self) -> dict[tuple[str, int], int]:
        """How many calls of each network were answered with which status."""
        with self._lock:
            return dict(self._answers)

    def get(self, network: str, name: Name) -> int:
        """One count so far."""
        return self._counts[network, name]

    def snapshot(self) -> dict[str, dict[str, int]]:
        """All counts so far: network, name, count."""
        with self._lock:
            pairs = sorted(self._counts.items())
        found: dict[str, dict[str, int]] = {}
        for (network, name), count in pairs:
            found.setdefault(network, {})[name] = count
        return found
