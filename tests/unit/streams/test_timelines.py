"""What the responses agent remembers survives its disk, its rules and its absence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
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
from streams.timeline import pack, unpack
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

    def start(self, clock: Any = "live", **settings: Any) -> _Responses:
        """The next worker, which owns the first partition."""
        self._keep()
        options = Responses(state_dir=str(self.folder), clock=clock)
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
    assert heir.timelines.shelf.page(0).next_ms() == to_ms(at("10:00"))


def days_later(workers: Workers, days: int) -> None:
    workers.now_ms = to_ms(at("09:00")) + days * 86_400_000


def swept(agent: _Responses) -> None:
    """So many ticks that all was looked at, without the pause between two looks."""
    for _ in range(6):
        agent.timelines._sweep_at = 0.0
        asyncio.run(agent.tick())


def published(workers: Workers) -> list[Conversation]:
    return [codec.decode(value, Conversation) for value in workers.published("signal.conversations.v1")]


def test_what_is_over_and_silent_becomes_a_past_without_words_and_goes_when_clickhouse_has_dropped_it(workers: Workers):
    agent = workers.start()
    asyncio.run(agent.handle([said("c1", "1", "09:00"), said("c1", "2", "09:05", "brand"), said("c2", "3", "09:00")]))
    days_later(workers, 3)
    asyncio.run(agent.tick())
    days_later(workers, 89)
    swept(agent)
    assert agent.timelines.get("c1", 0).entries  # type: ignore[union-attr]

    days_later(workers, 91)
    swept(agent)
    past = agent.timelines.get("c1", 0)
    assert past is not None
    assert past.past is not None
    assert (past.entries, past.customer, past.past.turns) == ((), None, 1)
    assert len(pack(past)) < 200
    assert agent.timelines.get("c2", 0).entries  # type: ignore[union-attr]  # somebody waits there

    heir = workers.start()
    days_later(workers, 91 + 729)
    swept(heir)
    assert len(heir.timelines.shelf) == 2
    days_later(workers, 91 + 732)
    swept(heir)
    workers._keep()
    assert heir.timelines.get("c1", 0) is None
    assert [one.value for one in workers.changelog if one.key == b"c1"][-1] is None
    assert published(workers) == []


def test_a_copy_that_comes_again_changes_nothing_and_what_is_new_goes_on_with_the_numbers(workers: Workers):
    agent = workers.start()
    first = [said("c1", "1", "09:00"), said("c1", "2", "09:05", "brand")]
    asyncio.run(agent.handle(first))
    days_later(workers, 3)
    asyncio.run(agent.tick())
    days_later(workers, 100)
    swept(agent)
    before = published(workers)[-1]

    heir = workers.start()
    asyncio.run(heir.handle(first))
    assert published(workers) == []
    event = make_event("9", conversation_id="c1", created_at=at("09:00") + timedelta(days=100))
    asyncio.run(heir.handle(make_records(make_enriched(event), topic=ENRICHED)))

    (after,) = published(workers)
    assert [(turn.turn, turn.thread, turn.is_first) for turn in after.turns] == [(2, 2, True)]
    assert (after.earlier_turns, after.customer_events, after.first_event_at) == (1, 2, at("09:00"))
    assert after.version > before.version
    assert (after.first_response_s, after.state) == (before.first_response_s, "waiting")


def test_what_was_written_soon_after_the_answer_and_came_months_late_goes_on_with_its_thread(workers: Workers):
    agent = workers.start()
    asyncio.run(agent.handle([said("c1", "1", "09:00"), said("c1", "2", "09:05", "brand")]))
    days_later(workers, 3)
    asyncio.run(agent.tick())
    days_later(workers, 100)
    swept(agent)

    asyncio.run(agent.handle([said("c1", "3", "09:20")]))

    assert [(turn.turn, turn.thread, turn.is_first) for turn in published(workers)[-1].turns] == [(2, 1, False)]


def test_history_that_is_being_loaded_is_old_and_not_silent(workers: Workers):
    agent = workers.start()
    days_later(workers, 700)
    old = [
        make_enriched(
            make_event(
                native,
                role=role,
                conversation_id="c1",
                created_at=at(clock),
                received_at=at("09:00") + timedelta(days=700),
            )
        )
        for native, role, clock in (("1", "customer", "09:00"), ("2", "brand", "09:05"))
    ]
    asyncio.run(agent.handle(make_records(old[0], topic=ENRICHED)))
    asyncio.run(agent.handle(make_records(old[1], topic=ENRICHED)))
    swept(agent)

    assert agent.timelines.get("c1", 0).entries  # type: ignore[union-attr]


def test_in_a_replay_what_is_silent_is_told_by_the_time_of_its_events(workers: Workers):
    agent = workers.start(clock="stream")
    asyncio.run(agent.handle([said("c1", "1", "09:00"), said("c1", "2", "09:05", "brand")]))
    days_later(workers, 900)
    asyncio.run(agent.handle([said("c2", "3", "09:10")]))
    assert agent.timelines.get("c1", 0).entries  # type: ignore[union-attr]

    for native, days in (("4", 3), ("5", 100), ("6", 101), ("7", 102), ("8", 103), ("9", 104)):
        agent.timelines._sweep_at = 0.0
        event = make_event(native, conversation_id="c2", created_at=at("09:00") + timedelta(days=days))
        asyncio.run(agent.handle(make_records(make_enriched(event), topic=ENRICHED)))

    assert agent.timelines.get("c1", 0).past is not None  # type: ignore[union-attr]
