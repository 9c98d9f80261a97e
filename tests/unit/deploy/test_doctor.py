"""The doctor: what each figure means, and that it always says what to do."""

import json
from pathlib import Path

import pytest

from deploy import doctor
from deploy.doctor import kafka
from deploy.doctor.channels import examine as channels
from deploy.doctor.clickhouse import clock
from deploy.doctor.disk import examine as disk
from deploy.doctor.disk import room
from deploy.doctor.finding import Finding, Subject, failed, ok
from deploy.doctor.showing import told
from schemas.errors import StoreError
from schemas.policy import ResponsePolicy
from schemas.settings import Embedded, Kafka, Notify, Settings
from schemas.units import PositiveDuration, Secret


def test_every_part_of_the_system_is_looked_at():
    assert doctor.parts() == ("channels", "clickhouse", "disk", "grafana", "kafka", "workers")


@pytest.mark.parametrize(
    ("free", "verdict"), [(50, "ok"), (10, "ok"), (9, "warn"), (3, "warn"), (2, "fail"), (0, "fail")]
)
def test_little_room_on_the_disk_is_said_before_there_is_none(free: int, verdict: str):
    assert room(Path("/data"), free, 100).verdict == verdict


@pytest.mark.parametrize(
    ("ahead_s", "verdict"), [(0.0, "ok"), (-0.9, "ok"), (1.0, "warn"), (-9.9, "warn"), (10.0, "fail"), (-60.0, "fail")]
)
def test_a_clock_that_is_off_is_said(ahead_s: float, verdict: str):
    found = clock(ahead_s)

    assert found.verdict == verdict
    assert ("ahead of" in found.cause) == (ahead_s > 0)


def test_a_data_folder_that_is_not_there_yet_is_looked_at_above(tmp_path: Path):
    settings = Settings(embedded=Embedded(data_dir=str(tmp_path / "not" / "there")))
    (found,) = disk(Subject(settings=settings, folder=tmp_path))

    assert str(tmp_path) in found.cause


def test_that_nobody_is_told_is_a_warning_and_a_channel_is_named(tmp_path: Path):
    nobody = list(channels(Subject(settings=Settings(), folder=tmp_path)))
    some = list(channels(Subject(settings=Settings(notify=Notify(urls=Secret("json://localhost"))), folder=tmp_path)))

    assert [finding.verdict for finding in nobody] == ["ok", "warn"]
    assert some[1].cause == "configured: default"


def test_settings_that_are_wrong_are_one_finding(tmp_path: Path):
    hour = PositiveDuration(3600)
    wrong = Settings(policies=(ResponsePolicy(name="a", first=hour, next=hour, calendar="gone"),))
    (found,) = channels(Subject(settings=wrong, folder=tmp_path))

    assert found.verdict == "fail"
    assert "'gone', which is no calendar" in found.cause


def test_a_broker_that_is_not_there_is_said_with_the_repair(tmp_path: Path):
    found = list(kafka.examine(Subject(settings=Settings(kafka=Kafka(bootstrap="127.0.0.1:9")), folder=tmp_path)))

    assert [finding.verdict for finding in found] == ["fail"]
    assert "VIGIE_KAFKA" in found[0].repair


def test_an_error_is_a_finding_with_cause_and_repair():
    found = failed("store", StoreError("it is full", where="clickhouse", fix="Make room"))

    assert found == Finding(name="store", verdict="fail", cause="it is full (clickhouse)", repair="Make room")


@pytest.mark.parametrize(("verdict", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_only_a_failure_fails(verdict: str, code: int, capsys: pytest.CaptureFixture[str]):
    findings = [ok("a", "b"), Finding(name="c", verdict=verdict, cause="é", repair="r")]  # type: ignore[arg-type]

    assert told(findings, as_json=True) == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == {"name": "c", "verdict": verdict, "cause": "é", "repair": "r"}
    assert told(findings, as_json=False) == code
    assert "é" in capsys.readouterr().out
