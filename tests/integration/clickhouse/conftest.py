"""One embedded ClickHouse for the module, a fresh database for each test."""

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
def settings(empty: Settings) -> Settings:
    """Settings that name a migrated database which keeps rows for ever: test days lie in the past."""
    for_ever = msgspec.structs.replace(
        empty.retention,
        events_days=0,
        conversations_days=0,
        alerts_days=0,
        deliveries_days=0,
        dead_letters_days=0,
        workers_days=0,
    )
    settings = msgspec.structs.replace(empty, retention=for_ever)
    migrate(settings)
    return settings


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
