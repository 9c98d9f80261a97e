"""What connectors, webhooks and the canary say of themselves, and that it never holds them up."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from connectors.counters import Counters
from deploy.reporting import counts_of, speak
from schemas.errors import BrokerError
from schemas.worker import State, WorkerState
from streams.standing import Counts
from tests.support.builders import make_worker_state


class Line:
    """A connection to a broker, or none: `faults` are what it answers, one after the other."""

    def __init__(self, *faults: Exception | None, then: Callable[[], None]) -> None:
        self.faults = list(faults)
        self.then = then
        self.said: list[WorkerState] = []
        self.opened = 0

    def __call__(self) -> "Line":
        self.opened += 1
        return self

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: Any) -> None:
        pass

    def tell(self, state: WorkerState) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if not self.faults:
            self.then()
        if fault:
            raise fault
        self.said.append(state)

    def flush(self) -> None:
        pass


def word(state: State | None) -> WorkerState:
    return make_worker_state("connect", state=state or "working")


def test_it_speaks_at_once_and_says_goodbye():
    ended = threading.Event()
    line = Line(then=ended.set)

    speak("connect", line, ended, word)

    assert [one.state for one in line.said] == ["working", "stopped"]
    assert line.opened == 1


def test_what_the_broker_does_not_take_ends_nothing_and_a_process_that_ends_does_not_wait_for_it():
    ended = threading.Event()
    line = Line(BrokerError("away"), then=ended.set)

    speak("connect", line, ended, word)

    assert line.said == []


@pytest.mark.parametrize(("names", "counts"), [((), Counts()), (("a", "b"), Counts(handled=6, buried=2))])
def test_counts_are_those_of_all_networks(names: tuple[str, ...], counts: Counts):
    counters = Counters()
    for name in names:
        counters.add(name, "published", 3)
        counters.add(name, "buried", 1)

    assert counts_of(counters) == counts
