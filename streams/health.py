"""Health that means progress: a worker is alive while its offsets move, or while there is nothing to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Health:
    """What was seen of a worker, second by second. Instants are seconds of one clock that never jumps."""

    stalled_after_s: float
    ended_after_s: float = 10.0  # Faust starts an agent that ended again
    _stood: dict[str, tuple[int, float]] = field(default_factory=dict)
    _ended: dict[str, tuple[str, float]] = field(default_factory=dict)
    _failing: dict[str, tuple[str, float]] = field(default_factory=dict)
    _lags: dict[str, int] = field(default_factory=dict)
    _heard_at: float | None = None

    def seen(self, now: float, positions: Mapping[str, int], lags: Mapping[str, int]) -> None:
        """Where each partition of ours stands, and how many records wait behind it."""
        self._lags = dict(lags)
        self._stood = {
            place: before
            if (before := self._stood.get(place)) is not None and before[0] == position and lags.get(place, 0) > 0
            else (position, now)
            for place, position in positions.items()
        }

    def heard(self, at: float) -> None:
        """When the group answered last."""
        self._heard_at = at

    def begun(self, agent: str) -> None:
        """An agent reads its stream."""
        self._ended.pop(agent, None)

    def ended(self, agent: str, why: str, now: float) -> None:
        """An agent reads its stream no more."""
        self._ended[agent] = (why, now)

    def fails(self, agent: str, why: str, now: float) -> None:
        """What an agent needs of this machine fails."""
        self._failing[agent] = (why, self._failing[agent][1] if agent in self._failing else now)

    def works(self, agent: str) -> None:
        """It does not fail any more."""
        self._failing.pop(agent, None)

    def fault(self, now: float) -> tuple[str, float] | None:
        """Why it is not alive, and for how many seconds; None when it is."""
        for agent, (why, at) in self._ended.items():
            if now - at > self.ended_after_s:
                return f"agent {agent} has ended: {why}", now - at
        for agent, (why, at) in self._failing.items():
            if now - at > self.stalled_after_s:
                return f"agent {agent}: {why}", now - at
        longest = max(self._stood.items(), key=lambda one: now - one[1][1], default=None)
        if longest is not None and now - longest[1][1] > self.stalled_after_s:
            place, (position, since) = longest
            return f"{place} stands at offset {position} with {self._lags.get(place, 0)} records behind it", now - since
        if self._heard_at is not None and now - self._heard_at > self.stalled_after_s:
            return "the consumer group has not answered", now - self._heard_at
        return None
