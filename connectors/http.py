"""The only HTTP client: time-outs, retries, rate limits, redirects, bounded bodies, and errors of ours.

Synchronous: a connector is a plain generator, waits most of its life, and publishes with kafka-python, which is
synchronous too. One thread per source and one pool of connections for all carry hundreds of accounts.

Guarantee: no credential leaves the origin that it was given for, and neither errors nor logs hold a query string,
a header or a body.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import msgspec

from connectors import sockets
from connectors.base import Budget, Connector, Judge, Source
from connectors.budgets import Bucket
from connectors.counters import Counters
from connectors.faults import TOO_MANY, fault_of
from connectors.pause import Pause, backoff_s
from connectors.reading import decoded
from connectors.wire import lower, mapped, read_ahead, redirected
from schemas.clock import Clock, SystemClock
from schemas.errors import ConnectorError, Malformed, Refused, Unavailable

ATTEMPTS = 5
LONGEST_WAIT_S = 120.0  # what is longer is waited for outside, where the source holds nothing
MAX_BODY_BYTES = 33_554_432
MAX_REDIRECTS = 5
EXCHANGE_S = 120.0  # a body that trickles is given up
SILENCE_S = 60.0
_TIMEOUT = httpx.Timeout(30.0, connect=10.0, pool=60.0)
_TELLS_LIMITS = re.compile(r"rate-?limit|quota|usage|scope|retry-after")

Values = Mapping[str, str | int]
Dial = Callable[[str, Mapping[str, str], float], Iterator[bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that was read to its end. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    where: str

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            Malformed: it is none.
        """
        try:
            return decoded(self.body, object)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise Malformed("the answer is not JSON", where=self.where) from None

    @property
    def next_url(self) -> str | None:
        """The address of the next page, where the network gives it in a `Link` header (RFC 8288)."""
        for part in self.headers.get("link", "").split(","):
            target, _, rest = part.strip().partition(">")
            if target.startswith("<") and 'rel="next"' in rest.replace("'", '"'):
                return target[1:]
        return None


class HttpPool:
    """The connections of one process, and the budgets of its tokens."""

    def __init__(
        self,
        pause: Pause,
        counters: Counters,
        *,
        parallel: int = 16,
        transport: httpx.BaseTransport | None = None,
        dial: Dial = sockets.dial,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self.pause = pause
        self.counters = counters
        self.dial = dial
        self.clock = clock or SystemClock()
        self.monotonic = monotonic
        self.chance = chance or random.Random()
        self.places = threading.BoundedSemaphore(parallel)
        self.client = httpx.Client(
            transport=transport,
            timeout=_TIMEOUT,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none: one source's session is no other's
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=parallel * 2),
            headers={"user-agent": f"vigie/{version('vigie')}"},
        )
        self._lock = threading.Lock()
        self._buckets: dict[str, Bucket] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def bucket(self, source: Source, budget: Budget) -> Bucket:
        """The bucket that every source with the same credentials shares."""
        mark = blake2b(digest_size=16)
        for name, secret in sorted(source.secrets.items()):
            mark.update(f"{name}\0{secret.reveal()}\0".encode("utf-8", "surrogatepass"))
        key = f"{source.network}:{mark.hexdigest()}"
        with self._lock:
            return self._buckets.setdefault(key, Bucket(budget, monotonic=self.monotonic))

    def budgets(self) -> dict[str, float]:
        """Of each network the calls that its scarcest token has left."""
        with self._lock:
            buckets = list(self._buckets.items())
        found: dict[str, float] = {}
        for key, bucket in buckets:
            network = key.rpartition(":")[0]
            found[network] = min(bucket.left(), found.get(network, float("inf")))
        return found


class Http:
    """The client as one source sees it."""

    def __init__(self, pool: HttpPool, connector: Connector, source: Source) -> None:
        way = connector.poll or connector.stream
        self._pool = pool
        self._network = connector.name
        self._judge: Judge | None = way.judge if way else None
        self._limits: dict[str, str] = {}
        self._hidden = tuple(
            form
            for secret in source.secrets.values()
            for form in (secret.reveal(), quote(secret.reveal(), safe=""))
            if form
        )
        self._bucket = pool.bucket(source, way.budget if way else Budget(calls=60, per_s=60.0))

    @property
    def limits(self) -> Mapping[str, str]:
        """What the last answer said of quotas and scopes, as the network words it."""
        return dict(self._limits)

    def hold(self, wait_s: float) -> None:
        """Make the next call with these credentials wait, as a network asks for in an answer that is good."""
        self._bucket.close(wait_s)

    def get(
        self,
        url: str,
        *,
        params: Values | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """Ask. Answers of 2xx come back, and those whose status is in `accept`: 304, say.

        Raises:
            Refused, Missing, Unavailable: after the retries that make sense.
        """
        return self.request("GET", url, params=params, headers=headers, accept=accept)

    def post(
        self,
        url: str,
        *,
        json: object = None,
        form: Values | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """Ask with a body, JSON or a form. It may be sent twice: use it for what can be repeated."""
        return self.request("POST", url, json=json, form=form, headers=headers, accept=accept)

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Values | None = None,
        json: object = None,
        form: Values | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (),
    ) -> Answer:
        """Ask with any method; `get` and `post` say the rest."""
        request = self._build(method, url, params=params, json=json, form=form, headers=headers)
        for attempt in range(ATTEMPTS):
            fault: ConnectorError | None
            try:
                answer = self._once(request)
                fault = self._fault(answer, accept)
            except Unavailable as error:
                fault = error
            if fault is None:
                return answer
            if not isinstance(fault, Unavailable):
                raise fault
            wait_s = max(fault.retry_after_s, backoff_s(attempt, self._pool.chance))
            if attempt == ATTEMPTS - 1 or wait_s > LONGEST_WAIT_S:
                raise fault
            self._pool.counters.add(self._network, "retries")
            self._pool.pause.wait(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def lines(
        self,
        url: str,
        *,
        params: Values | None = None,
        headers: Mapping[str, str] | None = None,
        silence_s: float = SILENCE_S,
    ) -> Iterator[bytes | None]:
        """The lines of an answer that never ends; None once a second when nothing came.

        Raises:
            Unavailable: the connection broke, or was silent for `silence_s`.
        """
        request = self._build("GET", url, params=params, headers=headers)
        self._bucket.take(self._pool.pause)
        with mapped(self._where(request)):
            response = self._pool.client.send(request, stream=True)
        with closing(response):
            if response.status_code != 200:
                with mapped(self._where(request)):
                    answer = Answer(
                        status=response.status_code,
                        headers=lower(response.headers),
                        body=response.read(),
                        where=self._where(request),
                    )
                raise self._fault(answer, ()) or Unavailable("the stream did not open", where=answer.where)
            yield from read_ahead(
                response, self._where(request), self._pool.pause, monotonic=self._pool.monotonic, silence_s=silence_s
            )

    def websocket(
        self, url: str, *, headers: Mapping[str, str] | None = None, silence_s: float = SILENCE_S
    ) -> Iterator[bytes | None]:
        """The messages of a WebSocket; None once a second when nothing came.

        Raises:
            Refused, Unavailable: it did not open, broke, or was silent for `silence_s`.
        """
        self._bucket.take(self._pool.pause)
        self._pool.counters.add(self._network, "requests")
        try:
            for message in self._pool.dial(url, headers or {}, silence_s):
                if message is None:
                    self._pool.pause.wait(0.0)  # raises when the process is to end
                yield message
        except ConnectorError as error:
            error.where = self._hide(error.where)
            raise

    def _where(self, request: httpx.Request) -> str:
        """The address without its query; some networks want the token in the path."""
        return self._hide(f"{request.method} {request.url.scheme}://{request.url.host}{request.url.path}")

    def _hide(self, where: str) -> str:
        for secret in self._hidden:
            where = where.replace(secret, "***")
        return where

    def _build(
        self,
        method: str,
        url: str,
        *,
        params: Values | None = None,
        json: object = None,
        form: Values | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        try:
            target = httpx.URL(url)
            if params:
                target = target.copy_merge_params({name: str(value) for name, value in params.items()})
            return self._pool.client.build_request(
                method,
                target,
                json=json,
                data={name: str(value) for name, value in form.items()} if form else None,
                headers=dict(headers or {}),
            )
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Refused(
                "this is no address that can be asked",
                where=f"source of {self._network}",
                fix="Check account and options of this source in vigie.toml; they hold a whole address with https://.",
            ) from None

    def _fault(self, answer: Answer, accept: tuple[int, ...]) -> ConnectorError | None:
        now = self._pool.clock.now()
        if answer.status == TOO_MANY:
            self._pool.counters.add(self._network, "rate_limited")
        self._bucket.learn(answer.status, answer.headers, now=now)
        self._limits = {name: value for name, value in answer.headers.items() if _TELLS_LIMITS.search(name)}
        judged = self._judge(answer) if self._judge else None
        if judged is not None or 200 <= answer.status < 300 or answer.status in accept:
            return judged
        return fault_of(answer.status, answer.headers, where=answer.where, now=now)

    def _once(self, request: httpx.Request) -> Answer:
        self._bucket.take(self._pool.pause)
        where = self._where(request)
        for _ in range(MAX_REDIRECTS + 1):
            self._pool.counters.add(self._network, "requests")
            with self._pool.places, mapped(where):
                response = self._pool.client.send(request, stream=True)
                with closing(response):
                    location = response.headers.get("location")
                    if not (response.is_redirect and location):
                        body = self._body(response, where)
                        return Answer(
                            status=response.status_code, headers=lower(response.headers), body=body, where=where
                        )
                    request = redirected(request, response.status_code, location, where)
        raise Refused(
            "the network sends us from address to address", where=where, fix="Check the address in vigie.toml."
        )

    def _body(self, response: httpx.Response, where: str) -> bytes:
        deadline = self._pool.monotonic() + EXCHANGE_S
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise Malformed(f"the answer is longer than {MAX_BODY_BYTES:,} bytes", where=where)
            if self._pool.monotonic() > deadline:
                raise Unavailable(f"the answer did not end within {EXCHANGE_S:.0f} s", where=where)
            parts.append(part)
        return b"".join(parts)
