"""The heart holds for every timeline: order, repeats and the hour of the day change nothing."""

from dataclasses import replace
from itertools import pairwise
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import Role
from schemas.policy import EscalationStep, ResponsePolicy
from schemas.units import Duration, PositiveDuration
from streams.levels import DueLevel, due_levels
from streams.levels import fired as fired_of
from streams.measure import Entry, TurnClock, always, measure

HOUR = 3_600_000
POLICY = ResponsePolicy(
    name="p", first=Duration(2), next=Duration(1), escalation=(EscalationStep(after=PositiveDuration(0.5)),)
)

instants = st.integers(0, 12).map(lambda step: step * 500)  # few, so that ties and targets are hit
entries = st.builds(
    Entry,
    event_id=st.sampled_from("abcdefgh"),
    at_ms=instants,
    role=st.sampled_from(get_args(Role)),
    version=st.integers(0, 3),
    deleted=st.booleans() | st.just(False),
)
timelines = st.lists(entries, max_size=12)
watermarks = instants.map(lambda at_ms: at_ms + 1) | instants
policies = (
    st.builds(
        ResponsePolicy,
        name=st.just("p"),
        first=st.integers(1, 5000).map(lambda ms: PositiveDuration(ms / 1000)),
        next=st.integers(1, 5000).map(lambda ms: PositiveDuration(ms / 1000)),
        warnings=st.lists(st.sampled_from([50, 75, 90]), unique=True).map(tuple),
        escalation=st.lists(
            st.integers(1, 3000).map(lambda ms: EscalationStep(after=PositiveDuration(ms / 1000))), max_size=3
        ).map(tuple),
    )
    | st.none()
)


def fired(turn: TurnClock, watermark_ms: int) -> list[DueLevel]:
    return fired_of(turn, due_levels(turn), watermark_ms)


@given(timelines, policies, st.randoms())
def test_order_of_arrival_and_repeats_change_no_measure(timeline, policy, random):
    delivered = timeline + timeline[: len(timeline) // 2]
    random.shuffle(delivered)

    assert measure(delivered, always(policy)) == measure(timeline, always(policy))


@given(timelines, policies, watermarks)
def test_nobody_waits_less_than_no_time(timeline, policy, now_ms):
    for turn in measure(timeline, always(policy)).turns:
        assert turn.waited_ms(now_ms) >= 0


@given(timelines, policies)
def test_turns_follow_each_other_without_overlap(timeline, policy):
    turns = measure(timeline, always(policy)).turns

    assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
    for earlier, later in pairwise(turns):
        assert earlier.answer is not None
        assert earlier.start.at_ms <= earlier.answer.at_ms <= later.start.at_ms


@given(timelines, policies)
def test_every_standing_customer_event_belongs_to_one_turn(timeline, policy):
    standing = {
        entry.event_id: entry for entry in sorted(timeline, key=lambda e: (e.deleted, e.version, -e.at_ms, e.role))
    }
    customers = sum(entry.role == "customer" and not entry.deleted for entry in standing.values())

    assert sum(turn.customer_events for turn in measure(timeline, always(policy)).turns) == customers


@given(timelines, policies)
def test_an_automation_event_changes_no_turn(timeline, policy):
    humans = [entry for entry in timeline if entry.role != "automation"]
    bots = [Entry(event_id=f"bot {at_ms}", at_ms=at_ms, role="automation") for at_ms in range(0, 6500, 250)]

    told = [replace(turn, handed_over_ms=None) for turn in measure([*humans, *bots], always(policy)).turns]
    assert told == list(measure(humans, always(policy)).turns)


@given(timelines, policies, st.sampled_from("abcdefgh"), instants)
def test_a_deleted_event_might_as_well_never_have_been(timeline, policy, event_id, at_ms):
    without = [entry for entry in timeline if entry.event_id != event_id]
    deletion = Entry(event_id=event_id, at_ms=at_ms, role="customer", deleted=True)

    assert measure([*timeline, deletion], always(policy)) == measure(without, always(policy))


@given(timelines, policies, watermarks, st.integers(-HOUR * 24 * 365, HOUR * 24 * 365))
def test_shifting_everything_by_a_constant_shifts_only_instants(timeline, policy, now_ms, by_ms):
    shifted = [replace(entry, at_ms=entry.at_ms + by_ms) for entry in timeline]

    before, after = measure(timeline, always(policy)).turns, measure(shifted, always(policy)).turns

    assert [turn.waited_ms(now_ms + by_ms) for turn in after] == [turn.waited_ms(now_ms) for turn in before]
    assert [turn.is_breached(now_ms + by_ms) for turn in after] == [turn.is_breached(now_ms) for turn in before]
    assert [turn.start.at_ms for turn in after] == [turn.start.at_ms + by_ms for turn in before]
    assert [turn.due_ms for turn in after] == [None if t.due_ms is None else t.due_ms + by_ms for t in before]
    assert [[replace(one, at_ms=one.at_ms - by_ms) for one in fired(turn, now_ms + by_ms)] for turn in after] == [
        fired(turn, now_ms) for turn in before
    ]


@given(timelines, policies)
def test_levels_of_a_turn_come_due_in_order(timeline, policy):
    for turn in measure(timeline, always(policy)).turns:
        instants = [one.at_ms for one in due_levels(turn)]

        assert instants == sorted(instants)
        assert all(at_ms >= turn.start.at_ms for at_ms in instants)


@given(timelines, policies, watermarks, st.integers(0, 10_000))
def test_what_has_fired_stays_fired_as_time_goes_on(timeline, policy, now_ms, later_ms):
    for turn in measure(timeline, always(policy)).turns:
        earlier = fired(turn, now_ms)

        assert fired(turn, now_ms + later_ms)[: len(earlier)] == earlier


@settings(max_examples=50)
@given(timelines, watermarks)
def test_a_turn_is_breached_exactly_when_its_breach_has_fired(timeline, now_ms):
    for turn in measure(timeline, always(POLICY)).turns:
        levels = [one.level for one in fired(turn, now_ms)]

        assert ("breach" in levels) is turn.is_breached(now_ms)
