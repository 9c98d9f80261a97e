"""A real HTTP server that takes what Apprise sends to json://, and that can be slow, broken or gone."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Receiver:
    """What came, by path, and how each path answers: a status, or a function of how often it was asked."""

    port: int = 0
    taken: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[int], int]] = field(default_factory=dict)
    delay_s: dict[str, float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def address(self, path: str) -> str:
        """The Apprise address of a path."""
        return f"json://127.0.0.1:{self.port}/{path}"

    def bodies(self, path: str) -> list[str]:
        """The messages that a path took."""
        return [message["message"] for at, message in list(self.taken) if at == path]


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """A server on a free port of the loopback."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path, size = self.path.strip("/"), int(self.headers["Content-Length"])
            message = json.loads(self.rfile.read(size))
            kept.asked.append(path)
            with contextlib.suppress(OSError):
                self._drip(kept.delay_s.get(path, 0.0))
            status = kept.answers.get(path, lambda _: 200)(kept.asked.count(path))
            if status == 200:
                kept.taken.append((path, message))
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.end_headers()

        def _drip(self, seconds: float) -> None:
            """A header now and then, so that no time-out of a socket ends the wait."""
            deadline = time.monotonic() + seconds
            if seconds:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while time.monotonic() < deadline and not kept.over.wait(0.2):
                self.wfile.write(b"X-Wait: 1\r\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        kept.over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
