"""One embedded ClickHouse for the whole run, with a fresh database per test."""

import hashlib
from collections.abc import Iterator

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client

from tests.support.clickhouse import PASSWORD, READER, Running, start, stop


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    digest = hashlib.sha256(b"full rights").hexdigest()
    running = start(
        tmp_path_factory.mktemp("clickhouse"),
        "--user",
        f"{READER}:env:VIGIE_TEST_READER_PASSWORD:readonly",
        "--user",
        f"writer:{digest}:owner",
        "--max-body",
        str(256 << 20),
    )
    yield running
    stop(running)


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with clickhouse_connect.get_client(host="127.0.0.1", port=server.port) as client:
        client.command("CREATE DATABASE IF NOT EXISTS signal")
        client.database = "signal"
        yield client
        client.command("DROP DATABASE signal SYNC")


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as http:
        yield http


@pytest.fixture
def reader(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30, auth=(READER, PASSWORD)) as http:
        yield http
