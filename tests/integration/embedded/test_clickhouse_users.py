"""Who may come in, and what a read-only user cannot do."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from clickhouse_connect import get_client

from tests.support.clickhouse import PASSWORD, READER, Running

pytestmark = pytest.mark.integration

SECRET = "root:"  # how /etc/passwd begins

HOSTILE = [
    "INSERT INTO signal.t VALUES (9)",
    "INSERT INTO signal.t SELECT 9",
    "CREATE TABLE signal.u (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE u (a Int8)",
    "CREATE VIEW signal.v AS SELECT 1",
    "CREATE FUNCTION mine AS (x) -> file(x)",
    "ALTER TABLE signal.t DELETE WHERE 1",
    "DELETE FROM signal.t WHERE 1",
    "TRUNCATE TABLE signal.t",
    "DROP TABLE signal.t",
    "DROP DATABASE signal",
    "RENAME TABLE signal.t TO signal.u",
    "OPTIMIZE TABLE signal.t FINAL",
    "SYSTEM SHUTDOWN",
    "SYSTEM STOP MERGES",
    "KILL QUERY WHERE 1",
    "GRANT ALL ON *.* TO default",
    "CREATE USER evil IDENTIFIED WITH no_password",
    "SET ROLE owner",
    "SET ROLE ALL",
    "SET readonly = 0",
    "SET profile = 'default'",
    "EXECUTE AS default SELECT 1",
    "USE system",
    "BACKUP TABLE signal.t TO File('/tmp/stolen')",
    "SELECT 1 INTO OUTFILE '/tmp/stolen'",
    "SELECT 1; DROP TABLE signal.t",
    "/* SELECT */ DROP TABLE signal.t",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT * FROM view(SELECT * FROM file('/etc/passwd', 'LineAsString'))",
    "WITH x AS (SELECT * FROM file('/etc/passwd', 'LineAsString')) SELECT * FROM x",
    "DESCRIBE file('/etc/passwd', 'LineAsString')",
    "EXPLAIN SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT `\\x66ile`('/etc/passwd')",
    "SELECT \"\\x66\\x69le\"('/etc/passwd')",
    "SELECT * APPLY(file) FROM (SELECT '/etc/passwd')",
    "SELECT * APPLY(`\\x66ile`) FROM (SELECT '/etc/passwd')",
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT /* a comment */ file /**/ ('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM default.`/etc/passwd`",
    "EXISTS TABLE `/etc/passwd`",
    "SELECT 1 FORMAT Template SETTINGS format_template_resultset = '/etc/passwd'",
    "SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd', format_template_resultset = '/etc/passwd'",
    "SELECT 1 FORMAT CapnProto SETTINGS format_schema = '/etc/passwd:x'",
    "SELECT id FROM signal.t SETTINGS additional_result_filter = 'file(''/etc/passwd'') != '''''",
    "SELECT id FROM signal.t SETTINGS additional_table_filters = {'signal.t': 'file(''/etc/passwd'') != '''''}",
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM s3('http://127.0.0.1:1/x.csv')",
    "SELECT * FROM remote('127.0.0.1:9000', 'system', 'one')",
    "SELECT * FROM mysql('127.0.0.1:3306', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:5432', 'a', 'b', 'c', 'd')",
    "SELECT * FROM sqlite('/tmp/x', 'y')",
    "SELECT * FROM executable('cat /etc/passwd', 'LineAsString', 'a String')",
    "SELECT * FROM Python(environ)",
    "SELECT * FROM system.users",
    "SELECT addressToSymbol(1)",
    "SELECT 1 SETTINGS readonly = 0",
    "SELECT 1 SETTINGS profile = 'default'",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT 1 SETTINGS max_execution_time = 100000",
    "SELECT 1 SETTINGS max_memory_usage = 0",
    "SELECT 1 SETTINGS dialect = 'prql'",
]

HIDDEN = [
    "SELECT query FROM system.processes",
    "SHOW PROCESSLIST",
    "SELECT path FROM system.disks",
    "SELECT * FROM system.server_settings",
    "SELECT * FROM system.errors",
    "SELECT * FROM merge('system', '^(disks|errors)$')",
    "SELECT * FROM merge(REGEXP('s.*'), '^disks$')",
]


@pytest.fixture(scope="module", autouse=True)
def _database(server: Running) -> Iterator[None]:
    with get_client(host="127.0.0.1", port=server.port) as client:
        client.command("CREATE DATABASE signal")
        client.command("CREATE TABLE signal.t (id UInt64) ENGINE = MergeTree ORDER BY id")
        client.insert("signal.t", [[1], [2], [3]], column_names=["id"])
        yield
        client.command("DROP DATABASE signal SYNC")


@pytest.fixture(autouse=True)
def _unchanged(http: httpx.Client) -> Iterator[None]:
    yield
    assert http.post("/", content="SELECT groupArray(id) FROM signal.t").text == "[1,2,3]\n"
    assert http.post("/", content="SHOW TABLES FROM signal").text == "t\n"


@pytest.mark.parametrize("sql", HOSTILE)
def test_read_only_user_is_refused(reader: httpx.Client, sql: str) -> None:
    answers = [reader.post("/", content=sql), reader.post("/", content=sql, params={"session_id": "hostile"})]

    for answer in answers:
        assert answer.status_code in (400, 403, 404, 500), answer.text
        assert answer.headers["X-ClickHouse-Exception-Code"] in ("497", "164", "452", "62", "46"), answer.text
        assert SECRET not in answer.text


@pytest.mark.parametrize("sql", HIDDEN)
def test_read_only_user_sees_nothing_of_others(reader: httpx.Client, sql: str) -> None:
    answer = reader.post("/", content=sql)

    assert answer.status_code == 200 or answer.headers["X-ClickHouse-Exception-Code"] == "497"
    assert answer.text.strip() == "" or answer.status_code == 403


@pytest.mark.parametrize(
    "setting",
    [
        {"readonly": "0"},
        {"readonly": "1"},
        {"max_execution_time": "0"},
        {"max_execution_time": "100000"},
        {"max_memory_usage": "0"},
        {"profile": "default"},
        {"dialect": "prql"},
        {"format_template_resultset": "/etc/passwd"},
        {"additional_result_filter": "file('/etc/passwd') != ''"},
        {"role": "owner"},
    ],
    ids=str,
)
def test_read_only_user_cannot_lift_limits_in_the_url(reader: httpx.Client, setting: dict[str, str]) -> None:
    answer = reader.post("/", content="SELECT 1", params=setting)

    assert answer.status_code != 200
    assert SECRET not in answer.text


def test_identifier_parameter_cannot_name_the_file_function(reader: httpx.Client) -> None:
    sql = "SELECT arrayMap({f:Identifier}, ['/etc/passwd'])"

    answer = reader.post("/", content=sql, params={"param_f": "file"})

    assert answer.headers["X-ClickHouse-Exception-Code"] == "497"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count() FROM signal.t",
        "WITH (SELECT max(id) FROM signal.t) AS newest SELECT newest",
        "SHOW TABLES FROM signal",
        "DESCRIBE TABLE signal.t",
        "EXISTS TABLE signal.t",
        "EXPLAIN SELECT * FROM signal.t",
        "SHOW CREATE TABLE signal.t",
        "SELECT name FROM system.columns WHERE table = 't' AND database = 'signal'",
        "SELECT 'a file / a path', 1 / 2",
        "SELECT version(), timezone()",
        "SELECT count() FROM signal.t FORMAT JSON SETTINGS max_threads = 1",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'signal'",
    ],
)
def test_read_only_user_can_look(reader: httpx.Client, sql: str) -> None:
    answer = reader.post("/", content=sql, params={"max_execution_time": "60", "max_result_rows": "1000"})

    assert answer.status_code == 200, answer.text
    assert answer.text


def test_clickhouse_connect_works_for_a_read_only_user(server: Running) -> None:
    with get_client(host="127.0.0.1", port=server.port, username=READER, password=PASSWORD) as client:
        assert client.query("SELECT sum(id) FROM signal.t").result_rows == [(6,)]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"auth": (READER, PASSWORD)}, id="basic"),
        pytest.param({"headers": {"X-ClickHouse-User": READER, "X-ClickHouse-Key": PASSWORD}}, id="headers"),
        pytest.param({"params": {"user": READER, "password": PASSWORD}}, id="url"),
    ],
)
def test_credentials_come_in_three_ways(http: httpx.Client, how: dict[str, Any]) -> None:
    answer = http.post("/", content="SELECT getSetting('readonly')", **how)

    assert answer.text == "2\n"


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"auth": (READER, "guess")}, id="wrong password"),
        pytest.param({"auth": (READER, "")}, id="no password"),
        pytest.param({"auth": ("nobody", PASSWORD)}, id="unknown user"),
        pytest.param({"headers": {"Authorization": "Bearer x"}}, id="another scheme"),
        pytest.param({"headers": {"Authorization": "Basic ***"}}, id="not base64"),
        pytest.param({"params": {"user": "default"}, "auth": ("default", "")}, id="two ways at once"),
    ],
)
def test_wrong_credentials_are_refused(http: httpx.Client, how: dict[str, Any]) -> None:
    answer = http.post("/", content="SELECT 1", **how)

    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert PASSWORD not in answer.text


def test_sessions_of_two_users_do_not_meet(http: httpx.Client, reader: httpx.Client) -> None:
    http.post("/", content="CREATE TEMPORARY TABLE mine (a Int8)", params={"session_id": "same"}).raise_for_status()

    answer = reader.post("/", content="SELECT * FROM mine", params={"session_id": "same", "database": "signal"})

    assert answer.headers["X-ClickHouse-Exception-Code"] == "60"


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example:8123"}, {"Origin": "null"}], ids=str
)
def test_pages_of_other_origins_are_refused(http: httpx.Client, headers: dict[str, str]) -> None:
    assert http.post("/", content="SELECT 1", headers=headers).status_code == 403


def test_password_of_another_owner_gives_full_rights(http: httpx.Client) -> None:
    token = base64.b64encode(b"writer:full rights").decode()

    answer = http.post(
        "/", content="INSERT INTO signal.t SELECT 1 WHERE 0", headers={"Authorization": f"Basic {token}"}
    )

    assert answer.status_code == 200, answer.text
