"""`python -m tests.bench.deadlines`: how late an alert is with 100,000 conversations open in one worker.

Prints how long the worker takes to learn them, its memory, the time from a deadline to the arrival of its alert in the
topic at a reader, how long a worker takes to come back after kill -9, and what one change of the index costs.
Goals: 99 of 100 alerts within a second; 1 GB; back within 20 s.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from deploy import logs, topics
from deploy.embedded import broker
from deploy.processes import Child, free_port, spawn, stop
from deploy.stack import Worker, _is_ready
from schemas import codec
from schemas.alert import Alert
from schemas.enriched import Enriched
from schemas.event import Author, Event
from schemas.settings import Kafka
from schemas.topics import ALERTS, ENRICHED
from streams.shelf import Shelf

OPEN = int(os.environ.get("BENCH_OPEN", "100000"))
BREACHING_PER_S = int(os.environ.get("BENCH_BREACHES_PER_S", "100"))
WATCHED_S = 30
LEAD_S = float(os.environ.get("BENCH_LEAD_S", "90"))  # by when the worker must know all of them
TARGET = timedelta(hours=1)
CONFIG = '[[policies]]\nname = "an hour"\nfirst = "1h"\nnext = "1h"\nwarnings = []\n'


def questions(first_due: datetime) -> Iterator[Enriched]:
    """Customers who wait: some of them come due one after the other from `first_due` on, the others much later."""
    now = datetime.now(UTC)
    for number in range(OPEN):
        soon = number < BREACHING_PER_S * WATCHED_S
        created_at = first_due - TARGET + timedelta(seconds=number / BREACHING_PER_S) if soon else now
        event = Event(
            event_id=f"bench:{number}",
            network="bench",
            brand="acme",
            conversation_id=f"bench:{number}",
            author=Author(id=f"u{number}", handle=f"customer{number}", role="customer"),
            created_at=created_at,
            received_at=now,
            text="My parcel has been on its way for two weeks and nobody tells me anything, where is it?",
            permalink=f"https://social.example/{number}",
        )
        yield Enriched(event=event, processed_at=now, model_version="bench")


def fill(bootstrap: str, first_due: datetime) -> None:
    """Publish all questions."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", compression_type="lz4", linger_ms=20, batch_size=131_072
    )
    for one in questions(first_due):
        producer.send(ENRICHED.name, key=one.event.conversation_id.encode(), value=codec.encode(one))
    producer.flush()
    producer.close()


def health(port: int) -> dict[str, object]:
    """What the worker says of itself."""
    import json
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        return dict(json.load(answer))


def start(bootstrap: str, config: Path, log: Path) -> tuple[Child, int, float]:
    """A worker, its port, and the seconds until it owned its partitions and knew again what it had to watch."""
    port, rebuilt = free_port(), _rebuilt(log)
    environ = {"VIGIE_CONFIG": str(config), "VIGIE_KAFKA": bootstrap, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    command = [sys.executable, "-m", "deploy.cli", "worker", "responses", "--port", str(port)]
    begun = time.monotonic()
    child = spawn("responses", command, log=log, environ=environ)
    worker = Worker(agent="responses", child=child, port=port)
    while not _is_ready(worker):
        if not child.alive:
            raise SystemExit(f"the worker died: {child.last_words()}")
        time.sleep(0.05)
    while _rebuilt(log) == rebuilt:
        time.sleep(0.05)
    return child, port, time.monotonic() - begun


def _rebuilt(log: Path) -> int:
    """How often a worker said that its index holds all that its table holds."""
    return log.read_text(encoding="utf-8", errors="replace").count("index_rebuilt") if log.exists() else 0


def arrivals(bootstrap: str, wanted: int, stopping: threading.Event) -> Iterator[tuple[float, Alert]]:
    """Alerts as they arrive in the topic, with the instant."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=50)
    partitions = [TopicPartition(ALERTS.name, number) for number in range(Kafka().partitions)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    seen = 0
    while seen < wanted and not stopping.is_set():
        for records in consumer.poll(50).values():
            for record in records:
                seen += 1
                yield time.time(), codec.decode(record.value, Alert)
    consumer.close()


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a process, now or at its highest."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field)) / 1024


def index_cost_us(size: int) -> float:
    """Microseconds of one conversation that comes due at another instant, among so many."""
    with tempfile.TemporaryDirectory() as folder:
        page = Shelf(Path(folder)).page(0)
        value = bytes(400)  # as a question and its answer take
        for number in range(size):
            page.set(b"c%d" % number, value, (number * 7919) % (size * 10))
        begun = time.perf_counter()
        for number in range(20_000):
            page.set(b"c%d" % ((number * 31) % size), value, (number * 104_729) % (size * 10))
        return (time.perf_counter() - begun) / 20_000 * 1e6


def say(label: str, value: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{label:<58} {value}\n")
    sys.stdout.flush()


def share(sorted_values: list[float], part: float) -> float:
    """The value below which this part of them lies."""
    return sorted_values[min(len(sorted_values) - 1, int(part * len(sorted_values)))]


def main() -> None:
    """Measure and print."""
    logs.configure("ERROR")
    with tempfile.TemporaryDirectory() as folder:
        config, log = Path(folder) / "vigie.toml", Path(folder) / "responses.log"
        config.write_text(CONFIG, encoding="utf-8")
        server, port = broker.start(port=0, log=Path(folder) / "broker.log")
        children = [server]
        try:
            bootstrap = f"127.0.0.1:{port}"
            topics.create(msgspec.structs.replace(Kafka(), bootstrap=bootstrap))
            first_due = datetime.now(UTC) + timedelta(seconds=LEAD_S)
            fill(bootstrap, first_due)
            say("conversations that wait, in one worker", f"{OPEN:,}")
            begun = time.monotonic()
            child, web, _ = start(bootstrap, config, log)
            children.append(child)
            while int(str(health(web)["handled"])) < OPEN:
                time.sleep(0.1)
            taken = time.monotonic() - begun
            say("learned in, s", f"{taken:.1f}   {OPEN / taken:,.0f} events/s")
            if datetime.now(UTC) > first_due:
                raise SystemExit("the machine is too slow: set BENCH_LEAD_S higher")
            waits = sorted(
                at - alert.fired_at.timestamp()
                for at, alert in arrivals(bootstrap, BREACHING_PER_S * WATCHED_S, threading.Event())
            )
            say(
                f"deadline to alert, s, at {BREACHING_PER_S} breaches/s",
                f"p50 {share(waits, 0.5):.2f}  p99 {share(waits, 0.99):.2f}  max {waits[-1]:.2f}  (goal p99 1.00)",
            )
            say(
                "memory of the worker, MB",
                f"peak {resident_mb(child.process.pid, 'VmHWM'):.0f}  (goal 1000)",
            )
            child.process.kill()
            child.process.wait()
            child, web, seconds = start(bootstrap, config, log)
            children.append(child)
            say("back after kill -9, with all of them, s", f"{seconds:.1f}  (goal 20)")
            say("memory of the worker that came back, MB", f"peak {resident_mb(child.process.pid, 'VmHWM'):.0f}")
        finally:
            stop(children, grace_s=2)
    small, large = index_cost_us(10_000), index_cost_us(1_000_000)
    say("one change of the index, µs", f"{small:.2f} of 10,000   {large:.2f} of 1,000,000")


if __name__ == "__main__":
    main()
