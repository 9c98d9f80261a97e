"""The path on Apache Kafka: what comes out is the same, whoever is killed; kcat reads what goes through."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from schemas.topics import ENRICHED, EVENTS
from tests.integration.kafka.conftest import Undisturbed
from tests.support import archive
from tests.support.kafka import Cluster
from tests.support.scenarios import each_worker_killed
from tests.support.stand import standing
from tests.support.system import vigie

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_an_archive_goes_through_and_every_turn_equals_a_plain_count(undisturbed: Undisturbed) -> None:
    assert undisturbed.stored.turns == sorted(map(repr, archive.turns(undisturbed.file)))
    assert len(undisturbed.stored.events) == len(set(undisturbed.stored.events)) > 4_000
    assert undisturbed.stored.alerts


def test_each_worker_killed_in_the_middle_loses_and_doubles_nothing(
    tmp_path: Path, kafka: Cluster, undisturbed: Undisturbed
) -> None:
    with standing(tmp_path / "D", kafka) as stand:
        each_worker_killed(stand, undisturbed.file)

        assert stand.stored().differences(undisturbed.stored) == ""


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed: nothing but Python read the topics")
def test_kcat_reads_what_is_written(tmp_path: Path, kafka: Cluster) -> None:
    file = tmp_path / "archive.csv"
    count = archive.write(file, conversations=20)
    with standing(tmp_path / "D", kafka) as stand:
        assert stand.replay(file).returncode == 0
        for topic in (EVENTS, ENRICHED):
            read = subprocess.run(
                ["kcat", "-C", "-q", "-e", "-b", kafka.bootstrap, "-t", topic.name, "-o", "beginning"],
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            carried = [json.loads(line) for line in read.stdout.splitlines()]
            assert len(carried) == count
            assert {"event_id", "text"} <= set(carried[0].get("event", carried[0]))


def test_the_stack_says_that_no_broker_answers(tmp_path: Path) -> None:
    refused = vigie("up", "--data-dir", tmp_path / "D", timeout_s=60, VIGIE_KAFKA="127.0.0.1:9")

    assert refused.returncode == 1
    assert "no broker answers" in refused.stderr
