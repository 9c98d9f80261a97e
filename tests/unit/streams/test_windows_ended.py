"""Who waits no longer leaves the memory of the watch, and counts on as if they had stayed."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas.settings import Responses
from schemas.topics import ENRICHED
from schemas.window import Window
from streams.instants import to_ms
from streams.shelf import ShelfError
from tests.support.builders import at, make_conversation, make_enriched, make_event, make_turn
from tests.support.windowing import SETTINGS, SetTo, feed, half, sent_windows, time_of_day, waiting


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> SetTo:
    return time_of_day(monkeypatch)


def answered(name: str, waited_s: float, **fields: Any) -> Any:
    return make_conversation(make_turn(started_at=at("08:30"), waited_s=waited_s), conversation_id=name, **fields)


def in_time_and_late(window: Window) -> tuple[int, int]:
    (outcomes,) = [one for cell in window.cells for one in cell.outcomes]
    return outcomes.in_time, outcomes.late


def test_who_was_answered_leaves_the_memory_and_counts_on(now: SetTo):
    context, agent = half()
    feed(agent, answered("c1", 60), waiting("c2"))
    for clock in ("09:00:12", "09:00:22"):
        now(clock)
        asyncio.run(agent.tick())

    assert set(agent.partitions[0].waits) == {"c2"}
    assert [in_time_and_late(window) for window in sent_windows(context)] == [(1, 0), (1, 0)]


def test_what_is_heard_later_of_who_was_answered_takes_the_place_of_what_was_counted(now: SetTo):
    context, agent = half()
    feed(agent, answered("c1", 60))
    now("09:00:12")
    asyncio.run(agent.tick())
    feed(agent, answered("c1", 90, version=2), answered("c1", 60, version=1))
    now("09:00:22")
    asyncio.run(agent.tick())

    assert [in_time_and_late(window) for window in sent_windows(context)] == [(1, 0), (1, 0)]
    assert [len(tally) for tally in agent.partitions[0].tallies.values()] == [2]  # an outcome and a pace


def test_the_worker_that_takes_over_counts_who_was_answered_once(now: SetTo):
    first, agent = half()
    feed(agent, answered("c1", 60), waiting("c2"))
    now("09:00:12")
    asyncio.run(agent.tick())
    context, heir = half(first)
    feed(heir, answered("c1", 60))  # delivered again
    now("09:00:22")
    asyncio.run(heir.tick())

    assert set(heir.partitions[0].waits) == {"c2"}
    assert [in_time_and_late(window) for window in sent_windows(context)] == [(1, 0)]


def test_in_a_replay_an_heir_counts_who_was_answered_although_events_were_read_days_ahead(now: SetTo):
    settings = msgspec.structs.replace(SETTINGS, responses=Responses(clock="stream"))
    first, agent = half(settings=settings)
    feed(agent, answered("c1", 60))
    written = [make_event("1", created_at=at("08:30")), make_event("2", created_at=at("09:00") + timedelta(days=3))]
    feed(agent, *map(make_enriched, written), topic=ENRICHED)
    asyncio.run(agent.tick())
    context, heir = half(first, settings=settings)
    feed(heir, waiting("c2", "10:00", last_event_at=at("10:00")))
    asyncio.run(heir.tick())

    assert in_time_and_late(sent_windows(context)[0]) == (1, 0)


def test_when_the_disk_fails_all_is_thrown_away_and_the_worker_says_so():
    context, agent = half()
    feed(agent, waiting("c1"))
    agent.shelf._connection.close()  # type: ignore[union-attr]  # as if the file were gone

    with pytest.raises(ShelfError):
        feed(agent, waiting("c2"))

    assert len(agent.shelf) == 0
    assert context.progress.health.fault(to_ms(at("09:05")) / 1000) is not None
