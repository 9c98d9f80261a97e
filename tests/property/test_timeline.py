"""However events arrive, one by one or at once, in order or not, the same conversation is published."""

from datetime import timedelta
from typing import get_args

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.alert import Alert
from schemas.conversation import Conversation
from schemas.enriched import Enriched, Sentiment
from schemas.event import Role
from schemas.policy import EscalationStep, ResponsePolicy
from schemas.settings import Responses
from schemas.units import Duration, PositiveDuration
from streams.assess import Assessment, assess
from streams.instants import to_ms
from streams.measure import measure
from streams.timeline import Timeline, add, entries, pack, unpack
from tests.support.builders import at, make_author, make_book, make_enriched, make_event

POLICY = ResponsePolicy(
    name="p", first=Duration(60), next=Duration(30), escalation=(EscalationStep(after=PositiveDuration(30)),)
)
BOOK = make_book(POLICY, responses=Responses(quiet_after=Duration(100)))


def copies_of(native: int, role: Role, second: int, fetched: dict[int, bool]) -> list[Enriched]:
    """One event, as it was fetched at these seconds: the text is another each time, when and who are not."""
    return [
        make_enriched(
            make_event(
                str(native),
                author=make_author(role),
                created_at=at("09:00") + timedelta(seconds=second),
                received_at=at("10:00") + timedelta(seconds=late),
                text=f"copy of {late}",
                deleted=deleted,
            ),
            sentiment=Sentiment(label="neutral", score=late / 10, confidence=1.0),
        )
        for late, deleted in fetched.items()
    ]


copies = st.lists(
    st.tuples(
        st.sampled_from(get_args(Role)),
        st.integers(0, 12).map(lambda step: step * 15),
        st.dictionaries(st.integers(0, 9), st.booleans(), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=6,
).map(lambda events: [one for native, event in enumerate(events) for one in copies_of(native, *event)])


def told(events: list[Enriched]) -> Timeline:
    timeline: Timeline | None = None
    for event in events:
        timeline = add(timeline, event, 0, BOOK) or timeline
    assert timeline is not None
    return timeline


def seen(timeline: Timeline, watermark_ms: int) -> Assessment:
    return assess(timeline, BOOK, watermark_ms=watermark_ms, version=1)


def shown(conversation: Conversation) -> Conversation:
    return msgspec.structs.replace(conversation, version=0)


def standing(alerts: list[Alert]) -> set[str]:
    """The alerts that fire once all of these have been read."""
    last = {alert.alert_id: alert.state for alert in alerts}
    return {key for key, state in last.items() if state == "firing"}


watermarks = st.integers(0, 300).map(lambda second: to_ms(at("09:00") + timedelta(seconds=second)))


@settings(max_examples=60)
@given(copies, st.randoms(), watermarks)
def test_order_and_repeats_of_arrival_change_no_conversation(events, random, watermark_ms):
    delivered = events + events[:2]
    random.shuffle(delivered)

    first, second = told(events), told(delivered)

    assert measure(entries(second), BOOK.promised) == measure(entries(first), BOOK.promised)
    assert seen(second, watermark_ms).conversation == seen(first, watermark_ms).conversation


@settings(max_examples=60)
@given(copies, st.randoms(), watermarks)
def test_one_by_one_ends_where_all_at_once_does(events, random, watermark_ms):
    random.shuffle(events)
    timeline: Timeline | None = None
    alerts: list[Alert] = []
    for event in events:
        changed = add(timeline, event, 0, BOOK)
        if changed is not None:
            step = seen(changed, watermark_ms)
            timeline = unpack(pack(step.timeline))
            alerts += step.alerts
    assert timeline is not None

    at_once = seen(told(events), watermark_ms)

    assert shown(seen(timeline, watermark_ms).conversation) == shown(at_once.conversation)
    assert standing(alerts) == standing(list(at_once.alerts))


@settings(max_examples=60)
@given(copies, st.randoms(), watermarks)
@example(  # the second question comes first, and then what was said before it: its alert is not that of the first
    [
        *copies_of(0, "customer", 120, {0: False}),
        *copies_of(2, "brand", 15, {2: False}),
        *copies_of(1, "customer", 0, {1: False}),
    ],
    None,
    to_ms(at("09:05")),
)
def test_no_alert_ends_before_its_turn_began(events, random, watermark_ms):
    if random is not None:
        random.shuffle(events)
    timeline: Timeline | None = None
    for event in events:
        changed = add(timeline, event, 0, BOOK)
        if changed is None:
            continue
        step = seen(changed, watermark_ms)
        timeline = step.timeline
        for alert in step.alerts:
            assert alert.waited_s >= 0
            assert alert.waited_business_s is None or alert.waited_business_s >= 0
            assert alert.resolved_at is None or alert.resolved_at >= alert.started_at


@settings(max_examples=60)
@given(copies, st.lists(watermarks, min_size=1, max_size=5).map(sorted))
def test_looking_often_fires_what_looking_once_fires(events, watermarks):
    timeline = told(events)
    alerts: list[Alert] = []
    for watermark_ms in watermarks:
        step = seen(timeline, watermark_ms)
        timeline = step.timeline
        alerts += step.alerts

    once = seen(told(events), watermarks[-1])

    assert sorted(alert.alert_id for alert in alerts) == sorted(alert.alert_id for alert in once.alerts)
    assert len({alert.alert_id for alert in alerts}) == len(alerts)


@settings(max_examples=60)
@given(copies, watermarks)
def test_the_next_look_is_the_first_instant_after_which_something_new_fires(events, watermark_ms):
    first = seen(told(events), watermark_ms)
    due_ms = first.next_due_ms

    def news(at_ms: int) -> bool:
        later = seen(first.timeline, at_ms)
        return bool(later.alerts) or later.conversation.state != first.conversation.state

    if due_ms is None:
        assert not news(watermark_ms + 10_000_000)
    else:
        assert due_ms >= watermark_ms
        assert not news(due_ms)
        assert news(due_ms + 1)


@settings(max_examples=60)
@given(copies, st.randoms())
def test_number_of_turns_is_never_above_the_customer_events_ever_told(events, random):
    random.shuffle(events)
    timeline: Timeline | None = None
    most = 0
    for event in events:
        timeline = add(timeline, event, 0, BOOK) or timeline
        assert timeline is not None
        conversation = seen(timeline, 0).conversation
        most = max(most, len(conversation.turns))

        assert most <= conversation.customer_events


@settings(max_examples=60)
@given(copies)
def test_what_is_remembered_comes_back_from_the_table(events):
    timeline = seen(told(events), to_ms(at("23:00"))).timeline

    assert unpack(pack(timeline)) == timeline
