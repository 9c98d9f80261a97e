"""What an operator does, on Apache Kafka: try dead letters again, build ClickHouse anew, look at the figures."""

from pathlib import Path
from typing import Any

import pytest

from schemas import codec
from schemas.topics import ENRICHED, EVENTS
from tests.support import archive
from tests.support.builders import make_enriched, make_event
from tests.support.kafka import Cluster, send
from tests.support.letters import bury, letters, retry
from tests.support.stand import standing
from tests.support.system import rows, until, vigie

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def event(native: str) -> Any:
    return make_event(native, event_id=f"mastodon:{native}", conversation_id=f"mastodon:{native}")


def count(data_dir: Path, sql: str) -> int:
    return int(rows(data_dir, f"SELECT count() AS n FROM {sql}")[0]["n"])


def test_dead_letters_are_tried_again_and_the_store_is_built_anew(tmp_path: Path, kafka: Cluster) -> None:
    file, first, second = tmp_path / "archive.csv", tmp_path / "first", tmp_path / "second"
    events = archive.write(file, conversations=60)
    with standing(first, kafka, VIGIE_CANARY__EVERY="1s") as stand:
        send(kafka.bootstrap, EVENTS.name, b"k", b"no event", partition=2)
        bury(kafka.bootstrap, "sink", ENRICHED.name, codec.encode(make_enriched(event("s"))), b"mastodon:s")
        until(lambda: len(letters(stand)) == 2, timeout_s=60, what="two letters")
        retry(stand, "--all")
        until(lambda: [one["attempts"] for one in letters(stand)] == [2], timeout_s=60, what="the poison again")
        until(lambda: count(first, "events WHERE event_id = 'mastodon:s'"), timeout_s=30, what="the other one")
        assert stand.replay(file).returncode == 0
        before = stand.stored()
        assert count(first, "conversations WHERE network = 'mastodon'") == 0, "it was for the sink alone"
        assert count(first, "canaries WHERE seconds < 30") > 0
        refused = vigie("restore", "--from-kafka", "--data-dir", second, VIGIE_KAFKA=kafka.bootstrap)
        assert (refused.returncode, "NonEmptyGroup" in refused.stderr) == (1, True), refused.stderr

    done = vigie("restore", "--from-kafka", "--data-dir", second, VIGIE_KAFKA=kafka.bootstrap)
    assert done.returncode == 0, done.stderr
    with standing(second, kafka) as stand:
        until(lambda: count(second, "events WHERE network = 'x'") == events, timeout_s=90, what="the events")
        until(lambda: not stand.stored().differences(before), timeout_s=60, what="turns and alerts")
        assert count(second, "events WHERE event_id = 'mastodon:s'") == 1
