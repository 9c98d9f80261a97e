"""What goes out now, alone or in a summary, and what waits: quiet hours, and no storm."""

import pytest

from schemas.settings import Channel
from schemas.units import PositiveDuration
from streams.dispatch import Outgoing, Plan, plan, weight
from streams.instants import to_ms
from streams.notices import Notice, put_off
from tests.support.builders import at, make_alert
from tests.support.notices import heard, make_routing

DAY, NIGHT = to_ms(at("10:00:05")), to_ms(at("23:00"))
CHANNEL = Channel(
    name="care",
    quiet_hours=("mon-sun 22:00-07:00+1",),
    time_zone="UTC",
    urgent_levels=("escalation",),
    group_above=3,
    group_within=PositiveDuration(300),
)
CARE = make_routing(channels=(CHANNEL,)).targets["care"]


def notice(number: int, level="breach", **fields) -> Notice:
    alert = make_alert(level, conversation_id=f"x:{number}", **fields)
    return heard(alert, at=at("10:00:05")).notices.waiting[0]


def shape(done: Plan) -> list[tuple[str, int]]:
    return [(one.why, len(one.notices)) for one in done.outgoing]


def test_few_alerts_go_out_one_by_one_the_oldest_first():
    done = plan(CARE, [notice(2), notice(1)], recent=[], now_ms=DAY)

    assert [one.notices[0].alert.conversation_id for one in done.outgoing] == ["x:1", "x:2"]
    assert shape(done) == [("single", 1), ("single", 1)]


@pytest.mark.parametrize(("count", "messages"), [(3, 3), (4, 1), (50, 1)])
def test_more_than_a_channel_allows_become_one_summary(count: int, messages: int):
    done = plan(CARE, [notice(number) for number in range(count)], recent=[], now_ms=DAY)

    assert len(done.outgoing) == messages
    assert sum(len(one.notices) for one in done.outgoing) == count


def test_after_as_many_as_allowed_the_next_wait_for_the_window_to_pass_and_come_in_one():
    recent = [DAY - 299_000, DAY - 1000, DAY - 500]

    assert shape(plan(CARE, [notice(1), notice(2)], recent=recent, now_ms=DAY)) == []
    assert shape(plan(CARE, [notice(1), notice(2)], recent=recent, now_ms=DAY + 1000)) == [("grouped", 2)]


def test_after_a_summary_there_is_rest_for_a_whole_window():
    used = [DAY] * weight(CARE, Outgoing(notices=(notice(1), notice(2)), why="grouped"))

    assert shape(plan(CARE, [notice(3)], recent=used, now_ms=DAY + 299_999)) == []
    assert shape(plan(CARE, [notice(3)], recent=used, now_ms=DAY + 300_000)) == [("single", 1)]


def test_what_is_urgent_does_not_wait_for_the_window_but_for_a_minute():
    used, waiting = [DAY] * 3, [notice(1), notice(2, priority="urgent")]

    assert shape(plan(CARE, waiting, recent=used, now_ms=DAY + 59_999)) == []
    assert shape(plan(CARE, waiting, recent=used, now_ms=DAY + 60_000)) == [("grouped", 2)]


def test_a_channel_that_never_groups_gets_every_message():
    care = make_routing(channels=(Channel(name="care", group_above=0),)).targets["care"]

    assert len(plan(care, [notice(number) for number in range(50)], recent=[], now_ms=DAY).outgoing) == 50


@pytest.mark.parametrize(
    ("one", "goes_out"),
    [
        pytest.param(notice(1), False, id="an ordinary breach"),
        pytest.param(notice(1, priority="urgent"), True, id="an urgent priority"),
        pytest.param(notice(1, "escalation"), True, id="an urgent level"),
    ],
)
def test_during_quiet_hours_only_what_is_urgent_goes_out(one: Notice, goes_out: bool):
    done = plan(CARE, [one], recent=[], now_ms=NIGHT)

    assert bool(done.outgoing) is goes_out
    assert bool(done.held) is not goes_out


def held(one: Notice) -> Notice:
    (changed,) = put_off(heard(one.alert, at=at("10:00:05")).notices, [one.key], held=True).waiting
    return changed


def test_what_is_held_is_noted_once():
    assert plan(CARE, [held(notice(1))], recent=[], now_ms=NIGHT).held == ()


def test_what_was_collected_comes_in_one_message_when_quiet_hours_end():
    done = plan(CARE, [held(notice(1)), held(notice(2))], recent=[], now_ms=to_ms(at("07:00")))

    assert shape(done) == [("quiet", 2)]


def test_a_single_one_that_was_collected_comes_as_itself():
    assert shape(plan(CARE, [held(notice(1))], recent=[], now_ms=DAY)) == [("single", 1)]


def test_one_that_failed_waits_for_its_next_attempt_and_holds_up_no_other():
    failed = put_off(heard(make_alert(), at=at("10:00:05")).notices, [notice(1).key], next_ms=DAY + 5000, attempts=1)
    (later,) = put_off(failed, [failed.waiting[0].key], next_ms=DAY + 5000, attempts=1).waiting

    done = plan(CARE, [later, notice(2)], recent=[], now_ms=DAY)

    assert [one.notices[0].alert.conversation_id for one in done.outgoing] == ["x:2"]
    assert len(plan(CARE, [later], recent=[], now_ms=DAY + 5000).outgoing) == 1
