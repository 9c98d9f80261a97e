"""`vigie topics`: what it shows is what it would make."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import build
from deploy.strimzi import manifest
from deploy.topics import _new
from schemas.errors import ConfigError
from schemas.settings import Kafka
from schemas.topics import TOPICS


def test_print_names_every_topic_with_what_it_is_made_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIGIE_KAFKA__PARTITIONS", "24")

    shown = CliRunner().invoke(build(), ["topics", "--print"]).output

    for topic in TOPICS:
        made = _new(topic, Kafka(partitions=24), None)
        (line,) = [line for line in shown.splitlines() if line.startswith(topic.name)]
        assert f" {made.num_partitions} partitions" in line
        assert all(f"{key}={value}" in line for key, value in made.topic_configs.items())


def test_without_a_broker_it_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = CliRunner().invoke(build(), ["topics"])

    assert isinstance(outcome.exception, ConfigError)
    assert "VIGIE_KAFKA" in str(outcome.exception)


@pytest.mark.parametrize(("copies", "in_sync"), [(1, 0), (3, len(TOPICS))])
def test_a_cluster_of_three_acknowledges_with_two_copies(copies: int, in_sync: int) -> None:
    assert manifest(Kafka(replication=copies), "vigie").count('min.insync.replicas: "2"') == in_sync
