"""No more than so many requests a minute from one address: guessing and flooding are slow, people never notice."""

from collections import OrderedDict
from dataclasses import dataclass, field

_ADDRESSES = 10_000  # remembered at once; the one that asked longest ago is forgotten first


@dataclass(slots=True)
class Limiter:
    """A bucket per address that fills at the rate of `per_minute` and holds as much."""

    per_minute: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allows(self, address: str, now_s: float) -> bool:
        """Take one from the bucket of an address; false when it is empty."""
        left, at_s = self._buckets.pop(address, (float(self.per_minute), now_s))
        left = min(float(self.per_minute), left + (now_s - at_s) * self.per_minute / 60)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, now_s)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return allowed
