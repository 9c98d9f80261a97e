"""httpx in our words: its errors, its redirects, and lines that are read ahead."""

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

import httpx

from connectors.pause import Pause
from schemas.errors import Refused, Unavailable

LATER = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError, httpx.DecodingError)
OURS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL, httpx.CookieConflict)

_TRAVELS = frozenset(
    {"accept", "accept-encoding", "accept-language", "user-agent", "if-none-match", "if-modified-since"}
)
_LINES_AHEAD = 1000


class mapped:  # a context manager, named as it reads
    """httpx's errors as ours."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, LATER):
            raise Unavailable(f"the network did not answer ({type(error).__name__})", where=self._where) from None
        if isinstance(error, OURS):
            raise Refused(
                f"the address cannot be asked ({type(error).__name__})",
                where=self._where,
                fix="Check account and options of this source in vigie.toml.",
            ) from None


def redirected(request: httpx.Request, status: int, location: str, where: str) -> httpx.Request:
    """The request to make instead; what leaves the origin takes no credential along.

    Raises:
        Refused: the address is none, or less safe than the one before.
    """
    try:
        target = request.url.join(location)
    except httpx.InvalidURL:
        raise Refused("the network sends us to an address that is none", where=where) from None
    if target.scheme not in ("http", "https") or (request.url.scheme == "https" and target.scheme == "http"):
        raise Refused("the network sends us to an address that is not safe", where=where)
    same = (target.scheme, target.host, target.port) == (request.url.scheme, request.url.host, request.url.port)
    headers = {name: value for name, value in request.headers.items() if name != "host" and (same or name in _TRAVELS)}
    keeps_method = status in (307, 308) or request.method in ("GET", "HEAD")
    if keeps_method and (same or request.method in ("GET", "HEAD")):
        return httpx.Request(request.method, target, headers=headers, content=request.content or None)
    plain = {name: value for name, value in headers.items() if not name.startswith("content-")}
    return httpx.Request("GET", target, headers=plain)


def lower(headers: httpx.Headers) -> dict[str, str]:
    """Headers with their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def read_ahead(
    response: httpx.Response, where: str, pause: Pause, *, monotonic: Callable[[], float], silence_s: float
) -> Iterator[bytes | None]:
    """Lines by a thread of their own, so that waiting for the next one can be interrupted; at most so many ahead."""
    ahead: queue.Queue[bytes | Exception | None] = queue.Queue(maxsize=_LINES_AHEAD)
    given_up = threading.Event()

    def put(what: bytes | Exception | None) -> bool:
        while not given_up.is_set():
            try:
                ahead.put(what, timeout=0.5)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for line in response.iter_lines():
                if not put(line.encode()):
                    return
            put(None)
        except (httpx.HTTPError, httpx.StreamError) as error:
            put(error)

    threading.Thread(target=work, name="lines", daemon=True).start()
    heard_at = monotonic()
    try:
        while True:
            try:
                line = ahead.get(timeout=1.0)
            except queue.Empty:
                if monotonic() - heard_at > silence_s:
                    raise Unavailable(f"the stream was silent for {silence_s:.0f} s", where=where) from None
                pause.wait(0.0)
                yield None
                continue
            if line is None or isinstance(line, Exception):
                raise Unavailable("the stream ended", where=where)
            heard_at = monotonic()
            yield line or None
    finally:
        given_up.set()
