"""The clock on the wall steps, as when a machine's time is corrected: nothing fires twice, nothing is taken back."""

import pytest

from schemas.alert import Alert
from schemas.policy import EscalationStep, ResponsePolicy
from schemas.settings import Channel
from schemas.units import Duration, PositiveDuration
from schemas.watch import Watch
from streams.assess import Assessment, assess
from streams.dispatch import plan
from streams.episodes import Episode, Memory, advance, pack, rewound, unpack
from streams.instants import to_ms
from streams.notices import put_off
from streams.pulse import LIVE_STEP_MS, Pulse
from streams.timeline import Timeline, add, decide
from streams.watch import Condition, Finding
from streams.watchwords import words
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


def test_windows_of_watches_are_neither_sent_again_nor_left_out_when_the_clock_goes_back_by_seconds():
    pulse = Pulse(NOW, live=True)
    pulse.sent(0, NOW)

    sent = [pulse.due(0, [0], NOW - ago_ms) for ago_ms in (60_000, 30_000, 1)]
    after = pulse.due(0, [0], NOW + LIVE_STEP_MS + 2_000)

    assert sent == [[], [], []]
    assert after == [NOW + LIVE_STEP_MS]


@pytest.mark.parametrize("ahead_ms", [STEP_MS, 2 * 3_600_000], ids=["ten minutes", "two hours"])
def test_windows_go_on_at_once_when_a_clock_that_was_ahead_is_right(ahead_ms: int):
    pulse = Pulse(NOW, live=True)
    pulse.event(0, NOW - 5_000)
    pulse.sent(0, NOW + ahead_ms)

    first = pulse.due(0, [0], NOW + 2_000)
    pulse.sent(0, first[-1])

    assert first == [NOW]
    assert pulse.due(0, [0], NOW + 12_000) == [NOW + LIVE_STEP_MS]


def test_no_window_is_due_while_the_clock_is_behind_what_customers_wrote():
    pulse = Pulse(NOW, live=True)
    pulse.event(1, NOW - 5_000)
    pulse.sent(0, NOW)

    assert pulse.due(0, [0, 1], NOW - STEP_MS) == []
    assert pulse.due(0, [0, 1], NOW + LIVE_STEP_MS + 2_000) == [NOW + LIVE_STEP_MS]


def watched(memory: Memory, clock: str, condition: Condition = "bad") -> tuple[Memory, list[Alert]]:
    """The judge sees this condition at this time; what it remembers is read from its table."""
    watch = Watch(name="backlog", kind="backlog", limit=2)
    finding = Finding(
        watch=watch, scope="all", condition=condition, value=3, threshold=2, sample=3, window_s=60, explanation="."
    )
    return advance(unpack(pack(memory)), [watch], [finding], [], to_ms(at(clock)), words("en"))


def test_what_a_watch_said_while_the_clock_was_ahead_stands_and_ends_under_its_name_when_it_is_right():
    ahead, _ = watched(Memory(), "12:00")
    ahead, said = watched(ahead, "12:00:30")
    right = rewound(ahead, to_ms(at("10:00:20")))

    right, again = watched(right, "10:00:30")
    right, _ = watched(right, "10:00:40", "good")
    right, ended = watched(right, "10:05:40", "good")

    assert (states(tuple(said)), again) == ([("watch", "firing")], [])
    assert states(tuple(ended)) == [("watch", "resolved")]
    assert ended[0].alert_id == said[0].alert_id
    assert ended[0].version > said[0].version


def test_what_a_watch_had_not_said_yet_begins_anew_when_the_clock_is_right():
    ahead, _ = watched(Memory(), "12:00")
    right = rewound(ahead, to_ms(at("10:00:20")))

    right, early = watched(right, "10:00:30")
    right, said = watched(right, "10:01")

    assert early == []
    assert [alert.started_at for alert in said] == [at("10:00:30")]


def test_the_cooldown_of_a_watch_is_no_longer_than_it_is_though_it_began_while_the_clock_was_ahead():
    ahead = Memory(to_ms(at("12:00")), (Episode("backlog", "all", resolved_ms=to_ms(at("12:00"))),))
    right = rewound(ahead, to_ms(at("09:59:50")))

    right, _ = watched(right, "10:59:30")
    right, said = watched(right, "11:00")

    assert states(tuple(said)) == [("watch", "firing")]


def test_each_instant_after_a_clock_was_set_back_has_a_greater_version_than_all_before():
    memory, _ = watched(Memory(), "12:00")
    versions = [memory.version]
    memory = rewound(memory, to_ms(at("10:00")))
    for clock in ("10:00:10", "10:00:20", "12:00:10"):
        memory, _ = watched(memory, clock)
        versions.append(memory.version)

    assert versions == sorted(set(versions))
    assert versions[-1] == to_ms(at("12:00:10"))


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
