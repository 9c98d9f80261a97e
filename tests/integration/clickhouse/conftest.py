"""One embedded ClickHouse and one migrated database for all; a database of its own for a test that changes tables."""

import sys
from collections.abc import Iterator
from itertools import count

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.clickhouse.migrate import migrate
from deploy.processes import free_port, spawn, stop, wait_for_port
from schemas.settings import ClickHouse, Settings
from streams.store import Store, connect

_NUMBERS = count(1)
_OF_MIGRATIONS = "schema_migrations"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty ClickHouse."""
    folder, port = tmp_path_factory.mktemp("clickhouse"), free_port()
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder / "data"), "--port", str(port)]
    child = spawn("clickhouse", command, log=folder / "log")
    try:
        wait_for_port(child, port, timeout_s=30.0)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop([child], grace_s=5.0)


@pytest.fixture
def empty(server: str) -> Settings:
    """Settings that name a database which is not there yet."""
    return Settings(clickhouse=ClickHouse(url=server, database=f"test_{next(_NUMBERS)}"))


@pytest.fixture
def fresh(empty: Settings) -> Settings:
    """Settings that name a migrated database of this test alone."""
    return _migrated(empty)


@pytest.fixture(scope="session")
def shared(server: str) -> Settings:
    """Settings that name the migrated database of all tests which leave its tables as they are."""
    return _migrated(Settings(clickhouse=ClickHouse(url=server, database="test_shared")))


@pytest.fixture
def settings(shared: Settings) -> Iterator[Settings]:
    """Settings that name a migrated database without rows: what a test wrote goes after it."""
    yield shared
    client = connect(shared.clickhouse)
    written = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0"
        " AND name != {kept:String}",
        parameters={"kept": _OF_MIGRATIONS},
    ).result_rows
    for (name,) in written:
        client.command(f"TRUNCATE TABLE {name}")
    client.close()


def _migrated(settings: Settings) -> Settings:
    """The settings with rows kept for ever, since test days lie in the past; their database is there."""
    for_ever = msgspec.structs.replace(
        settings.retention,
        events_days=0,
        conversations_days=0,
        alerts_days=0,
        deliveries_days=0,
        dead_letters_days=0,
        workers_days=0,
    )
    kept = msgspec.structs.replace(settings, retention=for_ever)
    migrate(kept)
    return kept


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    """A reader of that database."""
    client = connect(settings.clickhouse)
    yield client
    client.close()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The writer of that database."""
    with Store(settings.clickhouse) as store:
        yield store
