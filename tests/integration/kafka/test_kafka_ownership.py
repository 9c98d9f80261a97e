"""Two workers of the responses agent: what the former owner of a partition still does never holds."""

from pathlib import Path

import pytest

from streams.tables import EPOCH
from streams.timeline import unpack
from tests.integration.kafka.conftest import Undisturbed
from tests.support.kafka import Cluster, read_partitions
from tests.support.scenarios import a_worker_frozen, workers_joined_and_left
from tests.support.stand import Stand, standing

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CHANGELOG = "vigie-responses-timelines-changelog"
SMALL_BATCHES = {"VIGIE_RESPONSES__BATCH_EVENTS": "50"}  # more of them to be frozen in


def test_a_worker_frozen_past_its_session_never_overwrites_its_successor(
    tmp_path: Path, kafka: Cluster, undisturbed: Undisturbed
) -> None:
    with standing(tmp_path / "D", kafka, **SMALL_BATCHES) as stand:
        a_worker_frozen(stand, undisturbed.file)

        assert stand.stored().differences(undisturbed.stored) == ""
        assert _overwritten(kafka) == []


def test_workers_that_join_and_leave_lose_and_double_nothing(
    tmp_path: Path, kafka: Cluster, undisturbed: Undisturbed
) -> None:
    with standing(tmp_path / "D", kafka) as stand:
        workers_joined_and_left(stand, undisturbed.file)

        assert stand.stored().differences(undisturbed.stored) == ""
        assert _restarts(stand) == 0


def _restarts(stand: Stand) -> int:
    return sum(stand.logged(agent).count('"worker_died"') for agent in ("enrich", "responses", "sink"))


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
