"""The HTTP server behind signed links and POST /v1/actions. It only ever writes to signal.actions.v1.

Guarantee: 200 and 202 mean that the broker has the decision. A GET never acts. Neither a link nor a secret is logged.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from deploy.actions import pages
from deploy.actions.decisions import Wrong, asked, pressed
from deploy.actions.limits import Limiter
from deploy.actions.words import words
from schemas import metrics
from schemas.action import Action
from schemas.alert import Alert
from schemas.errors import VigieError
from schemas.settings import Actions
from streams.links import PATH, Expired, Grant, Links, NotSigned
from streams.meters import Meters

log = structlog.get_logger()

MAX_BODY_BYTES = 16_384

Publish = Callable[[Action], None]
Find = Callable[[str], Alert | None]


@dataclass(slots=True, kw_only=True)
class Desk:
    """What the server works with.

    Args:
        publish: hands a decision to the broker, blocking; raises VigieError when it was not taken.
        find: an alert by its id, blocking; None when it is unknown or cannot be asked for.
    """

    settings: Actions
    links: Links | None
    publish: Publish
    find: Find
    meters: Meters = field(default_factory=Meters)
    limiter: Limiter = field(init=False)

    def __post_init__(self) -> None:
        self.limiter = Limiter(self.settings.max_per_minute)


def application(desk: Desk) -> web.Application:
    """The server's routes."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_guarded(desk)])
    app.router.add_get("/health", _health)
    app.router.add_get(PATH + "{token}", _with_link(desk, _show))
    app.router.add_post(PATH + "{token}", _with_link(desk, _press))
    app.router.add_post("/v1/actions", _programs(desk))
    return app


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


LinkHandler = Callable[[Desk, web.Request, str, Grant], Awaitable[web.Response]]


def _guarded(desk: Desk) -> Middleware:
    """Limits, and the same headers on every answer, errors of aiohttp included."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/health" and not desk.limiter.allows(request.remote or "", time.monotonic()):
            answer: web.StreamResponse = _page(429, "en", words("en").busy)
            answer.headers["Retry-After"] = "60"
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as error:
                error.headers.update(pages.HEADERS)
                desk.meters.add(metrics.DECISIONS, status=error.status)
                raise
            except Exception as error:
                log.error("request_failed", error=type(error).__name__, exc_info=True)
                answer = _page(500, "en", words("en").away)
        answer.headers.update(pages.HEADERS)
        desk.meters.add(metrics.DECISIONS, status=answer.status)
        return answer

    return guard


def _with_link(desk: Desk, handler: LinkHandler) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        token = request.match_info["token"]
        if desk.links is None:
            raise web.HTTPNotFound
        try:
            grant = desk.links.read(token)
        except Expired:
            return _page(410, _preferred(request), words(_preferred(request)).expired)
        except NotSigned:
            refused = _page(401, _preferred(request), words(_preferred(request)).invalid)
            refused.headers["WWW-Authenticate"] = "Link"
            return refused
        return await handler(desk, request, token, grant)

    return answer


async def _show(desk: Desk, request: web.Request, token: str, grant: Grant) -> web.Response:
    try:
        alert = await asyncio.wait_for(asyncio.to_thread(desk.find, grant.alert_id), 3.0)
    except (VigieError, TimeoutError):
        alert = None
    return _html(200, pages.ask(grant, alert, now=datetime.now(UTC)))


async def _press(desk: Desk, request: web.Request, token: str, grant: Grant) -> web.Response:
    own = words(grant.language)
    if request.content_type != "application/x-www-form-urlencoded":
        return _page(400, grant.language, own.wrong.format(why="not a form"))
    form = await request.post()
    try:
        action = pressed(grant, token, str(form.get("do", "")), now=datetime.now(UTC))
    except Wrong as error:
        return _page(400, grant.language, own.wrong.format(why=error))
    if not await _published(desk, action, "link"):
        refused = _page(503, grant.language, own.away)
        refused.headers["Retry-After"] = "60"
        return refused
    return _html(200, pages.done(grant, action))


def _programs(desk: Desk) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        expected = desk.settings.token.reveal()
        if not expected:
            raise web.HTTPNotFound
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {expected}".encode()):
            return _error(401, "the bearer token is not right", {"WWW-Authenticate": "Bearer"})
        if request.content_type != "application/json":
            return _error(400, "the body must be application/json")
        try:
            action = asked(await request.read(), now=datetime.now(UTC))
        except Wrong as error:
            return _error(400, str(error))
        if not await _published(desk, action, "program"):
            return _error(503, "the broker did not take it; try again", {"Retry-After": "60"})
        return web.json_response({"action_id": action.action_id}, status=202)

    return answer


async def _published(desk: Desk, action: Action, way: str) -> bool:
    try:
        await asyncio.to_thread(desk.publish, action)
    except VigieError as error:
        log.warning("action_not_taken", kind=action.kind, way=way, error=type(error).__name__)
        return False
    log.info("action_taken", kind=action.kind, way=way)
    return True


def _preferred(request: web.Request) -> str:
    return "fr" if request.headers.get("Accept-Language", "").lower().startswith("fr") else "en"


def _html(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/html")


def _page(status: int, language: str, sentence: str) -> web.Response:
    return _html(status, pages.refuse(language, sentence))


def _error(status: int, sentence: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": sentence}, status=status, headers=headers)
