"""The first half of the watch in process: a worker, the changelog that another left, its clock, what it sent."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from schemas import codec
from schemas.settings import DeadLetters, Kafka, Settings
from schemas.topics import ACTIONS, CONVERSATIONS, ENRICHED, WINDOWS
from schemas.watch import Watch
from schemas.window import Window
from streams.agents import watch, windows
from streams.agents.windows import Windows
from streams.app import Context
from streams.bury import Burial
from streams.instants import to_ms
from tests.support.agents import FakeApp, make_context, make_records
from tests.support.builders import at, make_conversation, make_turn

CHANGELOG = "vigie-windows-changelog"
BACKLOG = Watch(name="backlog", kind="backlog", limit=2)
WATCHES = (
    BACKLOG,
    Watch(name="in-time", kind="share_within_target"),
    Watch(name="slowest-tenth", kind="p90"),
)
SETTINGS = Settings(kafka=Kafka(partitions=2), watches=WATCHES, dead_letters=DeadLetters(min_events=1000))

SetTo = Callable[[str], None]


def time_of_day(monkeypatch: pytest.MonkeyPatch) -> SetTo:
    """The time of day that both agents read: nine o'clock, until it is set."""
    shown = {"ms": to_ms(at("09:00"))}
    times = SimpleNamespace(time_ns=lambda: shown["ms"] * 1_000_000, monotonic=lambda: shown["ms"] / 1000)
    monkeypatch.setattr(windows, "time", times)
    monkeypatch.setattr(watch, "time", times)

    def set_to(shows: str) -> None:
        shown["ms"] = to_ms(at(shows))

    return set_to


def half(
    before: Context | None = None, *, owned: tuple[int, ...] = (0,), settings: Settings = SETTINGS
) -> tuple[Context, Windows]:
    """A worker that owns these partitions, with the table that the changelog of another left."""
    context = make_context(settings)
    agent = Windows(context)
    if before is not None:
        fill(agent, before)
    asyncio.run(agent.rebuild(set(owned)))
    return context, agent


def fill(agent: Windows, before: Context) -> None:
    """Give it what a changelog holds, all of it of the first partition."""
    for key, packed in table_of(before, CHANGELOG).items():
        agent.shelf.page(0).set(key, packed)


def table_of(context: Context, changelog: str) -> dict[Any, Any]:
    app: FakeApp = context.app
    found: dict[Any, Any] = {}
    for one in app.producer.taken:
        if one.topic == changelog:
            found[one.key] = one.value
    return {key: value for key, value in found.items() if value is not None}


def feed(agent: Windows, *carried: Any, topic: Any = CONVERSATIONS, partition: int = 0, offset: int = 0) -> None:
    apply = {CONVERSATIONS: agent.conversation, ENRICHED: agent.event, ACTIONS: agent.action}[topic]
    burial = Burial(stage="watch", limits=agent.context.settings.dead_letters, code_version="0.1.0")
    records = make_records(*carried, partition=partition, offset=offset, topic=topic.name)
    asyncio.run(agent.handle(records, apply, burial))


def waiting(name: str, clock: str = "08:30", **fields: Any) -> Any:
    return make_conversation(make_turn(started_at=at(clock)), conversation_id=name, **fields)


def sent_windows(context: Context) -> list[Window]:
    app: FakeApp = context.app
    return [codec.decode(value, Window) for value in app.producer.values(WINDOWS.name)]
