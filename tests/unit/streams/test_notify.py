"""The notify agent: told at least once whatever fails, noted before it is forgotten, no channel waits for another."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas import codec
from schemas.alert import Alert
from schemas.delivery import Delivery
from schemas.settings import Channel, Route
from schemas.topics import ALERTS, DEAD_LETTERS, DELIVERIES
from streams.agents import notify
from streams.agents.notify import _Notify
from streams.notices import unpack
from streams.routing import routing
from tests.support.agents import Sent, make_context, make_records
from tests.support.builders import make_alert
from tests.support.fakes import Killed
from tests.support.notices import FakeChannels, make_route, make_settings, state

CHANGELOG = "vigie-notices-changelog"


def fired(**fields: Any) -> Alert:
    """An alert that fired just now: what is old is not told."""
    return make_alert(**{"fired_at": datetime.now(UTC) - timedelta(seconds=2), **fields})


def several(count: int) -> list[Alert]:
    return [fired(conversation_id=f"x:{number}") for number in range(count)]


class Worker:
    """One agent in process with its fake broker."""

    def __init__(self, *routes: Route, channels: tuple[Channel, ...] = (), taking: FakeChannels | None = None) -> None:
        self.channels = taking or FakeChannels()
        settings = make_settings(*(routes or (make_route("all", "care", "boss"),)), channels=channels)
        self.context = make_context(settings)
        self.agent = _Notify(self.context, routing(settings, {}), self.channels, None)
        self.producer = self.context.app.producer

    async def hear(self, *alerts: Alert | bytes) -> None:
        await self.agent.handle(make_records(*alerts, topic=ALERTS.name))

    async def tell(self, *names: str) -> None:
        """Let the couriers of these targets work once, or those of all."""
        for name in names or self.agent.routing.targets:
            if self.agent.waiting[name]:
                await self.agent.tell(self.agent.routing.targets[name])

    def log(self) -> list[Delivery]:
        return [codec.decode(value, Delivery) for value in self.producer.values(DELIVERIES.name)]

    def steps(self) -> list[tuple[str, str, int, str]]:
        return [(entry.channel, entry.state, entry.attempt, entry.reason) for entry in self.log()]


def succeed(worker: Worker) -> Worker:
    """The worker that takes over: it knows what the changelog knows."""
    heir = Worker(taking=FakeChannels())
    for one in worker.producer.taken:
        if one.topic == CHANGELOG:
            heir.agent.table.data[one.key] = one.value
    return heir


def test_an_alert_reaches_every_channel_of_its_route_and_the_log_says_so():
    worker = Worker()

    async def run() -> None:
        await worker.hear(fired())
        await worker.tell()

    asyncio.run(run())

    assert [name for name, _ in worker.channels.taken] == ["boss", "care"]
    assert worker.steps() == [("boss", "sent", 1, ""), ("care", "sent", 1, "")]


def test_what_is_to_be_told_is_in_the_changelog_before_the_alert_is_acknowledged():
    worker = Worker()

    asyncio.run(worker.hear(fired()))

    assert worker.channels.tried == []
    assert worker.context.app.journal == [f"sent {CHANGELOG}", f"taken {CHANGELOG}"]


def test_a_channel_that_fails_holds_up_no_other_and_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notify, "_BACKOFF_S", (0.0,) * 8)
    worker = Worker(taking=FakeChannels(boss=["http_500", "timeout"]))

    async def run() -> None:
        await worker.hear(fired())
        for _ in range(4):
            await worker.tell()

    asyncio.run(run())

    assert sorted(name for name, _ in worker.channels.taken) == ["boss", "care"]
    assert worker.steps() == [
        ("boss", "failed", 1, "http_500"),
        ("care", "sent", 1, ""),
        ("boss", "failed", 2, "timeout"),
        ("boss", "sent", 3, ""),
    ]


def test_after_a_failure_the_next_attempt_waits():
    worker = Worker(taking=FakeChannels(boss=["http_500"], care=["http_500"]))

    async def run() -> None:
        await worker.hear(fired())
        await worker.tell()
        await asyncio.wait_for(worker.tell("boss"), timeout=3)

    asyncio.run(run())

    assert worker.channels.tried == ["boss", "care"]


def test_what_no_channel_took_for_long_enough_is_given_up_and_said_so(monkeypatch: pytest.MonkeyPatch):
    worker = Worker(make_route("all", "care"), taking=FakeChannels(care=["http_410"]))
    begun = notify._now_ms()

    async def run() -> None:
        await worker.hear(fired())
        monkeypatch.setattr(notify, "_now_ms", lambda: begun + 90_000_000)
        await worker.tell()

    asyncio.run(run())

    assert [(state, reason) for _, state, _, reason in worker.steps()] == [
        ("failed", "http_410"),
        ("dropped", "given_up"),
    ]
    assert not worker.agent.waiting["care"]


def test_fifty_alerts_at_once_are_one_message_and_each_is_in_the_log():
    worker = Worker(make_route("all", "care"))

    async def run() -> None:
        await worker.hear(*several(50))
        await worker.tell()

    asyncio.run(run())

    ((_, message),) = worker.channels.taken
    assert message.title == "50 alerts: 50 past target"
    assert {entry.alert_id for entry in worker.log()} == {f"x:{number}:1:breach" for number in range(50)}
    assert {(entry.state, entry.alerts) for entry in worker.log()} == {("grouped", 50)}


def test_how_much_was_told_just_now_counts_whatever_stands_behind_it():
    worker = Worker(make_route("all", "care"))
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    limit = worker.agent.routing.targets["care"].channel.group_above
    # as a worker that takes over finds it: conversation by conversation, most of them of last week
    worker.agent.recent["care"] = [now_ms] * (limit - 1) + [now_ms - 604_800_000] * 200

    async def run() -> None:
        for alert in several(3):
            await worker.hear(alert)
            await asyncio.wait_for(worker.tell("care"), timeout=3)

    asyncio.run(run())

    assert len(worker.channels.taken) == 1


def test_during_quiet_hours_it_is_held_and_said_so_once():
    always = Channel(name="care", quiet_hours=("mon-sun 00:00-24:00",), time_zone="UTC")
    worker = Worker(make_route("all", "care"), channels=(always,))

    async def run() -> None:
        await worker.hear(fired())
        await worker.tell()
        await asyncio.wait_for(worker.tell(), timeout=3)

    asyncio.run(run())

    assert worker.steps() == [("care", "held", 0, "quiet_hours")]


def test_killed_between_the_message_and_its_note_the_next_worker_tells_it_again(monkeypatch: pytest.MonkeyPatch):
    worker = Worker(make_route("all", "care"))

    def die(one: Sent) -> Exception | None:
        if one.topic == DELIVERIES.name:
            raise Killed
        return None

    async def run() -> None:
        await worker.hear(fired())
        worker.producer.refuse = die
        with pytest.raises(Killed):
            await worker.tell()

    asyncio.run(run())
    heir = succeed(worker)

    async def take_over() -> None:
        await heir.agent.take_up({0})
        await heir.tell("care")

    asyncio.run(take_over())

    assert len(worker.channels.taken) == 1
    assert [name for name, _ in heir.channels.taken] == ["care"]


def test_what_was_told_is_not_told_again_by_the_next_worker(monkeypatch: pytest.MonkeyPatch):
    worker, alert = Worker(), fired()

    async def run() -> None:
        await worker.hear(alert)
        await worker.tell()

    asyncio.run(run())
    heir = succeed(worker)

    async def take_over() -> None:
        await heir.agent.take_up({0})
        await heir.hear(alert)
        await heir.tell()

    asyncio.run(take_over())

    assert heir.channels.taken == []


def test_a_broker_that_is_away_when_it_is_noted_makes_no_second_message(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notify, "_BACKOFF_S", (0.0,) * 8)
    worker = Worker(make_route("all", "care"))
    faults = [ConnectionError("gone"), ConnectionError("gone")]
    worker.producer.refuse = lambda one: faults.pop() if faults and one.topic == DELIVERIES.name else None

    async def run() -> None:
        await worker.hear(fired())
        await worker.tell()

    asyncio.run(run())

    assert len(worker.channels.taken) == 1
    assert worker.steps() == [("care", "sent", 1, "")]


def test_a_batch_that_the_broker_did_not_take_is_handled_again_as_if_for_the_first_time():
    worker, alert = Worker(make_route("all", "care")), fired()
    faults = [ConnectionError("gone")]
    worker.producer.refuse = lambda one: faults.pop() if faults else None

    async def run() -> None:
        with pytest.raises(ConnectionError):
            await worker.hear(alert)
        assert not worker.agent.waiting["care"]
        await worker.hear(alert)
        await worker.tell()

    asyncio.run(run())

    assert len(worker.channels.taken) == 1


def test_what_was_answered_while_a_channel_failed_is_not_told_any_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notify, "_BACKOFF_S", (0.0,) * 8)
    worker, alert = Worker(make_route("all", "care"), taking=FakeChannels(care=["timeout"])), fired()

    async def run() -> None:
        await worker.hear(alert)
        await worker.tell()
        await worker.hear(state(alert, "resolved"))
        await worker.tell()

    asyncio.run(run())

    assert worker.channels.taken == []
    assert worker.steps() == [("care", "failed", 1, "timeout"), ("care", "dropped", 1, "over")]


def test_what_waits_for_a_channel_that_is_gone_from_the_settings_is_dropped_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
):
    worker = Worker(make_route("all", "care"))
    asyncio.run(worker.hear(fired()))
    heir = Worker(make_route("all", "boss"))
    settings = make_settings(make_route("all", "boss"), addresses={"boss": "json://127.0.0.1:9"})
    heir.agent.routing = routing(settings, {})
    heir.agent.table.data.update({one.key: one.value for one in worker.producer.taken})

    asyncio.run(heir.agent.take_up({0}))

    assert heir.steps() == [("care", "dropped", 0, "no_such_channel")]


def test_each_state_of_a_conversation_has_a_greater_version_than_the_one_before(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notify, "_now_ms", lambda now=notify._now_ms(): now)  # a clock that stands still
    worker = Worker(make_route("all", "care"))

    async def run() -> None:
        await worker.hear(fired())
        await worker.tell()
        await worker.hear(fired(turn=2))

    asyncio.run(run())
    versions = [unpack(value).version for value in worker.producer.values(CHANGELOG)]

    assert len(versions) == 3
    assert versions == sorted(set(versions))


def test_bytes_that_are_no_alert_become_a_dead_letter_and_the_others_are_told():
    worker = Worker(make_route("all", "care"))

    async def run() -> None:
        await worker.hear(b"{", *several(3))
        await worker.tell()

    asyncio.run(run())

    assert len(worker.producer.values(DEAD_LETTERS.name)) == 1
    assert len(worker.channels.taken) == 3


def test_conversations_of_which_nothing_can_come_again_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    worker = Worker(make_route("all", "care"))
    begun = notify._now_ms()

    async def run() -> None:
        await worker.hear(fired())
        await worker.tell()
        await worker.agent.sweep()
        assert worker.agent.table.data
        monkeypatch.setattr(notify, "_now_ms", lambda: begun + 31 * 86_400_000)
        await worker.agent.sweep()

    asyncio.run(run())

    assert worker.agent.table.data == {}
    assert worker.producer.values(CHANGELOG)[-1] is None


def test_what_another_worker_owns_now_is_left_to_it(monkeypatch: pytest.MonkeyPatch):
    worker = Worker(make_route("all", "care"))
    asyncio.run(worker.agent.handle(make_records(fired(), partition=3, topic=ALERTS.name)))
    heir = succeed(worker)

    asyncio.run(heir.agent.take_up({0}))

    assert heir.agent.table.data == {}
    assert not heir.agent.waiting["care"]
