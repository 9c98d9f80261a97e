"""The HTTP server of the board. It only ever reads, and only what the definitions of the boards ask.

The browser names a board, a period and values of variables; the SQL is looked up here. Every answer carries the same
headers; a request under a name that is none of ours, sent by another site, or without the password that is set is
refused. `/health` says that the server answers, and nothing else.
"""

import asyncio
import base64
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from deploy.viewer.asked import Asked, Unanswerable, asked
from deploy.viewer.files import File, page_files
from deploy.viewer.questions import Board, Question, questions, shown, variable_questions
from deploy.viewer.steps import step_ms
from deploy.viewer.store import Asker, Unanswered
from schemas.errors import ProvisionError
from schemas.units import Secret

log = structlog.get_logger()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Server": "vigie",
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HEALTH = "/health"
_NO_PASSWORD = Secret()
_OWN_PAGES = frozenset({"", "none", "same-origin"})
_ALL_S = 40.0  # for one refresh; what is not answered by then counts as late

Expand = Callable[[str, Asked, int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """What the server shows.

    Args:
        boards: by uid, in the order in which they are listed; an edition in another language has its own uid.
        home: the uid that the bare address leads to.
        languages: the language of each board, by uid.
        names: hosts under which the page may be asked for, besides loopback's.
        password: of any user; empty: nobody is asked.
        expand: fills a query's macros in, for a question and a step in milliseconds; raises ProvisionError.
    """

    boards: Mapping[str, Board]
    languages: Mapping[str, str]
    home: str
    asker: Asker
    expand: Expand
    names: frozenset[str] = frozenset()
    password: Secret = _NO_PASSWORD
    files: Mapping[str, File] = field(default_factory=page_files)


def application(viewer: Viewer) -> web.Application:
    """The server's routes. Serve it with `handler_cancellation`, so that nothing is asked for a browser that left."""
    app = web.Application(client_max_size=0, middlewares=[_guard(viewer)])
    app.router.add_get(_HEALTH, _healthy)
    app.router.add_get("/", _home(viewer))
    app.router.add_get("/d/{uid}", _page(viewer))
    app.router.add_get("/d/{uid}/{slug}", _page(viewer))
    app.router.add_get("/page/{path:.+}", _file(viewer))
    app.router.add_get("/api/boards/{uid}", _for_board(viewer, _board))
    app.router.add_get("/api/boards/{uid}/values", _for_board(viewer, _values))
    app.router.add_get("/api/boards/{uid}/answers", _for_board(viewer, _answers))
    return app


def _guard(viewer: Viewer) -> Middleware:
    names = _LOOPBACK | {name.lower() for name in viewer.names}

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path == _HEALTH:
                answer: web.StreamResponse = await handler(request)
            elif urlsplit(f"//{request.host}").hostname not in names:
                answer = _error(421, "host")
            elif not _may_come_in(request, viewer.password):
                answer = _error(401, "password")
                answer.headers["WWW-Authenticate"] = 'Basic realm="Vigie", charset="UTF-8"'
            elif request.path.startswith("/api/") and request.headers.get("Sec-Fetch-Site", "") not in _OWN_PAGES:
                answer = _error(403, "site")
            else:
                answer = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        except ValueError:
            answer = _error(400, "address")
        except Exception as error:
            log.error("request_failed", error=type(error).__name__, exc_info=True)
            answer = _error(500, "broken")
        if not answer.prepared:
            answer.headers.update(HEADERS)
        return answer

    return guard


def _may_come_in(request: web.Request, password: Secret) -> bool:
    if not password:
        return True
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True).partition(b":")[2]
    except ValueError:
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(given, password.reveal().encode())


async def _healthy(_: web.Request) -> web.StreamResponse:
    return _json({"alive": True})


def _home(viewer: Viewer) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"/d/{viewer.home}")

    return answer


def _page(viewer: Viewer) -> Handler:
    """The same page for every board: it asks for the definition itself, and says so when there is none."""

    async def answer(request: web.Request) -> web.StreamResponse:
        status = 200 if request.match_info["uid"] in viewer.boards else 404
        return web.Response(
            status=status,
            body=viewer.files["index.html"].body,
            content_type="text/html",
            charset="utf-8",
            headers={"Cache-Control": "no-cache"},
        )

    return answer


def _file(viewer: Viewer) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        file = viewer.files.get(request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache", "ETag": f'"{file.etag}"'}
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=file.body, content_type=file.content_type, charset="utf-8", headers=headers)

    return answer


BoardHandler = Callable[[Viewer, web.Request, str], Any]


def _for_board(viewer: Viewer, handler: BoardHandler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        uid = request.match_info["uid"]
        if uid not in viewer.boards:
            return _error(404, "unknown_board", uid[:60])
        try:
            response: web.StreamResponse = await handler(viewer, request, uid)
        except Unanswerable as error:
            return _error(400, error.reason, error.subject)
        return response

    return answer


async def _board(viewer: Viewer, _: web.Request, uid: str) -> web.StreamResponse:
    language = viewer.languages[uid]
    return _json(
        {
            "board": shown(viewer.boards[uid]),
            "language": language,
            "boards": [
                {"uid": other, "title": board["title"]}
                for other, board in viewer.boards.items()
                if viewer.languages[other] == language
            ],
            "editions": _editions(viewer, uid),
        }
    )


def _editions(viewer: Viewer, uid: str) -> dict[str, str]:
    """The uid of the same board in each language: editions stand at the same place of their language's list."""
    lists: dict[str, list[str]] = {}
    for other in viewer.boards:
        lists.setdefault(viewer.languages[other], []).append(other)
    place = lists[viewer.languages[uid]].index(uid)
    return {language: uids[place] for language, uids in lists.items() if place < len(uids)}


async def _values(viewer: Viewer, request: web.Request, uid: str) -> web.StreamResponse:
    board = viewer.boards[uid]
    wanted = asked(request.query.items(), board)
    return await _stream(viewer, request, wanted, variable_questions(board))


async def _answers(viewer: Viewer, request: web.Request, uid: str) -> web.StreamResponse:
    board = viewer.boards[uid]
    wanted = asked(request.query.items(), board)
    return await _stream(viewer, request, wanted, questions(board))


async def _stream(
    viewer: Viewer, request: web.Request, wanted: Asked, all_questions: Iterable[Question]
) -> web.StreamResponse:
    """One line of JSON per question, in the order in which the answers come; a last line says that this was all."""
    response = web.StreamResponse(
        headers={**HEADERS, "Content-Type": "application/x-ndjson", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    gone = asyncio.Event()
    tasks = [asyncio.create_task(_answer(viewer, wanted, question, gone)) for question in all_questions]
    try:
        for next_one in asyncio.as_completed(tasks):
            await response.write(msgspec.json.encode(await next_one) + b"\n")
        await response.write(b'{"kind":"end"}\n')
        await response.write_eof()
    except ConnectionError:
        pass  # the browser left; nobody is there to be told
    finally:
        for task in tasks:
            task.cancel()
    return response


async def _answer(viewer: Viewer, wanted: Asked, question: Question, gone: asyncio.Event) -> dict[str, Any]:
    """The answer to one question, or the state it is in; once the store is gone the rest is not asked any more."""
    line: dict[str, Any] = {"kind": question.kind, "panel": question.panel, "ref": question.ref}
    period = _period(wanted, question)
    span_ms = int((period.until - period.since).total_seconds() * 1000)
    step = step_ms(span_ms, points=question.points or wanted.points, least_ms=question.least_ms)
    try:
        if gone.is_set():
            raise Unanswered("unreachable")
        async with asyncio.timeout(_ALL_S):
            answer = await viewer.asker.ask(viewer.expand(question.sql, period, step))
    except TimeoutError:
        return {**line, "state": "late"}
    except ProvisionError as error:
        log.warning("query_not_filled", board_query=question.ref, reason=error.what)
        return {**line, "state": "refused"}
    except Unanswered as error:
        if error.state == "unreachable":
            gone.set()
        return {**line, "state": error.state, "error": error.name}
    except Exception as error:  # the answer has begun: what breaks one question must not break off the others
        log.error("question_failed", error=type(error).__name__, exc_info=True)
        return {**line, "state": "refused"}
    columns = [[column.name, column.type] for column in answer.meta]
    return {**line, "columns": columns, "rows": answer.data, "step": step, **_bounds(period)}


def _period(wanted: Asked, question: Question) -> Asked:
    if not question.last_ms:
        return wanted
    since = datetime.fromtimestamp(wanted.until.timestamp() - question.last_ms / 1000, wanted.until.tzinfo)
    return Asked(since=since, until=wanted.until, points=wanted.points, variables=wanted.variables)


def _bounds(period: Asked) -> dict[str, int]:
    return {"since": int(period.since.timestamp() * 1000), "until": int(period.until.timestamp() * 1000)}


def _json(value: Any) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _error(status: int, reason: str, subject: str = "") -> web.Response:
    body = msgspec.json.encode({"error": reason, "subject": subject})
    return web.Response(
        status=status, body=body, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
