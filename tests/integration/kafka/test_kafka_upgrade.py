"""A version is rolled out, and topics get a second version: every event is stored once."""

import json
from pathlib import Path

import pytest

from deploy.drain import until_drained
from schemas.topics import ALERTS, CONVERSATIONS, ENRICHED
from tests.integration.kafka.conftest import Undisturbed
from tests.support.kafka import Cluster, read_partitions
from tests.support.scenarios import newer_workers_join
from tests.support.stand import SECOND, Stand, standing
from tests.support.system import rows, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_old_and_new_workers_beside_each_other_lose_double_and_bury_nothing(
    tmp_path: Path, kafka: Cluster, undisturbed: Undisturbed
) -> None:
    with standing(tmp_path / "D", kafka) as stand:
        newer_workers_join(stand, undisturbed.file)

        assert stand.stored().differences(undisturbed.stored) == ""
        assert buried(stand) == 0
    for topic in (ENRICHED, CONVERSATIONS, ALERTS):
        records = read_partitions(kafka.bootstrap, topic.name)
        versions = {"added_later" in json.loads(value) for _, value in records}
        assert versions == {True, False}, f"only one version wrote {topic.name}"


def test_connectors_stopped_old_topics_read_to_their_end_then_the_new_ones_lose_and_double_nothing(
    tmp_path: Path, kafka: Cluster, undisturbed: Undisturbed
) -> None:
    with standing(tmp_path / "D", kafka) as first:
        with first.replaying(undisturbed.file, seconds=30) as replay:
            seen(first, 1_000)
            replay.kill()
        until_drained(kafka.bootstrap, stack=None, timeout_s=60)
        before = len(first.stored().events)

    with standing(tmp_path / "D", kafka, PYTHONPATH=str(SECOND)) as second:
        done = second.replay(undisturbed.file)

        assert done.returncode == 0, done.stderr
        assert 0 < before < len(undisturbed.stored.events)
        assert second.stored().differences(undisturbed.stored) == ""
        assert buried(second) == 0
    assert read_partitions(kafka.bootstrap, "signal.enriched.v2")


def buried(stand: Stand) -> int:
    (found,) = rows(stand.data_dir, "SELECT count() AS letters FROM dead_letters")
    return int(found["letters"])


def seen(stand: Stand, events: int) -> None:
    """Wait until so many are stored."""
    until(lambda: len(stand.stored().events) >= events, timeout_s=90, what=f"{events} events")
