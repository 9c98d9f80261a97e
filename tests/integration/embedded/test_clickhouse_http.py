"""The embedded ClickHouse answers as a server does: queries, their answers, their errors."""

import json
from datetime import UTC, datetime
from ipaddress import IPv4Address
from uuid import UUID

import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from deploy.embedded.clickhouse.compression import unframe
from tests.support.clickhouse import Running, run

pytestmark = pytest.mark.integration


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
