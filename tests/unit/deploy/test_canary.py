"""The canary: what arrives is timed, what is late is said once, and a broker that is away ends nothing."""

import math
from datetime import timedelta
from typing import Any

import pytest

from deploy.canary import Canary
from schemas import canary
from schemas.errors import BrokerError, StoreError
from schemas.event import Event
from schemas.settings import Canary as Settings
from streams.agents.sink import ROUTES
from streams.meters import Meters
from tests.support.agents import make_message
from tests.support.builders import at, make_enriched, make_event
from tests.support.fakes import FakePublisher, FixedClock
from tests.support.figures import parsed, total


class Path:
    """A broker and a store, of which the test says what they do."""

    def __init__(self) -> None:
        self.clock = FixedClock(at("09:00"))
        self.publisher = FakePublisher()
        self.rows: dict[str, float] = {}
        self.noted: list[Any] = []
        self.meters = Meters()
        self.bird = Canary(
            settings=Settings(),
            publisher=self.publisher,
            arrived=lambda ids: {one: self.rows[one] for one in ids if one in self.rows},
            store=self,
            meters=self.meters,
            clock=self.clock.now,
        )

    def insert(self, table: Any, rows: list[Any], *, token: str) -> int:
        self.noted += rows
        return len(rows)

    def count(self, outcome: str) -> float:
        return total(parsed(self.meters.text().decode()), "vigie_canaries_total", outcome=outcome)


@pytest.fixture
def path() -> Path:
    return Path()


def test_one_that_arrives_is_timed(path: Path):
    path.bird.send()
    (sent,) = path.publisher.events
    path.rows[sent.event_id] = 1.25

    path.bird.look()

    figures = parsed(path.meters.text().decode())
    assert total(figures, "vigie_canary_seconds_sum") == 1.25
    assert (path.count("sent"), path.count("arrived"), path.count("late"), path.bird.waiting) == (1, 1, 0, {})


def test_one_that_is_late_is_noted_once_and_still_awaited(path: Path):
    path.bird.send()
    (sent,) = path.publisher.events
    for _ in range(3):
        path.clock.sleep(30.5)
        path.bird.look()
    assert [row[0] for row in path.noted] == [sent.event_id]

    path.rows[sent.event_id] = 95.0
    path.bird.look()

    assert (path.count("late"), path.count("arrived")) == (1, 1)


def test_a_broker_that_is_away_ends_nothing(path: Path, monkeypatch: pytest.MonkeyPatch):
    def away() -> None:
        raise BrokerError("away")

    monkeypatch.setattr(path.publisher, "flush", away)

    assert path.bird.send() is False
    assert (path.count("not_sent"), path.count("sent")) == (1, 0)


def test_a_store_that_is_away_ends_nothing(path: Path):
    def away(_: list[str]) -> dict[str, float]:
        raise StoreError("away")

    path.bird.send()
    path.bird.arrived = away

    path.bird.look()

    assert len(path.bird.waiting) == 1


def test_a_path_on_which_none_has_come_for_three_intervals_is_broken(path: Path):
    assert path.bird.health()["alive"]
    assert math.isnan(path.bird._age_s())

    path.clock.sleep(211)

    assert path.bird.health() == {"alive": False, "reason": "no test event has arrived for 211 s"}


def test_no_two_have_one_id_or_one_conversation():
    events = [canary.make(at("09:00") + timedelta(milliseconds=number)) for number in range(3)]

    assert len({event.event_id for event in events}) == 3
    assert len({event.conversation_id for event in events}) == 3
    assert {event.author.role for event in events} == {"automation"}


@pytest.mark.parametrize(
    ("event", "table"),
    [
        pytest.param(canary.make(at("09:00")), "raw_canaries", id="a test event"),
        pytest.param(make_event(), "raw_events", id="a real one"),
        pytest.param(make_event(network="vigie", event_id="vigie:1"), "raw_events", id="a real one of that name"),
    ],
)
def test_a_canary_goes_into_a_table_of_its_own(event: Event, table: str):
    enriched = make_enriched(event)

    placed = ROUTES[0].place(enriched, make_message(enriched))

    assert [one.name for one, _ in placed] == [table]
