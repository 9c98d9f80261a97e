"""The responses agent: what it publishes, in which order, and that no alert is lost when something breaks."""

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from schemas import codec
from schemas.alert import Alert
from schemas.conversation import Conversation
from schemas.deadletter import DeadLetter
from schemas.enriched import Enriched
from schemas.errors import BrokerError
from schemas.event import Role
from schemas.policy import ResponsePolicy
from schemas.settings import Responses, Settings
from schemas.units import Duration
from streams import timelines
from streams.agents import responses
from streams.agents.responses import _Responses, register
from streams.app import Context
from streams.instants import to_ms
from streams.rules import Rulebook
from tests.support.agents import FakeApp, FakeRecord, Sent, make_context, make_records, run_agent
from tests.support.builders import at, make_book, make_enriched, make_event
from tests.support.fakes import Killed

ALERTS, CONVERSATIONS, ENRICHED = "signal.alerts.v1", "signal.conversations.v1", "signal.enriched.v1"
CHANGELOG = "vigie-timelines-changelog"
HOUR = ResponsePolicy(name="an hour", first=Duration(3600), next=Duration(3600), warnings=())
BOOK = make_book(HOUR)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """The time of day that the agent reads: nine o'clock, until it is set."""
    shown = {"ms": to_ms(at("09:00"))}
    shown_time = SimpleNamespace(time_ns=lambda: shown["ms"] * 1_000_000, monotonic=time.monotonic, time=time.time)
    for module in (responses, timelines):
        monkeypatch.setattr(module, "time", shown_time)

    def set_to(clock: str) -> None:
        shown["ms"] = to_ms(at(clock))

    return set_to


def worker(clock: str = "live") -> Context:
    return make_context(Settings(responses=Responses(clock=clock), policies=(HOUR,)))  # type: ignore[arg-type]


def said(conversation: str, native: str, clock: str, role: Role = "customer") -> Enriched:
    event = make_event(native, role=role, conversation_id=conversation, created_at=at(clock))
    return make_enriched(event)


def batch(*carried: Any, partition: int = 0, offset: int = 0) -> list[FakeRecord]:
    return make_records(*carried, partition=partition, offset=offset, topic=ENRICHED)


def alerts(context: Context) -> list[tuple[str, str]]:
    """The alerts that the broker has, with their states, in order."""
    app: FakeApp = context.app
    sent = [codec.decode(value, Alert) for value in app.producer.values(ALERTS)]
    return [(alert.alert_id, alert.state) for alert in sent]


def conversations(context: Context) -> list[Conversation]:
    app: FakeApp = context.app
    return [codec.decode(value, Conversation) for value in app.producer.values(CONVERSATIONS)]


def restarted(
    agent: _Responses, *, owned: frozenset[int] = frozenset({0, 1}), book: Rulebook = BOOK, **terms_s: float
) -> tuple[Context, _Responses]:
    """The worker that takes over: its table is what the changelog holds, and it owns these partitions."""
    settings = agent.context.settings
    context = make_context(settings)
    taken_over = _Responses(context, book, terms_s)
    before: FakeApp = agent.context.app
    for one in before.producer.taken:
        if one.topic == CHANGELOG and one.partition in owned:
            taken_over.timelines.shelf.page(one.partition).set(one.key or b"", one.value)
    asyncio.run(taken_over.timelines.rebuild(set(owned), set(owned)))
    return context, taken_over


def keys(agent: _Responses) -> set[bytes]:
    """The conversations that it remembers."""
    shelf = agent.timelines.shelf
    return {key for number in (0, 1) for chunk in shelf.page(number).chunks() for key, _ in chunk}


def refusing(topic: str, error: BaseException, *, times: int = 1) -> Callable[[Sent], Exception | None]:
    """A broker that answers the first records of a topic with an error; what is no Exception ends the process."""
    left = {"times": times}

    def refuse(one: Sent) -> Exception | None:
        if one.topic != topic or not left["times"]:
            return None
        left["times"] -= 1
        if isinstance(error, Exception):
            return error
        raise error

    return refuse


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
