"""`python -m tests.bench.remembered`: memory of the responses agent while ever more conversations pass through it.

Conversations are asked and answered, none of them twice, and so wait to be closed; the broker is none, so that only
the agent is measured: its shelf and its handling. Prints resident memory, processor time per event, and how long the
next worker takes to read them all back. Goal: memory stays flat.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from faust.types import TP

from deploy import logs
from schemas import codec
from schemas.enriched import Enriched
from schemas.event import Author, Event
from schemas.settings import Kafka, Responses, Settings
from schemas.topics import ENRICHED
from streams import changelog
from streams.agents.responses import _Responses
from streams.app import Context
from streams.rules import present, rulebook
from streams.timeline import pack, unpack
from tests.bench.deadlines import resident_mb, say
from tests.support.agents import FakeOffsets, FakeRecord, make_context, make_message, owning

CONVERSATIONS = int(os.environ.get("BENCH_CONVERSATIONS", "1000000"))
SHOWN = (100_000, 200_000, 300_000, 500_000, 1_000_000)
WAITING_EACH = 100  # one conversation of so many still waits
BATCH = 125


class Changelog(NamedTuple):
    """A record of the changelog, as the next worker reads it."""

    partition: int
    key: bytes
    value: bytes


class Nowhere:
    """A producer whose broker takes everything at once and keeps nothing."""

    def __init__(self) -> None:
        self.bytes = 0

    async def send(self, topic: str, key: bytes, value: bytes, *_: Any) -> asyncio.Future[None]:
        """Take a record."""
        self.bytes += len(value)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer


def conversation(number: int) -> Iterator[tuple[str, bytes]]:
    """A question and its answer; some are never answered."""
    now = datetime.now(UTC)
    name = f"bench:{number}"

    def wrote(native: str, role: Any, at: datetime) -> tuple[str, bytes]:
        event = Event(
            event_id=f"{name}:{native}",
            network="bench",
            brand="acme",
            conversation_id=name,
            author=Author(id=f"u{number}", handle=f"{role}{number}", role=role),
            created_at=at,
            received_at=now,
            text="My parcel has been on its way for two weeks and nobody tells me anything, where is it?",
            permalink=f"https://social.example/{number}",
        )
        return ENRICHED.name, codec.encode(Enriched(event=event, processed_at=now, model_version="bench"))

    yield wrote("1", "customer", now - timedelta(seconds=60))
    if number % WAITING_EACH:
        yield wrote("2", "brand", now - timedelta(seconds=30))


def worker(folder: str) -> tuple[Context, _Responses]:
    """The agent as a worker runs it, with one partition."""
    settings = Settings(responses=Responses(state_dir=folder))
    context = make_context(settings)
    context.app.producer = Nowhere()
    offsets: FakeOffsets = context.offsets  # type: ignore[assignment]
    offsets.ownership = owning(TP(ENRICHED.name, 0), session_s=1e9)
    book = rulebook(settings, [present(settings, lambda name: b"", now=datetime(2026, 1, 1, tzinfo=UTC))])
    return context, _Responses(context, book)


async def passed(context: Context, agent: _Responses) -> None:
    """All of them through the agent."""
    events, begun = 0, time.process_time()
    for first in range(0, CONVERSATIONS, BATCH):
        numbers = range(first, min(CONVERSATIONS, first + BATCH))
        records = [
            FakeRecord(make_message(value, topic=topic)) for number in numbers for topic, value in conversation(number)
        ]
        events += len(records)
        await agent.handle(records)
        if (number := numbers[-1] + 1) in (*SHOWN, CONVERSATIONS):
            spent = (time.process_time() - begun) / events * 1e3
            say(f"{number:>9,} conversations", f"{resident_mb(os.getpid()):.0f} MB   {spent:.3f} ms per record")


async def read_back(folder: str, before: _Responses) -> None:
    """A second worker reads what the first one remembers, as a changelog would give it."""

    async def read(_: Kafka, __: str, ___: Iterable[int]) -> AsyncIterator[list[Any]]:
        for chunk in before.timelines.shelf.page(0).chunks():
            yield [Changelog(0, key, value) for key, value in chunk]

    async def create(*_: Any) -> None:
        pass

    changelog.read, changelog.create = read, create  # type: ignore[assignment]
    _, agent = worker(folder)
    begun = time.process_time()
    async with agent.timelines.held():
        pass
    say("read back, s of processor time, without Kafka", f"{time.process_time() - begun:.1f}")
    say("of them waiting", f"{agent.timelines.shelf.page(0).waiting:,}")
    say("memory with both workers in it", f"{resident_mb(os.getpid()):.0f} MB")


def main() -> None:
    """Measure and print."""
    logs.configure("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        context, agent = worker(folder)
        say("before the first", f"{resident_mb(os.getpid()):.0f} MB")

        async def empty(*_: Any) -> AsyncIterator[list[Any]]:
            for nothing in ():
                yield nothing

        async def create(*_: Any) -> None:
            pass

        changelog.read, changelog.create = empty, create  # type: ignore[assignment]
        asyncio.run(passed(context, agent))
        (pages, size) = (agent.timelines.shelf.read(f"PRAGMA page_{what}", ())[0][0] for what in ("count", "size"))
        say("on disk, bytes per conversation", f"{pages * size / CONVERSATIONS:.0f}")
        one = agent.timelines.get(f"bench:{CONVERSATIONS - 1}", 0)
        assert one is not None
        say("in the changelog, bytes per conversation", f"{len(pack(one))}")
        assert unpack(pack(one)) == one
        asyncio.run(read_back(folder, agent))


if __name__ == "__main__":
    sys.exit(main())
