"""The embedded ClickHouse takes inserts as a server does, in every compression, once."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import clickhouse_connect
import httpx
import lz4.frame
import pytest
import zstandard
from clickhouse_connect.driver.client import Client

from deploy.embedded.clickhouse.compression import Blocks, unframe
from deploy.embedded.clickhouse.config import KEEP_FREE_BYTES
from deploy.embedded.clickhouse.engine import require_room
from deploy.embedded.clickhouse.errors import EngineError
from streams.store import TRANSIENT
from tests.support.clickhouse import Running, run

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("sql", "body"),
    [
        pytest.param(
            "INSERT INTO signal.t FORMAT JSONEachRow", b'{"id":1,"s":"a"}\n{"id":2,"s":"b"}', id="JSONEachRow"
        ),
        pytest.param("INSERT INTO signal.t (s, id) FORMAT CSV", b'"a",1\n"b",2\n', id="CSV with columns"),
        pytest.param("INSERT INTO signal.t VALUES", b"(1,'a'),(1+1,'b')", id="VALUES"),
        pytest.param("INSERT INTO signal.t FORMAT TSV", b"1\ta\n2\tb\n", id="TSV"),
        pytest.param(
            "INSERT INTO signal.t FORMAT RowBinary", b"\1\0\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\0\1b", id="RowBinary"
        ),
        pytest.param("INSERT INTO signal.t SELECT number + 1, ['a','b'][number + 1] FROM numbers(2)", b"", id="SELECT"),
    ],
)
@pytest.mark.parametrize("where", ["url", "body"])
def test_insert_takes_the_statement_from_url_or_body(
    client: Client, http: httpx.Client, sql: str, body: bytes, where: str
) -> None:
    client.command("CREATE TABLE t (id UInt64, s String) ENGINE = MergeTree ORDER BY id")

    if where == "url":
        answer = http.post("/", params={"query": sql}, content=body)
    else:
        answer = http.post("/", content=sql.encode() + b"\n" + body)

    assert answer.status_code == 200, answer.text
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    assert client.query("SELECT * FROM t ORDER BY id").result_rows == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("compress", ["lz4", "zstd", "gzip", False])
def test_clickhouse_connect_compresses_both_ways(server: Running, client: Client, compress: str | bool) -> None:
    client.command("CREATE TABLE t (id UInt64, s String) ENGINE = MergeTree ORDER BY id")
    rows = [[number, f"text {number}"] for number in range(20_000)]

    with clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, database="signal", compress=compress
    ) as other:
        summary = other.insert("t", rows, column_names=["id", "s"])
        found = other.query("SELECT id, s FROM t ORDER BY id").result_rows

    assert summary.written_rows == 20_000
    assert found == [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        pytest.param("gzip", gzip.compress, id="gzip"),
        pytest.param("lz4", lz4.frame.compress, id="lz4"),
        pytest.param("zstd", zstandard.ZstdCompressor().compress, id="zstd"),
    ],
)
def test_truncated_or_damaged_compressed_body_inserts_nothing(
    client: Client, http: httpx.Client, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    client.command("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")
    good = pack(b"INSERT INTO signal.t FORMAT CSV\n" + b"1\n" * 10_000)
    headers = {"Content-Encoding": encoding}

    answers = [http.post("/", content=bad, headers=headers) for bad in (good[:-9], good[:20], b"not compressed")]

    assert [answer.status_code for answer in answers] == [500] * 3
    assert all("CANNOT_DECOMPRESS" in answer.text for answer in answers)
    assert client.query("SELECT count() FROM t").result_rows == [(0,)]
    assert http.post("/", content=good, headers=headers).status_code == 200


def test_blocks_of_clickhouse_framing_go_both_ways(client: Client, http: httpx.Client) -> None:
    client.command("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")
    framed = Blocks().encode(b"1\n2\n3\n")

    inserted = http.post("/", params={"query": "INSERT INTO signal.t FORMAT CSV", "decompress": "1"}, content=framed)
    answer = run(http, "SELECT sum(id) FROM signal.t", compress="1")
    damaged = http.post(
        "/", params={"query": "INSERT INTO signal.t FORMAT CSV", "decompress": "1"}, content=framed[:-1] + b"x"
    )

    assert inserted.status_code == 200, inserted.text
    assert unframe(answer.content, 1000) == b"6\n"
    assert "CHECKSUM_DOESNT_MATCH" in damaged.text


def test_repeated_deduplication_token_adds_nothing(client: Client) -> None:
    client.command(
        "CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100"
    )

    for token in ("events[0]@17", "events[0]@17", "events[0]@18"):
        client.insert("t", [[1], [2]], column_names=["id"], settings={"insert_deduplication_token": token})

    assert client.query("SELECT count() FROM t").result_rows == [(4,)]


def test_insert_that_fails_to_parse_adds_nothing(client: Client, http: httpx.Client) -> None:
    client.command("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id")

    answer = run(http, "INSERT INTO signal.t FORMAT JSONEachRow\n" + '{"id":1}\n' * 100 + '{"id":"x"}')

    assert answer.status_code == 400
    assert answer.headers["X-ClickHouse-Exception-Code"] == "27"
    assert client.query("SELECT count() FROM t").result_rows == [(0,)]


def test_hundred_megabytes_are_inserted(client: Client, http: httpx.Client) -> None:
    client.command("CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY tuple()")
    line = b"x" * 1023 + b"\n"

    answer = http.post("/", params={"query": "INSERT INTO signal.t FORMAT LineAsString"}, content=line * (100 << 10))

    assert answer.status_code == 200, answer.text
    assert client.query("SELECT count(), sum(length(s)) FROM t").result_rows == [(100 << 10, 1023 * (100 << 10))]


def test_body_over_the_limit_is_refused(http: httpx.Client) -> None:
    bomb = gzip.compress(b"INSERT INTO signal.t FORMAT CSV\n" + b"1" * (300 << 20), compresslevel=1)

    answer = http.post("/", content=bomb, headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 413


def test_some_of_the_disk_is_kept_free_from_merges(client: Client) -> None:
    assert client.query("SELECT keep_free_space FROM system.disks").result_rows == [(KEEP_FREE_BYTES,)]


def test_an_insert_for_which_there_is_no_room_is_refused_with_the_code_of_a_full_disk(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    room = disk.f_bavail * disk.f_frsize

    require_room(1, str(tmp_path))

    with pytest.raises(EngineError) as refused:
        require_room(room, str(tmp_path))
    assert (refused.value.code, refused.value.code in TRANSIENT) == (243, True)
