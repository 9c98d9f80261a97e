"""The heart: who waited, how long, and what fired."""

from dataclasses import replace
from typing import Any

import pytest

from schemas.event import Role
from schemas.policy import EscalationStep, ResponsePolicy
from schemas.units import Duration, PositiveDuration
from streams.levels import DueLevel, due_levels
from streams.levels import fired as fired_of
from streams.measure import Entry, Measures, TurnClock, always, measure

MINUTE = 60_000
POLICY = ResponsePolicy(
    name="default", first=Duration(3600), next=Duration(1800), escalation=(EscalationStep(after=PositiveDuration(900)),)
)
PROMISED = always(POLICY)


def fired(turn: TurnClock, watermark_ms: int) -> list[DueLevel]:
    return fired_of(turn, due_levels(turn), watermark_ms)


def said(role: Role, minute: float, native: str = "", **fields: Any) -> Entry:
    return Entry(event_id=native or f"{role} at {minute}", at_ms=round(minute * MINUTE), role=role, **fields)


def waits(measures: Measures) -> list[float | None]:
    """Minutes that each turn waited; None while it still waits."""
    return [turn.waited_ms(0) / MINUTE if turn.answer else None for turn in measures.turns]


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        pytest.param([], [], id="nobody wrote"),
        pytest.param([said("customer", 0)], [None], id="a customer waits"),
        pytest.param([said("customer", 0), said("brand", 10)], [10], id="the brand answers"),
        pytest.param([said("customer", 0), said("leader", 10)], [10], id="a leader answers"),
        pytest.param([said("customer", 0), said("customer", 4), said("brand", 10)], [10], id="customer writes twice"),
        pytest.param([said("customer", 0), said("automation", 1)], [None], id="only a bot has answered"),
        pytest.param(
            [said("customer", 0), said("automation", 1), said("brand", 10)], [10], id="a bot is faster than the brand"
        ),
        pytest.param([said("automation", 0), said("brand", 10)], [], id="a bot opens and the brand goes on"),
        pytest.param([said("automation", 0), said("customer", 2), said("brand", 10)], [8], id="a bot greets first"),
        pytest.param([said("brand", 0)], [], id="the brand opens and nobody replies"),
        pytest.param([said("brand", 0), said("customer", 5), said("brand", 10)], [5], id="the brand opens"),
        pytest.param([said("customer", 0), said("brand", 10), said("brand", 20)], [10], id="the brand posts twice"),
        pytest.param(
            [said("customer", 0), said("brand", 10), said("customer", 30), said("leader", 37)],
            [10, 7],
            id="two turns",
        ),
        pytest.param(
            [said("customer", 0), said("brand", 10), said("customer", 30)], [10, None], id="the second turn waits"
        ),
    ],
)
def test_a_turn_waits_from_its_first_customer_event_to_the_first_human_answer(
    timeline: list[Entry], expected: list[float | None]
):
    measures = measure(timeline, PROMISED)

    assert waits(measures) == expected


def test_first_of_several_unanswered_customer_events_starts_the_clock():
    timeline = [said("customer", 5, "second"), said("customer", 0, "first"), said("customer", 9, "third")]

    (turn,) = measure(timeline, PROMISED).turns

    assert (turn.start.event_id, turn.customer_events) == ("first", 3)


def test_customer_events_are_counted_anew_in_each_turn():
    timeline = [said("customer", 0), said("customer", 1), said("brand", 2), said("customer", 3)]

    assert [turn.customer_events for turn in measure(timeline, PROMISED).turns] == [2, 1]


def test_brand_posting_twice_is_credited_with_its_first_answer():
    timeline = [said("customer", 0), said("brand", 20, "later"), said("brand", 10, "sooner")]

    (turn,) = measure(timeline, PROMISED).turns

    assert turn.answer is not None
    assert turn.answer.event_id == "sooner"


def test_an_answer_of_the_same_millisecond_is_an_answer_after_no_wait():
    timeline = [said("customer", 0, "a"), said("brand", 0, "b")]

    assert waits(measure(timeline, PROMISED)) == [0]


def test_first_turn_has_the_first_target_and_later_turns_the_next():
    timeline = [said("customer", 0), said("brand", 1), said("customer", 2), said("brand", 3), said("customer", 4)]

    assert [turn.target_ms for turn in measure(timeline, PROMISED).turns] == [60 * MINUTE, 30 * MINUTE, 30 * MINUTE]


def test_without_a_policy_nothing_has_a_target_and_nothing_is_breached():
    (turn,) = measure([said("customer", 0)], always(None)).turns

    assert (turn.target_ms, turn.due_ms, turn.is_breached(2**60)) == (None, None, False)
    assert list(due_levels(turn)) == []
    assert fired(turn, 2**60) == []


@pytest.mark.parametrize(
    ("deleted", "expected"),
    [
        pytest.param(0, [15], id="the question: the customer's second event starts the clock"),
        pytest.param(1, [20], id="the second question: nothing changes"),
        pytest.param(2, [None], id="the answer: the customer waits again, and it is one turn"),
        pytest.param(3, [20], id="the thanks: one turn is left"),
    ],
)
def test_deleted_events_leave_the_conversation(deleted: int, expected: list[float | None]):
    timeline = [said("customer", 0), said("customer", 5), said("brand", 20), said("customer", 30)]
    deletion = replace(timeline[deleted], version=1, deleted=True)

    measures = measure([*timeline, deletion], PROMISED)

    assert waits(measures) == (expected if deleted in (2, 3) else [*expected, None])


def test_the_last_event_is_one_that_still_stands():
    timeline = [
        said("customer", 0, "a", deleted=True),
        said("customer", 1, "b"),
        said("automation", 2, "c"),
        said("customer", 3, "d", deleted=True),
    ]

    measures = measure(timeline, PROMISED)

    assert measures.last == timeline[2]


def test_a_conversation_whose_events_are_all_deleted_is_empty():
    measures = measure([said("customer", 0, deleted=True), said("brand", 1, deleted=True)], PROMISED)

    assert measures == Measures(turns=(), threads=(), last=None)


def test_an_edited_copy_changes_nothing_in_time():
    timeline = [said("customer", 0, "a", version=1), said("brand", 10, "b", version=2)]

    edited = [*timeline, said("customer", 0, "a", version=99), said("brand", 10, "b", version=98)]

    assert waits(measure(edited, PROMISED)) == waits(measure(timeline, PROMISED))
    assert len(measure(edited, PROMISED).turns) == 1


def test_the_newer_copy_of_an_event_wins_whichever_comes_first():
    older, newer = said("customer", 0, "a", version=1), said("automation", 3, "a", version=2)

    assert measure([older, newer], PROMISED) == measure([newer, older], PROMISED) == measure([newer], PROMISED)


def test_a_deletion_sticks_whatever_copy_comes_later():
    deletion, later = said("customer", 0, "a", version=1, deleted=True), said("customer", 0, "a", version=9)

    assert measure([deletion, later], PROMISED).turns == measure([later, deletion], PROMISED).turns == ()


@pytest.mark.parametrize(
    ("answered_ms", "breached"),
    [
        pytest.param(60 * MINUTE - 1, False, id="one ms before the target"),
        pytest.param(60 * MINUTE, False, id="at the target"),
        pytest.param(60 * MINUTE + 1, True, id="one ms after the target"),
    ],
)
def test_an_answer_at_the_target_is_in_time(answered_ms: int, breached: bool):
    timeline = [said("customer", 0), said("brand", answered_ms / MINUTE)]

    (turn,) = measure(timeline, PROMISED).turns

    assert turn.is_breached(2**60) is breached
    assert ("breach" in [due.level for due in fired(turn, 2**60)]) is breached


@pytest.mark.parametrize(
    ("watermark_ms", "breached"),
    [
        pytest.param(60 * MINUTE - 1, False, id="one ms before the target"),
        pytest.param(60 * MINUTE, False, id="at the target"),
        pytest.param(60 * MINUTE + 1, True, id="one ms after the target"),
    ],
)
def test_who_waits_is_breached_once_the_watermark_is_past_the_target(watermark_ms: int, breached: bool):
    (turn,) = measure([said("customer", 0)], PROMISED).turns

    assert turn.is_breached(watermark_ms) is breached
    assert ("breach" in [due.level for due in fired(turn, watermark_ms)]) is breached


def test_a_watermark_before_the_turn_shows_no_negative_wait():
    (turn,) = measure([said("customer", 10)], PROMISED).turns

    assert turn.waited_ms(0) == 0
    assert fired(turn, 0) == []


def test_levels_come_due_in_order_from_the_first_warning_to_the_escalation():
    (turn,) = measure([said("customer", 100)], PROMISED).turns

    due = due_levels(turn)

    assert [(one.level, one.at_ms / MINUTE - 100) for one in due] == [
        ("warning_50", 30),
        ("warning_75", 45),
        ("warning_90", 54),
        ("breach", 60),
        ("escalation", 75),
    ]
    assert {one.turn for one in due} == {1}


@pytest.mark.parametrize(
    ("warnings", "expected"),
    [
        pytest.param((), ["breach"], id="no warnings"),
        pytest.param((90, 50), ["warning_50", "warning_90", "breach"], id="written in any order"),
    ],
)
def test_only_the_warnings_of_the_policy_come_due(warnings: tuple[int, ...], expected: list[str]):
    policy = ResponsePolicy(name="p", first=Duration(3600), next=Duration(3600), warnings=warnings)
    (turn,) = measure([said("customer", 0)], always(policy)).turns

    assert [one.level for one in due_levels(turn)] == expected


@pytest.mark.parametrize(
    ("waited_ms", "expected"),
    [
        pytest.param(30 * MINUTE, [], id="at half of the target"),
        pytest.param(30 * MINUTE + 1, ["warning_50"], id="one ms past half of it"),
        pytest.param(54 * MINUTE + 1, ["warning_50", "warning_75", "warning_90"], id="one ms past the last warning"),
        pytest.param(75 * MINUTE, ["warning_50", "warning_75", "warning_90", "breach"], id="at the escalation"),
        pytest.param(
            75 * MINUTE + 1,
            ["warning_50", "warning_75", "warning_90", "breach", "escalation"],
            id="one ms past the escalation",
        ),
    ],
)
def test_a_level_fires_once_the_watermark_is_past_it(waited_ms: int, expected: list[str]):
    (turn,) = measure([said("customer", 0)], PROMISED).turns

    assert [one.level for one in fired(turn, waited_ms)] == expected


def test_a_level_that_came_due_after_the_answer_never_fires():
    (turn,) = measure([said("customer", 0), said("brand", 50)], PROMISED).turns

    assert [one.level for one in fired(turn, 2**60)] == ["warning_50", "warning_75"]


def test_levels_that_came_due_before_the_answer_have_fired_although_the_watermark_lags():
    (turn,) = measure([said("customer", 0), said("brand", 50)], PROMISED).turns

    assert [one.level for one in fired(turn, 0)] == ["warning_50", "warning_75"]


def test_only_the_last_turn_can_be_open():
    open_turn = measure([said("customer", 0), said("brand", 1), said("customer", 2)], PROMISED).open_turn

    assert open_turn is not None
    assert open_turn.number == 2
    assert measure([said("customer", 0), said("brand", 1)], PROMISED).open_turn is None
    assert measure([], PROMISED).open_turn is None
