"""When levels come due, for whom, and what people's decisions do to them."""

import pytest

from schemas.policy import EscalationStep, ResponsePolicy
from schemas.settings import Leader
from schemas.units import Duration, PositiveDuration
from streams.levels import Decision, DueLevel, decided, due_levels
from streams.measure import Entry, always, measure

MINUTE = 60_000
POLICY = ResponsePolicy(
    name="p",
    first=PositiveDuration(3600),
    next=PositiveDuration(3600),
    warnings=(50,),
    escalation=(
        EscalationStep(after=PositiveDuration(3600), to="director"),
        EscalationStep(after=PositiveDuration(900), to="head of care"),
    ),
)
ADA = Leader(name="Ada", delegates=("Nora", "Paul"), offer_after=Duration(600))


def due(leader: Leader | None = None) -> list[DueLevel]:
    (turn,) = measure([Entry(event_id="q", at_ms=0, role="customer")], always(POLICY)).turns
    return list(due_levels(turn, leader))


def shown(levels: list[DueLevel]) -> list[tuple[str, int, int, str]]:
    return [(one.level, one.step, one.at_ms // MINUTE, one.to) for one in levels]


def test_steps_of_an_escalation_come_in_order_of_time_however_they_were_written():
    assert shown(due()) == [
        ("warning_50", 1, 30, ""),
        ("breach", 1, 60, ""),
        ("escalation", 1, 75, "head of care"),
        ("escalation", 2, 120, "director"),
    ]


def test_a_leaders_customer_is_offered_to_one_delegate_after_the_other():
    offers = [one for one in due(ADA) if one.level == "delegation"]

    assert shown(offers) == [("delegation", 1, 10, "Nora"), ("delegation", 2, 20, "Paul")]


def test_a_leader_who_sets_no_time_offers_nothing():
    assert due(Leader(name="Ada", delegates=("Nora",))) == due()


@pytest.mark.parametrize(
    ("acknowledged", "left"),
    [
        pytest.param(5, ["warning_50", "breach", "escalation", "escalation"], id="before anything: no more offers"),
        pytest.param(
            15, ["delegation", "warning_50", "breach", "escalation", "escalation"], id="after the first offer"
        ),
        pytest.param(
            62, ["delegation", "delegation", "warning_50", "breach"], id="after the breach: the escalation ends"
        ),
        pytest.param(
            80, ["delegation", "delegation", "warning_50", "breach", "escalation"], id="after its first step: it ends"
        ),
    ],
)
def test_an_acknowledgement_ends_offers_and_once_the_promise_is_broken_the_escalation(acknowledged, left):
    levels = decided(due(ADA), [Decision(at_ms=acknowledged * MINUTE)])

    assert [one.level for one in levels] == left


def test_a_snooze_moves_what_comes_due_during_it_to_its_end():
    levels = decided(due(), [Decision(at_ms=20 * MINUTE, until_ms=65 * MINUTE)])

    assert shown(levels)[:3] == [
        ("warning_50", 1, 65, ""),
        ("breach", 1, 65, ""),
        ("escalation", 1, 75, "head of care"),
    ]


def test_a_snooze_that_begins_in_another_goes_on_from_there():
    snoozes = [
        Decision(at_ms=40 * MINUTE, until_ms=70 * MINUTE),
        Decision(at_ms=20 * MINUTE, until_ms=50 * MINUTE),
    ]

    assert shown(decided(due(), snoozes))[0] == ("warning_50", 1, 70, "")


def test_what_fired_before_a_snooze_is_not_moved_by_it():
    assert shown(decided(due(), [Decision(at_ms=31 * MINUTE, until_ms=90 * MINUTE)]))[0] == ("warning_50", 1, 30, "")
