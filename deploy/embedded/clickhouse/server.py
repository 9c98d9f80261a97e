"""The HTTP rim: routes, bodies, answers, streaming. ClickHouse's HTTP interface over `runner.begin`."""

import asyncio
import secrets
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from deploy.embedded.clickhouse import request as parts
from deploy.embedded.clickhouse import runner
from deploy.embedded.clickhouse.answer import Server, common_headers, content_type, error_headers, summary, trailer
from deploy.embedded.clickhouse.compression import Blocks, Encoder, choose, decode, encoder, too_large, unframe
from deploy.embedded.clickhouse.engine import Engine
from deploy.embedded.clickhouse.errors import EngineError, access_denied, not_implemented
from deploy.embedded.clickhouse.sessions import Session, Sessions
from deploy.embedded.clickhouse.users import User, authenticate

log = structlog.get_logger(__name__)

# Inserts have threads of their own, so that slow queries can never keep a small insert waiting.
_QUERY_THREADS, _INSERT_THREADS = 16, 8
_INLINE_BODY = 1 << 16  # larger bodies are decoded and split in a thread
_HELP = "Send a query with POST /, or with GET /?query=…; /ping answers while the server lives.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rim:
    """What the server is told: users, the largest body in bytes, and whether only loopback names may be asked for."""

    users: Mapping[str, User]
    max_body: int
    loopback_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One query on its way: who asks, what to run, how to answer."""

    user: User
    statement: parts.Statement
    transport: parts.Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Out:
    """How the body of an answer is encoded, and the headers that say so."""

    encoder: Encoder
    headers: dict[str, str]

    def whole(self, body: bytes) -> bytes:
        return self.encoder.encode(body) + self.encoder.finish()


class ClickHouseServer:
    """ClickHouse's HTTP interface for one engine. Make it inside the event loop that serves it."""

    def __init__(self, engine: Engine, rim: Rim) -> None:
        self._engine = engine
        self._rim = rim
        self._about = Server(display_name=engine.display_name, timezone=engine.timezone, version=engine.version)
        self._loop = asyncio.get_running_loop()
        self._sessions = Sessions(engine, self._later)
        self._queries = ThreadPoolExecutor(_QUERY_THREADS, "query")
        self._inserts = ThreadPoolExecutor(_INSERT_THREADS, "insert")
        self._running = 0

    @property
    def busy(self) -> bool:
        """Whether a statement still runs in the engine."""
        return self._running > 0

    def app(self) -> web.Application:
        """The application to serve; bodies are decoded here, so serve it with `auto_decompress=False`."""
        app = web.Application(client_max_size=self._rim.max_body)
        for path in ("/ping", "/replicas_status"):
            app.router.add_get(path, _ok)
        for path in ("/", "/query"):
            app.router.add_get(path, self._root)
            app.router.add_post(path, self._query)
        app.router.add_route("*", "/{tail:.*}", _unknown)
        return app

    def close(self) -> None:
        """Close the sessions nobody uses; running queries end on their own or with the process."""
        self._queries.shutdown(wait=False, cancel_futures=True)
        self._inserts.shutdown(wait=False, cancel_futures=True)
        self._sessions.close()

    async def _root(self, request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD" or (not request.query and not request.can_read_body):
            return await _ok(request)
        return await self._query(request)

    async def _query(self, request: web.Request) -> web.StreamResponse:
        query_id = str(uuid.uuid4())
        out = _out(request)
        try:
            self._refuse_strangers(request)
            job = await self._read(request, query_id)
            query_id = job.transport.query_id
            return await self._run(request, job, out)
        except EngineError as error:
            return self._failed(error, query_id, out)
        except web.HTTPRequestEntityTooLarge:
            response = self._failed(too_large(self._rim.max_body), query_id, out)
            response.force_close()
            return response

    async def _read(self, request: web.Request, query_id: str) -> _Job:
        params = dict(request.query)
        transport = parts.transport(params, query_id)
        user = authenticate(self._rim.users, parts.credentials(params, request.headers))
        if request.content_type == "multipart/form-data":
            params |= await _form(request)
            body = b""
        else:
            body = await request.read()
        arguments = (request.method, params, request.headers, body)
        encoded = "Content-Encoding" in request.headers or parts.decompresses(params)
        if encoded or len(body) > _INLINE_BODY:
            statement = await self._loop.run_in_executor(self._inserts, self._statement, *arguments)
        else:
            statement = self._statement(*arguments)
        return _Job(user=user, statement=statement, transport=transport)

    def _statement(
        self, method: str, params: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> parts.Statement:
        limit = self._rim.max_body
        body = decode(body, headers.get("Content-Encoding", "").strip().lower(), limit)
        if parts.decompresses(params):
            body = unframe(body, limit)
        return parts.statement(method, params.items(), headers, body)

    async def _run(self, request: web.Request, job: _Job, out: _Out) -> web.StreamResponse:
        pool = self._queries if job.statement.data is None else self._inserts
        key = job.transport.session
        self._running += 1
        try:
            session = await self._loop.run_in_executor(pool, self._sessions.take, job.user, key)
        except EngineError:
            self._running -= 1
            raise
        try:
            result = await self._loop.run_in_executor(pool, runner.begin, session, job.statement, job.transport)
            headers = self._headers(job, result) | out.headers
            if result.rest is None:
                response: web.StreamResponse = web.Response(body=out.whole(result.head), headers=headers)
            else:
                response = await self._stream(request, result, headers, out)
        except asyncio.CancelledError:
            raise  # the process stops while a thread is still inside the session: closing it would wait for the query
        except BaseException:
            self._give_back(job, session)
            raise
        self._give_back(job, session)
        return response

    def _give_back(self, job: _Job, session: Session) -> None:
        self._running -= 1
        self._sessions.give_back(job.user, job.transport.session, session)

    async def _stream(
        self, request: web.Request, result: runner.Result, headers: dict[str, str], out: _Out
    ) -> web.StreamResponse:
        """Send a result block by block; one that fails in the middle ends with a trailer and a broken connection."""
        blocks = result.rest
        assert blocks is not None
        tag = secrets.token_hex(8)
        response = web.StreamResponse(headers=headers | {"X-ClickHouse-Exception-Tag": tag})
        try:
            await response.prepare(request)
            await response.write(out.encoder.encode(result.head))
            while (block := await self._loop.run_in_executor(self._queries, next, blocks, None)) is not None:
                await response.write(out.encoder.encode(block))
            await response.write_eof(out.encoder.finish())
        except EngineError as error:
            await response.write(out.whole(trailer(error, self._about.version, tag)))
            if request.transport is not None:
                request.transport.close()
        except ConnectionError:
            log.debug("client_gone")
        await self._loop.run_in_executor(self._queries, blocks.close)
        return response

    def _headers(self, job: _Job, result: runner.Result) -> dict[str, str]:
        headers = common_headers(self._about, job.transport.query_id)
        headers["X-ClickHouse-Summary"] = summary(result.progress)
        headers["Content-Type"] = "text/plain; charset=UTF-8"
        if result.kind == "READ_ONLY":
            headers["X-ClickHouse-Format"] = result.output_format
            headers["Content-Type"] = content_type(result.output_format)
        return headers

    def _failed(self, error: EngineError, query_id: str, out: _Out) -> web.Response:
        log.debug("query_failed", error=error.name)
        body = out.whole(error.body(self._about.version).encode())
        headers = common_headers(self._about, query_id) | error_headers(error) | out.headers
        return web.Response(status=error.status, body=body, headers=headers)

    def _refuse_strangers(self, request: web.Request) -> None:
        """A page in a browser may send requests to loopback; it names its origin, or a host that is not loopback."""
        if not self._rim.loopback_only:
            return
        origin = request.headers.get("Origin")
        asked = urlsplit(f"//{request.host}").hostname
        came_from = urlsplit(origin).hostname if origin else "localhost"
        if not is_loopback(asked or "") or not is_loopback(came_from or ""):
            raise access_denied("Requests from or for another host are refused; start with --allow-remote to take them")

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, callback)


def _out(request: web.Request) -> _Out:
    if request.query.get("compress") in ("1", "true"):
        return _Out(encoder=Blocks(), headers={})
    wanted = request.query.get("enable_http_compression") in ("1", "true")
    encoding = choose(request.headers.get("Accept-Encoding", "")) if wanted else None
    headers = {"Content-Encoding": encoding, "Vary": "Accept-Encoding"} if encoding else {}
    return _Out(encoder=encoder(encoding), headers=headers)


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of a form, which drivers use for long parameters."""
    fields: dict[str, str] = {}
    for name, value in (await request.post()).items():
        if not isinstance(value, str):
            raise not_implemented("External data is not supported; fill a temporary table in a session instead")
        fields[name] = value
    return fields


async def _ok(request: web.Request) -> web.Response:
    return web.Response(text="Ok.\n")


async def _unknown(request: web.Request) -> web.Response:
    return web.Response(status=404, text=f"There is no handle {request.path}\n\n{_HELP}")


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
