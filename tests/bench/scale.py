"""`python -m tests.bench.scale`: Apache Kafka beside the embedded broker, and one enrich worker beside two.

First the whole path on each broker: events a second, and seconds from publish to row at half of the slower one's rate.
Then, on Apache Kafka, 1 and 2 enrich workers that each get no more than a share of a core (SCALE_SHARE, 0.4) from a
control group, so that enrichment is the bottleneck and the machine is none. The goal is a ratio of 1.8 or more.
Needs Java, Maven, and for the second part root.
"""

import contextlib
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec

from deploy import logs
from deploy.stack import Stack
from schemas.settings import Settings
from tests.bench.__main__ import AGENTS, EVENTS, latency, say, whole_path
from tests.support.kafka import cluster
from tests.support.kafka_jars import missing

SHARE = float(os.environ.get("SCALE_SHARE", "0.4"))
RUNS = "abc"
GOAL = 1.8
_PERIOD_US = 20_000
_V1, _V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/cgroup.controllers")


@contextlib.contextmanager
def stack(bootstrap: str, workers: int) -> Iterator[Stack]:
    """A stack with so many enrich workers on this broker, none named for the embedded one; warm."""
    settings = Settings()
    settings = msgspec.structs.replace(
        settings,
        kafka=msgspec.structs.replace(settings.kafka, bootstrap=bootstrap),
        enrich=msgspec.structs.replace(settings.enrich, workers=workers),
    )
    with tempfile.TemporaryDirectory(prefix="vigie-scale-") as folder:
        config = Path(folder) / "vigie.toml"
        config.write_text("", encoding="utf-8")
        environ = {"VIGIE_CONFIG": str(config)}
        with Stack(settings, data_dir=Path(folder) / "data", agents=AGENTS, keep=False, environ=environ) as made:
            made.wait_ready(threading.Event())
            whole_path(made, 2_000, "warm")
            yield made


@contextlib.contextmanager
def held(pids: list[int], share: float) -> Iterator[None]:
    """Each of these processes gets at most this share of one core."""
    groups: list[Path] = []
    try:
        for pid in pids:
            groups.append(_group(f"vigie-scale-{pid}", share))
            (groups[-1] / "cgroup.procs").write_text(str(pid), encoding="ascii")
        yield
    finally:
        for group in groups:
            for pid in (group / "cgroup.procs").read_text(encoding="ascii").split():
                (group.parent / "cgroup.procs").write_text(pid, encoding="ascii")
            group.rmdir()


def _group(name: str, share: float) -> Path:
    quota = str(round(_PERIOD_US * share))
    group = (_V2.parent if _V2.exists() else _V1) / name
    group.mkdir()
    if _V2.exists():
        (group / "cpu.max").write_text(f"{quota} {_PERIOD_US}", encoding="ascii")
    else:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US), encoding="ascii")
        (group / "cpu.cfs_quota_us").write_text(quota, encoding="ascii")
    return group


def brokers(kafka: str) -> None:
    """The same load on both brokers, one after the other."""
    rates: dict[str, float] = {}
    for name, bootstrap in (("embedded broker", ""), ("Apache Kafka", kafka)):
        with stack(bootstrap, 2) as made:
            seen = [whole_path(made, EVENTS, f"{run}x") for run in RUNS]
            rates[name] = statistics.median(seen)
            say(
                f"{name}: whole path, events/s (median of three)",
                f"{rates[name]:,.0f}   {[round(one) for one in seen]}",
            )
            waits = latency(made, min(rates.values()) / 2, "half")
            say(f"{name}: event to row at {waits['rate']:,.0f}/s, s", f"p50 {waits['p50']:.2f}  p99 {waits['p99']:.2f}")
    say("Apache Kafka / embedded broker", f"{rates['Apache Kafka'] / rates['embedded broker']:.2f}")


def workers(kafka: str) -> float:
    """How many times faster two enrich workers are than one, each with its share of a core."""
    rates: dict[int, float] = {}
    for count in (1, 2):
        with stack(kafka, count) as made:
            pids = [worker.child.process.pid for worker in made.workers if worker.agent == "enrich"]
            if len(pids) != count:
                raise SystemExit(f"{count} enrich workers were wanted and {len(pids)} run")
            with held(pids, SHARE):
                seen = [whole_path(made, EVENTS // 2, f"{run}{count}") for run in RUNS]
            rates[count] = statistics.median(seen)
            say(
                f"{count} enrich workers of {SHARE:g} core, events/s",
                f"{rates[count]:,.0f}   {[round(one) for one in seen]}",
            )
    return rates[2] / rates[1]


def main() -> int:
    """Run both; the exit code."""
    if why := missing():
        sys.exit(f"this needs Apache Kafka: {why}")
    logs.configure("ERROR")
    with tempfile.TemporaryDirectory(prefix="vigie-scale-kafka-") as folder:
        with cluster(Path(folder) / "one") as made:
            brokers(made.bootstrap)
        if os.geteuid() != 0:
            say("NOT RUN: one against two workers", "control groups need root")
            return 0
        with cluster(Path(folder) / "two") as made:
            ratio = workers(made.bootstrap)
    say(f"two workers / one (goal {GOAL:g})", f"{ratio:.2f}")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
