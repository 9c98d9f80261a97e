"""`make chaos`: a load through three brokers while faults strike; says what each did, what was lost and what doubled.

The same seed strikes the same faults in the same order (CHAOS_SEED); CHAOS_FAULTS bounds their number, and with the
default each kind strikes as often as it weighs. Recovery is the time from the blow until an event that was sent into
each partition right after it is stored and measured; where the fault is an outage of the store or the pause of a
process, that lasts as long as the fault at most needs. Exit code 1 when anything was lost, doubled or differs, or when
the median recovery is over 15 s.
"""

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import network
from tests.chaos.faults import KINDS, Fault, left_out
from tests.chaos.scene import Scene, scene
from tests.chaos.told import Told, configuration, told_at_last
from tests.support import archive
from tests.support.kafka import cluster
from tests.support.kafka_jars import jars, missing
from tests.support.receiver import Receiver, receiver
from tests.support.stand import Stored, standing

FAULTS = int(os.environ.get("CHAOS_FAULTS", "38"))  # the sum of all weights
SEED = int(os.environ.get("CHAOS_SEED", "20261122"))
CONVERSATIONS = int(os.environ.get("CHAOS_CONVERSATIONS", "6000"))
GOAL_S = 15.0
_PER_FAULT_S = 16.0
_DRAIN_S = 600.0


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that was survived."""

    words: str
    recovery_s: float


def plan(count: int, seed: int) -> list[Fault]:
    """So many faults in an order of chance, each kind as often as it weighs."""
    absent = {fault for faults in left_out().values() for fault in faults}
    weighted = [fault for fault, weight in KINDS if fault not in absent for _ in range(weight)]
    chosen: list[Fault] = []
    chance = random.Random(seed)
    while len(chosen) < count:
        chosen += chance.sample(weighted, min(len(weighted), count - len(chosen)))
    return chosen


def strike(fault: Fault, stage: Scene) -> Struck:
    """Strike, and wait until everything works again and the fault is lifted."""
    stage.connector.keep_running()
    time.sleep(stage.chance.uniform(0.5, 2.5))
    with fault(stage) as words:
        return Struck(words, stage.canaries.through())


def undisturbed(folder: Path, file: Path, server: Receiver) -> tuple[Stored, Told]:
    """What becomes of the load when nothing happens."""
    variables = configuration(folder, server)
    with cluster(folder / "kafka", brokers=1) as made, standing(folder / "D", made, **variables) as stand:
        done = stand.replay(file, timeout_s=1200)
        if done.returncode:
            sys.exit(f"the undisturbed run failed: {done.stderr}")
        return stand.stored(), told_at_last(stand)


def main() -> int:
    """Run it; the exit code."""
    if why := missing():
        sys.exit(f"make chaos needs Apache Kafka: {why}")
    jars()  # they come from the internet, which the network below does not reach
    network.move_in("tests.chaos")
    for words in left_out():
        print(f"NOT RUN: {words}")
    folder = Path(tempfile.mkdtemp(prefix="vigie-chaos-"))
    try:
        code = _run(folder)
    except BaseException:
        print(f"logs and data: {folder}")
        raise
    if code:
        print(f"logs and data: {folder}")
    else:
        shutil.rmtree(folder)
    return code


def _run(folder: Path) -> int:
    file = folder / "load.csv"
    events = archive.write(file, conversations=CONVERSATIONS, seed=SEED)
    print(f"seed {SEED}: {events:,} events, {FAULTS} faults, three brokers, replication 3, min.insync.replicas 2")
    with receiver() as server:
        expected, said = undisturbed(folder / "undisturbed", file, server)
        once = len(server.taken)
        variables = configuration(folder / "chaos", server)
        with scene(folder / "chaos", file, seconds=FAULTS * _PER_FAULT_S, seed=SEED, **variables) as stage:
            struck = _strike_all(stage)
            begun = time.monotonic()
            stage.connector.finish(timeout_s=_DRAIN_S)
            print(f"the rest of the load was stored after {time.monotonic() - begun:.1f} s")
            differences = stage.stand.stored().differences(expected)
            now = told_at_last(stage.stand, expected=said)
        print(f"messages: {once:,} undisturbed, {len(server.taken) - once:,} with faults")
    return _verdict(struck, expected, differences, now.differences(said))


def _strike_all(stage: Scene) -> list[Struck]:
    struck: list[Struck] = []
    for number, fault in enumerate(plan(FAULTS, SEED), start=1):
        one = strike(fault, stage)
        struck.append(one)
        print(f"{number:3}/{FAULTS}  {one.recovery_s:5.1f} s  {one.words}", flush=True)
    return struck


def _verdict(struck: list[Struck], expected: Stored, *differences: str) -> int:
    seconds = sorted(one.recovery_s for one in struck)
    median = statistics.median(seconds)
    print(f"recovery: median {median:.1f} s (goal {GOAL_S:.0f} s), worst {seconds[-1]:.1f} s, {len(struck)} faults")
    compared = f"{len(expected.events):,} events, {len(expected.turns):,} turns, {len(expected.alerts):,} alerts"
    found = "; ".join(one for one in differences if one)
    print(f"compared with an undisturbed run ({compared}): {found or 'equal; nothing lost, nothing doubled'}")
    return 1 if found or median > GOAL_S else 0


if __name__ == "__main__":
    sys.exit(main())
