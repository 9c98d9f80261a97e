"""The only module that talks to Grafana: the request layer of `grafana_api`, with time-outs, retries and clear errors.

Its session, address and token are used, and its calls by name are not: most of those ask for routes that Grafana has
removed since, every answer without a body (a deletion) is an error to it, and so is a proxy's page of HTML. Of the
maintained fork, grafana-client, the same holds; it would go in here.

Guarantee: what may be repeated (GET, PUT, DELETE) is tried again on 429, 5xx and when nothing answers; a POST only on
429, which Grafana answers before it does anything. The token is in no error and no log line.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self
from urllib.parse import SplitResult, quote, urlsplit

import requests
from grafana_api.grafana_face import GrafanaFace

from schemas.errors import ConfigError, ProvisionError
from schemas.grafana import Grafana

Method = Literal["GET", "POST", "PUT", "DELETE"]

_HEADERS = {"X-Disable-Provenance": "true", "Accept": "application/json"}  # what we make stays editable in Grafana
_PAUSES_S = (0.5, 1.0, 2.0)
_LONGEST_PAUSE_S = 30.0
_MOST_SAID = 200

_FIXES = {
    400: "The settings named in the message are at fault; `vigie boards check` looks at them",
    401: "Make a new token for the service account in Grafana, and set VIGIE_GRAFANA__TOKEN to it",
    403: "Give the service account the rights that `vigie boards --help` lists, and ask with `vigie boards check`",
    404: "Correct grafana.url; it ends before /api, and with the path when Grafana is under one",
    409: "Something of that name is there already: rename or delete it in Grafana, then push again",
    412: "Somebody saved it meanwhile: look with `vigie boards diff`, then push again",
}


class GrafanaError(ProvisionError):
    """Grafana refused a request, or did not answer: `status` is 0 then."""

    def __init__(self, what: str, *, where: str = "", fix: str = "", status: int = 0) -> None:
        super().__init__(what, where=where, fix=fix)
        self.status = status


class Api:
    """A connection to one Grafana, as a context manager."""

    def __init__(self, settings: Grafana, *, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = _address(settings)
        self._face = GrafanaFace(
            auth=settings.token.reveal(),
            host=f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname,
            port=parts.port,
            protocol=parts.scheme,
            url_path_prefix=f"{parts.path.strip('/')}/".lstrip("/"),
        )
        self.url = settings.url.rstrip("/")
        self._timeout_s = float(settings.timeout)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._face.api.s.close()

    def get(self, path: str) -> Any:
        """What stands at a path, or None when nothing does.

        Raises:
            GrafanaError: it refuses or does not answer.
        """
        try:
            return self.send("GET", path)
        except GrafanaError as error:
            if error.status == 404:
                return None
            raise

    def send(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a request; the answer's JSON, None when it has no body.

        Args:
            path: after `/api`, with `part()` around whatever people named.
        Raises:
            GrafanaError: it refuses or does not answer.
        """
        where = f"{self.url}, {method} /api{path}"
        for pause_s in (*_PAUSES_S, None):
            answer, error = self._once(method, path, body, where)
            if error is None or pause_s is None or not _again(method, error.status):
                break
            self._sleep(_asked_pause_s(answer) or pause_s)
        if error is not None:
            raise error
        return _json(answer, where)

    def _once(
        self, method: Method, path: str, body: Mapping[str, Any] | None, where: str
    ) -> tuple[requests.Response | None, GrafanaError | None]:
        api = self._face.api
        try:
            answer = api.s.request(
                method,
                f"{api.url}{path}",
                json=body,
                headers=_HEADERS,
                auth=api.auth,
                verify=api.verify,
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return None, _unreachable(error, where, self._timeout_s)
        return answer, None if answer.status_code < 300 else _refused(answer, where)


def _again(method: Method, status: int) -> bool:
    return status == 429 or (method != "POST" and (status == 0 or status >= 500))


def part(name: str) -> str:
    """A name as a part of a path."""
    return quote(name, safe="")


def _address(settings: Grafana) -> SplitResult:
    if not settings.url:
        raise ConfigError(
            "there is no Grafana in the settings",
            where="grafana.url",
            fix="Set it to its address, or use `vigie boards export`",
        )
    if not settings.token:
        raise ConfigError(
            "there is no token for Grafana",
            where="VIGIE_GRAFANA__TOKEN (environment)",
            fix="Make one for a service account in Grafana; `vigie boards --help` lists the rights it needs",
        )
    try:
        parts = urlsplit(settings.url)
        if parts.username is None and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    fix = "Write https://grafana.example.com, without a user in it"
    raise ConfigError("it is no address of a Grafana", where="grafana.url", fix=fix)


def _unreachable(error: requests.RequestException, where: str, timeout_s: float) -> GrafanaError:
    if isinstance(error, requests.exceptions.SSLError):
        what, fix = (
            "its certificate is not trusted",
            "Set REQUESTS_CA_BUNDLE to the file of the authority that signed it",
        )
    elif isinstance(error, requests.exceptions.Timeout):
        what, fix = (
            f"Grafana did not answer within {timeout_s:g} s",
            "Look whether it is overloaded, or raise grafana.timeout",
        )
    else:
        what, fix = "Grafana cannot be reached", "Look whether it runs, and correct grafana.url"
    return GrafanaError(f"{what} ({type(error).__name__})", where=where, fix=fix)


def _refused(answer: requests.Response, where: str) -> GrafanaError:
    status, said = answer.status_code, _message(answer)
    reason = f": {said}" if said else ""
    if status < 400:
        return GrafanaError(f"the address leads elsewhere (HTTP {status})", where=where, fix=_FIXES[404], status=status)
    if status >= 500:
        fix = "Look into Grafana's log, and at a proxy before it"
        return GrafanaError(f"Grafana failed (HTTP {status}){reason}", where=where, fix=fix, status=status)
    fix = _FIXES.get(status, "Look into Grafana's log")
    if status == 400 and "provisioned" in said.lower():
        fix = "It comes from a file of Grafana's own: change it there, or take the file away and push again"
    return GrafanaError(f"Grafana refused (HTTP {status}){reason}", where=where, fix=fix, status=status)


def _message(answer: requests.Response) -> str:
    """Grafana's own sentence; nothing of a page that a proxy wrote."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    said = found.get("message") if isinstance(found, dict) else None
    return " ".join(said.split())[:_MOST_SAID] if isinstance(said, str) else ""


def _asked_pause_s(answer: requests.Response | None) -> float:
    asked = "" if answer is None else answer.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_PAUSE_S) if asked.isdigit() else 0.0


def _json(answer: requests.Response | None, where: str) -> Any:
    if answer is None or not answer.content.strip():
        return None
    try:
        return answer.json()
    except ValueError:
        raise GrafanaError("the answer is a page, not Grafana's", where=where, fix=_FIXES[404]) from None
