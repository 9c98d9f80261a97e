"""`make soak`: a steady load on one Apache Kafka broker for half an hour; memory and lag must stay flat.

The load is 70 % of what the whole path took just before (SOAK_RATE sets it), for SOAK_MINUTES. Every conversation is
answered in the end, most at once and one in forty after its target, so that what waits stays as it is while what is
remembered grows. Memory is flat when no process holds over a tenth more in the last quarter than in the second; lag,
that of the slowest stage, is when its median in the last quarter is under five seconds of load. All that was
published must be stored, once. Exit code 1 when one of these is not so.
"""

import contextlib
import itertools
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import psutil

from connectors.publish import Publisher
from connectors.sample.bundle import sample_events
from deploy import logs
from deploy.demo import demo_settings
from deploy.drain import STAGES, until_drained
from deploy.stack import Stack
from deploy.topics import Progress
from schemas.errors import BrokerError
from schemas.event import Author, Event
from schemas.topics import ALERTS, WINDOWS
from streams.app import group_id
from streams.store import connect
from streams.worker import AGENTS
from tests.bench.__main__ import whole_path
from tests.support.kafka import Cluster, cluster
from tests.support.kafka_jars import missing

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
RATE = float(os.environ.get("SOAK_RATE", "0"))
SHARE = 0.7
WARM_UP = 4_000
EVERY_S = 10.0
MOST_GROWTH = 1.10
MOST_LAG_S = 5.0
LATE = 40  # one conversation in so many waits longer than its target
LATE_ROUNDS = 40  # of the sample: about two minutes at 600 events/s
TARGET_S = 60.0
MARK = "soak"
WATCHED = (*STAGES, ("watch", (WINDOWS,)), ("notify", (ALERTS,)))


@dataclass(slots=True)
class Samples:
    """What was seen every few seconds."""

    memory_mb: dict[str, list[float]] = field(default_factory=dict)
    lag: list[int] = field(default_factory=list)

    def take(self, pids: dict[str, int], progress: Progress) -> None:
        """Look once."""
        for name, pid in pids.items():
            self.memory_mb.setdefault(name, []).append(psutil.Process(pid).memory_info().rss / 2**20)
        with contextlib.suppress(BrokerError):  # it did not answer in time; the next look is soon
            self.lag.append(max(progress.lag(group_id(agent), topics) for agent, topics in WATCHED))


def talk() -> Iterator[Event]:
    """The sample's conversations again and again, each with ids and texts of its own, written at this moment."""
    sample = sample_events()
    plain = list({event.event_id: event for event in (*sample.history, *sample.live) if not event.deleted}.values())
    last = {event.conversation_id: event for event in plain}
    unanswered = [event for event in last.values() if event.author.role == "customer"]
    for turn in itertools.count():
        for event in plain:
            yield _now(event, turn)
        for place, event in enumerate(unanswered):
            late = LATE_ROUNDS if place % LATE == turn % LATE else 0
            if turn >= late:
                yield _now(_answer(event), turn - late)


def _answer(event: Event) -> Event:
    care = Author(id="care", role="brand", handle="care")
    changed = {"event_id": f"{event.event_id}.answer", "parent_id": event.event_id, "author": care}
    return msgspec.structs.replace(event, text="Merci, nous nous en occupons. Thank you, we are on it.", **changed)


def _now(event: Event, turn: int) -> Event:
    now, mark = datetime.now(UTC), f"#{MARK}{turn}"
    return msgspec.structs.replace(
        event,
        event_id=event.event_id + mark,
        conversation_id=event.conversation_id + mark,
        parent_id=event.parent_id and event.parent_id + mark,
        text=f"{event.text} {turn}",  # a text that comes again is not read again
        created_at=now,
        received_at=now,
    )


@dataclass(slots=True)
class Load:
    """Publishes at a steady rate until told to stop."""

    bootstrap: str
    rate: float
    sent: int = 0

    def run(self, stopping: threading.Event) -> None:
        """Publish."""
        begun = time.monotonic()
        with Publisher(self.bootstrap) as publisher:
            for event in talk():
                if stopping.wait(max(0.0, begun + self.sent / self.rate - time.monotonic())):
                    return
                publisher.publish(event)
                self.sent += 1


def stored(stack: Stack) -> tuple[int, int]:
    """Rows and different ids of what the load published, in ClickHouse."""
    client = connect(stack.settings.clickhouse)
    try:
        query = "SELECT count(), uniqExact(event_id) FROM events WHERE position(event_id, {mark:String}) > 0"
        ((rows, ids),) = client.query(query, parameters={"mark": f"#{MARK}"}).result_rows
    finally:
        client.close()
    return int(rows), int(ids)


def soak(stack: Stack, made: Cluster, load: Load) -> Samples:
    """Load it for so many minutes, and look all the while."""
    bootstrap = stack.settings.kafka.bootstrap
    pids = {worker.agent: worker.child.process.pid for worker in stack.workers}
    pids |= {server.name: server.process.pid for server in stack.servers}
    pids |= {f"kafka-{broker.node}": broker.pid for broker in made.brokers}
    samples, progress, stopping = Samples(), Progress(bootstrap), threading.Event()
    loading = threading.Thread(target=load.run, args=(stopping,))
    loading.start()
    try:
        ends_at = time.monotonic() + MINUTES * 60
        while time.monotonic() < ends_at:
            time.sleep(EVERY_S)
            samples.take(pids, progress)
            if stopped := stack.watch():
                sys.exit("; ".join(stopped))
    finally:
        stopping.set()
        loading.join()
        progress.close()
    until_drained(bootstrap, stack=stack, timeout_s=120)
    return samples


def verdict(samples: Samples, load: Load, rows: int, ids: int) -> int:
    """Say what was seen; the exit code."""
    flat = True
    for name, seen in samples.memory_mb.items():
        quarter = max(1, len(seen) // 4)
        early, late = statistics.median(seen[quarter : 2 * quarter] or seen), statistics.median(seen[-quarter:])
        flat = flat and late <= MOST_GROWTH * early
        print(f"{name:<12} {early:7.1f} MB in the second quarter, {late:7.1f} MB in the last ({late / early:.2f})")
    lag_s = statistics.median(samples.lag[-max(1, len(samples.lag) // 4) :]) / load.rate
    whole = rows == ids == load.sent
    print(f"lag          at most {max(samples.lag):,} records; in the last quarter {lag_s:.1f} s of load")
    print(f"memory {'flat' if flat else 'GROWS'}, lag {'flat' if lag_s <= MOST_LAG_S else 'TOO LONG'}")
    print(f"published    {load.sent:,} events; stored {rows:,} rows of {ids:,} events")
    print("all of it stored, once" if whole else "NOT THE SAME")
    return 0 if flat and whole and lag_s <= MOST_LAG_S else 1


def main() -> int:
    """Run it; the exit code."""
    if why := missing():
        sys.exit(f"make soak needs Apache Kafka: {why}")
    logs.configure("ERROR")
    with tempfile.TemporaryDirectory(prefix="vigie-soak-") as temporary, cluster(Path(temporary) / "kafka") as made:
        settings = demo_settings("en")
        kafka = msgspec.structs.replace(settings.kafka, bootstrap=made.bootstrap)
        policies = tuple(msgspec.structs.replace(one, first=TARGET_S, next=TARGET_S) for one in settings.policies)
        settings = msgspec.structs.replace(settings, kafka=kafka, policies=policies)
        with Stack(settings, data_dir=Path(temporary) / "D", agents=tuple(AGENTS)) as stack:
            stack.wait_ready(threading.Event())
            whole_path(stack, WARM_UP, "warm")
            rate = RATE or SHARE * whole_path(stack, 2 * WARM_UP, "rate")
            print(f"{rate:,.0f} events/s for {MINUTES:g} minutes", flush=True)
            load = Load(made.bootstrap, rate)
            samples = soak(stack, made, load)
            return verdict(samples, load, *stored(stack))


if __name__ == "__main__":
    sys.exit(main())
