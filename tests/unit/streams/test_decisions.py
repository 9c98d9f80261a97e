"""What people decide about a conversation, and what is published of it then."""

import itertools

from schemas.action import Action
from schemas.alert import Alert
from schemas.policy import EscalationStep, Match, ResponsePolicy
from schemas.settings import Leader
from schemas.units import Duration, PositiveDuration
from streams.assess import Assessment, assess
from streams.instants import to_ms
from streams.timeline import Timeline, add, decide
from tests.support.builders import at, make_action, make_book, make_enriched, make_event

HOUR = ResponsePolicy(
    name="an hour",
    first=PositiveDuration(3600),
    next=PositiveDuration(1800),
    warnings=(),
    escalation=(EscalationStep(after=PositiveDuration(1800), to="head of care"),),
    owner="care team",
)
BOOK = make_book(HOUR)


def told(*said: object, timeline: Timeline | None = None, book=BOOK) -> Timeline:
    for one in said:
        if isinstance(one, Action):
            timeline = decide(timeline, one, 0) or timeline
        else:
            native, clock, *role = one  # type: ignore[misc]
            event = make_event(native, role=role[0] if role else "customer", created_at=at(clock))
            timeline = add(timeline, make_enriched(event), 0, book) or timeline
    assert timeline is not None
    return timeline


def seen(timeline: Timeline, now: str, book=BOOK) -> Assessment:
    return assess(timeline, book, watermark_ms=to_ms(at(now)), version=1)


def states(alerts: tuple[Alert, ...]) -> list[tuple[str, str]]:
    return [(alert.level, alert.state) for alert in alerts]


def test_an_acknowledged_breach_says_by_whom_and_goes_no_further_up():
    late = seen(told(("1", "09:00")), "10:05")

    after = seen(told(make_action(at=at("10:10")), timeline=late.timeline), "12:00")

    (alert,) = after.alerts
    assert (alert.level, alert.state) == ("breach", "acknowledged")
    assert (alert.acknowledged_by, alert.acknowledged_at) == ("Nora", at("10:10"))
    assert after.conversation.acknowledged_by == "Nora"


def test_an_acknowledged_alert_is_resolved_by_the_answer_like_any_other():
    late = seen(told(("1", "09:00")), "10:05")
    seen_by_nora = seen(told(make_action(at=at("10:10")), timeline=late.timeline), "10:11")

    answered = seen(told(("2", "10:20", "brand"), timeline=seen_by_nora.timeline), "10:21")

    assert states(answered.alerts) == [("breach", "resolved")]


def test_an_acknowledgement_before_the_breach_does_not_hide_the_breach():
    assert states(seen(told(("1", "09:00"), make_action(at=at("09:30"))), "10:05").alerts) == [("breach", "firing")]


def test_a_snoozed_alert_fires_again_when_the_snooze_ends_and_nobody_has_answered():
    late = seen(told(("1", "09:00")), "10:05")
    snooze = make_action("snooze", at=at("10:10"), until=at("11:00"))

    snoozed = seen(told(snooze, timeline=late.timeline), "10:11")
    again = seen(snoozed.timeline, "11:00:00.001")

    assert states(snoozed.alerts) == [("breach", "snoozed")]
    assert (snoozed.alerts[0].snoozed_until, snoozed.conversation.snoozed_until) == (at("11:00"), at("11:00"))
    assert snoozed.next_due_ms == to_ms(at("11:00"))
    assert states(again.alerts) == [("breach", "firing"), ("escalation", "firing")]
    assert again.conversation.snoozed_until is None


def test_who_it_is_assigned_to_owns_the_conversation_from_then_on():
    before = seen(told(("1", "09:00")), "09:10")

    after = seen(told(make_action("assign", at=at("09:20"), to="Paul"), timeline=before.timeline), "10:05")

    assert (before.conversation.owner, after.conversation.owner) == ("care team", "Paul")
    assert [(alert.owner, alert.to) for alert in after.alerts] == [("Paul", "Paul")]


def test_an_assignment_later_than_the_answer_does_not_rewrite_who_owned_the_turn():
    timeline = told(("1", "09:00"), ("2", "09:10", "brand"), make_action("assign", at=at("09:20"), to="Paul"))

    (turn,) = seen(timeline, "09:30").conversation.turns

    assert turn.owner == "care team"


def test_closing_ends_the_wait_without_an_answer_and_without_a_response_time():
    late = seen(told(("1", "09:00")), "10:05")

    closed = seen(told(make_action("close", at=at("10:10")), timeline=late.timeline), "10:11")

    (turn,) = closed.conversation.turns
    assert (closed.conversation.state, turn.closed_at, turn.waited_s, turn.breached) == (
        "closed",
        at("10:10"),
        None,
        True,
    )
    assert states(closed.alerts) == [("breach", "resolved")]
    assert (closed.conversation.first_resolution_s, closed.conversation.closed_at) == (4200.0, at("10:10"))


def test_a_customer_who_writes_after_the_matter_was_closed_opens_a_thread_with_a_first_response_of_its_own():
    timeline = told(("1", "09:00"), ("2", "09:10", "brand"), make_action("close", at=at("09:20")), ("3", "09:30"))

    conversation = seen(timeline, "09:31").conversation

    assert [(turn.thread, turn.is_first, turn.target_s) for turn in conversation.turns] == [
        (1, True, 3600.0),
        (2, True, 3600.0),
    ]
    assert (conversation.threads, conversation.state) == (2, "waiting")
    assert (conversation.first_resolution_s, conversation.total_resolution_s) == (1200.0, None)


def test_resolution_is_known_once_it_was_quiet_long_enough_and_counts_to_the_answer():
    timeline = told(("1", "09:00"), ("2", "09:10", "brand"))
    book = make_book(HOUR)
    late = assess(timeline, book, watermark_ms=to_ms(at("09:10")) + book.quiet_after_ms + 1, version=1).conversation

    assert seen(timeline, "09:11").conversation.first_resolution_s is None
    assert (late.state, late.first_resolution_s, late.total_resolution_s) == ("closed", 600.0, 600.0)


def test_any_order_and_repeats_of_events_and_decisions_end_the_same():
    said = [
        ("1", "09:00"),
        make_action("acknowledge", action_id="a", at=at("10:10")),
        make_action("assign", action_id="b", at=at("10:12"), to="Paul"),
        ("2", "10:30", "brand"),
        make_action("close", action_id="c", at=at("10:40")),
        ("3", "11:00"),
    ]

    ends = {seen(told(*order, *order[:2]), "12:05").conversation.turns for order in itertools.permutations(said)}

    assert len(ends) == 1


def test_a_decision_that_comes_before_the_first_event_is_kept_for_it():
    early = told(make_action("assign", at=at("09:30"), to="Paul"))

    assert early.entries == ()
    assert seen(told(("1", "09:00"), timeline=early), "09:31").conversation.owner == "Paul"


def test_the_same_decision_told_twice_says_nothing_new():
    timeline = told(("1", "09:00"), make_action())

    assert decide(timeline, make_action(), 0) is None


ADA = Leader(
    name="Ada Lovelace", handles=("ada",), delegates=("Nora", "Paul"), offer_after=Duration(600), offer_above=0
)
LED = make_book(
    ResponsePolicy(
        name="leader",
        first=PositiveDuration(1800),
        next=PositiveDuration(1800),
        warnings=(),
        match=Match(mentions_leader=True),
    ),
    HOUR,
    leaders=(ADA,),
)


def test_a_message_to_a_leader_is_theirs_and_is_offered_to_the_delegates_in_their_name():
    event = make_event("1", kind="message", visibility="private", recipient="@Ada", created_at=at("09:00"))
    timeline = add(None, make_enriched(event), 0, LED)
    assert timeline is not None

    assessment = seen(timeline, "09:21", LED)

    conversation = assessment.conversation
    assert (conversation.leader, conversation.owner, conversation.policy) == ("Ada Lovelace", "Ada Lovelace", "leader")
    assert conversation.delegates == ("Nora", "Paul")
    assert [(alert.level, alert.step, alert.to, alert.on_behalf_of) for alert in assessment.alerts] == [
        ("delegation", 1, "Nora", "Ada Lovelace"),
        ("delegation", 2, "Paul", "Ada Lovelace"),
    ]


def test_a_delegate_who_takes_it_owns_it_and_nobody_else_is_asked():
    event = make_event("1", recipient="ada", created_at=at("09:00"))
    timeline = add(None, make_enriched(event), 0, LED)
    assert timeline is not None
    taken = [
        make_action("assign", action_id="t", at=at("09:12"), to="Nora"),
        make_action(action_id="u", at=at("09:12")),
    ]

    assessment = seen(told(*taken, timeline=timeline), "09:25", LED)

    assert assessment.conversation.owner == "Nora"
    assert [(alert.level, alert.step, alert.state) for alert in assessment.alerts] == [
        ("delegation", 1, "acknowledged")
    ]


def test_later_turns_of_a_leaders_conversation_stay_with_the_leader():
    mention = add(None, make_enriched(make_event("1", recipient="ada", created_at=at("09:00"))), 0, LED)
    timeline = told(("2", "09:05", "brand"), ("3", "09:10"), timeline=mention, book=LED)

    assert [turn.policy for turn in seen(timeline, "09:11", LED).conversation.turns] == ["leader", "leader"]
