"""`make bench`: the whole path against bare nlp.pipe, on the same texts and the same processors, in one run.

Prints what it measures and writes bench.json. Goals: the whole path at 0.85 of bare nlp.pipe or more;
event to row at half of that load within 2 s at the 99th percentile; no worker above 600 MB.
"""

import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from connectors.publish import Publisher
from connectors.sample.bundle import sample_events
from deploy import logs
from deploy.demo import demo_settings
from deploy.drain import until_drained
from deploy.stack import Stack
from schemas.event import Event
from schemas.settings import Settings
from streams.store import connect

EVENTS = int(os.environ.get("BENCH_EVENTS", "12000"))
PLAIN_EVENTS = int(os.environ.get("BENCH_PLAIN_EVENTS", "40000"))
LATENCY_S = float(os.environ.get("BENCH_LATENCY_S", "20"))
CORES = len(os.sched_getaffinity(0))
BATCH = 256
AGENTS = ("enrich", "responses", "sink")


def events(count: int, run: str) -> Iterator[Event]:
    """The sample's events again and again, all written just now, each with an id and a text of its own.

    A text that comes again is not read again, so the same ones would measure the memory of the enrich worker.
    """
    sample = sample_events()
    plain = list({event.event_id: event for event in (*sample.history, *sample.live) if not event.deleted}.values())
    now = datetime.now(UTC)
    for number in range(count):
        event, mark = plain[number % len(plain)], f"#{run}{number // len(plain)}"
        yield msgspec.structs.replace(
            event,
            event_id=event.event_id + mark,
            conversation_id=event.conversation_id + mark,
            text=f"{event.text} {run}{number}",
            created_at=now,
            received_at=now,
        )


def bare(share: list[str]) -> float:
    """Seconds of one process for bare nlp.pipe over these texts, models loaded and warm."""
    from streams.pipeline import Pipeline

    nlp = Pipeline(demo_settings("en")).nlp
    for _ in nlp.pipe(share[:BATCH], batch_size=BATCH):
        pass
    begun = time.perf_counter()
    for _ in nlp.pipe(share, batch_size=BATCH):
        pass
    return time.perf_counter() - begun


def bare_on_all_cores(texts: list[str]) -> float:
    """Texts a second of one independent process per core: what the machine can do at best."""
    shares = [texts[core::CORES] for core in range(CORES)]
    with ProcessPoolExecutor(CORES) as pool:
        return len(texts) / max(pool.map(bare, shares))


def bare_n_process(texts: list[str]) -> float:
    """Texts a second of nlp.pipe(n_process=cores), spaCy's own way to use several cores."""
    from streams.pipeline import Pipeline

    nlp = Pipeline(demo_settings("en")).nlp
    list(nlp.pipe(texts[:BATCH], batch_size=BATCH))
    begun = time.perf_counter()
    for _ in nlp.pipe(texts, batch_size=BATCH, n_process=CORES):
        pass
    return len(texts) / (time.perf_counter() - begun)


def whole_path(stack: Stack, count: int, run: str) -> float:
    """Events a second from the first publish to the last row of events and conversations."""
    batch = list(events(count, run))
    begun = time.time()
    with Publisher(stack.settings.kafka.bootstrap) as publisher:
        for event in batch:
            publisher.publish(event)
    until_drained(stack.settings.kafka.bootstrap, stack=stack, timeout_s=120)
    client = connect(stack.settings.clickhouse)
    try:
        ((stored, ended),) = client.query(
            "SELECT count(), toFloat64(max(stored_at)) FROM events WHERE endsWith(event_id, {run:String})"
            " OR position(event_id, {mark:String}) > 0",
            parameters={"run": f"#{run}0", "mark": f"#{run}"},
        ).result_rows
        ((measured,),) = client.query(
            "SELECT toFloat64(max(stored_at)) FROM conversations WHERE position(conversation_id, {mark:String}) > 0",
            parameters={"mark": f"#{run}"},
        ).result_rows
    finally:
        client.close()
    if stored != count:
        raise SystemExit(f"{count} events were published and {stored} are stored")
    return count / (max(ended, measured) - begun)


def latency(stack: Stack, rate: float, run: str) -> dict[str, float]:
    """Seconds from the connector's hand to the row, at a steady rate."""
    count = int(rate * LATENCY_S)
    batch = list(events(count, run))
    begun = time.monotonic()
    with Publisher(stack.settings.kafka.bootstrap) as publisher:
        for number, event in enumerate(batch):
            wait_s = begun + number / rate - time.monotonic()
            if wait_s > 0.002:
                time.sleep(wait_s)
            publisher.publish(event)
    until_drained(stack.settings.kafka.bootstrap, stack=stack, timeout_s=120)
    client = connect(stack.settings.clickhouse)
    try:
        ((p50, p99, most),) = client.query(
            "SELECT quantileExact(0.5)(s) AS a, quantileExact(0.99)(s) AS b, max(s) FROM ("
            " SELECT dateDiff('millisecond', published_at, stored_at) / 1000 AS s FROM events"
            " WHERE position(event_id, {mark:String}) > 0)",
            parameters={"mark": f"#{run}"},
        ).result_rows
    finally:
        client.close()
    return {"rate": rate, "p50": p50, "p99": p99, "max": most}


def peak_mb(stack: Stack) -> dict[str, float]:
    """The largest resident memory that each process of the stack ever had."""
    children = {worker.agent: worker.child.process.pid for worker in stack.workers}
    children |= {server.name: server.process.pid for server in stack.servers}
    return {name: round(_high_water_kb(pid) / 1024, 1) for name, pid in children.items()}


def _high_water_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def with_stack(settings: Settings, *, steps: bool, work: Any) -> Any:
    """A fresh stack with as many enrich workers as cores, for one piece of work."""
    enrich = msgspec.structs.replace(settings.enrich, workers=CORES, steps=steps)
    settings = msgspec.structs.replace(settings, enrich=enrich)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "vigie.toml"
        config.write_text("", encoding="utf-8")
        environ = {"VIGIE_CONFIG": str(config)}
        with Stack(settings, data_dir=Path(folder) / "data", agents=AGENTS, keep=False, environ=environ) as stack:
            stack.wait_ready(threading.Event())
            whole_path(stack, 2 * BATCH * CORES, "warm")
            return work(stack)


def say(label: str, value: object) -> None:
    """One line of the report."""
    sys.stdout.write(f"{label:<58} {value}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, print, write."""
    logs.configure("ERROR")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    settings = Settings()
    texts = [event.text for event in events(EVENTS, "bare")]
    say("machine", f"{CORES} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}")
    parts = ("spacy", "faust-streaming", "kafka-python", "chdb")
    say("versions", ", ".join(f"{part} {version(part)}" for part in parts))
    one = len(texts) / bare(texts)
    say("bare nlp.pipe, one process, texts/s", f"{one:,.0f}")
    spacy_cores = bare_n_process(texts)
    say(f"bare nlp.pipe(n_process={CORES}), texts/s", f"{spacy_cores:,.0f}")
    best = bare_on_all_cores(texts)
    say(f"bare nlp.pipe, {CORES} independent processes, texts/s", f"{best:,.0f}")

    def loaded(stack: Stack) -> tuple[list[float], dict[str, float], dict[str, float]]:
        rates = [whole_path(stack, EVENTS, f"r{run}") for run in "abc"]
        waits = latency(stack, sorted(rates)[1] / 2, "half")
        return rates, waits, peak_mb(stack)

    rates, waits, memory = with_stack(settings, steps=True, work=loaded)
    path = sorted(rates)[1]
    say("whole path, events/s (median of three)", f"{path:,.0f}   {[round(rate) for rate in rates]}")
    say(f"whole path / {CORES} independent processes (goal 0.85)", f"{path / best:.2f}")
    say("whole path / bare nlp.pipe in one process", f"{path / one:.2f}")
    say(f"whole path / bare nlp.pipe(n_process={CORES})", f"{path / spacy_cores:.2f}")
    say("event to row at half of that load, s", f"p50 {waits['p50']:.2f}  p99 {waits['p99']:.2f}  (goal p99 2.00)")
    plain = with_stack(settings, steps=False, work=lambda stack: whole_path(stack, PLAIN_EVENTS, "plain"))
    say("whole path without enrichment, events/s", f"{plain:,.0f}")
    say("peak memory, MB (goal: a worker 600)", memory)
    report = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": CORES,
        "events": EVENTS,
        "bare_nlp_pipe_one_process_per_s": round(one, 1),
        "bare_nlp_pipe_n_process_per_s": round(spacy_cores, 1),
        "bare_nlp_pipe_independent_processes_per_s": round(best, 1),
        "whole_path_per_s": round(path, 1),
        "whole_path_runs_per_s": [round(rate, 1) for rate in rates],
        "whole_path_without_enrichment_per_s": round(plain, 1),
        "ratio_to_n_process": round(path / spacy_cores, 3),
        "ratio_to_one_process": round(path / one, 3),
        "ratio_to_independent_processes": round(path / best, 3),
        "event_to_row_seconds": {name: round(value, 3) for name, value in waits.items()},
        "peak_memory_mb": memory,
    }
    Path("bench.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    say("written", "bench.json")


if __name__ == "__main__":
    main()
