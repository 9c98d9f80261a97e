"""The clock of the agents under test."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from streams import timelines
from streams.agents import responses
from streams.instants import to_ms
from tests.support.builders import at


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The time of day that the agent reads: nine o'clock, until it is set."""
    shown = {"ms": to_ms(at("09:00"))}
    shown_time = SimpleNamespace(time_ns=lambda: shown["ms"] * 1_000_000, monotonic=time.monotonic, time=time.time)
    for module in (responses, timelines):
        monkeypatch.setattr(module, "time", shown_time)

    def set_to(clock: str) -> None:
        shown["ms"] = to_ms(at(clock))

    return set_to
