"""Who may speak for a partition, and from when on no more."""

import asyncio

import pytest
from faust.types import TP

from streams.ownership import Ownership, Revoked, Unheard
from tests.support.agents import owning

FIRST, SECOND = TP("signal.enriched.v1", 0), TP("signal.enriched.v1", 1)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_before_the_positions_are_known_no_work_begins():
    ownership = Ownership(session_s=6.0)
    ownership.assigned(1, [FIRST])

    async def work() -> None:
        async with ownership.work():
            pass

    with pytest.raises(Revoked):
        asyncio.run(work())


def test_during_a_rebalance_no_work_begins():
    ownership = owning(FIRST)
    ownership.closing()

    async def work() -> None:
        async with ownership.work():
            pass

    with pytest.raises(Revoked):
        asyncio.run(work())


def test_work_in_hand_is_waited_for_and_may_still_publish():
    ownership = owning(FIRST)
    done: list[str] = []

    async def work() -> None:
        async with ownership.work():
            await asyncio.sleep(0.02)
            ownership.check()
            done.append("published")

    async def run() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        await ownership.settle(grace_s=5.0)
        done.append("settled")
        await task

    asyncio.run(run())

    assert done == ["published", "settled"]


def test_work_that_takes_longer_than_the_grace_may_publish_no_more_even_when_all_comes_back():
    ownership = owning(FIRST)

    async def run() -> None:
        async with ownership.work():
            await asyncio.create_task(ownership.settle(grace_s=0.01))
            ownership.assigned(2, [FIRST])
            assert ownership.open(ownership.moment)
            assert not ownership.holds
            ownership.check()

    with pytest.raises(Revoked):
        asyncio.run(run())


def test_a_worker_that_was_frozen_for_a_session_takes_itself_for_dead_until_the_group_answers():
    clock = Hands()
    ownership = Ownership(session_s=6.0, clock=clock)
    ownership.assigned(1, [FIRST])

    clock.at += 6.1
    with pytest.raises(Unheard):
        ownership.check()
    ownership.heard(asked_at=clock.at)
    ownership.check()


def test_a_heartbeat_counts_from_when_it_was_sent():
    clock = Hands()
    ownership = Ownership(session_s=6.0, clock=clock)
    ownership.assigned(1, [FIRST])
    sent_at = clock.at

    clock.at += 6.1
    ownership.heard(asked_at=sent_at)

    with pytest.raises(Unheard):
        ownership.check()


def test_what_the_group_no_longer_knows_may_publish_nothing():
    ownership = owning(FIRST)

    async def run() -> None:
        async with ownership.work():
            ownership.lost()
            ownership.check()

    with pytest.raises(Revoked):
        asyncio.run(run())


def test_an_answer_from_before_a_rebalance_opens_nothing():
    ownership = Ownership(session_s=6.0)
    ownership.assigned(1, [FIRST])
    before = ownership.moment

    ownership.closing()
    during = ownership.open(before)
    ownership.assigned(2, [FIRST])

    assert (during, ownership.open(before), ownership.open(ownership.moment)) == (False, False, True)


def test_a_partition_that_stays_keeps_its_tenure_and_one_that_comes_begins_one():
    ownership = Ownership(session_s=6.0)

    ownership.assigned(4, [FIRST])
    ownership.assigned(5, [FIRST, SECOND])

    assert ownership.tenures(FIRST.topic) == {0: 4, 1: 5}


def test_after_a_generation_that_was_missed_every_tenure_begins_anew():
    ownership = Ownership(session_s=6.0)

    ownership.assigned(4, [FIRST])
    ownership.assigned(6, [FIRST])

    assert ownership.tenures(FIRST.topic) == {0: 6}


def test_partitions_of_another_topic_are_not_meant():
    assert owning(FIRST).tenures("signal.alerts.v1") == {}
