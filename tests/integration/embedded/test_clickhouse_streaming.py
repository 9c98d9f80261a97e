"""Large answers of the embedded ClickHouse are streamed, and requests do not wait for each other."""

import gzip
import threading
import time

import clickhouse_connect
import httpx
import lz4.frame
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.embedded.clickhouse.native import reframe
from tests.support.clickhouse import Running, run

pytestmark = pytest.mark.integration


def test_large_result_is_streamed(client: Client) -> None:
    with client.query_row_block_stream("SELECT number, toString(number) FROM numbers(2000000)") as blocks:
        sizes = [len(block) for block in blocks]

    assert sum(sizes) == 2_000_000
    assert len(sizes) > 10


def test_failure_in_the_middle_of_a_stream_is_seen(client: Client, server: Running) -> None:
    sql = "SELECT number, throwIf(number = 1500000) FROM numbers(3000000)"

    with (
        pytest.raises(DatabaseError, match="FUNCTION_THROW_IF"),
        client.query_row_block_stream(sql) as blocks,
    ):
        for _ in blocks:
            pass

    assert client.query("SELECT 1").result_rows == [(1,)]


def test_failure_is_a_clean_status_when_the_end_is_waited_for(http: httpx.Client) -> None:
    sql = "SELECT number, throwIf(number = 1500000) FROM numbers(3000000)"

    assert run(http, sql, wait_end_of_query="1").status_code == 500


@pytest.mark.parametrize("encoding", ["gzip", "lz4", "zstd", "deflate"])
def test_stream_is_compressed_when_asked_for(http: httpx.Client, encoding: str) -> None:
    with http.stream(
        "POST",
        "/",
        content="SELECT number FROM numbers(500000)",
        params={"enable_http_compression": "1"},
        headers={"Accept-Encoding": encoding},
    ) as answer:
        raw = b"".join(answer.iter_raw())

    assert answer.headers["Content-Encoding"] == encoding
    assert len(raw) < 2_500_000
    plain = {"lz4": lz4.frame.decompress, "gzip": gzip.decompress}.get(encoding)
    if plain:
        assert plain(raw).count(b"\n") == 500_000


def test_client_that_leaves_cancels_its_stream_and_keeps_its_session(http: httpx.Client) -> None:
    sql, session = "SELECT number FROM numbers(1e12)", {"session_id": "leaver"}
    running = "SELECT count() FROM system.processes WHERE query LIKE '%1e12)'"

    with http.stream("POST", "/", content=sql, params=session) as answer:
        next(answer.iter_raw())

    deadline = time.monotonic() + 5
    while (left := run(http, running).text) != "0\n" and time.monotonic() < deadline:
        pass
    assert left == "0\n"
    assert run(http, "SELECT 'still here'", **session).text == "still here\n"


def test_newer_protocol_revision_gets_framed_native_blocks(http: httpx.Client) -> None:
    sql = (
        "SELECT number, toString(number) s, [number] a, map('k', number) m, toNullable(number) n, (1, 'x') t,"
        " toLowCardinality(toString(number)) l, [toLowCardinality(toNullable('x'))] la, toDecimal64(1, 3) d,"
        " CAST((1, 'x'), 'Tuple(`a b` UInt8, c String)') nt, toFixedString('ab', 2) f, [[], [number]] aa,"
        " toDateTime64(0, 3, 'UTC') dt, CAST(1, 'Enum8(\\'a,b)\\' = 1)') e FROM numbers(3)"
    )

    plain = run(http, sql, default_format="Native").content
    framed = run(http, sql, default_format="Native", client_protocol_version="54460").content
    hello = run(http, "SELECT 1 AS a", default_format="Native", client_protocol_version="54460").content

    assert framed == reframe(plain)
    assert len(framed) == len(plain) + 8 + 14
    assert hello == b"\1\0\2\xff\xff\xff\xff\0" + b"\1\1\1a\5UInt8\0\1"


def test_slow_queries_keep_neither_ping_nor_inserts_waiting(
    client: Client, http: httpx.Client, server: Running
) -> None:
    client.command("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")
    slow = [
        threading.Thread(target=lambda: httpx.post(server.url, content="SELECT sleep(1)", timeout=30))
        for _ in range(20)
    ]
    for thread in slow:
        thread.start()

    started = time.monotonic()
    http.get("/ping").raise_for_status()
    run(http, "INSERT INTO signal.t VALUES (1)").raise_for_status()
    took = time.monotonic() - started

    for thread in slow:
        thread.join()
    assert took < 0.9


def test_parallel_inserts_lose_nothing(client: Client, server: Running) -> None:
    client.command("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")

    def insert(start: int) -> None:
        with clickhouse_connect.get_client(host="127.0.0.1", port=server.port, database="signal") as other:
            for batch in range(5):
                first = start + batch * 100
                other.insert("t", [[number] for number in range(first, first + 100)], column_names=["id"])

    threads = [threading.Thread(target=insert, args=(number * 1000,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert client.query("SELECT count(), uniqExact(id) FROM t").result_rows == [(4000, 4000)]
