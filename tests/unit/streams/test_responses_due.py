"""The responses agent: what comes due fires in time and once, by the wall clock and by that of a replay."""

import asyncio
from collections.abc import Callable

import pytest

from schemas.errors import BrokerError
from streams.agents.responses import _Responses
from tests.support.agents import FakeApp
from tests.support.responses import (
    ALERTS,
    BOOK,
    alerts,
    batch,
    conversations,
    refusing,
    said,
    worker,
)

pytestmark = pytest.mark.usefixtures("now")


def test_the_tick_fires_an_alert_when_it_is_due_and_not_before(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    now("10:00")
    asyncio.run(agent.tick())
    at_the_target = alerts(context)
    now("10:00:00.001")
    asyncio.run(agent.tick())

    assert at_the_target == []
    assert alerts(context) == [("c1:1:breach", "firing")]
    assert conversations(context)[-1].breached


def test_the_tick_fires_an_alert_once(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    for clock in ("10:00:01", "10:00:02", "11:00", "23:00"):
        now(clock)
        asyncio.run(agent.tick())

    assert alerts(context) == [("c1:1:breach", "firing")]


def test_the_tick_is_silent_about_who_was_answered(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"), said("c1", "2", "09:30", "brand"))))

    now("12:00")
    asyncio.run(agent.tick())

    assert alerts(context) == []


def test_a_late_answer_resolves_what_the_tick_fired(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    now("10:01")
    asyncio.run(agent.tick())

    asyncio.run(agent.handle(batch(said("c1", "2", "10:00:30", "brand"), offset=1)))

    assert alerts(context) == [("c1:1:breach", "firing"), ("c1:1:breach", "resolved")]


def test_more_conversations_than_one_chunk_holds_are_all_fired(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(*[said(f"c{number}", str(number), "09:00") for number in range(1100)])))

    now("10:00:01")
    asyncio.run(agent.tick())

    assert len(set(alerts(context))) == 1100


def test_an_alert_that_the_broker_did_not_take_is_fired_by_the_next_tick(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    app: FakeApp = context.app
    app.producer.refuse = refusing(ALERTS, BrokerError("away"))
    now("10:00:01")
    with pytest.raises(BrokerError):
        asyncio.run(agent.tick())

    asyncio.run(agent.tick())

    assert alerts(context) == [("c1:1:breach", "firing")]


def test_in_a_replay_time_is_that_of_the_events():
    context = worker("stream")
    agent = _Responses(context, BOOK)

    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    asyncio.run(agent.handle(batch(said("c2", "2", "10:00"), offset=1)))
    at_the_target = alerts(context)
    asyncio.run(agent.handle(batch(said("c3", "3", "10:00:00.001"), offset=2)))

    assert at_the_target == []
    assert alerts(context) == [("c1:1:breach", "firing")]


def test_in_a_replay_each_partition_has_a_time_of_its_own():
    context = worker("stream")
    agent = _Responses(context, BOOK)

    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"), partition=1)))
    asyncio.run(agent.handle(batch(said("c2", "2", "23:00"), partition=0)))
    another_partition_is_ahead = alerts(context)
    asyncio.run(agent.handle(batch(said("c3", "3", "10:00:01"), partition=1, offset=1)))

    assert another_partition_is_ahead == []
    assert alerts(context) == [("c1:1:breach", "firing")]


def test_in_a_replay_time_never_goes_back():
    context = worker("stream")
    agent = _Responses(context, BOOK)

    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"), said("c2", "2", "10:00:01"))))
    asyncio.run(agent.handle(batch(said("c3", "3", "08:00"), offset=2)))

    assert alerts(context) == [("c1:1:breach", "firing"), ("c3:1:breach", "firing")]


def test_in_a_replay_the_tick_of_the_wall_clock_fires_nothing(now: Callable[[str], None]):
    context = worker("stream")
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    now("23:00")
    asyncio.run(agent.tick())

    assert alerts(context) == []


def test_in_a_replay_an_alert_that_the_broker_did_not_take_is_fired_when_the_batch_is_tried_again():
    context = worker("stream")
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    app: FakeApp = context.app
    app.producer.refuse = refusing(ALERTS, BrokerError("away"))
    records = batch(said("c2", "2", "10:00:01"), offset=1)
    with pytest.raises(BrokerError):
        asyncio.run(agent.handle(records))

    asyncio.run(agent.handle(records))

    assert ("c1:1:breach", "firing") in alerts(context)
