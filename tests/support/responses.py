"""The responses agent of a unit test: what it is given, what it published, and a broker that refuses."""

import asyncio
from collections.abc import Callable
from typing import Any

from schemas import codec
from schemas.alert import Alert
from schemas.conversation import Conversation
from schemas.enriched import Enriched
from schemas.event import Role
from schemas.policy import ResponsePolicy
from schemas.settings import Responses, Settings
from schemas.units import Duration
from streams.agents.responses import _Responses
from streams.app import Context
from streams.rules import Rulebook
from tests.support.agents import FakeApp, FakeRecord, Sent, make_context, make_records
from tests.support.builders import at, make_book, make_enriched, make_event

ALERTS, CONVERSATIONS, ENRICHED = "signal.alerts.v1", "signal.conversations.v1", "signal.enriched.v1"
CHANGELOG = "vigie-timelines-changelog"
HOUR = ResponsePolicy(name="an hour", first=Duration(3600), next=Duration(3600), warnings=())
BOOK = make_book(HOUR)


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
