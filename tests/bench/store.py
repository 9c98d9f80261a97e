"""What leaders ask of two years: `python -m tests.bench.store [--turns N] [--events N] [--data-dir D] [--board NAME]`.

Fills an embedded ClickHouse with conversations in order of time, a part of them stored again as they change, asks what
the panels of the boards ask over 7 days and over 2 years, and prints the median of five warm runs, the processor time
of the engine and the slowest five. Goals, for the board of the leaders: 300 ms over 7 days, 1 s over 2 years. A folder
that is there already is asked only.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psutil
from clickhouse_connect.driver.client import Client

from deploy.clickhouse.migrate import migrate
from deploy.grafana.boards import BOARDS, board
from deploy.grafana.macros import expand
from deploy.processes import free_port, spawn, stop, wait_for_port
from schemas.settings import ClickHouse, Settings
from schemas.units import Duration
from streams.store import connect
from tests.bench import store_data

RUNS = 5
POINTS = 1000  # of a graph that is as wide as a screen, when its panel says nothing else
GOAL_MS = {7: 300.0, 730: 1000.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One question over so many days: medians of the wall clock and of the engine's processors."""

    question: str
    days: int
    wall_ms: float
    cpu_ms: float


def fill(client: Client, turns: int, events: int) -> None:
    """Insert what a company would have stored after two years."""
    for label, statement in store_data.statements(turns, events):
        begun = time.perf_counter()
        client.command(statement, settings={"max_partitions_per_insert_block": 0})
        print(f"filled {label} in {time.perf_counter() - begun:.0f} s", flush=True)
    client.command("OPTIMIZE TABLE events_by_time FINAL")  # what the engine does by itself a day after the last insert


def questions(name: str, days: int) -> Iterator[tuple[str, str]]:
    """What every panel of a board asks of the last days, all menus open, with its macros replaced."""
    until = datetime.now(UTC)
    for panel in board(name, "en")["panels"]:
        step_s = _seconds(panel.get("interval") or "1s")
        interval_ms = max(1000 * step_s, days * 86_400_000 // panel.get("maxDataPoints", POINTS))
        for target in panel.get("targets", ()):
            asked = expand(
                target["rawSql"],
                since=until - timedelta(days=days),
                until=until,
                interval_ms=interval_ms,
                variables=dict.fromkeys(("brand", "network", "language", "priority"), ()),
            )
            yield f"{name}: {panel['title']}", asked


def _seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[text[-1]]


def ask(client: Client, server: psutil.Process, question: str, text: str, days: int) -> Timing:
    """Ask once cold, then several times."""
    client.query(text)
    walls, processors = [], []
    for _ in range(RUNS):
        used, begun = _processor_s(server), time.perf_counter()
        client.query(text)
        walls.append(time.perf_counter() - begun)
        processors.append(_processor_s(server) - used)
    return Timing(
        question=question,
        days=days,
        wall_ms=1000 * statistics.median(walls),
        cpu_ms=1000 * statistics.median(processors),
    )


def _processor_s(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system)


def report(timings: list[Timing]) -> None:
    """The slowest five, and what missed its goal."""
    print("\nslowest five")
    for one in sorted(timings, key=lambda one: -one.wall_ms / GOAL_MS[one.days])[:5]:
        print(_line(one))
    load = psutil.getloadavg()[0]
    missed = [one for one in timings if one.wall_ms > GOAL_MS[one.days]]
    print(f"\n{len(missed)} of {len(timings)} over their goal; load {load:.1f} on {psutil.cpu_count()} cores")


def _line(one: Timing) -> str:
    late = " over its goal" if one.wall_ms > GOAL_MS[one.days] else ""
    return f"{one.question:60.60} {one.days:5} {one.wall_ms:7.0f} ms {one.cpu_ms:7.0f} ms{late}"


def main() -> None:
    """Start the engine, fill it if it is empty, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--turns", type=int, default=2_500_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--board", choices=(*BOARDS, "all"), default="leadership")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as fresh:
        folder = options.data_dir or Path(fresh)
        port = free_port()
        path = str(folder / "clickhouse")
        command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", path, "--port", str(port)]
        child = spawn("clickhouse", command, log=folder / "clickhouse.log")
        try:
            wait_for_port(child, port, timeout_s=60)
            settings = Settings(clickhouse=ClickHouse(url=f"http://127.0.0.1:{port}", insert_timeout=Duration(7200)))
            settings = msgspec.structs.replace(
                settings, retention=msgspec.structs.replace(settings.retention, events_days=0, conversations_days=0)
            )
            migrate(settings)
            client = connect(settings.clickhouse)
            if not client.command("SELECT count() FROM response_turns"):
                fill(client, options.turns, options.events)
            print(_size(client), flush=True)
            server = psutil.Process(child.process.pid)
            names = BOARDS if options.board == "all" else (options.board,)
            report(list(_timings(client, server, names)))
            client.close()
        finally:
            stop([child], grace_s=30.0)


def _timings(client: Client, server: psutil.Process, names: Sequence[str]) -> Iterator[Timing]:
    print(f"\n{'panel':60} {'days':>5} {'median':>10} {'processor':>10}")
    for days in GOAL_MS:
        for name in names:
            for question, text in questions(name, days):
                timing = ask(client, server, question, text, days)
                print(_line(timing), flush=True)
                yield timing


def _size(client: Client) -> str:
    rows = client.query(
        "SELECT table, sum(rows), count(), formatReadableSize(sum(bytes_on_disk)) FROM system.parts "
        "WHERE active AND database = currentDatabase() AND rows > 1000 GROUP BY table ORDER BY table"
    ).result_rows
    return "\n".join(f"{table}: {count:,} rows in {parts} parts, {size}" for table, count, parts, size in rows)


if __name__ == "__main__":
    main()
