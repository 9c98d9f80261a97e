"""The clock on the wall steps, as when a machine's time is corrected: nothing fires twice, nothing is taken back."""

import pytest

from schemas.alert import Alert
from schemas.policy import EscalationStep, ResponsePolicy
from schemas.settings import Channel
from schemas.units import Duration, PositiveDuration
from streams.assess import Assessment, assess
from streams.dispatch import plan
from streams.instants import to_ms
from streams.notices import put_off
from streams.pulse import LIVE_STEP_MS, Pulse
from streams.timeline import Timeline, add, decide
from tests.support.builders import at, make_action, make_alert, make_book, make_enriched, make_event
from tests.support.notices import heard, make_routing, state

STEP_MS = 600_000
BOOK = make_book(
    ResponsePolicy(
        name="an hour",
        first=Duration(3600),
        next=Duration(3600),
        warnings=(),
        escalation=(EscalationStep(after=PositiveDuration(3600)),),
    )
)
NOW = to_ms(at("12:00"))


def wrote(native: str, clock: str, timeline: Timeline | None = None) -> Timeline:
    changed = add(timeline, make_enriched(make_event(native, created_at=at(clock))), 0, BOOK)
    assert changed is not None
    return changed


def seen(timeline: Timeline, clock: str) -> Assessment:
    return assess(timeline, BOOK, watermark_ms=to_ms(at(clock)), version=1)


def states(alerts: tuple[Alert, ...]) -> list[tuple[str, str]]:
    return [(alert.level, alert.state) for alert in alerts]


def test_a_breach_stands_when_the_clock_goes_back_before_it_and_the_customer_writes_again():
    broken = seen(wrote("1", "09:00"), "10:05")

    behind = seen(wrote("2", "09:58", broken.timeline), "09:55")
    right = seen(behind.timeline, "10:06")

    assert states(broken.alerts) == [("breach", "firing")]
    assert (behind.alerts, right.alerts) == ((), ())
    assert behind.conversation.breached


def test_a_snooze_that_ended_does_not_begin_again_when_the_clock_goes_back():
    broken = seen(wrote("1", "09:00"), "10:05")
    snoozed = decide(broken.timeline, make_action("snooze", at=at("10:06"), until=at("10:30")), 0)
    assert snoozed is not None
    again = seen(seen(snoozed, "10:07").timeline, "10:31")

    behind = seen(wrote("2", "10:20", again.timeline), "10:21")

    assert states(again.alerts) == [("breach", "firing")]
    assert behind.alerts == ()


def test_what_fired_early_since_the_clock_was_ahead_is_told_once_and_ends_with_the_answer():
    ahead = seen(wrote("1", "09:00"), "10:05")  # it is five to ten
    right = seen(ahead.timeline, "09:56")
    past = seen(right.timeline, "10:01")
    answer = make_enriched(make_event("2", role="brand", created_at=at("09:57")))
    answered = add(past.timeline, answer, 0, BOOK)
    assert answered is not None

    assert states(ahead.alerts) == [("breach", "firing")]
    assert (right.alerts, past.alerts) == ((), ())
    assert states(seen(answered, "10:02").alerts) == [("breach", "resolved")]


def test_windows_of_watches_are_neither_sent_again_nor_left_out_when_the_clock_goes_back():
    pulse = Pulse(NOW, live=True)
    pulse.sent(0, NOW)

    sent = [pulse.due(0, [0], NOW - ago_ms) for ago_ms in (STEP_MS, 60_000, 1)]
    after = pulse.due(0, [0], NOW + LIVE_STEP_MS + 2_000)

    assert sent == [[], [], []]
    assert after == [NOW + LIVE_STEP_MS]


@pytest.mark.parametrize("step_ms", [STEP_MS, 24 * 3_600_000], ids=["ten minutes", "a day"])
def test_a_message_that_failed_while_the_clock_was_ahead_is_tried_again_at_once_when_it_is_right(step_ms: int):
    channel = Channel(name="care", group_above=0)
    target = make_routing(channels=(channel,)).targets["care"]
    notices = heard(make_alert(conversation_id="x:1"), at=at("10:00:05")).notices
    waiting = put_off(notices, [notices.waiting[0].key], next_ms=NOW + step_ms + 5_000, attempts=1).waiting

    assert len(plan(target, waiting, recent=[], now_ms=NOW).outgoing) == 1
    assert plan(target, waiting, recent=[], now_ms=NOW + step_ms).outgoing == ()


def test_what_was_told_while_the_clock_was_ahead_keeps_nothing_waiting_when_it_is_right():
    channel = Channel(name="care", group_above=2, group_within=PositiveDuration(300))
    target = make_routing(channels=(channel,)).targets["care"]
    waiting = heard(make_alert(conversation_id="x:1"), at=at("10:00:05")).notices.waiting

    assert len(plan(target, waiting, recent=[NOW + STEP_MS] * 2, now_ms=NOW).outgoing) == 1


def test_an_alert_that_was_told_is_not_told_again_when_it_comes_with_another_clock():
    alert = make_alert(conversation_id="x:1", fired_at=at("10:00"))
    first = heard(alert, at=at("10:00:05")).notices

    again = heard(alert, state(alert, "firing"), at=at("09:50:05"), notices=first)

    assert again.log == ()
    assert again.notices.waiting == first.waiting
