"""The server that push networks call: check, hand over, answer when the broker has it.

Order of the checks: path, method, size, media type, signature over the raw bytes, and only then the content.
Answers: 200 taken; 401 not signed, wrongly signed or too old; 404 unknown path; 405; 408 a body that does not come;
413 too large; 415 another media type; 429 too many are waiting; 503 the broker does not answer in time, so that the
network calls again. What is signed and cannot be read becomes a dead letter and is answered 200, since calling again
would not mend it.

Guarantee: what was answered 200 is on the broker. kafka-python is never called in the event loop: one thread takes
everything that waits, publishes it, waits for one acknowledgement, and lets all of them be answered together.
"""

import asyncio
import queue
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from aiohttp import web

from connectors.base import Connector, Raw, Reply, Request, Source
from connectors.counters import Counters
from connectors.intake import Broker, Intake
from connectors.memory import Memory
from connectors.roster import Job
from schemas.clock import Clock
from schemas.errors import BrokerError, ConfigError
from schemas.settings import DeadLetters, Settings, Webhooks

MOST_AT_ONCE = 1_000
BODY_S = 10.0
RETRY_AFTER_S = "5"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one call brought: items, or a body that could not be split, and who waits for the answer."""

    job: Job
    items: Sequence[Raw]
    unread: Exception | None
    body: bytes
    loop: asyncio.AbstractEventLoop
    answered: asyncio.Future[bool]


class Clerk:
    """The thread between the event loop and the broker."""

    def __init__(
        self, settings: Settings, broker: Broker[Any], memory: Memory, counters: Counters, clock: Clock
    ) -> None:
        self._settings = settings
        self._broker = broker
        self._memory = memory
        self._counters = counters
        self._clock = clock
        self._waiting: queue.Queue[Delivery | None] = queue.Queue(maxsize=settings.webhooks.max_waiting)
        self._thread = threading.Thread(target=self._work, name="clerk", daemon=True)
        self.is_broker_away = False

    def start(self) -> None:
        """Begin to take deliveries."""
        self._thread.start()

    def stop(self) -> None:
        """Publish what waits, then end."""
        self._waiting.put(None)
        self._thread.join()

    def hand_over(self, delivery: Delivery) -> bool:
        """Whether there was room for it."""
        try:
            self._waiting.put_nowait(delivery)
        except queue.Full:
            return False
        return True

    def _work(self) -> None:
        intakes: dict[str, Intake] = {}
        while True:
            batch = self._next()
            if not batch:
                return
            try:
                self._publish(batch, intakes)
            except Exception as error:  # the edge of the clerk: nobody is answered 200, and the next batch begins anew
                intakes.clear()
                self.is_broker_away = isinstance(error, BrokerError)
                log.error("deliveries_not_published", count=len(batch), reason=str(error))
                _answer(batch, False)
            else:
                self.is_broker_away = False
                _answer(batch, True)

    def _next(self) -> list[Delivery]:
        """Everything that waits; nothing when it is over."""
        first = self._waiting.get()
        if first is None:
            return []
        batch = [first]
        while len(batch) < MOST_AT_ONCE:
            try:
                more = self._waiting.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._waiting.put(None)
                break
            batch.append(more)
        return batch

    def _publish(self, batch: Sequence[Delivery], intakes: dict[str, Intake]) -> None:
        publisher = self._broker.publisher()
        try:
            touched: dict[str, Intake] = {}
            for delivery in batch:
                name = delivery.job.source.name
                if name not in intakes:
                    intakes[name] = self._intake(delivery.job, publisher)
                touched[name] = intakes[name]
                if delivery.unread is not None:
                    touched[name].take_unread(delivery.body, delivery.unread)
                touched[name].take(delivery.items)
            for intake in touched.values():
                intake.commit(None)
        except BrokerError:
            self._broker.renew(publisher)
            raise

    def _intake(self, job: Job, publisher: Any) -> Intake:
        return Intake(
            job.connector,
            job.source,
            publisher,
            self._memory,
            clock=self._clock,
            counters=self._counters,
            settings=self._settings.connectors,
            dead_letters=DeadLetters(max_share=1.0),  # whoever calls cannot be stopped
        )


def _answer(batch: Sequence[Delivery], taken: bool) -> None:
    loops = {id(delivery.loop): delivery.loop for delivery in batch}
    for key, loop in loops.items():
        futures = [delivery.answered for delivery in batch if id(delivery.loop) == key]
        loop.call_soon_threadsafe(_resolve, futures, taken)


def _resolve(futures: Sequence[asyncio.Future[bool]], taken: bool) -> None:
    for future in futures:
        if not future.done():
            future.set_result(taken)


class Receiver:
    """The application: paths, checks, answers."""

    def __init__(
        self, jobs: Sequence[Job], clerk: Clerk, settings: Webhooks, *, clock: Clock, counters: Counters
    ) -> None:
        self._routes = routes_of(jobs, settings.path)
        self._clerk = clerk
        self._settings = settings
        self._clock = clock
        self._counters = counters

    @property
    def paths(self) -> Mapping[str, Job]:
        """Every path that is answered, and for whom."""
        return self._routes

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application(client_max_size=self._settings.max_body_bytes)
        application.router.add_get("/health", self._health)
        application.router.add_route("*", "/{tail:.*}", self._take)
        return application

    async def _health(self, _: web.Request) -> web.Response:
        away = self._clerk.is_broker_away
        body = msgspec.json.encode({"broker": not away, "networks": self._counters.snapshot()})
        return web.Response(body=body, status=503 if away else 200, content_type="application/json")

    async def _take(self, call: web.Request) -> web.Response:
        job = self._routes.get(call.path)
        if job is None:
            return web.Response(status=404)
        response = await self._checked(call, job)
        self._counters.answered(job.source.network, response.status)
        if response.status >= 400:
            self._counters.add(job.source.network, "refused_requests")
        return response

    async def _checked(self, call: web.Request, job: Job) -> web.Response:
        if call.method not in ("GET", "POST"):
            return web.Response(status=405, headers={"allow": "GET, POST"})
        if (call.content_length or 0) > self._settings.max_body_bytes:
            return web.Response(status=413)
        webhook, source = _webhook(job.connector), job.source
        if call.method == "GET":
            challenge = _challenge(webhook.challenge, self._request(call, b""), source)
            return _response(challenge) if challenge else web.Response(status=401)
        if not call.content_type.startswith(webhook.content_types):
            return web.Response(status=415)
        try:
            body = await asyncio.wait_for(call.read(), BODY_S)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except TimeoutError:
            return web.Response(status=408)
        request = self._request(call, body)
        if not _is_verified(webhook.verify, request, source):
            return web.Response(status=401)
        challenge = _challenge(webhook.challenge, request, source)
        return _response(challenge) if challenge else await self._publish(request, job)

    async def _publish(self, request: Request, job: Job) -> web.Response:
        webhook = _webhook(job.connector)
        items: Sequence[Raw] = ()
        unread: Exception | None = None
        try:
            items = webhook.split(request.body, job.source)
        except Exception as error:  # Malformed, or a fault of the connector: the body is kept either way
            unread = error
        if items or unread:
            loop = asyncio.get_running_loop()
            delivery = Delivery(
                job=job, items=items, unread=unread, body=request.body, loop=loop, answered=loop.create_future()
            )
            if not self._clerk.hand_over(delivery):
                return web.Response(status=429, headers={"retry-after": RETRY_AFTER_S})
            try:
                taken = await asyncio.wait_for(delivery.answered, self._settings.answer_within)
            except TimeoutError:
                taken = False
            if not taken:
                return web.Response(status=503, headers={"retry-after": RETRY_AFTER_S})
        return _response(webhook.reply)

    def _request(self, call: web.Request, body: bytes) -> Request:
        return Request(
            method=call.method,
            query=dict(call.query),
            headers={name.lower(): value for name, value in call.headers.items()},
            body=body,
            received_at=self._clock.now(),
        )


def routes_of(jobs: Sequence[Job], path: str) -> dict[str, Job]:
    """/hooks/network/source for each, and /hooks/network where a network has one source.

    Raises:
        ConfigError: a network does not push.
    """
    routes: dict[str, Job] = {}
    root = path.rstrip("/")
    for job in jobs:
        if job.connector.webhook is None:
            raise ConfigError(
                f"{job.connector.title} does not push", where=f"source {job.source.name}", fix="Use `vigie connect`."
            )
        routes[f"{root}/{job.connector.name}/{job.source.name}"] = job
        if sum(other.connector.name == job.connector.name for other in jobs) == 1:
            routes[f"{root}/{job.connector.name}"] = job
    return routes


async def serve(receiver: Receiver, settings: Webhooks, stopping: threading.Event) -> None:
    """Listen until told to stop; calls that are being answered are answered.

    Raises:
        ConfigError: the address or the certificate cannot be used.
    """
    runner = web.AppRunner(receiver.application(), access_log=None, shutdown_timeout=10.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings), backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"the address cannot be listened on: {error.strerror}",
                where=f"{settings.host}:{settings.port}",
                fix="Correct webhooks.host and webhooks.port.",
            ) from None
        await asyncio.to_thread(stopping.wait)
    finally:
        await runner.cleanup()


def _tls(settings: Webhooks) -> ssl.SSLContext | None:
    if not settings.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate, settings.certificate_key or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"the certificate cannot be used: {type(error).__name__}",
            where=settings.certificate,
            fix="Correct webhooks.certificate and webhooks.certificate_key: two PEM files that belong together.",
        ) from None
    return context


def _webhook(connector: Connector) -> Any:
    return connector.webhook


def _is_verified(verify: Any, request: Request, source: Source) -> bool:
    try:
        return bool(verify(request, source))
    except Exception as error:  # whatever a stranger sends that the check did not expect is not signed
        log.warning("signature_not_checked", network=source.network, error=type(error).__name__)
        return False


def _challenge(challenge: Any, request: Request, source: Source) -> Reply | None:
    try:
        answer: Reply | None = challenge(request, source)
        return answer
    except Exception as error:  # the same
        log.warning("challenge_not_answered", network=source.network, error=type(error).__name__)
        return None


def _response(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
