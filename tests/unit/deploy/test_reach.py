"""Finding the ClickHouse to ask."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from deploy.clickhouse.reach import reach, running_on
from schemas.errors import ConfigError
from schemas.settings import ClickHouse, Settings


class Ping(BaseHTTPRequestHandler):
    """Answers as ClickHouse does on /ping."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()
        self.wfile.write(b"Ok.\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Ping) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def write_state(folder: Path, text: str) -> None:
    (folder / "stack.json").write_text(text, encoding="utf-8")


def test_a_server_that_runs_on_the_folder_is_used(tmp_path: Path, server: str):
    write_state(tmp_path, json.dumps({"clickhouse": server, "kafka": "127.0.0.1:9092", "pid": 1}))

    with reach(Settings(), tmp_path) as clickhouse:
        assert clickhouse.url == server


def test_a_named_folder_goes_before_the_server_that_is_set(tmp_path: Path, server: str):
    write_state(tmp_path, json.dumps({"clickhouse": server}))

    with reach(Settings(clickhouse=ClickHouse(url="http://elsewhere:8123")), tmp_path) as clickhouse:
        assert clickhouse.url == server


def test_a_server_that_is_set_is_used_without_looking_at_folders():
    with reach(Settings(clickhouse=ClickHouse(url="http://elsewhere:8123"))) as clickhouse:
        assert clickhouse.url == "http://elsewhere:8123"


@pytest.mark.parametrize(
    "state",
    [
        pytest.param('{"clickhouse": "http://127.0.0.1:9"}', id="nobody answers"),
        pytest.param('{"clickhouse": ', id="half written"),
        pytest.param('{"kafka": "127.0.0.1:9092"}', id="without ClickHouse"),
        pytest.param('{"clickhouse": "nonsense"}', id="no address"),
        pytest.param("[]", id="not an object"),
    ],
)
def test_a_stale_state_file_is_not_believed(tmp_path: Path, state: str):
    write_state(tmp_path, state)

    assert running_on(tmp_path) is None


def test_a_folder_without_data_is_named_and_not_made(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no data"), reach(Settings(), tmp_path / "nowhere"):
        pass

    assert not (tmp_path / "nowhere").exists()
