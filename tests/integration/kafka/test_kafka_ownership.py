"""Two workers of the responses agent: what the former owner of a partition still does never holds."""

import os
import signal
import time
from pathlib import Path

import pytest

from streams.tables import EPOCH
from streams.timeline import unpack
from tests.integration.kafka.conftest import Undisturbed
from tests.support.kafka import Cluster, read_partitions
from tests.support.stand import standing

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CHANGELOG = "vigie-responses-timelines-changelog"
FROZEN_S = 9.0  # longer than kafka.session_timeout, so that the other worker has taken over


def test_a_worker_frozen_past_its_session_never_overwrites_its_successor(
    tmp_path: Path, kafka: Cluster, undisturbed: Undisturbed
) -> None:
    with standing(tmp_path / "D", kafka, VIGIE_RESPONSES__BATCH_EVENTS="50") as stand:
        with stand.another("responses"), stand.replaying(undisturbed.file) as replay:
            for _ in range(3):
                time.sleep(5)
                frozen = stand.workers()["responses"]
                os.kill(frozen, signal.SIGSTOP)
                time.sleep(FROZEN_S)
                os.kill(frozen, signal.SIGCONT)
            output, _ = replay.communicate(timeout=240)
        assert replay.returncode == 0, output
        assert stand.stored().differences(undisturbed.stored) == ""
        assert _overwritten(kafka) == []


def _overwritten(kafka: Cluster) -> list[str]:
    """Conversations whose last record in the changelog remembers fewer events than an earlier one."""
    most: dict[bytes, int] = {}
    last: dict[bytes, int] = {}
    for key, value in read_partitions(kafka.bootstrap, CHANGELOG):
        if key == EPOCH:
            continue
        remembered = len(unpack(value).entries)
        most[key] = max(most.get(key, 0), remembered)
        last[key] = remembered
    return [key.decode() for key, remembered in last.items() if remembered < most[key]]
