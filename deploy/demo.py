"""The demo: the bundled sample through the whole path, history first as fast as it goes, then live."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec
from clickhouse_connect.driver.client import Client

from connectors.publish import Publisher
from connectors.sample.bundle import Sample, sample_events
from deploy.drain import until_drained
from deploy.stack import Stack
from schemas.errors import VigieError
from schemas.event import Event
from schemas.load import load
from schemas.settings import ClickHouse, Kafka, Settings
from streams.store import connect, mapped
from streams.worker import AGENTS

_DRAIN_S = 20.0
_FRAME_S = 1.0

Show = Callable[[Client, Stack], None]
Page = Callable[[Callable[[], ClickHouse]], AbstractContextManager[str]]


class EventToRow(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from the connector's hand to the row in ClickHouse, of the events that came live."""

    p50: float | None
    p99: float | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo did. `events_published` counts events, `messages_published` their edits and deletions too."""

    events_published: int
    messages_published: int
    events_stored: int
    duplicates_stored: int
    dead_letters: int
    conversations: int
    turns_answered: int
    turns_waiting: int
    alerts_by_level: dict[str, int]
    seconds_to_first_row: float | None
    event_to_row_seconds: EventToRow


@dataclass(slots=True)
class _Feed:
    """The publishing thread: what it has sent, and why it ended."""

    kafka: Kafka
    sample: Sample
    stopping: threading.Event
    ids: set[str] = field(default_factory=set)
    messages: int = 0
    live_from: datetime | None = None
    failure: VigieError | None = None

    def run(self) -> None:
        """Publish history at once and live events when they are due, until told to stop."""
        try:
            with Publisher(self.kafka) as publisher:
                for event in self.sample.history:
                    self._publish(publisher, event)
                publisher.flush()
                self.live_from = datetime.now(UTC)
                for event in self.sample.live:
                    wait_s = (event.received_at - datetime.now(UTC)).total_seconds()
                    if self.stopping.wait(max(0.0, wait_s)):
                        return
                    self._publish(publisher, event)
                    publisher.flush()
        except VigieError as error:
            self.failure = error

    def _publish(self, publisher: Publisher, event: Event) -> None:
        publisher.publish(event)
        self.ids.add(event.event_id)
        self.messages += 1


def demo_settings(language: str) -> Settings:
    """The settings of the demo: its own file, and the environment over it."""
    toml = (files("deploy") / "demo.toml").read_text(encoding="utf-8")
    settings = load(toml, {**os.environ, "VIGIE_LANGUAGE": language}, where="deploy/demo.toml")
    return settings


def run(
    settings: Settings,
    *,
    data_dir: Path,
    fresh: bool,
    stopping: threading.Event,
    seconds: float | None,
    show: Show,
    say: Callable[[str], None],
    page: Page,
) -> Summary:
    """Play the sample until told to stop, or for so many seconds; what was seen at the end.

    Args:
        page: serves the boards on the store that it is given the place of; called once there is something to see.
    Raises:
        VigieError: a part of the stack failed.
    """
    begun = time.monotonic()
    with (
        as_file(files("deploy") / "demo.toml") as config,
        Stack(
            settings,
            data_dir=data_dir,
            agents=AGENTS,
            say=say,
            environ={"VIGIE_CONFIG": str(config), "VIGIE_LANGUAGE": settings.language},
            keep=False,
            fresh=fresh,
        ) as stack,
        ExitStack() as pages,
    ):
        stack.wait_ready(stopping)
        feed = _Feed(stack.settings.kafka, sample_events(rebase_to=datetime.now(UTC)), stopping)
        thread = threading.Thread(target=feed.run, name="sample", daemon=True)
        thread.start()
        client = connect(stack.settings.clickhouse)
        first_row_s: float | None = None
        while not stopping.is_set() and (seconds is None or time.monotonic() - begun < seconds):
            if first_row_s is None and _scalar(client, "SELECT count() FROM events"):
                first_row_s = time.monotonic() - begun
                say(f"first rows after {first_row_s:.1f} s")
                say(f"boards: {pages.enter_context(page(lambda: stack.settings.clickhouse))}")
            for sentence in stack.watch():
                say(sentence)
            if feed.failure is not None:
                raise feed.failure
            if first_row_s is not None:
                show(client, stack)
            stopping.wait(0.1 if first_row_s is None else _FRAME_S)
        interrupted = stopping.is_set()
        stopping.set()
        thread.join(timeout=2.0)
        if not interrupted:  # Ctrl-C means now
            until_drained(stack.settings.kafka, stack=stack, timeout_s=_DRAIN_S)
        return _summary(client, feed, first_row_s)


def _summary(client: Client, feed: _Feed, first_row_s: float | None) -> Summary:
    with mapped("ClickHouse"):
        levels = client.query("SELECT level, count() FROM alerts GROUP BY level ORDER BY level").result_rows
    p50, p99 = _latency(client, feed.live_from)
    return Summary(
        events_published=len(feed.ids),
        messages_published=feed.messages,
        events_stored=_scalar(client, "SELECT uniqExact(event_id) FROM events"),
        duplicates_stored=_scalar(client, "SELECT count() - uniqExact(event_id) FROM events"),
        dead_letters=_scalar(client, "SELECT count() FROM dead_letters"),
        conversations=_scalar(client, "SELECT count() FROM conversations"),
        turns_answered=_scalar(client, "SELECT countIf(answered_at IS NOT NULL) FROM response_turns"),
        turns_waiting=_scalar(client, "SELECT countIf(answered_at IS NULL) FROM response_turns"),
        alerts_by_level={level: count for level, count in levels},
        seconds_to_first_row=None if first_row_s is None else round(first_row_s, 2),
        event_to_row_seconds=EventToRow(p50=p50, p99=p99),
    )


def _latency(client: Client, live_from: datetime | None) -> tuple[float | None, float | None]:
    if live_from is None:
        return None, None
    ((count, p50, p99),) = client.query(
        "SELECT count(), quantileExact(0.5)(waited) AS p50, quantileExact(0.99)(waited) AS p99 FROM ("
        " SELECT dateDiff('millisecond', published_at, stored_at) / 1000 AS waited FROM events"
        " WHERE published_at > fromUnixTimestamp64Milli({since:Int64}, 'UTC'))",
        parameters={"since": int(live_from.timestamp() * 1000)},
    ).result_rows
    return (round(p50, 3), round(p99, 3)) if count else (None, None)


def _scalar(client: Client, query: str) -> Any:
    with mapped("ClickHouse"):
        return client.query(query).result_rows[0][0]
