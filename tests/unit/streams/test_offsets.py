"""What was handled is committed, and nothing else; what comes next is handled, and nothing else."""

import asyncio

import pytest
from faust.types import TP

from streams.offsets import Offsets
from streams.ownership import Ownership
from tests.support.agents import FakeApp, FakeMessage, FakeRecord, make_message, owning

TOPIC = "signal.events.v1"
FIRST, SECOND = TP(TOPIC, 0), TP(TOPIC, 1)


def reading(app: FakeApp, positions: dict[TP, int]) -> Offsets:
    """A worker that reads its partitions from here on."""
    offsets = Offsets(app, owning(*positions))
    app.consumer.owned = set(positions)
    offsets.begin(positions, offsets.ownership.moment)
    return offsets


def at_offsets(*numbers: int, partition: int = 0) -> list[FakeMessage]:
    return [make_message(offset=number, partition=partition) for number in numbers]


def accepted(offsets: Offsets, *numbers: int, partition: int = 0) -> list[int]:
    """Which of these the worker is given to handle; they are handled at once."""
    records = [FakeRecord(message) for message in at_offsets(*numbers, partition=partition)]
    taken = asyncio.run(offsets.accept(records))
    offsets.done(record.message for record in taken)
    return [record.message.offset for record in taken]


def test_the_position_to_go_on_from_is_behind_the_last_record_that_is_done():
    app = FakeApp()
    offsets = reading(app, {FIRST: 7, SECOND: 3})

    offsets.done(at_offsets(7, 8, 9))
    offsets.done(at_offsets(3, partition=1))
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10, SECOND: 4}


def test_an_older_record_done_again_does_not_move_the_position_back():
    app = FakeApp()
    offsets = reading(app, {FIRST: 9})

    offsets.done(at_offsets(9))
    offsets.done(at_offsets(4))
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10}


def test_a_partition_that_another_worker_owns_now_is_left_to_it():
    app = FakeApp()
    offsets = reading(app, {FIRST: 9})
    app.consumer.owned = {SECOND}

    offsets.done(at_offsets(9))
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {}


def test_what_was_committed_is_not_committed_again():
    app = FakeApp()
    offsets = reading(app, {FIRST: 9})
    offsets.done(at_offsets(9))
    asyncio.run(offsets.commit())

    app.consumer.committed.clear()
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {}


@pytest.mark.parametrize("fault", [ConnectionError("away"), False], ids=["an error", "refused without one"])
def test_a_commit_that_the_broker_did_not_take_is_tried_again(fault: Exception | bool):
    app = FakeApp()
    app.consumer.faults = [fault]
    offsets = reading(app, {FIRST: 9})
    offsets.done(at_offsets(9))
    try:
        asyncio.run(offsets.commit())
    except ConnectionError:
        assert fault

    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10}


def test_records_are_handled_in_their_order_from_the_committed_position():
    offsets = reading(FakeApp(), {FIRST: 5})

    assert accepted(offsets, 5, 6, 7) == [5, 6, 7]
    assert accepted(offsets, 8) == [8]


def test_what_was_handled_is_not_handled_again_after_a_stream_went_back():
    offsets = reading(FakeApp(), {FIRST: 5})
    accepted(offsets, 5, 6, 7)

    assert accepted(offsets, 5, 6, 7, 8) == [8]


def test_records_from_before_a_rebalance_are_left_out_and_the_gap_before_them_is_read_again():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})

    left_over = accepted(offsets, 90, 91)
    again = accepted(offsets, 92, 5, 6)

    assert (left_over, again) == ([], [5, 6])
    assert app.consumer.sought == [{FIRST: 5}]


def test_a_commit_never_jumps_over_what_was_not_handled():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})

    accepted(offsets, 5, 90, 91)
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 6}


def test_a_gap_that_the_broker_has_too_is_none():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})

    first = accepted(offsets, 90, 91)
    second = accepted(offsets, 92, 90, 91, 92)

    assert (first, second) == ([], [90, 91, 92])
    assert len(app.consumer.sought) == 1


def test_after_a_stream_went_back_a_real_gap_is_asked_for_anew():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})
    accepted(offsets, 90)

    assert accepted(offsets, 3, 4) == []
    assert accepted(offsets, 90) == []
    assert accepted(offsets, 90) == [90]
    assert len(app.consumer.sought) == 2


def test_a_batch_that_vanished_on_its_way_is_read_again():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})
    asyncio.run(offsets.accept([FakeRecord(message) for message in at_offsets(5, 6)]))

    assert accepted(offsets, 7, 8) == []
    assert app.consumer.sought == [{FIRST: 5}]


def test_each_partition_has_a_position_of_its_own():
    offsets = reading(FakeApp(), {FIRST: 5, SECOND: 900})

    assert accepted(offsets, 5) == [5]
    assert accepted(offsets, 900, partition=1) == [900]


def test_records_of_a_partition_that_is_not_ours_are_left_out():
    assert accepted(reading(FakeApp(), {FIRST: 5}), 0, partition=1) == []


def test_handing_over_commits_what_was_handled_and_then_nothing_more():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})
    accepted(offsets, 5, 6)

    asyncio.run(offsets.hand_over(grace_s=0.1))
    committed = dict(app.consumer.committed)
    late = accepted(offsets, 7)
    asyncio.run(offsets.commit())

    assert committed == app.consumer.committed == {FIRST: 7}
    assert late == []


def test_what_was_begun_before_a_rebalance_is_not_committed_after_it():
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})

    async def run() -> None:
        async with offsets.ownership.work():
            taken = await offsets.accept([FakeRecord(message) for message in at_offsets(5, 6)])
            await asyncio.create_task(offsets.hand_over(grace_s=0.01))
            offsets.ownership.assigned(2, [FIRST])
            offsets.begin({FIRST: 5}, offsets.ownership.moment)
            offsets.done(record.message for record in taken)
        await offsets.commit()

    asyncio.run(run())

    assert app.consumer.committed == {}
    assert accepted(offsets, 5) == [5]


def test_positions_from_before_a_rebalance_are_not_believed():
    offsets = reading(FakeApp(), {FIRST: 5})
    before = offsets.ownership.moment
    asyncio.run(offsets.hand_over(grace_s=0.1))
    offsets.ownership.assigned(2, [SECOND])

    offsets.begin({FIRST: 5}, before)

    assert accepted(offsets, 5) == []


def test_a_seek_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    app = FakeApp()
    offsets = reading(app, {FIRST: 5})
    faults = [ConnectionError("away")]
    sought = app.consumer.seek_wait

    async def flaky(positions: dict[TP, int]) -> None:
        if faults:
            raise faults.pop()
        await sought(positions)

    monkeypatch.setattr(app.consumer, "seek_wait", flaky)
    monkeypatch.setattr("streams.offsets._SEEK_PAUSE_S", 0.0)

    assert accepted(offsets, 90) == []
    assert app.consumer.sought == [{FIRST: 5}]


def test_positions_that_were_not_asked_for_in_time_are_asked_for_again(monkeypatch: pytest.MonkeyPatch):
    app = FakeApp()
    offsets = Offsets(app, Ownership(session_s=6.0))
    offsets.ownership.assigned(1, [FIRST])

    async def perform_seek() -> None:
        offsets.begin({FIRST: 5}, offsets.ownership.moment)

    monkeypatch.setattr(app.consumer, "perform_seek", perform_seek, raising=False)
    before = accepted(offsets, 5)
    asyncio.run(offsets.begin_if_it_did_not())

    assert (before, accepted(offsets, 5)) == ([], [5])


@pytest.mark.parametrize(
    ("ends", "behind"),
    [
        pytest.param({FIRST: 7, SECOND: 3}, False, id="all was read"),
        pytest.param({FIRST: 7, SECOND: 4}, True, id="one record is left"),
        pytest.param({FIRST: 7}, True, id="no fetch was answered yet"),
    ],
)
def test_a_worker_is_behind_until_it_has_taken_in_all_that_the_broker_has(ends: dict[TP, int], behind: bool):
    app = FakeApp()
    offsets = reading(app, {FIRST: 7, SECOND: 3})
    app.consumer.ends = ends

    assert offsets.behind({TOPIC}) is behind


def test_what_was_taken_in_and_not_yet_handled_for_good_is_not_behind():
    app = FakeApp()
    offsets = reading(app, {FIRST: 7})
    app.consumer.ends = {FIRST: 9}

    offsets.passed(at_offsets(7, 8))

    assert not offsets.behind({TOPIC})


def test_other_topics_do_not_count_and_without_any_partition_a_worker_is_behind():
    app = FakeApp()
    offsets = reading(app, {TP("another", 0): 5, FIRST: 7})
    app.consumer.ends = {FIRST: 7}

    assert not offsets.behind({TOPIC})
    assert Offsets(app, owning()).behind({TOPIC})


def test_a_partition_that_the_client_gave_up_meanwhile_counts_as_behind():
    app = FakeApp()
    offsets = reading(app, {FIRST: 7})
    app.consumer.owned = set()

    assert offsets.behind({TOPIC})
