"""/health and /metrics of processes that are no Faust worker, on a thread and a port of their own."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from connectors.counters import Counters, Name
from schemas import metrics
from schemas.errors import ConfigError
from streams.meters import CONTENT_TYPE, Meters, Sample

Health = Callable[[], Mapping[str, object]]

ITEMS: tuple[Name, ...] = (
    *("received", "published", "repeated", "filtered", "buried", "skipped", "unknown_deletions"),
)
CALLS: tuple[Name, ...] = (*("requests", "retries", "rate_limited", "reconnects", "refused_requests", "commits"),)


def meters_of(counters: Counters, budgets: Callable[[], Mapping[str, float]] = dict) -> Meters:
    """The figures of connectors and webhooks."""
    meters = Meters()

    def chosen(names: tuple[Name, ...]) -> list[Sample]:
        return [
            ((network, name), count)
            for network, counts in counters.snapshot().items()
            for name, count in counts.items()
            if name in names
        ]

    meters.ask(metrics.ITEMS, lambda: chosen(ITEMS))
    meters.ask(metrics.CALLS, lambda: chosen(CALLS))
    meters.ask(metrics.ANSWERS, lambda: list(counters.answers().items()))
    meters.ask(metrics.BUDGET, lambda: [((network,), left) for network, left in budgets().items()])
    return meters


@contextmanager
def shown(host: str, port: int, meters: Meters, health: Health = lambda: {"alive": True}) -> Iterator[None]:
    """Answer for the length of a `with` block; port 0 answers nowhere.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    if not port:
        yield
        return
    try:
        server = ThreadingHTTPServer((host, port), _handler(meters, health))
    except OSError as error:
        raise ConfigError(
            f"the address cannot be listened on: {error.strerror}",
            where=f"{host}:{port}",
            fix="Name another with --metrics-port; 0 shows none.",
        ) from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def _handler(meters: Meters, health: Health) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Two pages, no log of who asked."""

        def do_GET(self) -> None:
            """Answer."""
            if self.path == "/metrics":
                self._say(200, CONTENT_TYPE, meters.text())
            elif self.path == "/health":
                report = health()
                self._say(200 if report["alive"] else 503, "application/json", msgspec.json.encode(report))
            else:
                self._say(404, "text/plain", b"")

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

        def _say(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
