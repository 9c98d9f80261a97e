"""The loop of all agents: nothing leaves it, and nothing is acknowledged before it is done."""

import asyncio
import signal
from collections.abc import Iterator, Sequence

import pytest

from schemas.errors import StoreError
from streams.batches import Progress, Record, Systemic, consume, every
from streams.ownership import Revoked, Unheard
from tests.support.agents import FakeOffsets, FakeStream, make_records


class Handler:
    """Fails with these errors first, then takes whatever comes."""

    def __init__(self, *faults: Exception) -> None:
        self._faults = list(faults)
        self.batches: list[list[bytes]] = []
        self.journal: list[str] = []

    async def __call__(self, records: Sequence[Record]) -> None:
        self.batches.append([record.message.value for record in records])
        if self._faults:
            self.journal.append("failed")
            raise self._faults.pop(0)
        self.journal.append("handled")


class Pauses:
    """A sleep that takes no time and notes how long it should have been."""

    def __init__(self, journal: list[str] | None = None) -> None:
        self.seconds: list[float] = []
        self._journal = journal

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


class Enough(Exception):
    """The test has seen enough of a loop that never ends."""


def consumed(
    handler: Handler, *batches: Sequence[Record], progress: Progress | None = None
) -> tuple[Pauses, list[int]]:
    """Run the loop over these batches; the pauses it made and the offsets it acknowledged."""
    pauses, offsets = Pauses(), FakeOffsets(handler.journal)
    asyncio.run(
        consume(
            FakeStream(*batches).noack_take(100, within=1.0),  # type: ignore[arg-type]
            handler,
            name="test",
            offsets=offsets,  # type: ignore[arg-type]
            progress=progress or Progress(),
            sleep=pauses,
        )
    )
    return pauses, offsets.done_offsets


@pytest.fixture
def terminations() -> Iterator[list[int]]:
    """How often this process was asked to end, which a worker does to itself."""
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_every_batch_is_handled_and_acknowledged_in_order():
    handler = Handler()

    _, acknowledged = consumed(handler, make_records(b"a", b"b", offset=5), make_records(b"c", offset=7))

    assert handler.batches == [[b"a", b"b"], [b"c"]]
    assert acknowledged == [5, 6, 7]


def test_a_batch_that_fails_is_handled_again_until_it_is_done():
    handler = Handler(StoreError("away"), TimeoutError(), KeyError("a bug"))

    pauses, acknowledged = consumed(handler, make_records(b"a"), make_records(b"b", offset=1))

    assert handler.batches == [[b"a"]] * 4 + [[b"b"]]
    assert len(pauses.seconds) == 3
    assert acknowledged == [0, 1]


def test_a_batch_is_acknowledged_only_after_it_was_handled():
    handler = Handler(StoreError("away"))

    consumed(handler, make_records(b"a"))

    assert handler.journal == ["failed", "handled", "done"]


def test_a_batch_that_was_revoked_is_dropped_and_the_next_one_is_handled():
    handler = Handler(Revoked("gone"))

    _, acknowledged = consumed(handler, make_records(b"a"), make_records(b"b", offset=1))

    assert handler.batches == [[b"a"], [b"b"]]
    assert acknowledged == [1]


def test_a_batch_whose_owner_is_not_known_is_tried_again():
    handler = Handler(*[Unheard("silence")] * 9)

    pauses, acknowledged = consumed(handler, make_records(b"a"))

    assert (len(pauses.seconds), acknowledged) == (9, [0])
    assert max(pauses.seconds) < 1.0, "it goes on as soon as the group answers"


def test_a_batch_that_is_retried_stops_when_its_partitions_are_revoked():
    offsets = FakeOffsets([])
    handler = Handler(StoreError("away"), StoreError("away"))

    async def revoking(_: float) -> None:
        offsets.ownership.lost()

    stream = FakeStream(make_records(b"a")).noack_take(1, within=1.0)
    asyncio.run(
        consume(stream, handler, name="test", offsets=offsets, progress=Progress(), sleep=revoking)  # type: ignore[arg-type]
    )

    assert (handler.journal, offsets.done_offsets) == (["failed"], [])


def test_pauses_between_tries_grow_up_to_ten_seconds():
    pauses, _ = consumed(Handler(*[StoreError("away")] * 12), make_records(b"a"))

    expected = [0.2, 0.5, 1.0, 2.0, 5.0, *[10.0] * 7]
    assert len(pauses.seconds) == 12
    for pause, middle in zip(pauses.seconds, expected, strict=True):
        assert 0.75 * middle <= pause <= 1.25 * middle


def test_a_new_batch_starts_with_the_shortest_pause_again():
    class Flaky(Handler):
        async def __call__(self, records: Sequence[Record]) -> None:
            self.batches.append([])
            if len(self.batches) % 3:
                raise StoreError("away")

    pauses, _ = consumed(Flaky(), make_records(b"a"), make_records(b"b"))

    assert [round(pause, 1) <= 0.3 for pause in pauses.seconds] == [True, False, True, False]


def test_cancelling_the_worker_leaves_the_batch_unacknowledged():
    async def run() -> list[int]:
        offsets = FakeOffsets([])

        async def forever(_: Sequence[Record]) -> None:
            await asyncio.Event().wait()

        stream = FakeStream(make_records(b"a")).noack_take(1, within=1.0)
        task = asyncio.create_task(
            consume(stream, forever, name="test", offsets=offsets, progress=Progress())  # type: ignore[arg-type]
        )
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return offsets.done_offsets

    assert asyncio.run(run()) == []


def test_a_systemic_fault_stops_the_worker_and_acknowledges_nothing(terminations: list[int]):
    progress = Progress()
    handler = Handler(Systemic("20 of the last 20 records would be dead letters", fix="Look at the log."))

    async def run() -> list[int]:
        offsets = FakeOffsets([])
        stream = FakeStream(make_records(b"a"), make_records(b"b")).noack_take(1, within=1.0)
        task = asyncio.create_task(
            consume(stream, handler, name="test", offsets=offsets, progress=progress)  # type: ignore[arg-type]
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()  # it holds what it has until the worker has ended
        task.cancel()
        return offsets.done_offsets

    acknowledged = asyncio.run(run())

    assert terminations == [signal.SIGTERM]
    assert acknowledged == []
    assert handler.batches == [[b"a"]]
    assert progress.stopped.startswith("20 of the last 20 records would be dead letters")
    assert progress.report(progress.started_at)["alive"] is False


def test_progress_counts_what_was_handled_and_how_often_it_was_tried_again():
    progress = Progress()

    consumed(Handler(StoreError("away"), TimeoutError()), make_records(b"a", b"b", b"c"), progress=progress)

    assert (progress.handled, progress.retries, progress.last_error) == (3, 2, "TimeoutError")
    assert progress.busy_since is None
    assert progress.last_done_at is not None


def test_a_worker_with_nothing_to_do_is_in_good_health():
    progress = Progress(started_at=1000.0)

    report = progress.report(9000.0)

    assert (report["alive"], report["busy_s"], report["idle_s"]) == (True, 0.0, 8000.0)


def test_idle_time_counts_from_the_last_batch():
    assert Progress(started_at=1000.0, last_done_at=8000.0).report(9000.5)["idle_s"] == 1000.5


def ticked(step: Handler, *, ticks: int, seconds: float = 1.0) -> list[float]:
    """Run a timer for so many ticks; the pauses between them."""
    pauses: list[float] = []

    async def sleep(pause: float) -> None:
        pauses.append(pause)
        if len(pauses) == ticks:
            raise Enough

    async def run() -> None:
        await every(seconds, lambda: step([]), name="test", sleep=sleep)

    with pytest.raises(Enough):
        asyncio.run(run())
    return pauses


def test_a_timer_ticks_again_and_again():
    step = Handler()

    pauses = ticked(step, ticks=3)

    assert step.journal == ["handled"] * 3
    assert all(0.5 < pause <= 1.0 for pause in pauses)


def test_a_failing_step_is_called_again():
    step = Handler(StoreError("away"), KeyError("a bug"))

    ticked(step, ticks=4)

    assert step.journal == ["failed", "failed", "handled", "handled"]


def test_a_step_that_takes_longer_than_the_pace_is_followed_at_once():
    assert ticked(Handler(), ticks=2, seconds=0.0) == [0.0, 0.0]
