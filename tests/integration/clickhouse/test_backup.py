"""A backup, and a database that was filled from it: the same rows, whatever broke off in between."""

import gzip
import stat
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.clickhouse import backup
from deploy.clickhouse.migrate import migrate
from schemas import canary, codec
from schemas.correction import Correction
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.tables import (
    AUDIT,
    CANARIES,
    CORRECTIONS,
    DEAD_LETTERS,
    EVENTS,
    FORGOTTEN,
    LETTER_DECISIONS,
    TABLES,
    Table,
)
from streams.agents.sink import ROUTES
from streams.rows import Row, canary_row, correction_row, dead_letter_row, event_row
from streams.store import Store, connect
from tests.support.agents import make_message
from tests.support.builders import at, make_dead_letter, make_enriched, make_event

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(fresh: Settings) -> Settings:
    """A database of this test alone: what is restored lies in another one beside it."""
    return fresh


def recorded() -> Iterator[tuple[Table, Row]]:
    """The rows of every recorded message, and what no topic carries."""
    for route in ROUTES:
        for path in sorted(Path(str(files("schemas") / "examples" / route.topic.name)).glob("*/*.json")):
            message = make_message(path.read_bytes(), topic=route.topic.name)
            yield from route.place(codec.decode(path.read_bytes(), route.topic.carries), message)
    yield DEAD_LETTERS, dead_letter_row(make_dead_letter(bytes(range(256)), key=b"\xff\t\n\\N\x00"))
    yield CANARIES, canary_row(canary.make(at("09:00")), arrived=True)
    yield LETTER_DECISIONS, ("a", "dropped", 1, "nora", 1_772_442_000_000)
    yield FORGOTTEN, ("a mark", "mastodon", 1_772_442_000_000)
    yield AUDIT, ("b", 1_772_442_000_000, "nora", "forget", "a mark", "{}")
    yield CORRECTIONS, correction_row(Correction(event_id="x:1", topics=("delivery",), corrected_at=at("09:00")))


def fill(store: Store, events: int = 250) -> None:
    place = {"published_at": at("09:30"), "topic": "signal.enriched.v1", "partition": 0}
    many = [make_enriched(make_event(str(number), text=f"n° {number}\t\\N\n'\"")) for number in range(events)]
    store.insert(EVENTS, [event_row(one, offset=number, **place) for number, one in enumerate(many)], token="many")
    for number, (table, row) in enumerate(recorded()):
        store.insert(table, [row], token=str(number))


def contents(client: Client) -> dict[str, Any]:
    """How many rows each table holds, and a fingerprint of all of their columns, the instant of storing too."""
    found = {}
    for table in (*(table.name for table in TABLES), "events_by_time"):
        columns = client.query(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {name:String}",
            parameters={"name": table},
        ).result_rows
        row = ", ".join(f"toString(`{name}`)" for (name,) in sorted(columns))
        found[table] = client.query(f"SELECT count(), groupBitXor(cityHash64({row})) FROM {table} FINAL").result_rows[0]
    return found


@pytest.fixture
def target(settings: Settings) -> Settings:
    """Another, empty database of this program."""
    clickhouse = msgspec.structs.replace(settings.clickhouse, database=f"{settings.clickhouse.database}_back")
    other = msgspec.structs.replace(settings, clickhouse=clickhouse)
    migrate(other)
    return other


def restored(settings: Settings, folder: Path) -> dict[str, Any]:
    client = connect(settings.clickhouse)
    try:
        backup.restore(client, settings, folder)
        return contents(client)
    finally:
        client.close()


@pytest.mark.parametrize("rows_of_a_part", [pytest.param(100_000, id="one part"), pytest.param(37, id="many parts")])
def test_what_is_restored_is_what_was_there_to_the_byte(
    settings: Settings,
    client: Client,
    store: Store,
    target: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows_of_a_part: int,
):
    monkeypatch.setattr(backup, "ROWS_OF_A_PART", rows_of_a_part)
    fill(store)
    before = contents(client)
    assert all(count for count, _ in before.values()), "every table has something to lose"

    manifest = backup.backup(client, settings, tmp_path / "b")

    assert restored(target, tmp_path / "b") == before
    assert (len(manifest.parts) > len(TABLES)) is (rows_of_a_part < 100)
    assert restored(target, tmp_path / "b") == before, "a second time changes nothing"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "b").glob("*.gz")}
    assert (stat.S_IMODE((tmp_path / "b").stat().st_mode), modes) == (0o700, {0o600}), "it is its owner's alone"


def test_a_backup_that_was_broken_off_goes_on_after_its_last_whole_file(
    settings: Settings, client: Client, store: Store, target: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backup, "ROWS_OF_A_PART", 37)
    fill(store)
    folder, copy, copied = tmp_path / "b", backup._copy, list[str]()

    def breaks(*arguments: Any) -> Any:
        if len(copied) == 4:
            raise KeyboardInterrupt
        copied.append(arguments[-1].name)
        return copy(*arguments)

    monkeypatch.setattr(backup, "_copy", breaks)
    with pytest.raises(KeyboardInterrupt):
        backup.backup(client, settings, folder)
    with pytest.raises(ConfigError, match="no finished backup"):
        backup.read(folder)
    (folder / copied[1]).write_bytes(b"cut by a full disk")
    again: list[str] = []
    monkeypatch.setattr(backup, "_copy", lambda *of: (again.append(of[-1].name), copy(*of))[1])

    backup.backup(client, settings, folder)

    assert sorted(set(copied) & set(again)) == [copied[1]]
    assert restored(target, folder) == contents(client)


def test_a_file_that_has_changed_is_not_restored(
    settings: Settings, client: Client, store: Store, target: Settings, tmp_path: Path
):
    fill(store, events=3)
    manifest = backup.backup(client, settings, tmp_path / "b")
    file = tmp_path / "b" / manifest.parts[0].file
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"delivery", b"pleasure")))

    with pytest.raises(ConfigError, match="not what was written"):
        restored(target, tmp_path / "b")


def test_a_database_that_holds_something_is_not_restored_into(
    settings: Settings, client: Client, store: Store, target: Settings, tmp_path: Path
):
    backup.backup(client, settings, tmp_path / "b")
    with Store(target.clickhouse) as other:
        fill(other, events=3)

    with pytest.raises(ConfigError, match="the database is not empty"):
        restored(target, tmp_path / "b")


def test_a_backup_of_a_newer_program_is_refused(settings: Settings, client: Client, target: Settings, tmp_path: Path):
    manifest = backup.backup(client, settings, tmp_path / "b")
    newer = msgspec.structs.replace(manifest, migrations=(*manifest.migrations, 99))
    (tmp_path / "b" / backup.MANIFEST).write_bytes(msgspec.json.encode(newer))

    with pytest.raises(ConfigError, match="does not know migration 99"):
        restored(target, tmp_path / "b")


def test_a_finished_backup_is_not_written_over(settings: Settings, client: Client, tmp_path: Path):
    backup.backup(client, settings, tmp_path / "b")

    with pytest.raises(ConfigError, match="finished backup"):
        backup.backup(client, settings, tmp_path / "b")
