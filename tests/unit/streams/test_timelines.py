"""What the responses agent remembers survives its disk, its rules and its absence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from schemas import codec
from schemas.alert import Alert
from schemas.conversation import Conversation
from schemas.event import Role
from schemas.policy import ResponsePolicy
from schemas.settings import Kafka, Leader, Responses, Settings
from schemas.units import Duration
from streams import changelog, timelines
from streams.agents import responses
from streams.agents.responses import _Responses
from streams.app import Context
from streams.instants import to_ms
from streams.shelf import ShelfError
from streams.timeline import unpack
from tests.support.agents import FakeApp, FakeOffsets, FakeRecord, make_context, make_records, owning
from tests.support.builders import at, make_book, make_enriched, make_event

ENRICHED, CHANGELOG = "signal.enriched.v1", "vigie-timelines-changelog"
HOUR = ResponsePolicy(name="an hour", first=Duration(3600), next=Duration(3600), warnings=())


class Workers:
    """One worker after the other, on the changelog of all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.context: Context = make_context()
        self.changelog: list[Any] = []
        self.now_ms = to_ms(at("09:00"))

    def start(self, **settings: Any) -> _Responses:
        """The next worker, which owns the first partition."""
        self._keep()
        options = Responses(state_dir=str(self.folder))
        self.context = make_context(Settings(responses=options, policies=(HOUR,), **settings))
        offsets: FakeOffsets = self.context.offsets  # type: ignore[assignment]
        offsets.ownership = owning(TP(ENRICHED, 0))
        return _Responses(self.context, make_book(HOUR, **settings))

    def _keep(self) -> None:
        app: FakeApp = self.context.app
        self.changelog += [one for one in app.producer.taken if one.topic == CHANGELOG]
        app.producer.taken = [one for one in app.producer.taken if one.topic != CHANGELOG]

    async def read(self, _: Kafka, __: str, partitions: Iterable[int]) -> AsyncIterator[list[Any]]:
        self._keep()
        yield [one for one in self.changelog if one.partition in set(partitions)]

    def published(self, topic: str) -> list[bytes]:
        app: FakeApp = self.context.app
        return app.producer.values(topic)


@pytest.fixture
def workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workers:
    async def create(*_: Any) -> None:
        pass

    found = Workers(tmp_path / "state")
    shown = SimpleNamespace(time_ns=lambda: found.now_ms * 1_000_000, monotonic=lambda: found.now_ms / 1000)
    for module in (responses, timelines):
        monkeypatch.setattr(module, "time", shown)
    monkeypatch.setattr(changelog, "read", found.read)
    monkeypatch.setattr(changelog, "create", create)
    return found


def said(conversation: str, native: str, clock: str, role: Role = "customer") -> FakeRecord:
    event = make_event(native, role=role, conversation_id=conversation, created_at=at(clock))
    return make_records(make_enriched(event), topic=ENRICHED)[0]


def fill_disk(agent: _Responses) -> None:
    shelf = agent.timelines.shelf
    (used,) = shelf.read("PRAGMA page_count", ())[0]
    shelf.run(f"PRAGMA max_page_count = {used}")
    with contextlib.suppress(ShelfError):
        for number in range(1_000):
            shelf.page(0).set(b"filler%d" % number, bytes(1_000))


def test_a_broken_disk_fails_the_batch_and_the_next_try_reads_everything_anew(workers: Workers):
    agent = workers.start()
    asyncio.run(agent.handle([said("c1", "1", "09:00")]))
    fill_disk(agent)
    batch = [said(f"n{number}", str(number + 10), "09:01") for number in range(200)]
    with pytest.raises(ShelfError):
        asyncio.run(agent.handle(batch))

    asyncio.run(agent.handle(batch))
    workers.now_ms = to_ms(at("10:00:01"))
    asyncio.run(agent.tick())

    assert len(agent.timelines.shelf) == 201
    alerts = [codec.decode(value, Alert).alert_id for value in workers.published("signal.alerts.v1")]
    assert alerts == ["c1:1:breach"]


def test_a_worker_whose_disk_fails_for_long_is_not_alive_until_it_works_again(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
):
    agent = workers.start()

    def broken() -> None:
        raise OSError("no space left")

    health = workers.context.progress.health
    with monkeypatch.context() as patch:
        patch.setattr(agent.timelines.shelf, "_open", broken)
        for _ in range(2):
            with pytest.raises(ShelfError):
                asyncio.run(agent.handle([said("c1", "1", "09:00")]))
            workers.now_ms += 130_000

    reason, _ = health.fault(workers.now_ms / 1000) or ("", 0)
    assert "no space left" in reason
    asyncio.run(agent.handle([said("c1", "1", "09:00")]))
    assert health.fault(workers.now_ms / 1000) is None


def test_a_conversation_that_went_quiet_while_nobody_worked_is_closed_by_the_next_worker(workers: Workers):
    agent = workers.start()
    asyncio.run(agent.handle([said("c1", "1", "09:00"), said("c1", "2", "09:05", "brand")]))

    workers.now_ms += 3 * 86_400_000
    asyncio.run(workers.start().tick())

    (last,) = [codec.decode(value, Conversation) for value in workers.published("signal.conversations.v1")]
    assert last.state == "closed"


def test_under_other_rules_what_waits_is_measured_anew(workers: Workers):
    agent = workers.start(leaders=(Leader(name="Ada", handles=("acme",)),))
    asyncio.run(agent.handle([said("c1", "1", "09:00")]))

    offered = Leader(name="Ada", handles=("acme",), delegates=("bob",), offer_after=Duration(600))
    heir = workers.start(leaders=(offered,))
    asyncio.run(heir.tick())

    (packed,) = [one.value for one in workers.changelog if one.key == b"c1"]
    assert unpack(packed).rules == agent.timelines.mark != heir.timelines.mark
    assert heir.timelines.deadlines[0].next_ms() == to_ms(at("10:00"))
