"""What was handled is committed, and nothing else."""

import asyncio

import pytest
from faust.types import TP

from streams.offsets import Offsets
from tests.support.agents import FakeApp, FakeMessage, make_message

FIRST, SECOND = TP("signal.events.v1", 0), TP("signal.events.v1", 1)


def app_owning(*partitions: TP) -> FakeApp:
    app = FakeApp()
    app.consumer.owned = set(partitions)
    return app


def at_offsets(*offsets: int, partition: int = 0) -> list[FakeMessage]:
    return [make_message(offset=offset, partition=partition) for offset in offsets]


def test_the_position_to_go_on_from_is_behind_the_last_record_that_is_done():
    app = app_owning(FIRST, SECOND)
    offsets = Offsets(app)

    offsets.done(at_offsets(7, 8, 9))
    offsets.done(at_offsets(3, partition=1))
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10, SECOND: 4}


def test_an_older_record_done_again_does_not_move_the_position_back():
    app = app_owning(FIRST)
    offsets = Offsets(app)

    offsets.done(at_offsets(9))
    offsets.done(at_offsets(4))
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10}


def test_a_partition_that_another_worker_owns_now_is_left_to_it():
    app = app_owning(SECOND)
    offsets = Offsets(app)

    offsets.done(at_offsets(9))
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {}


def test_what_was_committed_is_not_committed_again():
    app = app_owning(FIRST)
    offsets = Offsets(app)
    offsets.done(at_offsets(9))
    asyncio.run(offsets.commit())

    app.consumer.committed.clear()
    asyncio.run(offsets.commit())

    assert app.consumer.committed == {}


def test_a_commit_that_the_broker_did_not_take_is_tried_again():
    app = app_owning(FIRST)
    app.consumer.faults = [ConnectionError("away")]
    offsets = Offsets(app)
    offsets.done(at_offsets(9))
    with pytest.raises(ConnectionError):
        asyncio.run(offsets.commit())

    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10}


def test_a_commit_that_was_refused_without_an_error_is_tried_again():
    app = app_owning(FIRST)
    app.consumer.faults = [False]
    offsets = Offsets(app)
    offsets.done(at_offsets(9))
    asyncio.run(offsets.commit())

    asyncio.run(offsets.commit())

    assert app.consumer.committed == {FIRST: 10}
