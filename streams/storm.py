"""storm(history): is this more than these hours usually bring, by more than chance and by enough to matter? Pure.

Counts of posts behave like Poisson counts, whose square root 2·√(x + 3/8) spreads by about 1 whatever their size
(Anscombe 1948), so that nine posts where five are usual and ninety where eighty are can be judged by one rule. What
is usual is the median of the same hours of the last seven days, or of the same weekday of the last four weeks where
that is more: one bad day, or a busy Saturday, moves neither. The spread comes from the distance from it that four in
five of those hours keep, and is never below what chance alone gives, 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Basis = Literal["same hours", "last day", "none"]

SPREADS = 5.0  # how many spreads above the usual: simulated by tests/unit/streams/test_storm.py
MIN_DAYS = 3  # fewer days say nothing about what is usual
MIN_WEEKS = 2
MIN_BEFORE = 6  # windows before this one, for the fall-back
FALLBACK_TIMES = 3.0  # the busiest window of the last day is known to hide the rhythm of the day: ask for more
_CALM = 0.7
_NORMAL = 1.2816  # four fifths of normal values lie within this many standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A window's count, and what went before. `days` and `weeks` hold only what is known, the nearest first."""

    came: int
    days: Sequence[int] = ()
    weeks: Sequence[int] = ()
    before: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: `threshold` is the smallest count that is a storm, `spreads` how far from the usual this is."""

    basis: Basis
    came: int
    usual: float = 0.0
    threshold: int = 0
    spreads: float = 0.0

    @property
    def is_storm(self) -> bool:
        """Whether it is one."""
        return self.basis != "none" and self.came >= self.threshold

    @property
    def is_calm(self) -> bool:
        """Whether it is clearly none."""
        return self.basis == "none" or self.came < _CALM * self.threshold


def storm(history: History, *, times: float, min_sample: int) -> Verdict:
    """Judge one window.

    Args:
        times: how many times the usual it must be at least.
        min_sample: fewer posts are never a storm.
    """
    if len(history.days) >= MIN_DAYS:
        center, spread = _usual(history)
        return _verdict(history.came, center, spread, times, min_sample, "same hours")
    if len(history.before) >= MIN_BEFORE:
        return _verdict(
            history.came, _root(max(history.before)), 1.0, max(times, FALLBACK_TIMES), min_sample, "last day"
        )
    return Verdict(basis="none", came=history.came)


def _usual(history: History) -> tuple[float, float]:
    groups = [history.days] + ([history.weeks] if len(history.weeks) >= MIN_WEEKS else [])
    center = max(median(map(_root, group)) for group in groups)
    distances = [abs(_root(count) - median(map(_root, group))) for group in groups for count in group]
    return center, max(1.0, _quantile(distances, 0.8) / _NORMAL)


def _verdict(came: int, center: float, spread: float, times: float, min_sample: int, basis: Basis) -> Verdict:
    usual = max(0.0, _count(center))
    by_chance = _count(center + SPREADS * spread)
    threshold = max(min_sample, math.ceil(times * usual), math.ceil(by_chance))
    return Verdict(basis=basis, came=came, usual=usual, threshold=threshold, spreads=(_root(came) - center) / spread)


def _quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _root(count: float) -> float:
    return 2.0 * math.sqrt(count + 0.375)


def _count(root: float) -> float:
    return (root / 2.0) ** 2 - 0.375
