"""Old and new workers in the same groups, old and new records in the same topics: every event is stored once."""

import json
from pathlib import Path

import pytest

from schemas.topics import ALERTS, CONVERSATIONS, ENRICHED
from tests.support import archive
from tests.support.broker import read_all
from tests.support.scenarios import newer_workers_join
from tests.support.stand import standing
from tests.support.system import rows

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_while_a_version_is_rolled_out_nothing_is_lost_doubled_or_buried(tmp_path: Path) -> None:
    file = tmp_path / "archive.csv"
    archive.write(file, conversations=300)
    with standing(tmp_path / "D") as stand:
        newer_workers_join(stand, file)
        found, buried = stand.stored(), rows(stand.data_dir, "SELECT count() AS letters FROM dead_letters")
        written = {
            topic: read_all(stand.variables["VIGIE_KAFKA"], topic) for topic in (ENRICHED, CONVERSATIONS, ALERTS)
        }

    assert found.events == sorted(f"x:{native}" for native in archive.instants(file))
    assert found.turns == sorted(map(repr, archive.turns(file)))
    assert [int(row["letters"]) for row in buried] == [0]
    for topic, records in written.items():
        versions = {"added_later" in json.loads(value) for _, value in records}
        assert versions == {True, False}, f"only one version wrote {topic.name}"
