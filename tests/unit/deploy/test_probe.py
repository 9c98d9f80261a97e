"""The health check of the images, against pages as workers write them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.probe import main


class _Page(BaseHTTPRequestHandler):
    status, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health" else 404)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Page) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("arguments", "status", "body", "code"),
    [
        pytest.param([], 200, json.dumps({"ready": False}), 0, id="alive while it waits for its partitions"),
        pytest.param(["ready"], 200, json.dumps({"ready": False}), 1, id="not ready without its partitions"),
        pytest.param(["ready"], 200, json.dumps({"ready": True}), 0, id="ready"),
        pytest.param([], 503, json.dumps({"ready": True}), 1, id="stuck for over a minute"),
        pytest.param(["ready"], 503, json.dumps({"ready": True}), 1, id="stuck is not ready"),
        pytest.param(["up"], 503, json.dumps({"alive": False}), 0, id="up, whatever it says"),
        pytest.param([], 200, "ok", 0, id="a page that is no JSON, of webhooks and actions"),
        pytest.param(["ready"], 200, "ok", 1, id="which says nothing of partitions"),
        pytest.param(["ready"], 200, "[]", 1, id="another JSON"),
    ],
)
def test_probe(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, body: str, code: int
) -> None:
    monkeypatch.setattr(_Page, "status", status)
    monkeypatch.setattr(_Page, "body", body.encode())

    assert main([*arguments, str(server.server_port)]) == code


def test_probe_fails_when_nobody_listens(server: HTTPServer) -> None:
    port = server.server_port
    server.socket.close()

    assert main([str(port)]) == 1
