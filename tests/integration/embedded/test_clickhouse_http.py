"""The embedded ClickHouse answers as a server does."""

import gzip
import json
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path
from uuid import UUID

import clickhouse_connect
import httpx
import lz4.frame
import pytest
import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.embedded.clickhouse.compression import Blocks, unframe
from deploy.embedded.clickhouse.config import KEEP_FREE_BYTES
from deploy.embedded.clickhouse.engine import require_room
from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.native import reframe
from streams.store import TRANSIENT
from tests.support.clickhouse import Running

pytestmark = pytest.mark.integration


def run(http: httpx.Client, sql: str, **params: str) -> httpx.Response:
    return http.post("/", content=sql, params=params)


# --- queries and their answers ---


def test_every_column_type_survives_insert_and_query(client: Client) -> None:
    client.command(
        "CREATE TABLE t (id UInt64, at DateTime64(3, 'UTC'), day Date, tags Array(LowCardinality(String)),"
        " pair Tuple(String, Float64), counts Map(String, UInt32), note Nullable(String), "
        " level Enum8('low'=1,'high'=2),"
        " entity Nested(text String, start UInt32), amount Decimal(18, 4), ok Bool, uid UUID, ip IPv4,"
        " deep Array(Array(Nullable(Int32)))) ENGINE = MergeTree ORDER BY id"
    )
    at = datetime(2026, 3, 29, 1, 59, 59, 123000, tzinfo=UTC)
    row = [
        2**63,
        at,
        at.date(),
        ["livraison", "été", "livraison"],
        ("a'b\\", 1.5),
        {"x": 1},
        None,
        "high",
        ["Paris", "Lyon"],
        [0, 7],
        12.5,
        True,
        UUID("12345678-1234-5678-1234-567812345678"),
        "10.0.0.1",
        [[1, None], []],
    ]

    client.insert("t", [row])

    found = tuple(client.query("SELECT * FROM t").result_rows[0])
    assert found[1].replace(tzinfo=UTC) == at
    assert found[:1] + found[3:9] == (2**63, row[3], row[4], row[5], None, "high", row[8])
    assert found[13:] == (IPv4Address("10.0.0.1"), [[1, None], []])


def test_query_parameters_are_bound_by_the_engine(client: Client) -> None:
    hostile = "x'); DROP TABLE t; -- \\"

    found = client.query("SELECT {text:String}, {ids:Array(UInt8)}", parameters={"text": hostile, "ids": [1, 2]})

    assert found.result_rows == [(hostile, [1, 2])]


def test_large_parameters_arrive_as_a_form(server: Running, client: Client) -> None:
    found = client.query("SELECT length({text:String})", parameters={"text": "x" * 100_000})

    assert found.result_rows == [(100_000,)]


def test_empty_result_is_not_an_error(client: Client, http: httpx.Client) -> None:
    assert client.query("SELECT number FROM numbers(0)").result_rows == []
    assert run(http, "SELECT number FROM numbers(0)").content == b""


def test_a_query_in_the_url_continues_in_the_body(http: httpx.Client) -> None:
    answer = http.post("/", params={"query": "SELECT 1"}, content="+ 1")

    assert answer.text == "2\n"


@pytest.mark.parametrize("path", ["/ping", "/replicas_status", "/"])
def test_health_checks_answer_ok(http: httpx.Client, path: str) -> None:
    assert http.get(path).text == "Ok.\n"


def test_unknown_path_is_not_found(http: httpx.Client) -> None:
    assert http.get("/dashboard").status_code == 404


def test_headers_tell_what_a_server_tells(http: httpx.Client) -> None:
    answer = run(http, "SELECT number FROM numbers(10)", query_id="q-1", default_format="JSONEachRow")

    assert answer.headers["X-ClickHouse-Query-Id"] == "q-1"
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.headers["X-ClickHouse-Timezone"]
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("10", "10")


def test_format_in_the_statement_wins_over_the_default(http: httpx.Client) -> None:
    answer = run(http, "SELECT 1 AS one FORMAT JSON", default_format="Native")

    assert answer.headers["X-ClickHouse-Format"] == "JSON"
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json()["data"] == [{"one": 1}]


def test_totals_are_part_of_the_answer(http: httpx.Client) -> None:
    answer = run(http, "SELECT number % 2 AS k, count() FROM numbers(10) GROUP BY k WITH TOTALS ORDER BY k")

    assert answer.text == "0\t5\n1\t5\n\n0\t10\n"


# --- inserts ---


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


# --- errors ---


@pytest.mark.parametrize(
    ("sql", "status", "code", "name"),
    [
        pytest.param("SELECT * FROM nowhere", 404, 60, "UNKNOWN_TABLE", id="table"),
        pytest.param("SELECT * FROM nowhere.t", 404, 81, "UNKNOWN_DATABASE", id="database"),
        pytest.param("SELECT nothing", 404, 47, "UNKNOWN_IDENTIFIER", id="identifier"),
        pytest.param("SELECT no_such_function()", 404, 46, "UNKNOWN_FUNCTION", id="function"),
        pytest.param("SELECT 1 FORMAT Nothing", 404, 73, "UNKNOWN_FORMAT", id="format"),
        pytest.param("SELECT 1 FORMAT DataFrame", 404, 73, "UNKNOWN_FORMAT", id="format of chdb's own"),
        pytest.param("SELECT 1 SETTINGS nothing = 1", 404, 115, "UNKNOWN_SETTING", id="setting"),
        pytest.param("CREATE TABLE x (a Nothing1) ENGINE = Memory", 404, 50, "UNKNOWN_TYPE", id="type"),
        pytest.param("SELEC 1", 400, 62, "SYNTAX_ERROR", id="syntax"),
        pytest.param("one", 400, 62, "SYNTAX_ERROR", id="a bare word is no query"),
        pytest.param("", 400, 62, "SYNTAX_ERROR", id="empty"),
        pytest.param("SELECT 1; SELECT 2", 400, 62, "SYNTAX_ERROR", id="two statements"),
        pytest.param("SELECT toUInt8('x')", 400, 6, "CANNOT_PARSE_TEXT", id="value"),
        pytest.param("SELECT toDate('x')", 400, 38, "CANNOT_PARSE_DATE", id="date"),
        pytest.param("SELECT throwIf(1)", 500, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO", id="thrown"),
        pytest.param(
            "SELECT count() FROM numbers(1e12) SETTINGS max_execution_time = 1, timeout_overflow_mode = 'throw'",
            408,
            159,
            "TIMEOUT_EXCEEDED",
            id="time",
        ),
        pytest.param(
            "SELECT groupArray(number) FROM numbers(1e9) SETTINGS max_memory_usage = 100000000",
            500,
            241,
            "MEMORY_LIMIT_EXCEEDED",
            id="memory",
        ),
        pytest.param("SELECT 1 INTO OUTFILE '/tmp/x'", 500, 358, "INTO_OUTFILE_NOT_ALLOWED", id="outfile"),
    ],
)
def test_errors_carry_status_code_and_name_of_a_server(
    http: httpx.Client, sql: str, status: int, code: int, name: str
) -> None:
    answer = run(http, sql)

    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code)), answer.text
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert answer.text.count(f"({name})") == 1
    assert answer.text.rstrip().endswith(")")


def test_error_reaches_clickhouse_connect_with_its_code(client: Client) -> None:
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")


def test_error_is_encoded_as_the_answer_would_be(http: httpx.Client) -> None:
    answer = run(http, "SELECT nothing", compress="1")

    assert b"UNKNOWN_IDENTIFIER" in unframe(answer.content, 10_000)


def test_get_cannot_change_anything(client: Client, http: httpx.Client) -> None:
    answers = [
        http.get("/", params={"query": sql})
        for sql in ("CREATE TABLE signal.t (a Int8) ENGINE=Memory", "SYSTEM FLUSH LOGS")
    ]

    assert [answer.headers["X-ClickHouse-Exception-Code"] for answer in answers] == ["164", "164"]
    assert http.get("/", params={"query": "SELECT 1"}).text == "1\n"


# --- settings and sessions ---


def test_settings_of_a_request_end_with_it(http: httpx.Client) -> None:
    in_session = {"session_id": "settings"}

    first = run(http, "SELECT getSetting('max_threads')", max_threads="1", **in_session)
    second = run(http, "SELECT getSetting('max_threads') = 1", **in_session)

    assert (first.text, second.text) == ("1\n", "0\n")


def test_set_in_a_session_lasts_and_does_not_leak(http: httpx.Client) -> None:
    run(http, "SET max_block_size = 77", session_id="one", max_threads="1").raise_for_status()
    asked = "SELECT getSetting('max_block_size')"

    assert run(http, asked, session_id="one").text == "77\n"
    assert run(http, asked, session_id="one", max_block_size="78").text == "78\n"
    assert run(http, asked, session_id="one").text == "77\n"
    assert run(http, asked, session_id="two").text != "77\n"
    assert run(http, asked).text != "77\n"


def test_temporary_table_lives_in_its_session_only(http: httpx.Client) -> None:
    run(http, "CREATE TEMPORARY TABLE mine (a Int8)", session_id="temporary").raise_for_status()
    run(http, "INSERT INTO mine VALUES (7)", session_id="temporary").raise_for_status()

    assert run(http, "SELECT * FROM mine", session_id="temporary").text == "7\n"
    assert run(http, "SELECT * FROM mine", session_id="another").status_code == 404
    assert run(http, "SELECT 1", session_id="temporary", close_session="1").text == "1\n"
    assert run(http, "SELECT * FROM mine", session_id="temporary").status_code == 404


def test_use_and_database_parameter_choose_the_database(client: Client, http: httpx.Client) -> None:
    asked = "SELECT currentDatabase()"

    assert run(http, asked, database="signal").text == "signal\n"
    assert run(http, asked, database="nowhere").status_code == 404
    run(http, "USE signal", session_id="use").raise_for_status()
    assert run(http, asked, session_id="use").text == "signal\n"
    assert run(http, asked, session_id="use", database="system").text == "system\n"
    assert run(http, asked, session_id="use").text == "signal\n"


def test_unknown_or_expired_session_is_reported_when_asked_for(http: httpx.Client) -> None:
    answer = run(http, "SELECT 1", session_id="never seen", session_check="1")

    assert "SESSION_NOT_FOUND" in answer.text


def test_session_runs_one_query_at_a_time(http: httpx.Client, server: Running) -> None:
    def ask() -> None:
        answers.append(httpx.post(server.url, content="SELECT sleep(1)", params={"session_id": "busy"}).text)

    answers: list[str] = []
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer == "0\n" for answer in answers) == [False, True]
    assert any("SESSION_IS_LOCKED" in answer for answer in answers)
    assert run(http, "SELECT 1", session_id="busy").text == "1\n"


def test_unknown_setting_in_the_url_is_refused(http: httpx.Client) -> None:
    assert run(http, "SELECT 1", no_such_setting="1").headers["X-ClickHouse-Exception-Code"] == "115"


# --- streaming ---


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


# --- concurrency ---


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


def test_some_of_the_disk_is_kept_free_from_merges(client: Client) -> None:
    assert client.query("SELECT keep_free_space FROM system.disks").result_rows == [(KEEP_FREE_BYTES,)]


def test_an_insert_for_which_there_is_no_room_is_refused_with_the_code_of_a_full_disk(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    room = disk.f_bavail * disk.f_frsize

    require_room(1, str(tmp_path))

    with pytest.raises(EngineError) as refused:
        require_room(room, str(tmp_path))
    assert (refused.value.code, refused.value.code in TRANSIENT) == (243, True)
