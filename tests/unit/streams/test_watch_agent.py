"""The two halves of the watch agent: what they write, in which order, and that nothing is lost when one is killed."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from schemas import codec
from schemas.action import Action
from schemas.alert import Alert
from schemas.deadletter import DeadLetter
from schemas.errors import BrokerError, ConfigError
from schemas.settings import Settings
from schemas.topics import ACTIONS, ALERTS, CONVERSATIONS, DEAD_LETTERS, ENRICHED, WINDOWS
from schemas.window import Window
from streams import arrivals
from streams.agents import watch, windows
from streams.agents.watch import _Judge
from streams.app import Context
from streams.episodes import unpack
from streams.instants import to_ms
from streams.kept import version_of
from tests.support.agents import FakeApp, Sent, make_context, make_records, run_agent
from tests.support.builders import at, make_conversation, make_enriched, make_event, make_turn
from tests.support.fakes import Killed
from tests.support.watching import arrive
from tests.support.windowing import (
    BACKLOG,
    CHANGELOG,
    SETTINGS,
    SetTo,
    feed,
    fill,
    half,
    sent_windows,
    table_of,
    time_of_day,
    waiting,
)

JUDGED = "vigie-watched-changelog"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> SetTo:
    return time_of_day(monkeypatch)


def backlog_of(window: Window) -> int:
    return sum(cell.queues[0].waiting for cell in window.cells)


def test_a_window_shows_who_waits_in_its_partition(now: SetTo):
    context, agent = half()
    feed(agent, waiting("c1"), waiting("c2"))
    now("09:00:12")

    asyncio.run(agent.tick())

    (window,) = sent_windows(context)
    assert (window.partition, window.at, backlog_of(window)) == (0, at("09:00:10"), 2)


def test_windows_go_to_the_one_partition_and_the_changelog_to_that_of_its_records(now: SetTo):
    context, agent = half(owned=(1,))
    feed(agent, waiting("c1"), partition=1)
    now("09:00:12")

    asyncio.run(agent.tick())

    app: FakeApp = context.app
    assert {(one.topic, one.partition) for one in app.producer.taken} == {(WINDOWS.name, 0), (CHANGELOG, 1)}


def test_a_window_is_sent_before_it_is_noted(now: SetTo):
    context, agent = half()
    now("09:00:12")

    asyncio.run(agent.tick())

    app: FakeApp = context.app
    assert [line for line in app.journal if line.startswith("taken")] == [f"taken {WINDOWS.name}", f"taken {CHANGELOG}"]


def test_records_are_acknowledged_after_the_changelog_has_them():
    context = make_context(SETTINGS)
    windows.register(context)

    run_agent(context, f"windows-{CONVERSATIONS.name}", make_records(waiting("c1"), topic=CONVERSATIONS.name))

    app: FakeApp = context.app
    assert app.journal == [f"sent {CHANGELOG}", f"taken {CHANGELOG}", "done"]


def test_an_older_version_changes_nothing(now: SetTo):
    context, agent = half()
    answered = make_conversation(make_turn(started_at=at("08:30"), waited_s=60), conversation_id="c1", version=7)
    feed(agent, answered, waiting("c1", version=6))
    now("09:00:12")

    asyncio.run(agent.tick())

    assert [backlog_of(window) for window in sent_windows(context)] == [0]


def test_the_worker_that_takes_over_sends_the_same_windows(now: SetTo):
    first, agent = half()
    feed(agent, waiting("c1"), waiting("c2"))
    feed(agent, *posts(30), topic=ENRICHED)
    _, heir = half(first)
    now("09:10")
    asyncio.run(agent.tick())

    asyncio.run(heir.tick())

    assert sent_windows(heir.context) == sent_windows(first)


def posts(count: int, clock: str = "08:30") -> list[Any]:
    return [make_enriched(make_event(str(one), created_at=at(clock) + timedelta(seconds=one))) for one in range(count)]


def test_what_an_owner_writes_has_a_greater_version_than_what_was_written_before():
    first, agent = half()
    feed(agent, *posts(2), topic=ENRICHED)
    feed(agent, *posts(5), topic=ENRICHED)

    app: FakeApp = first.app
    versions = [version_of(value) for value in app.producer.values(CHANGELOG)]
    assert versions == sorted(set(versions))
    assert len(versions) == 2


def test_events_that_are_delivered_again_count_once(now: SetTo):
    first, agent = half()
    feed(agent, *posts(30), topic=ENRICHED)
    _, heir = half(first)

    feed(heir, *posts(30), topic=ENRICHED)

    (slot,) = heir.partitions[0].slots.values()
    assert [one.events for one in slot.counts.values()] == [30]


def test_a_busy_slot_is_not_written_whole_with_every_batch():
    context, agent = half()
    for offset, post in enumerate(posts(300)):
        feed(agent, post, topic=ENRICHED, offset=offset)

    app: FakeApp = context.app
    written = app.producer.values(CHANGELOG)
    assert sum(map(len, written)) / 300 < 400
    (slot,) = agent.partitions[0].slots.values()
    assert [one.events for one in slot.counts.values()] == [300]


def test_of_an_open_slot_only_the_counts_and_a_part_with_room_are_in_memory():
    _, agent = half()
    feed(agent, *posts(300), topic=ENRICHED)

    (slot,) = agent.partitions[0].slots.values()
    assert ([one.events for one in slot.counts.values()], slot.seen) == ([300], {})
    assert sum(part.events for part in agent.parts.values()) <= 16


def test_what_a_former_owner_wrote_late_counts_nothing_twice():
    first, agent = half()
    feed(agent, *posts(40), topic=ENRICHED)
    _, heir = half(first)
    feed(agent, *posts(60), topic=ENRICHED)  # frozen, it has not heard that its partition went
    for offset, post in enumerate(posts(60)):
        feed(heir, post, topic=ENRICHED, offset=offset)

    _, third = half(first)
    fill(third, heir.context)
    asyncio.run(third.rebuild({0}))

    (slot,) = third.partitions[0].slots.values()
    assert [one.events for one in slot.counts.values()] == [60]


def test_killed_while_a_slot_is_sealed_counts_nothing_twice(now: SetTo, monkeypatch: pytest.MonkeyPatch):
    first, agent = half()
    feed(agent, *posts(40), topic=ENRICHED)
    app: FakeApp = first.app
    app.producer.refuse = refuse_part
    shown = to_ms(at("09:00") + timedelta(days=20))
    monkeypatch.setattr(windows, "time", SimpleNamespace(time_ns=lambda: shown * 1_000_000))
    with pytest.raises(Killed):
        asyncio.run(agent.tick())

    _, heir = half(first)
    (slot,) = heir.partitions[0].slots.values()
    assert (slot.sealed, [one.events for one in slot.counts.values()]) == (True, [40])
    asyncio.run(heir.tick())
    assert not any(key.startswith(b"p") for chunk in heir.shelf.page(0).chunks() for key, _ in chunk)


def refuse_part(one: Sent) -> None:
    if one.key is not None and one.key.startswith(b"p"):
        raise Killed


def test_a_slot_that_an_older_program_wrote_whole_is_taken_up_and_its_events_count_once():
    first, agent = half()
    old = arrivals.Slot(0, arrivals.slot_start(to_ms(at("08:30"))))
    for offset, post in enumerate(posts(30)):
        arrive(old, post, offset)
    asyncio.run(agent._note({b"s0:%d" % old.start_ms: old}))

    _, heir = half(first)
    feed(heir, *posts(33), topic=ENRICHED)

    (slot,) = heir.partitions[0].slots.values()
    assert [one.events for one in slot.counts.values()] == [33]


def test_events_that_come_days_late_count_once_although_they_are_delivered_again(now: SetTo):
    late = [make_enriched(make_event(str(one), created_at=at("08:30") - timedelta(days=9))) for one in range(5)]
    first, agent = half()
    feed(agent, *late, topic=ENRICHED)
    _, heir = half(first)

    feed(heir, *late, topic=ENRICHED)
    feed(heir, make_enriched(make_event("new", created_at=at("08:30") - timedelta(days=9))), topic=ENRICHED, offset=5)

    (slot,) = heir.partitions[0].slots.values()
    assert [one.events for one in slot.counts.values()] == [6]
    assert slot.seen == {}


def test_a_batch_that_the_broker_refused_is_as_if_it_had_never_come():
    context, agent = half()
    app: FakeApp = context.app
    feed(agent, *posts(1), topic=ENRICHED)
    app.producer.refuse = lambda one: BrokerError("no") if one.topic == CHANGELOG else None

    with pytest.raises(BrokerError):
        feed(agent, *posts(3), topic=ENRICHED)

    (slot,) = agent.partitions[0].slots.values()
    assert [one.events for one in slot.counts.values()] == [1]


def test_what_cannot_be_read_becomes_a_dead_letter_of_the_watch():
    context, agent = half()

    feed(agent, b"{", waiting("c1"))

    app: FakeApp = context.app
    (letter,) = [codec.decode(value, DeadLetter) for value in app.producer.values(DEAD_LETTERS.name)]
    assert (letter.stage, letter.source) == ("watch", CONVERSATIONS.name)
    assert set(agent.partitions[0].waits) == {"c1"}


def test_old_conversations_and_slots_are_forgotten_in_the_changelog_too(now: SetTo, monkeypatch: pytest.MonkeyPatch):
    first, agent = half()
    feed(agent, make_conversation(make_turn(waited_s=60), conversation_id="c1"), waiting("c2"))
    feed(agent, *posts(3), topic=ENRICHED)
    shown = to_ms(at("09:00") + timedelta(days=20))
    monkeypatch.setattr(windows, "time", SimpleNamespace(time_ns=lambda: shown * 1_000_000))
    asyncio.run(agent.tick())

    assert set(agent.partitions[0].waits) == {"c2"}  # who waits is kept for five weeks
    assert [slot.seen for slot in agent.partitions[0].slots.values()] == [{}]

    shown = to_ms(at("09:00") + timedelta(days=40))
    asyncio.run(agent.tick())

    assert [key[:1] for key in table_of(first, CHANGELOG)] == [b"w"]
    assert agent.partitions[0].waits == agent.partitions[0].slots == {}


def test_only_actions_about_watches_travel_with_the_window(now: SetTo):
    context, agent = half()
    about = Action(action_id="1", kind="acknowledge", conversation_id="watch:backlog:all", at=at("08:59"))
    other = Action(action_id="2", kind="acknowledge", conversation_id="mastodon:1", at=at("08:59"))
    feed(agent, about, other, about, topic=ACTIONS)
    now("09:00:12")

    asyncio.run(agent.tick())

    assert [window.actions for window in sent_windows(context)] == [(about,)]


def judge(before: Context | None = None) -> tuple[Context, _Judge]:
    context = make_context(SETTINGS)
    found = _Judge(context)
    if before is not None:
        found.table.data = table_of(before, JUDGED)
    found.rebuild()
    return context, found


def both_windows(now: SetTo, *clocks: str, waits: bool = True) -> list[Window]:
    """What two workers send for these instants: three customers wait in one partition, one in the other; or nobody."""
    first, one = half(owned=(0,))
    second, other = half(owned=(1,))
    if waits:
        feed(one, waiting("c1"), waiting("c2"), waiting("c3"))
        feed(other, waiting("c4"), partition=1)
    for clock in clocks:
        now(clock)
        asyncio.run(one.tick())
        asyncio.run(other.tick())
    return sorted(sent_windows(first) + sent_windows(second), key=lambda window: (window.at, window.partition))


def alerts_of(context: Context) -> list[Alert]:
    app: FakeApp = context.app
    return [codec.decode(value, Alert) for value in app.producer.values(ALERTS.name)]


def hand(agent: _Judge, *shown: Window, offset: int = 0) -> None:
    asyncio.run(agent.handle(make_records(*shown, offset=offset, topic=WINDOWS.name)))


def test_all_partitions_together_raise_one_alert(now: SetTo):
    context, agent = judge()

    hand(agent, *both_windows(now, "09:00:12", "09:01:12"))

    (alert,) = alerts_of(context)
    assert (alert.level, alert.value, alert.fired_at) == ("watch", 4, at("09:00:40"))
    assert alert.alert_id == f"watch:backlog:all:{to_ms(at('09:00:10'))}"


def test_an_alert_is_taken_before_it_is_noted_and_noted_before_its_windows_are_acknowledged(now: SetTo):
    context, agent = judge()

    hand(agent, *both_windows(now, "09:00:12", "09:01:12"))

    app: FakeApp = context.app
    told = [line for line in app.journal if not line.startswith("sent")]
    assert told == [f"taken {ALERTS.name}", f"taken {JUDGED}", "done"]


@pytest.mark.parametrize("topic", [ALERTS.name, JUDGED], ids=["before the alert", "after it"])
def test_a_judge_that_is_killed_says_the_same_alert_again(now: SetTo, topic: str):
    shown = both_windows(now, "09:00:12", "09:01:12")
    whole, undisturbed = judge()
    hand(undisturbed, *shown)
    first, killed = judge()
    app: FakeApp = first.app

    def refuse(one: Sent) -> None:
        if one.topic == topic:
            raise Killed

    app.producer.refuse = refuse
    with pytest.raises(Killed):
        hand(killed, *shown)
    second, heir = judge(first)
    hand(heir, *shown)

    assert {codec.encode(one) for one in alerts_of(first) + alerts_of(second)} == set(
        map(codec.encode, alerts_of(whole))
    )


def test_a_window_that_is_not_judged_yet_is_not_acknowledged(now: SetTo):
    context, agent = judge()
    first, second = both_windows(now, "09:00:12")

    hand(agent, first)
    hand(agent, second, offset=1)

    offsets: Any = context.offsets
    assert offsets.done_offsets == []  # both are the present state: a judge that starts again needs them
    hand(agent, *both_windows(now, "09:00:22")[-2:], offset=2)
    assert offsets.done_offsets == [1]


def test_watches_go_on_at_once_when_the_clock_of_all_was_two_hours_ahead_and_is_right(now: SetTo):
    context, agent = judge()
    for clock in ("11:00:12", "11:01:12"):
        hand(agent, *both_windows(now, clock))
    ahead = alerts_of(context)

    for clock in ("09:02:12", "09:07:32"):
        hand(agent, *both_windows(now, clock, waits=False), offset=100)

    first, last = alerts_of(context)
    assert [first] == ahead
    assert (first.state, last.state, last.alert_id) == ("firing", "resolved", first.alert_id)
    assert last.version > first.version


def test_an_heir_reads_what_was_judged_last_though_the_clock_was_set_back_since(now: SetTo):
    context, agent = judge()
    for clock in ("11:00:12", "11:01:12"):
        hand(agent, *both_windows(now, clock))
    app: FakeApp = context.app
    before = [one.value for one in app.producer.taken if one.topic == JUDGED]
    hand(agent, *both_windows(now, "09:02:12"), offset=100)

    after = [one.value for one in app.producer.taken if one.topic == JUDGED]

    assert len(after) > len(before)
    versions = [unpack(one).version for one in after if one]
    assert versions == sorted(set(versions))


def test_a_judge_that_takes_over_between_two_instants_says_nothing_twice(now: SetTo):
    shown = both_windows(now, "09:00:12", "09:01:12")
    first, before = judge()
    hand(before, *shown)
    second, heir = judge(first)

    hand(heir, *shown)

    assert alerts_of(second) == []


def test_an_acknowledgement_reaches_the_alert(now: SetTo):
    context, agent = judge()
    shown = both_windows(now, "09:00:12", "09:01:12")
    action = Action(
        action_id="1", kind="acknowledge", conversation_id="watch:backlog:all", at=at("09:00:45"), by="Nora"
    )
    acted = [msgspec.structs.replace(one, actions=(action,)) if one.at >= action.at else one for one in shown]

    hand(agent, *acted)

    assert [(alert.state, alert.acknowledged_by) for alert in alerts_of(context)] == [
        ("firing", ""),
        ("acknowledged", "Nora"),
    ]


def test_a_watch_that_cannot_work_stops_the_worker_at_its_start():
    wrong = Settings(watches=(BACKLOG, BACKLOG))

    with pytest.raises(ConfigError, match=r"watches\[1\].name holds 'backlog'"):
        watch.register(make_context(wrong))
