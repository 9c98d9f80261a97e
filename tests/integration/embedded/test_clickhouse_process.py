"""The process that holds a data folder: start, stop, crash, a second one."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import clickhouse_connect
import httpx
import psutil  # type: ignore[import-untyped]  # no types upstream
import pytest

from tests.support.clickhouse import Running, launch, start, stop

pytestmark = pytest.mark.integration

TABLE = "CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id"


def _begin(running: Running, sql: str) -> socket.socket:
    """Send a query, see it run, and leave its answer unread."""
    waiting = socket.create_connection(("127.0.0.1", running.port))
    waiting.sendall(f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(sql)}\r\n\r\n{sql}".encode())
    seen = f"SELECT count() FROM system.processes WHERE query = '{sql}'"
    while httpx.post(running.url, content=seen).text != "1\n":
        pass
    return waiting


@pytest.mark.parametrize(
    ("number", "slow"),
    [
        pytest.param(signal.SIGTERM, "SELECT count() FROM numbers(1e13)", id="SIGTERM and a long query"),
        pytest.param(signal.SIGTERM, "SELECT number FROM numbers(1e13)", id="SIGTERM and a stream"),
        pytest.param(signal.SIGINT, "SELECT sleep(3)", id="SIGINT and a query that cannot be interrupted"),
    ],
)
def test_stop_is_clean_and_quick_even_with_a_query_running(tmp_path: Path, number: int, slow: str) -> None:
    running = start(tmp_path)
    httpx.post(running.url, content=TABLE).raise_for_status()
    httpx.post(running.url, content="INSERT INTO t VALUES (1)").raise_for_status()

    waiting = _begin(running, slow)

    started = time.monotonic()
    code = stop(running, number)
    took = time.monotonic() - started

    waiting.close()
    assert (code, took < 3) == (0, True)
    again = start(tmp_path)
    assert httpx.post(again.url, content="SELECT * FROM t").text == "1\n"
    stop(again)


def test_acknowledged_inserts_survive_a_kill(tmp_path: Path) -> None:
    running = start(tmp_path)
    acknowledged = 0
    with clickhouse_connect.get_client(host="127.0.0.1", port=running.port) as client:
        client.command(TABLE)
        for number in range(20):
            client.insert("t", [[number * 1000 + row] for row in range(1000)], column_names=["id"])
            acknowledged += 1000

    stop(running, signal.SIGKILL)
    again = start(tmp_path)

    found = httpx.post(again.url, content="SELECT count(), uniqExact(id) FROM t").text
    stop(again)
    assert found == f"{acknowledged}\t{acknowledged}\n"


def test_kill_during_an_insert_leaves_whole_blocks_only(tmp_path: Path) -> None:
    running = start(tmp_path)
    httpx.post(running.url, content=TABLE).raise_for_status()
    body = b"INSERT INTO t FORMAT CSV\n" + b"7\n" * 500_000
    with httpx.Client(timeout=10) as http:
        http.post(running.url, content=body).raise_for_status()
        with pytest.raises(httpx.ReadTimeout):
            http.post(running.url, content=body, timeout=httpx.Timeout(10, read=0.001))

    stop(running, signal.SIGKILL)
    again = start(tmp_path)

    found = int(httpx.post(again.url, content="SELECT count() FROM t").text)
    stop(again)
    assert found in (500_000, 1_000_000)


def test_body_that_ends_too_early_inserts_nothing(tmp_path: Path) -> None:
    running = start(tmp_path)
    httpx.post(running.url, content=TABLE).raise_for_status()
    head = b"POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n1\n2\n"
    script = (
        "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        f" s.sendall({head!r}); s.close()"
    )
    subprocess.run([sys.executable, "-c", script, str(running.port)], check=True)

    found = httpx.post(running.url, content="SELECT count() FROM t").text
    stop(running)

    assert found == "0\n"


def test_second_process_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    running = start(tmp_path)

    second = launch(tmp_path)
    _, errors = second.communicate(timeout=20)

    stop(running)
    assert second.returncode == 1
    assert f"in use by the process with pid {running.process.pid}" in errors
    assert "--path" in errors


def test_end_of_the_parent_ends_the_server(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-m', 'deploy.embedded.clickhouse', '--path',"
        f" {str(tmp_path)!r}, '--port', '0', '--exit-with-parent'], stdout=subprocess.PIPE, text=True);"
        " p.stdout.readline(); print(p.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.communicate()

    _, alive = psutil.wait_procs([child], timeout=5)
    assert not alive or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--host", "0.0.0.0"], "not a loopback address", id="another host"),
    ],
)
def test_wrong_argument_is_one_sentence_and_exit_code_two(tmp_path: Path, arguments: list[str], said: str) -> None:
    process = launch(tmp_path, *arguments)

    _, errors = process.communicate(timeout=20)

    assert process.returncode == 2
    assert said in errors
    assert "secret" not in errors
    assert "Traceback" not in errors


def test_folder_may_be_called_anything(tmp_path: Path) -> None:
    running = start(tmp_path / "données & a space")

    answer = httpx.post(running.url, content=TABLE)
    stop(running)

    assert answer.status_code == 200, answer.text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["données & a space"]
    assert (tmp_path / "données & a space" / "store").is_dir()


def test_port_in_use_is_said(tmp_path: Path) -> None:
    running = start(tmp_path / "one")

    second = launch(tmp_path / "two", "--port", str(running.port))
    _, errors = second.communicate(timeout=20)

    stop(running)
    assert second.returncode == 2
    assert f"127.0.0.1:{running.port}: cannot listen" in errors


def test_password_of_default_is_asked_for(tmp_path: Path) -> None:
    users = tmp_path / "users"
    digest = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"  # of `password`
    users.write_text(f"# who may come in\ndefault:{digest}:owner\n")
    running = start(tmp_path / "data", "--users-file", str(users))

    nothing = httpx.post(running.url, content="SELECT 1")
    right = httpx.post(running.url, content="SELECT 1", auth=("default", "password"))
    stop(running)

    assert (nothing.status_code, nothing.headers["X-ClickHouse-Exception-Code"]) == (401, "194")
    assert nothing.headers["WWW-Authenticate"].startswith("Basic")
    assert right.text == "1\n"
