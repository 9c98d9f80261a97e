"""What a worker says of itself, and that saying it never hurts the work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from schemas import codec
from schemas.topics import WORKERS
from schemas.worker import Lag, WorkerState
from streams.batches import Progress
from streams.health import Health
from streams.meters import memory_bytes
from streams.reporting import report, state_of
from streams.standing import Standing, name_of
from tests.support.agents import FakeProducer
from tests.support.builders import at

LAGS = {TP("signal.events.v1", 1): 9, TP("signal.events.v1", 0): 5}


@dataclass
class Talker:
    """A Faust app as far as it speaks: its task, its last signal, its producer."""

    producer: Any = field(default_factory=lambda: FakeProducer([]))
    speak: Callable[[Any], Awaitable[None]] = field(init=False)
    last_word: Callable[[], Awaitable[None]] = field(init=False)
    crash_reason: BaseException | None = None

    def task(self, **_: Any) -> Callable[[Any], Any]:
        def keep(run: Any) -> Any:
            self.speak = run
            return run

        return keep

    @property
    def on_before_shutdown(self) -> Any:
        def keep(run: Any) -> Any:
            self.last_word = run
            return run

        return SimpleNamespace(connect=keep)

    @property
    def said(self) -> list[WorkerState]:
        return [codec.decode(value, WorkerState) for value in self.producer.values(WORKERS.name)]


def standing() -> Standing:
    return Standing(worker="enrich@host:1", agent="enrich", version="1", started_at=at("08:00"))


def talker(progress: Progress | None = None, *, ready: bool = True, **fields: Any) -> Talker:
    app = Talker(**fields)
    offsets: Any = SimpleNamespace(lags=lambda: LAGS)
    report(app, standing(), progress or Progress(), offsets, is_ready=lambda: ready)
    return app


async def lives_a_moment(app: Talker) -> None:
    speaking = asyncio.ensure_future(app.speak(app))
    await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    speaking.cancel()


def test_a_worker_says_at_once_what_it_is_and_how_far_behind():
    progress = Progress(handled=7, buried=2, retries=1, models="m1")
    app = talker(progress)

    asyncio.run(lives_a_moment(app))

    (word,) = app.said
    assert (word.worker, word.agent, word.state, word.version, word.models) == (
        "enrich@host:1",
        "enrich",
        "working",
        "1",
        "m1",
    )
    assert (word.handled, word.buried, word.retries) == (7, 2, 1)
    assert word.lags == tuple(
        Lag(agent="enrich", topic="signal.events.v1", partition=number, records=records)
        for number, records in ((0, 5), (1, 9))
    )
    assert word.memory_bytes is None or word.memory_bytes > 1_000_000
    assert app.producer.taken[0].key == b"enrich@host:1"


def test_its_last_word_is_goodbye_and_nothing_comes_after_it():
    app = talker()

    async def life() -> None:
        await lives_a_moment(app)
        await app.last_word()
        await lives_a_moment(app)

    asyncio.run(life())

    assert [word.state for word in app.said] == ["working", "stopped"]


def test_one_that_stopped_itself_says_so_and_why():
    app = talker(Progress(stopped="most of 20 cannot be handled"))

    asyncio.run(app.last_word())

    (word,) = app.said
    assert (word.state, word.reason) == ("failed", "most of 20 cannot be handled")


def test_one_that_crashed_does_not_say_goodbye():
    app = talker(crash_reason=KeyError("x"))

    asyncio.run(app.last_word())

    (word,) = app.said
    assert (word.state, word.reason) == ("failed", "it crashed: KeyError")


@pytest.mark.parametrize("fault", [ConnectionError("away"), TimeoutError()], ids=["refused", "too late"])
def test_a_broker_that_is_away_stops_neither_the_work_nor_the_end(fault: Exception):
    app = talker()
    app.producer.refuse = lambda _: fault

    async def life() -> None:
        await lives_a_moment(app)
        await app.last_word()

    asyncio.run(life())

    assert app.said == []


def test_a_worker_without_partitions_waits():
    assert state_of(Progress(), is_ready=False) == ("waiting", "", None)


def test_one_without_progress_is_stalled_since_the_instant_at_which_it_stood():
    progress = Progress(health=Health(stalled_after_s=1.0))
    progress.health.seen(0.0, {"signal.events.v1[0]": 3}, {"signal.events.v1[0]": 8})

    state, reason, since = state_of(progress, is_ready=True)

    assert (state, reason) == ("stalled", "signal.events.v1[0] stands at offset 3 with 8 records behind it")
    assert since is not None
    assert since < datetime.now(UTC)


def test_a_state_holds_since_it_was_first_said():
    one = standing()
    words = [
        one.word(state, at("09:00") + timedelta(seconds=15 * number))
        for number, state in enumerate(("waiting", "working", "working", "stalled", "working"))  # type: ignore[arg-type]
    ]

    assert [(word.since - at("09:00")).total_seconds() for word in words] == [0, 15, 15, 45, 60]
    assert one.word("stalled", at("09:05"), since=at("09:03")).since == at("09:03")


def test_a_worker_that_is_started_again_in_its_place_has_the_same_name():
    assert name_of("enrich", 8301) == name_of("enrich", 8301) != name_of("enrich", 8302)
    assert name_of("enrich", 8301).startswith("enrich@")
    assert name_of("enrich", 8301).endswith(":8301")


def test_the_memory_of_this_process_is_what_the_machine_says():
    psutil = pytest.importorskip("psutil")
    told, known = memory_bytes(), psutil.Process().memory_info().rss

    assert told is None or told == pytest.approx(known, rel=0.2)
