"""From a timeline to the conversation, the alerts and the next deadline that are published."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from schemas.conversation import State
from schemas.enriched import Enriched, Sentiment, SentimentLabel
from schemas.event import Role
from schemas.policy import EscalationStep, Match, ResponsePolicy, policy_version
from schemas.units import Duration, PositiveDuration
from streams.assess import Assessment, assess, next_due
from streams.instants import to_ms
from streams.timeline import Timeline, add
from tests.support.builders import at, make_author, make_book, make_enriched, make_event

HOUR = ResponsePolicy(
    name="an hour", first=Duration(3600), next=Duration(1800), escalation=(EscalationStep(after=PositiveDuration(900)),)
)
CLOSES = timedelta(days=2)


def said(native: str, clock: str, role: Role = "customer", **fields: object) -> Enriched:
    return make_enriched(make_event(native, role=role, created_at=at(clock), **fields))


def told(*events: Enriched, timeline: Timeline | None = None, policies: Sequence[ResponsePolicy] = (HOUR,)) -> Timeline:
    for event in events:
        timeline = add(timeline, event, 0, make_book(*policies)) or timeline
    assert timeline is not None
    return timeline


def seen(
    timeline: Timeline, now: str | datetime, *, policies: Sequence[ResponsePolicy] = (HOUR,), version: int = 1
) -> Assessment:
    """The assessment at this time of the test day."""
    watermark = to_ms(at(now) if isinstance(now, str) else now)
    return assess(timeline, make_book(*policies), watermark_ms=watermark, version=version)


def levels(assessment: Assessment) -> list[tuple[int, str, str]]:
    return [(alert.turn, alert.level, alert.state) for alert in assessment.alerts]


def test_a_customer_who_waits_within_the_target_causes_no_alert():
    assessment = seen(told(said("1", "09:00")), "09:30")

    assert assessment.alerts == ()
    assert assessment.conversation.state == "waiting"
    assert not assessment.conversation.breached


def test_every_level_that_was_passed_fires_once_with_the_id_of_its_turn():
    assessment = seen(told(said("1", "09:00")), "10:00:00.001")

    assert levels(assessment) == [
        (1, "warning_50", "firing"),
        (1, "warning_75", "firing"),
        (1, "warning_90", "firing"),
        (1, "breach", "firing"),
    ]
    assert [alert.alert_id for alert in assessment.alerts] == [
        "mastodon:1:1:warning_50",
        "mastodon:1:1:warning_75",
        "mastodon:1:1:warning_90",
        "mastodon:1:1:breach",
    ]


def test_an_alert_is_sent_once():
    first = seen(told(said("1", "09:00")), "10:30")

    second = seen(first.timeline, "10:30", version=2)

    assert first.alerts
    assert second.alerts == ()


def test_time_that_passes_without_a_new_level_sends_nothing():
    first = seen(told(said("1", "09:00")), "10:30")

    assert seen(first.timeline, "23:00", version=2).alerts == ()


def test_the_same_timeline_assessed_again_gives_the_same_alerts():
    timeline = told(said("1", "09:00"))

    again = seen(timeline, "10:30", version=7)

    assert [alert.alert_id for alert in again.alerts] == [alert.alert_id for alert in seen(timeline, "10:30").alerts]
    assert [alert.fired_at for alert in again.alerts] == [alert.fired_at for alert in seen(timeline, "11:59").alerts]


def test_an_alert_fired_at_the_instant_at_which_its_level_came_due():
    (warning, *_) = seen(told(said("1", "09:00")), "10:30").alerts

    assert (warning.fired_at, warning.started_at) == (at("09:30"), at("09:00"))
    assert (warning.waited_s, warning.target_s) == (1800.0, 3600.0)


def test_an_alert_shows_the_customer_and_the_promise():
    policy = ResponsePolicy(name="vip", first=Duration(60), next=Duration(60), warnings=(), owner="team vip")
    event = make_enriched(make_event("1", permalink="https://social.example/1", text="Help!"), mentions_leader=True)

    (alert,) = seen(told(event), "12:00", policies=[policy]).alerts

    assert (alert.customer_handle, alert.text, alert.language) == ("ana", "Help!", "en")
    assert (alert.policy, alert.owner, alert.permalink) == ("vip", "team vip", "https://social.example/1")
    assert (alert.network, alert.brand, alert.mentions_leader) == ("mastodon", "acme", True)


def test_alerts_are_resolved_by_the_answer():
    late = seen(told(said("1", "09:00")), "10:05")

    answered = seen(told(said("2", "10:10", "leader"), timeline=late.timeline), "10:11", version=2)

    assert {(alert.level, alert.state) for alert in answered.alerts} == {
        ("warning_50", "resolved"),
        ("warning_75", "resolved"),
        ("warning_90", "resolved"),
        ("breach", "resolved"),
    }
    assert {alert.alert_id for alert in answered.alerts} == {alert.alert_id for alert in late.alerts}
    assert {alert.resolved_at for alert in answered.alerts} == {at("10:10")}
    assert {alert.waited_s for alert in answered.alerts} == {4200.0}
    assert {alert.version for alert in answered.alerts} == {2}


def test_an_answer_in_time_leaves_nothing_to_resolve():
    assessment = seen(told(said("1", "09:00"), said("2", "09:30", "brand")), "12:00")

    assert assessment.alerts == ()


def test_a_late_answer_that_was_read_late_is_still_told():
    assessment = seen(told(said("1", "09:00"), said("2", "10:10", "brand")), "10:11")

    assert (1, "breach", "resolved") in levels(assessment)


def test_a_level_that_no_longer_holds_is_resolved():
    late = seen(told(said("1", "09:00")), "10:05")

    answer = said("2", "09:20", "brand", received_at=at("10:06"))
    corrected = seen(told(answer, timeline=late.timeline), "10:07", version=2)

    assert {(alert.level, alert.state) for alert in corrected.alerts} == {
        (alert.level, "resolved") for alert in late.alerts
    }
    assert not corrected.conversation.breached
    assert seen(corrected.timeline, "12:00", version=3).alerts == ()


def test_alerts_of_a_deleted_question_are_resolved():
    late = seen(told(said("1", "09:00")), "10:05")

    deletion = said("1", "09:00", received_at=at("10:06"), deleted=True)
    gone = seen(told(deletion, timeline=late.timeline), "10:07", version=2)

    assert {alert.state for alert in gone.alerts} == {"resolved"}
    assert all(alert.resolved_at == alert.fired_at for alert in gone.alerts)
    assert {alert.text for alert in gone.alerts} == {""}
    assert gone.conversation.state == "quiet"


def test_a_level_that_was_resolved_fires_again_when_the_customer_waits_again():
    late = seen(told(said("1", "09:00")), "09:31")
    answered = seen(told(said("2", "09:40", "brand"), timeline=late.timeline), "09:41", version=2)

    answer_deleted = said("2", "09:40", "brand", received_at=at("09:42"), deleted=True)
    again = seen(told(answer_deleted, timeline=answered.timeline), "09:43", version=3)

    assert levels(late) == [(1, "warning_50", "firing")]
    assert levels(answered) == [(1, "warning_50", "resolved")]
    assert levels(again) == [(1, "warning_50", "firing")]


def test_a_level_that_was_taken_back_comes_due_again():
    late = seen(told(said("1", "09:00"), said("2", "09:20")), "09:31")

    first_deleted = said("1", "09:00", received_at=at("09:32"), deleted=True)
    back = seen(told(first_deleted, timeline=late.timeline), "09:33", version=2)
    again = seen(back.timeline, "09:50:00.001", version=3)

    assert levels(back) == [(1, "warning_50", "resolved")]
    assert back.next_due_ms == to_ms(at("09:50"))
    assert levels(again) == [(1, "warning_50", "firing")]


def test_an_earlier_question_that_comes_late_moves_the_alert_and_adds_none():
    late = seen(told(said("2", "09:10")), "09:41")

    moved = seen(told(said("1", "09:00", received_at=at("09:42")), timeline=late.timeline), "09:43", version=2)

    assert [alert.alert_id for alert in moved.alerts] == [alert.alert_id for alert in late.alerts]
    assert [alert.fired_at for alert in moved.alerts] == [at("09:30")]


def test_each_turn_has_alerts_of_its_own():
    timeline = told(said("1", "09:00"), said("2", "10:10", "brand"), said("3", "11:00"))

    fired = levels(seen(timeline, "11:31"))

    assert (1, "breach", "resolved") in fired
    assert (2, "breach", "firing") in fired


@pytest.mark.parametrize(
    ("now", "due"),
    [
        pytest.param("09:00", "09:30", id="nothing has fired"),
        pytest.param("09:30", "09:30", id="at the first warning, which is not due yet"),
        pytest.param("09:30:00.001", "09:45", id="the first warning has fired"),
        pytest.param("09:59", "10:00", id="before the breach"),
        pytest.param("10:10", "10:15", id="before the escalation"),
        pytest.param("10:16", None, id="everything has fired"),
    ],
)
def test_the_next_look_is_at_the_next_level(now: str, due: str | None):
    assessment = seen(told(said("1", "09:00")), now)

    assert assessment.next_due_ms == (None if due is None else to_ms(at(due)))
    assert next_due(assessment.timeline, make_book(HOUR), watermark_ms=to_ms(at(now))) == assessment.next_due_ms


def test_an_answered_conversation_is_looked_at_again_when_it_has_been_quiet_long_enough_and_then_no_more():
    timeline = told(said("1", "09:00"), said("2", "09:10", "brand"))
    quiet = at("09:10") + CLOSES

    assert seen(timeline, "09:11").next_due_ms == to_ms(quiet)
    assert next_due(timeline, make_book(HOUR), watermark_ms=to_ms(at("09:11"))) == to_ms(quiet)
    assert seen(timeline, quiet + timedelta(milliseconds=1)).next_due_ms is None


def test_a_second_turn_is_due_although_the_first_has_had_its_alerts():
    late = seen(told(said("1", "09:00")), "10:16")

    back = told(said("2", "10:20", "brand"), said("3", "11:00"), timeline=late.timeline)

    assert seen(back, "11:01", version=2).next_due_ms == to_ms(at("11:15"))


def test_without_a_policy_there_is_no_target_no_alert_and_no_deadline():
    assessment = seen(told(said("1", "09:00")), "23:00", policies=[])

    conversation = assessment.conversation
    assert (conversation.policy, conversation.policy_version, conversation.target_s) == ("", "", None)
    assert (conversation.breached, conversation.priority) == (False, "normal")
    assert (assessment.alerts, assessment.next_due_ms) == ((), None)


@pytest.mark.parametrize(
    ("events", "now", "state"),
    [
        pytest.param([said("1", "09:00")], at("23:00"), "waiting", id="the customer waits"),
        pytest.param([said("1", "09:00"), said("2", "09:10", "brand")], at("09:11"), "answered", id="answered"),
        pytest.param(
            [said("1", "09:00"), said("2", "09:10", "brand")],
            at("09:10") + timedelta(days=2),
            "answered",
            id="two days after the answer",
        ),
        pytest.param(
            [said("1", "09:00"), said("2", "09:10", "brand")],
            at("09:10:00.001") + timedelta(days=2),
            "closed",
            id="one ms more",
        ),
        pytest.param(
            [said("1", "09:00")], at("09:00") + timedelta(days=30), "waiting", id="still waiting after a month"
        ),
        pytest.param([said("1", "09:00", "brand")], at("09:10"), "quiet", id="only the brand wrote"),
        pytest.param(
            [said("1", "09:00"), said("2", "09:01", "automation")], at("09:10"), "waiting", id="only a bot answered"
        ),
    ],
)
def test_state_of_a_conversation(events: list[Enriched], now: datetime, state: State):
    assert seen(told(*events), now).conversation.state == state


@pytest.mark.parametrize(
    ("priority", "now", "expected"),
    [
        pytest.param("normal", "09:59", "normal", id="in time"),
        pytest.param("normal", "10:01", "high", id="late"),
        pytest.param("low", "10:01", "low", id="late, and the policy says low"),
        pytest.param("urgent", "09:59", "urgent", id="the policy says urgent"),
    ],
)
def test_priority_is_that_of_the_policy_raised_when_late(priority: str, now: str, expected: str):
    policy = ResponsePolicy(name="p", first=Duration(3600), next=Duration(3600), priority=priority)  # type: ignore[arg-type]

    assert seen(told(said("1", "09:00")), now, policies=[policy]).conversation.priority == expected


def test_an_answer_takes_the_raised_priority_back():
    timeline = told(said("1", "09:00"), said("2", "10:10", "brand"))

    conversation = seen(timeline, "10:11").conversation

    assert (conversation.priority, conversation.breached) == ("normal", True)


def test_a_breach_alert_is_of_high_priority_and_a_warning_is_not():
    by_level = {alert.level: alert.priority for alert in seen(told(said("1", "09:00")), "10:16").alerts}

    assert by_level == {
        "warning_50": "normal",
        "warning_75": "normal",
        "warning_90": "normal",
        "breach": "high",
        "escalation": "high",
    }


def test_a_conversation_tells_each_turn_with_its_times_and_its_answerer():
    timeline = told(
        said("1", "09:00"),
        said("2", "09:05"),
        said("3", "09:12", author=make_author("leader", handle="ceo")),
        said("4", "11:00"),
    )

    first, second = seen(timeline, "11:31").conversation.turns

    assert (first.start_event_id, first.started_at, first.customer_events) == ("mastodon:1", at("09:00"), 2)
    assert (first.answer_event_id, first.answered_at, first.waited_s) == ("mastodon:3", at("09:12"), 720.0)
    assert (first.answered_by_role, first.answered_by) == ("leader", "ceo")
    assert (first.target_s, first.due_at, first.breached) == (3600.0, at("10:00"), False)
    assert (second.turn, second.started_at, second.answered_at, second.waited_s) == (2, at("11:00"), None, None)
    assert (second.target_s, second.due_at, second.breached) == (1800.0, at("11:30"), True)


def test_a_conversation_tells_its_first_response_and_the_target_of_the_turn_that_waits():
    timeline = told(said("1", "09:00"), said("2", "09:12", "brand"), said("3", "11:00"))

    conversation = seen(timeline, "11:01").conversation

    assert (conversation.first_response_s, conversation.target_s) == (720.0, 1800.0)
    assert (conversation.policy, conversation.policy_version) == ("an hour", policy_version(HOUR))
    assert (conversation.first_event_at, conversation.last_event_at) == (at("09:00"), at("11:00"))
    assert conversation.last_event_id == "mastodon:3"


def test_a_conversation_that_nobody_answered_has_no_first_response():
    conversation = seen(told(said("1", "09:00")), "23:00").conversation

    assert conversation.first_response_s is None


def test_customer_events_count_deleted_ones_too_and_so_bound_the_turns_ever_published():
    timeline = told(said("1", "09:00"), said("2", "09:10", "brand"), said("3", "09:20"))
    before = seen(timeline, "09:21").conversation

    deletion = said("3", "09:20", received_at=at("09:30"), deleted=True)
    after = seen(told(deletion, timeline=timeline), "09:31").conversation

    assert (before.events, before.customer_events, len(before.turns)) == (3, 2, 2)
    assert (after.events, after.customer_events, len(after.turns)) == (2, 2, 1)


def test_feeling_at_start_and_end_is_that_of_the_customer_alone():
    def felt(event: Enriched, label: SentimentLabel, score: float) -> Enriched:
        return make_enriched(event.event, sentiment=Sentiment(label=label, score=score, confidence=0.9))

    timeline = told(
        felt(said("1", "09:00"), "negative", -0.8),
        felt(said("2", "09:05", "brand"), "neutral", 0.0),
        felt(said("3", "09:10"), "positive", 0.25),
        felt(said("4", "09:15", "brand"), "neutral", 0.0),
    )

    conversation = seen(timeline, "09:16").conversation

    assert (conversation.sentiment_start, conversation.sentiment_end) == ("negative", "positive")
    assert conversation.sentiment_score_end == 0.25


def test_feeling_of_a_deleted_event_is_forgotten():
    timeline = told(said("1", "09:00"), said("1", "09:00", received_at=at("09:10"), deleted=True))

    conversation = seen(timeline, "09:11").conversation

    assert (conversation.sentiment_start, conversation.sentiment_end, conversation.sentiment_score_end) == (
        None,
        None,
        None,
    )


def test_version_grows_although_the_clock_stands_still_or_goes_back():
    first = seen(told(said("1", "09:00")), "10:05", version=1000)

    second = seen(told(said("2", "10:10", "brand"), timeline=first.timeline), "10:11", version=900)

    assert (first.conversation.version, first.timeline.version) == (1000, 1000)
    assert (second.conversation.version, second.timeline.version) == (1001, 1001)
    assert {alert.version for alert in second.alerts} == {1001}


def test_the_promise_for_leaders_holds_once_a_leader_is_mentioned():
    leaders = ResponsePolicy(name="leaders", first=Duration(600), next=Duration(600), match=Match(mentions_leader=True))
    mention = make_enriched(make_event("2", created_at=at("09:05")), mentions_leader=True)
    both = [leaders, HOUR]

    before = seen(told(said("1", "09:00"), policies=both), "09:06", policies=both)
    after = seen(told(mention, timeline=before.timeline, policies=both), "09:06", policies=both, version=2)

    assert (before.conversation.policy, before.conversation.mentions_leader) == ("an hour", False)
    assert (after.conversation.policy, after.conversation.mentions_leader) == ("leaders", True)
    assert levels(after) == [(1, "warning_50", "firing")]


def test_nobody_waits_in_a_conversation_of_nothing_but_spam():
    assessment = seen(told(make_enriched(make_event("1", created_at=at("09:00")), is_spam=True)), "23:00")

    assert (assessment.conversation.state, assessment.alerts, assessment.next_due_ms) == ("quiet", (), None)
    assert next_due(assessment.timeline, make_book(HOUR), watermark_ms=0) is None


def test_a_customer_who_writes_below_spam_waits():
    spam = make_enriched(make_event("1", created_at=at("09:00")), is_spam=True)

    assessment = seen(told(spam, said("2", "09:10")), "09:20")

    assert assessment.conversation.state == "waiting"
    assert assessment.next_due_ms is not None
