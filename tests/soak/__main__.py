"""`make soak`: a steady load on one Apache Kafka broker for half an hour; memory and lag must stay flat.

The load is 70 % of what the whole path took just before (SOAK_RATE sets it), for SOAK_MINUTES. Memory is flat when no
process holds over a tenth more in the last quarter than in the second; lag, that of the slowest stage, is when its
median in the last quarter is under five seconds of load. Exit code 1 when either is not.
"""

import contextlib
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil

from connectors.publish import Publisher
from deploy import logs
from deploy.drain import STAGES, until_drained
from deploy.stack import Stack
from deploy.topics import Progress
from schemas.errors import BrokerError
from schemas.settings import Settings
from streams.app import group_id
from tests.bench.__main__ import events, whole_path
from tests.support.kafka import Cluster, cluster
from tests.support.kafka_jars import missing

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
RATE = float(os.environ.get("SOAK_RATE", "0"))
SHARE = 0.7
WARM_UP = 4_000
EVERY_S = 10.0
MOST_GROWTH = 1.10
MOST_LAG_S = 5.0


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
            self.lag.append(max(progress.lag(group_id(agent), topics) for agent, topics in STAGES))


def load(bootstrap: str, rate: float, stopping: threading.Event) -> None:
    """Publish at this rate until told to stop."""
    begun, sent = time.monotonic(), 0
    with Publisher(bootstrap) as publisher:
        for event in events(sys.maxsize, "soak"):
            if stopping.wait(max(0.0, begun + sent / rate - time.monotonic())):
                return
            publisher.publish(event)
            sent += 1


def soak(stack: Stack, made: Cluster, rate: float) -> Samples:
    """Load it for so many minutes, and look all the while."""
    bootstrap = stack.settings.kafka.bootstrap
    pids = {worker.agent: worker.child.process.pid for worker in stack.workers}
    pids |= {server.name: server.process.pid for server in stack.servers}
    pids |= {f"kafka-{broker.node}": broker.pid for broker in made.brokers}
    samples, progress, stopping = Samples(), Progress(bootstrap), threading.Event()
    loading = threading.Thread(target=load, args=(bootstrap, rate, stopping))
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


def verdict(samples: Samples, rate: float) -> int:
    """Say what was seen; the exit code."""
    flat = True
    for name, seen in samples.memory_mb.items():
        quarter = max(1, len(seen) // 4)
        early, late = statistics.median(seen[quarter : 2 * quarter] or seen), statistics.median(seen[-quarter:])
        flat = flat and late <= MOST_GROWTH * early
        print(f"{name:<12} {early:7.1f} MB in the second quarter, {late:7.1f} MB in the last ({late / early:.2f})")
    lag_s = statistics.median(samples.lag[-max(1, len(samples.lag) // 4) :]) / rate
    print(f"lag          at most {max(samples.lag):,} records; in the last quarter {lag_s:.1f} s of load")
    print(f"memory {'flat' if flat else 'GROWS'}, lag {'flat' if lag_s <= MOST_LAG_S else 'TOO LONG'}")
    return 0 if flat and lag_s <= MOST_LAG_S else 1


def main() -> int:
    """Run it; the exit code."""
    if why := missing():
        sys.exit(f"make soak needs Apache Kafka: {why}")
    logs.configure("ERROR")
    with tempfile.TemporaryDirectory(prefix="vigie-soak-") as temporary, cluster(Path(temporary) / "kafka") as made:
        kafka = msgspec.structs.replace(Settings().kafka, bootstrap=made.bootstrap)
        settings = msgspec.structs.replace(Settings(), kafka=kafka)
        with Stack(settings, data_dir=Path(temporary) / "D", agents=("enrich", "responses", "sink")) as stack:
            stack.wait_ready(threading.Event())
            whole_path(stack, WARM_UP, "warm")
            rate = RATE or SHARE * whole_path(stack, 2 * WARM_UP, "rate")
            print(f"{rate:,.0f} events/s for {MINUTES:g} minutes", flush=True)
            return verdict(soak(stack, made, rate), rate)


if __name__ == "__main__":
    sys.exit(main())
