"""Health that means progress."""

import time

import pytest

from streams.batches import Progress
from streams.health import Health

PLACE = "signal.events.v1[0]"


def stood(health: Health, *seconds: float, position: int = 7, lag: int = 5) -> None:
    for now in seconds:
        health.seen(now, {PLACE: position}, {PLACE: lag})


@pytest.mark.parametrize(
    ("after_s", "alive"), [pytest.param(60.0, True, id="for as long"), pytest.param(60.1, False, id="for longer")]
)
def test_a_partition_that_stands_with_records_behind_it_is_a_fault(after_s: float, alive: bool):
    health = Health(stalled_after_s=60.0)
    stood(health, 0.0, 30.0)

    fault = health.fault(after_s)

    assert (fault is None) is alive
    if fault:
        assert fault == (f"{PLACE} stands at offset 7 with 5 records behind it", after_s)


def test_one_that_moves_or_has_nothing_behind_it_is_none():
    health = Health(stalled_after_s=60.0)
    stood(health, 0.0)
    stood(health, 50.0, position=8)
    assert health.fault(100.0) is None

    stood(health, 100.0, 500.0, position=8, lag=0)

    assert health.fault(550.0) is None


def test_records_that_come_after_a_long_silence_do_not_make_a_fault_at_once():
    health = Health(stalled_after_s=60.0)
    stood(health, 0.0, 500.0, 999.0, lag=0)

    stood(health, 1000.0, 1059.0)

    assert health.fault(1059.0) is None
    assert health.fault(1061.0) is not None


def test_what_went_to_another_worker_is_not_ours_to_move():
    health = Health(stalled_after_s=60.0)
    stood(health, 0.0)

    health.seen(30.0, {}, {})

    assert health.fault(500.0) is None


def test_an_agent_that_has_ended_is_a_fault_unless_it_begins_again():
    health = Health(stalled_after_s=60.0, ended_after_s=10.0)
    health.begun("sink")
    health.ended("sink", "KeyError", 100.0)
    assert health.fault(109.0) is None
    assert health.fault(111.0) == ("agent sink has ended: KeyError", 11.0)

    health.begun("sink")

    assert health.fault(500.0) is None


def test_a_group_that_does_not_answer_is_a_fault():
    health = Health(stalled_after_s=60.0)
    health.heard(100.0)

    assert health.fault(160.0) is None
    assert health.fault(161.0) == ("the consumer group has not answered", 61.0)


def test_the_report_says_why_and_since_when():
    progress = Progress(health=Health(stalled_after_s=60.0))
    progress.health.heard(time.monotonic() - 90)

    report = progress.report(1_772_442_000.0)

    assert report["alive"] is False
    assert report["reason"] == "the consumer group has not answered"
    assert str(report["since"]).startswith("2026-03-02T08:58:")
