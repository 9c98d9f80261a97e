"""A restore knows who was forgotten before it fills anything, or does not begin."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.clickhouse.backup import Manifest, Part
from deploy.privacy import after_restore
from schemas.errors import ConfigError
from schemas.forgotten import Forgotten
from schemas.settings import Kafka, Privacy, Settings
from schemas.tables import EVENTS, FORGOTTEN
from schemas.units import Secret

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = Privacy(forget_key=Secret("a key of the test"))
BROKER = Kafka(bootstrap="broker:9092")
ANN = Forgotten(mark="forgotten-aa", network="x", at=NOW)
BOB = Forgotten(mark="forgotten-bb", network="x", at=NOW)


def backup_of(folder: Path, *listed: Forgotten) -> Manifest:
    """A backup whose own list names these."""
    lines = "".join(f"x\t{one.mark}\t2026-11-23 00:00:00.000\n" for one in listed)
    (folder / "f.tsv.gz").write_bytes(gzip.compress(lines.encode()))
    parts = (
        Part(table=EVENTS.name, file="not-read.tsv.gz", columns=("event_id",), rows=1, sha256=""),
        Part(table=FORGOTTEN.name, file="f.tsv.gz", columns=("network", "mark", "at"), rows=len(listed), sha256=""),
    )
    return Manifest(begun_at=NOW, migrations=(), bounds={}, parts=parts)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Forgotten]:
    """What the broker's list holds."""
    found: list[Forgotten] = []
    monkeypatch.setattr(after_restore, "_of_broker", lambda kafka: list(found))
    return found


def test_the_list_of_the_broker_goes_beyond_that_of_the_backup(tmp_path: Path, kept: list[Forgotten]):
    kept += [ANN, BOB]

    found = after_restore.known(
        Settings(privacy=KEY, kafka=BROKER), tmp_path, backup_of(tmp_path, ANN), without_list=False
    )

    assert found == [ANN, BOB]


def test_a_broker_that_lost_its_list_is_not_believed(tmp_path: Path, kept: list[Forgotten]):
    kept += [BOB]

    with pytest.raises(ConfigError, match=r"since 2026-11-23 00:00 UTC: the broker's list lacks 1 of"):
        after_restore.known(Settings(privacy=KEY, kafka=BROKER), tmp_path, backup_of(tmp_path, ANN), without_list=False)


@pytest.mark.parametrize("privacy", [KEY, Privacy(pseudonym_key=Secret("another"))], ids=["forget", "pseudonym"])
def test_without_a_broker_nobody_can_say_and_nothing_is_filled(tmp_path: Path, privacy: Privacy):
    with pytest.raises(ConfigError, match="no broker is set") as caught:
        after_restore.known(Settings(privacy=privacy), tmp_path, backup_of(tmp_path), without_list=False)

    assert "vigie forget NETWORK:AUTHOR" in str(caught.value)


def test_without_the_key_those_on_a_list_would_not_be_known(tmp_path: Path, kept: list[Forgotten]):
    with pytest.raises(ConfigError, match="no key"):
        after_restore.known(Settings(), tmp_path, backup_of(tmp_path, ANN), without_list=True)
    kept += [ANN]
    with pytest.raises(ConfigError, match="no key"):
        after_restore.known(Settings(kafka=BROKER), tmp_path, backup_of(tmp_path), without_list=False)


def test_where_nobody_can_have_been_forgotten_nothing_is_asked_for(tmp_path: Path, kept: list[Forgotten]):
    assert after_restore.known(Settings(), tmp_path, backup_of(tmp_path), without_list=False) == []
    assert after_restore.known(Settings(kafka=BROKER), tmp_path, backup_of(tmp_path), without_list=False) == []


def test_a_person_may_take_it_upon_themselves(tmp_path: Path):
    assert after_restore.known(Settings(privacy=KEY), tmp_path, backup_of(tmp_path, ANN), without_list=True) == []
