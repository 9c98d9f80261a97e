"""What happens to a stack while an archive goes through it; the same on Apache Kafka and on the embedded broker."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

from streams.worker import AGENTS
from tests.support.stand import NEWER, Stand

FROZEN_S = 9.0  # longer than kafka.session_timeout, so that another worker has taken over


def each_worker_killed(stand: Stand, file: Path) -> None:
    """kill -9 of every agent's worker in the middle, one after the other."""
    chance = random.Random(20261122)
    with stand.replaying(file) as replay:
        for agent in ("enrich", "responses", "sink", "responses"):
            time.sleep(chance.uniform(5.0, 8.0))
            assert replay.poll() is None, "the replay was over before everything was killed"
            stand.kill(agent)
        output, _ = replay.communicate(timeout=240)
    assert replay.returncode == 0, output


def workers_joined_and_left(stand: Stand, file: Path) -> None:
    """A second worker of the responses agent that comes and goes in order, and one that comes and is killed."""
    with stand.replaying(file) as replay:
        with stand.another("responses") as second:
            time.sleep(4)
            assert second.poll() is None
        with stand.another("responses") as third:
            time.sleep(4)
            third.kill()
        assert replay.poll() is None, "the replay was over before all had come and gone"
        output, _ = replay.communicate(timeout=240)
    assert replay.returncode == 0, output


def a_worker_frozen(stand: Stand, file: Path) -> None:
    """One of two workers of the responses agent stands still for longer than its session, twice, and goes on."""
    with stand.another("responses"), stand.replaying(file) as replay:
        for _ in range(2):
            time.sleep(6)
            frozen = stand.workers()["responses"]
            os.kill(frozen, signal.SIGSTOP)
            time.sleep(FROZEN_S)
            os.kill(frozen, signal.SIGCONT)
        output, _ = replay.communicate(timeout=240)
    assert replay.returncode == 0, output


def newer_workers_join(stand: Stand, file: Path) -> None:
    """Beside every worker one of the next version; then a connector of the next version, while both are there."""
    with contextlib.ExitStack() as joined, stand.replaying(file, seconds=20) as replay:
        time.sleep(2)
        with stand.version(NEWER):
            for started in [stand.begin(agent, joined) for agent in AGENTS]:
                started()
        replay.kill()
        with stand.version(NEWER), stand.replaying(file, seconds=8) as resumed:
            output, _ = resumed.communicate(timeout=240)
        assert resumed.returncode == 0, output
