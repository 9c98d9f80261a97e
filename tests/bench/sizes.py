"""`python -m tests.bench.sizes [TWCS.csv]`: what an event costs on Apache Kafka: bytes, processor time, memory.

Prints the figures that deploy/SCALE.md counts with. The events are those of the bundled sample, each once, as fast as
they go and then some of them one by one, since small batches compress less; with a file in the format of
*Customer Support on Twitter*, that file. Processor time counts what a process used, not how long it took, so other
work on the machine changes little.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

from connectors.publish import Publisher
from deploy import logs
from deploy.drain import until_drained
from deploy.stack import Stack
from schemas.settings import Settings
from schemas.topics import TOPICS
from streams.store import connect
from streams.worker import AGENTS
from tests.bench.__main__ import events
from tests.support.kafka import Cluster, cluster
from tests.support.kafka_jars import missing

SLOW_RATE, SLOW_EVENTS = 20.0, 1_000
_TABLES = (
    "SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'vigie'"
    " AND rows > 0 GROUP BY table ORDER BY 3 DESC"
)


def topic_bytes(made: Cluster) -> dict[str, int]:
    """Bytes of the log segments of each topic, indexes left out."""
    found: dict[str, int] = {}
    for segment in made.folder.rglob("*.log"):
        topic, dash, number = segment.parent.name.rpartition("-")
        if dash and number.isdigit():
            found[topic] = found.get(topic, 0) + segment.stat().st_size
    return found


def publish(stack: Stack, file: str, slowly: bool) -> int:
    """Publish and wait until all of it is stored; how many events."""
    bootstrap, count = stack.settings.kafka.bootstrap, 0
    if file:
        environ = {**os.environ, "VIGIE_KAFKA": bootstrap, "VIGIE_CLICKHOUSE": stack.settings.clickhouse.url}
        command = [sys.executable, "-m", "deploy.cli", "replay", file, "--format", "twcs", "--rebase", "now"]
        subprocess.run([*command, "--data-dir", str(stack.data_dir / "replay")], env=environ, check=True)
    else:
        with Publisher(bootstrap) as publisher:
            for event in _sample(slowly):
                publisher.publish(event)
                count += 1
                if slowly:
                    time.sleep(1 / SLOW_RATE)
    until_drained(bootstrap, stack=stack, timeout_s=300)
    return count


def _sample(slowly: bool) -> Iterator[object]:
    from connectors.sample.bundle import sample_events

    sample = sample_events()
    once = len({event.event_id for event in (*sample.history, *sample.live) if not event.deleted})
    return events(min(once, SLOW_EVENTS) if slowly else once, "slow" if slowly else "fast")


def tables(stack: Stack) -> list[tuple[str, int, int]]:
    """Rows and bytes of each table, merged to one part."""
    client = connect(stack.settings.clickhouse)
    try:
        for name, _, _ in client.query(_TABLES).result_rows:
            client.command(f"OPTIMIZE TABLE vigie.{name} FINAL")
        return [tuple(row) for row in client.query(_TABLES).result_rows]
    finally:
        client.close()


def told(stack: Stack, made: Cluster, file: str) -> dict[str, object]:
    """One run, as what is printed."""
    workers = {worker.agent: psutil.Process(worker.child.process.pid) for worker in stack.workers}
    servers = {server.name: psutil.Process(server.process.pid) for server in stack.servers}
    every = {**workers, **servers, "kafka": psutil.Process(made.brokers[0].pid)}
    begun = {name: sum(each.cpu_times()[:2]) for name, each in every.items()}
    before = topic_bytes(made)
    count = publish(stack, file, slowly=False)
    after = topic_bytes(made)
    stored = tables(stack)
    count = count or next(rows for name, rows, _ in stored if name == "raw_events")
    names = [topic.name for topic in TOPICS]
    return {
        "events": count,
        "kafka_bytes_per_event": _each(after, before, names, count),
        "clickhouse_bytes_per_event": {name: round(size / count, 1) for name, _, size in stored},
        "clickhouse_rows": {name: rows for name, rows, _ in stored},
        "cpu_ms_per_event": {n: round(1000 * (sum(e.cpu_times()[:2]) - begun[n]) / count, 3) for n, e in every.items()},
        "memory_mb": {name: round(each.memory_info().rss / 2**20) for name, each in every.items()},
    }


def _each(after: dict[str, int], before: dict[str, int], names: list[str], count: int) -> dict[str, float]:
    ours = {name: size for name, size in after.items() if name in names or name.startswith("vigie-")}
    return {name: round((size - before.get(name, 0)) / count, 1) for name, size in sorted(ours.items())}


def stopped(stack: Stack) -> dict[str, float]:
    """Seconds from SIGTERM to the end of each worker, one after the other."""
    seconds = {}
    for worker in stack.workers:
        begun = time.monotonic()
        worker.child.process.send_signal(signal.SIGTERM)
        worker.child.process.wait(60)
        seconds[worker.agent] = round(time.monotonic() - begun, 2)
    return seconds


def main() -> None:
    """Run it and print JSON."""
    if why := missing():
        sys.exit(f"this needs Apache Kafka: {why}")
    logs.configure("ERROR")
    file = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory(prefix="vigie-sizes-") as folder, cluster(Path(folder) / "kafka") as made:
        kafka = msgspec.structs.replace(Settings().kafka, bootstrap=made.bootstrap)
        settings = msgspec.structs.replace(Settings(), kafka=kafka)
        with Stack(settings, data_dir=Path(folder) / "D", agents=AGENTS) as stack:
            stack.wait_ready(threading.Event())
            figures = told(stack, made, file)
            if not file:
                before = topic_bytes(made)
                count = publish(stack, "", slowly=True)
                names = [topic.name for topic in TOPICS]
                figures["kafka_bytes_per_event_one_by_one"] = _each(topic_bytes(made), before, names, count)
            figures["seconds_to_stop"] = stopped(stack)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
