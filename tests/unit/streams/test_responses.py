"""The responses agent: what it publishes, in which order, and that nothing is lost when something breaks."""

import asyncio

import pytest

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.errors import BrokerError
from streams.agents.responses import _Responses, register
from tests.support.agents import FakeApp, run_agent
from tests.support.fakes import Killed
from tests.support.responses import (
    ALERTS,
    BOOK,
    CHANGELOG,
    CONVERSATIONS,
    ENRICHED,
    alerts,
    batch,
    conversations,
    keys,
    refusing,
    restarted,
    said,
    worker,
)

pytestmark = pytest.mark.usefixtures("now")


def test_a_question_becomes_a_conversation_that_waits():
    context = worker()

    asyncio.run(_Responses(context, BOOK).handle(batch(said("c1", "1", "09:00"))))

    (conversation,) = conversations(context)
    assert (conversation.conversation_id, conversation.state) == ("c1", "waiting")
    assert alerts(context) == []


def test_what_is_published_has_the_key_and_the_partition_of_its_conversation():
    context = worker()

    asyncio.run(_Responses(context, BOOK).handle(batch(said("c1", "1", "07:00"), partition=3)))

    app: FakeApp = context.app
    assert {one.topic for one in app.producer.taken} == {CONVERSATIONS, ALERTS, CHANGELOG}
    assert {(one.key, one.partition) for one in app.producer.taken} == {(b"c1", 3)}


def test_a_conversation_is_published_once_per_batch():
    context = worker()

    asyncio.run(_Responses(context, BOOK).handle(batch(said("c1", "1", "09:00"), said("c1", "2", "09:00:10", "brand"))))

    (conversation,) = conversations(context)
    assert (conversation.state, conversation.first_response_s) == ("answered", 10.0)


def test_a_conversation_is_remembered_from_batch_to_batch():
    context = worker()
    agent = _Responses(context, BOOK)

    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    asyncio.run(agent.handle(batch(said("c1", "2", "09:00:10", "leader"), offset=1)))

    first, second = conversations(context)
    assert (first.state, second.state) == ("waiting", "answered")
    assert second.version > first.version


def test_a_repeated_event_publishes_nothing():
    context = worker()
    agent = _Responses(context, BOOK)
    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"))))
    app: FakeApp = context.app
    taken = len(app.producer.taken)

    asyncio.run(agent.handle(batch(said("c1", "1", "09:00"), offset=1)))

    assert len(app.producer.taken) == taken


def test_unreadable_records_are_buried_and_the_others_go_on():
    context = worker()

    asyncio.run(_Responses(context, BOOK).handle(batch(b"not enriched", said("c1", "1", "09:00"))))

    app: FakeApp = context.app
    (letter,) = [codec.decode(value, DeadLetter) for value in app.producer.values("signal.deadletter.v1")]
    assert (letter.stage, letter.source, letter.offset) == ("responses", ENRICHED, 0)
    assert [one.conversation_id for one in conversations(context)] == ["c1"]
    assert context.progress.buried == 1


def test_the_broker_has_what_is_published_before_it_is_remembered_before_it_is_acknowledged():
    context = worker()
    app: FakeApp = context.app
    register(context, BOOK)

    run_agent(context, "responses", batch(said("c1", "1", "07:00")))

    assert app.journal == [
        f"sent {CONVERSATIONS}",
        f"sent {ALERTS}",
        f"taken {CONVERSATIONS}",
        f"taken {ALERTS}",
        f"sent {CHANGELOG}",
        f"taken {CHANGELOG}",
        "done",
    ]


def test_killed_between_publishing_and_remembering_the_next_worker_publishes_the_same_alerts():
    records = batch(said("c1", "1", "07:00"), said("c2", "2", "07:30"))
    first = worker()
    agent = _Responses(first, BOOK)
    app: FakeApp = first.app
    app.producer.refuse = refusing(CHANGELOG, Killed())
    with pytest.raises(Killed):
        asyncio.run(agent.handle(records))

    second, taken_over = restarted(agent)
    asyncio.run(taken_over.handle(records))

    assert alerts(first) == [("c1:1:breach", "firing"), ("c2:1:breach", "firing")]
    assert alerts(second) == alerts(first)


def test_killed_after_remembering_the_next_worker_publishes_nothing_twice():
    records = batch(said("c1", "1", "07:00"))
    first = worker()
    agent = _Responses(first, BOOK)
    asyncio.run(agent.handle(records))

    second, taken_over = restarted(agent)
    asyncio.run(taken_over.handle(records))
    asyncio.run(taken_over.tick())

    assert alerts(first) == [("c1:1:breach", "firing")]
    assert (alerts(second), conversations(second)) == ([], [])


def test_a_batch_that_the_broker_did_not_take_is_published_when_it_is_tried_again():
    context = worker()
    agent = _Responses(context, BOOK)
    app: FakeApp = context.app
    app.producer.refuse = refusing(ALERTS, BrokerError("away"))
    records = batch(said("c1", "1", "07:00"))
    with pytest.raises(BrokerError):
        asyncio.run(agent.handle(records))
    assert app.producer.values(CHANGELOG) == []

    asyncio.run(agent.handle(records))

    assert alerts(context) == [("c1:1:breach", "firing")]


def test_a_state_that_the_broker_did_not_take_is_remembered_when_the_batch_is_tried_again():
    context = worker()
    agent = _Responses(context, BOOK)
    app: FakeApp = context.app
    app.producer.refuse = refusing(CHANGELOG, BrokerError("away"))
    records = batch(said("c1", "1", "09:00"))
    with pytest.raises(BrokerError):
        asyncio.run(agent.handle(records))

    asyncio.run(agent.handle(records))
    _, taken_over = restarted(agent)

    assert keys(taken_over) == {b"c1"}
