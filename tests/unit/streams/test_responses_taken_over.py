"""The responses agent that takes over from another, and content that leaves with the terms of its network."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from streams.agents.responses import _Responses
from tests.support.responses import (
    BOOK,
    alerts,
    batch,
    conversations,
    keys,
    restarted,
    said,
    worker,
)

pytestmark = pytest.mark.usefixtures("now")


def test_a_worker_that_takes_over_drops_the_partitions_of_others(now: Callable[[str], None]):
    agent = _Responses(worker(), BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"), partition=0)))
    asyncio.run(agent.handle(batch(said("c2", "2", "09:00"), partition=1)))

    context, taken_over = restarted(agent, owned=frozenset({1}))
    now("10:00:01")
    asyncio.run(taken_over.tick())

    assert keys(taken_over) == {b"c2"}
    assert alerts(context) == [("c2:1:breach", "firing")]


def test_a_worker_that_takes_over_fires_what_came_due_while_nobody_worked(now: Callable[[str], None]):
    agent = _Responses(worker(), BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    now("13:00")
    context, taken_over = restarted(agent)
    asyncio.run(taken_over.tick())

    assert alerts(context) == [("c1:1:breach", "firing")]


def test_a_replay_that_is_taken_over_goes_on_from_the_time_of_its_events():
    agent = _Responses(worker("stream"), BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"), said("c2", "2", "09:59"))))

    context, taken_over = restarted(agent)
    asyncio.run(taken_over.handle(batch(said("c3", "3", "07:00"), offset=2)))

    assert alerts(context) == [("c3:1:breach", "firing")]


def test_rebuilding_twice_fires_nothing_twice(now: Callable[[str], None]):
    context, agent = restarted(_Responses(worker(), BOOK))
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    for _ in range(2):
        asyncio.run(agent.timelines.rebuild({0, 1}, {0, 1}))
    now("10:00:01")
    asyncio.run(agent.tick())

    assert alerts(context) == [("c1:1:breach", "firing")]


def test_a_replayed_topic_publishes_the_same_conversations_and_alerts():
    records = batch(said("c1", "1", "07:00"), said("c1", "2", "08:30", "brand"), said("c2", "3", "07:30"))

    first, second = worker(), worker()
    for context in (first, second):
        asyncio.run(_Responses(context, BOOK).handle(records))

    assert alerts(second) == alerts(first)
    assert [msgspec.structs.replace(one, version=0) for one in conversations(second)] == [
        msgspec.structs.replace(one, version=0) for one in conversations(first)
    ]


def test_content_of_a_network_is_dropped_when_its_terms_say_so(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK, {"mastodon": 1800.0})
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    now("09:31")
    asyncio.run(agent.tick())

    kept, emptied = conversations(context)
    assert kept.last_customer_text
    assert (emptied.last_customer_text, emptied.customer_handle, emptied.customer_id) == ("", "", "")
    assert (emptied.state, emptied.version > kept.version) == ("waiting", True)
    asyncio.run(agent.tick())
    assert len(conversations(context)) == 2


def test_a_network_without_terms_keeps_its_content(now: Callable[[str], None]):
    context = worker()
    agent = _Responses(context, BOOK, {"linkedin": 1800.0})
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))

    now("09:31")
    asyncio.run(agent.tick())

    assert len(conversations(context)) == 1


def test_the_worker_that_takes_over_drops_the_content_in_time(now: Callable[[str], None]):
    agent = _Responses(worker(), BOOK, {"mastodon": 1800.0})
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    context, taken_over = restarted(agent, mastodon=1800.0)

    now("09:31")
    asyncio.run(taken_over.tick())

    assert conversations(context)[-1].last_customer_text == ""
