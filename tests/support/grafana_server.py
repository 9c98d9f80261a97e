"""A Grafana over HTTP for tests: it validates every body against the published description, and misbehaves when told.

What does not agree with the description (a route that is not there, a body that is not valid, a status that is not
listed) is noted in `violations`, and `serving` fails the test that caused it.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema

from tests.support.grafana_state import ROUTES, UNPUBLISHED, Answer, Refusal, State

TOKEN = "glsa_only_a_test"
SPEC = json.loads((Path(__file__).parents[1] / "contract" / "grafana" / "grafana-openapi-subset.json").read_text())


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request as it came."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Fault:
    """How some of the next requests are answered in place of the right answer."""

    method: str = ""
    path: str = ""
    times: int = 1
    status: int = 500
    body: str = '{"message": "something broke"}'
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    after: int = 0  # let so many of them pass first
    works: bool = False  # do what was asked all the same, and lose only the answer


@dataclass(kw_only=True)
class Grafana:
    """A running server."""

    url: str
    state: State = field(default_factory=State)
    token: str = TOKEN
    sent: list[Sent] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def writes(self) -> list[str]:
        """What came that is no GET."""
        return [f"{one.method} {one.path}" for one in self.sent if one.method != "GET"]

    def forget(self) -> None:
        """Begin to note requests anew."""
        self.sent.clear()

    def handle(self, request: Sent) -> tuple[Answer, Fault | None]:
        """The right answer, or the fault in its place."""
        self.sent.append(request)
        fault = self._fault(request)
        if fault and not fault.works:
            return Answer(fault.status), fault
        if request.headers.get("Authorization") != f"Bearer {self.token}" and request.path != "/health":
            return Answer(401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401}), None
        return self._answered(request), fault

    def _fault(self, request: Sent) -> Fault | None:
        for fault in self.faults:
            if fault.method in ("", request.method) and request.path.startswith(fault.path) and fault.times:
                if fault.after:
                    fault.after -= 1
                    return None
                fault.times -= 1
                return fault
        return None

    def _answered(self, request: Sent) -> Answer:
        for (method, template), answer in ROUTES.items():
            found = re.fullmatch(re.sub(r"\{\w+\}", "([^/]+)", template), request.path)
            if found is None or method != request.method:
                continue
            published = template not in UNPUBLISHED
            if published:
                self._check_body(request, template)
            arguments = [unquote(part) for part in found.groups()]
            try:
                made = answer(self.state, *arguments, *([request.body] if method in ("POST", "PUT") else []))
            except Refusal as refusal:
                made = refusal.answer
            known = SPEC["paths"][template][method.lower()]["responses"] if published else {}
            if published and str(made.status) not in known and made.status not in (401, 404, 409):
                self.violations.append(f"{method} {template} may not answer {made.status}")
            return made
        self.violations.append(f"there is no {request.method} {request.path}")
        return Answer(404, {"message": "Not found"})

    def _check_body(self, request: Sent, template: str) -> None:
        operation = SPEC["paths"][template][request.method.lower()]
        bodies = [one["schema"] for one in operation.get("parameters", []) if one["in"] == "body"]
        if not bodies:
            return
        validator = jsonschema.Draft4Validator({**bodies[0], "definitions": DEFINITIONS})
        for error in validator.iter_errors(request.body):
            place = "/".join(map(str, error.absolute_path))
            self.violations.append(f"{request.method} {template}: {place}: {error.message[:300]}")


def _strict(tree: Any) -> Any:
    """As published, but refusing properties that are not named, and with the states that were left out."""
    if isinstance(tree, list):
        return [_strict(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    found = {key: _strict(value) for key, value in tree.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object":
        found.setdefault("additionalProperties", False)
    if isinstance(found.get("enum"), list) and {"OK", "Alerting"} <= set(found["enum"]):
        found["enum"] = [*found["enum"], "KeepLast"]
    return found


DEFINITIONS = _strict(SPEC["definitions"])


def _handler(grafana: Grafana) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one piece: in two, each answer waits 40 ms for an acknowledgement

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.removeprefix("/api").split("?")[0]
            request = Sent(
                method=self.command, path=path, body=json.loads(raw) if raw else None, headers=dict(self.headers)
            )
            answer, fault = grafana.handle(request)
            if fault and fault.delay_s:
                time.sleep(fault.delay_s)
            if fault:
                body, status, kind = fault.body.encode(), fault.status, fault.kind
            else:
                body, status, kind = _bytes(answer.body), answer.status, "application/json"
            self.send_response(status)
            for name, value in (fault.headers if fault else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _bytes(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    grafana: Grafana

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up waiting is no error here; anything else is one of the server's."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):
            self.grafana.violations.append(f"the server broke: {error!r}")


def edit(grafana: Grafana, uid: str) -> None:
    """Change a board as a person does in the browser."""
    board = grafana.state.boards[uid]["dashboard"]
    board["panels"][1]["title"] = "Mine"
    board["version"] += 1


@contextmanager
def serving() -> Iterator[Grafana]:
    """A Grafana on loopback; in the end nothing may have violated the description."""
    grafana = Grafana(url="")
    server = _Server(("127.0.0.1", 0), _handler(grafana))
    server.grafana = grafana
    grafana.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield grafana
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not grafana.violations, "\n".join(grafana.violations)
