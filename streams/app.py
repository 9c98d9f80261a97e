"""build_app(settings): one Faust app per agent, with the time-outs set on purpose.

Each agent is an app and a consumer group of its own, so that a slow one never starves another. Faust's
own defaults take over a minute to notice a killed worker; these take seconds.
"""

import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faust
from aiohttp import web

from schemas import metrics
from schemas.brokers import ssl_context, uses_sasl
from schemas.settings import Kafka, Settings
from schemas.topics import DEAD_LETTERS, Topic
from streams import transport
from streams.batches import Progress, every
from streams.health import Health
from streams.offsets import Offsets
from streams.ownership import Ownership
from streams.reporting import report
from streams.standing import Standing, name_of

GROUP_PREFIX = "vigie"
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What an agent needs besides its stream."""

    app: Any
    group: str
    settings: Settings
    progress: Progress
    offsets: Offsets
    code_version: str

    @property
    def ownership(self) -> Ownership:
        """Which partitions this worker may speak for."""
        return self.offsets.ownership


def group_id(agent: str) -> str:
    """The consumer group of an agent."""
    return f"{GROUP_PREFIX}-{agent}"


def build_app(agent: str, settings: Settings, *, port: int, version: str) -> Context:
    """The Faust app of one agent, listening with `/health` on loopback at `port`; 0 listens nowhere."""
    kafka = settings.kafka
    app: Any = faust.App(
        group_id(agent),
        broker=[f"kafka://{server.strip()}" for server in kafka.bootstrap.split(",")],
        broker_credentials=_credentials(kafka),
        broker_session_timeout=kafka.session_timeout,
        broker_heartbeat_interval=kafka.session_timeout / 4,
        broker_rebalance_timeout=kafka.rebalance_timeout,
        broker_request_timeout=max(30.0, kafka.session_timeout + 1),
        broker_max_poll_interval=600.0,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=8192,
        stream_wait_empty=False,  # on a rebalance the new owner handles the batch again: everything is idempotent
        stream_processing_timeout=600.0,
        stream_recovery_delay=0.0,
        producer_acks=-1,
        producer_linger=0.01,
        producer_max_batch_size=131_072,
        producer_max_request_size=DEAD_LETTERS.max_message_bytes,
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        datadir=Path(tempfile.gettempdir(), f"vigie-{os.getuid()}"),  # Faust makes it at start; nothing is kept there
        table_standby_replicas=0,  # Faust's own assignor leaves a third worker of four partitions without any
        topic_allow_declare=False,  # the topics of ours are made by `vigie up`, those of tables by their owner
        topic_disable_leader=True,
        web_enabled=port != 0,
        web_bind=settings.health.host,
        web_host=settings.health.host,
        web_port=port or 6066,
        web_tables_enabled=False,
        web_graph_enabled=False,
        web_router_enabled=False,
        worker_redirect_stdouts=False,
    )
    offsets = Offsets(app, Ownership(session_s=kafka.session_timeout))
    transport.install(app, offsets)
    progress = Progress(health=Health(stalled_after_s=settings.health.stalled_after))
    is_ready = _answer(app, agent, progress, offsets)
    standing = Standing(
        worker=name_of(agent, port),
        agent=agent,
        version=version,
        started_at=datetime.fromtimestamp(progress.started_at, UTC),
    )
    report(app, standing, progress, offsets, is_ready=is_ready)

    @app.task(on_leader=False)
    async def commit(_: Any) -> None:
        async def step() -> None:
            await offsets.begin_if_it_did_not()
            await offsets.commit()

        await every(kafka.commit_interval, step, name=agent)

    @app.task(on_leader=False)
    async def look(_: Any) -> None:
        async def step() -> None:
            places = {tp: f"{tp.topic}[{tp.partition}]" for tp in offsets.positions()}
            positions = {places[tp]: offset for tp, offset in offsets.positions().items()}
            lags = {places[tp]: lag for tp, lag in offsets.lags().items()}
            progress.health.heard(offsets.ownership.heard_at)
            progress.health.seen(time.monotonic(), positions, lags)

        await every(_LOOK_S, step, name=agent)

    @app.on_partitions_revoked.connect
    async def hand_over(*_: Any, **__: Any) -> None:
        await offsets.hand_over(grace_s=kafka.rebalance_timeout / 2)

    return Context(
        app=app, group=group_id(agent), settings=settings, progress=progress, offsets=offsets, code_version=version
    )


def _credentials(kafka: Kafka) -> Any:
    """What Faust takes for the security of its clients; None without."""
    context = ssl_context(kafka)
    if uses_sasl(kafka):
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password.reveal(),
            mechanism=kafka.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)


def _answer(app: Any, agent: str, progress: Progress, offsets: Offsets) -> Callable[[], bool]:
    """Give the app its pages, and the figures that every worker has; how to ask whether it is ready."""
    meters = progress.meters

    def is_ready() -> bool:
        return offsets.ownership.is_open and not app.rebalancing

    meters.ask(metrics.READY, lambda: [((), is_ready())])
    meters.ask(metrics.ALIVE, lambda: [((), progress.report(time.time())["alive"] is True)])
    meters.ask(metrics.LAG, lambda: [((tp.topic, tp.partition), lag) for tp, lag in offsets.lags().items()])

    @app.page("/health")
    async def health(self: Any, request: web.Request) -> Any:
        report = progress.report(time.time())
        return self.json({"agent": agent, "ready": is_ready(), **report}, status=200 if report["alive"] else 503)

    @app.page("/metrics")
    async def shown(self: Any, request: web.Request) -> Any:
        return self.bytes(meters.text(), content_type="text/plain")

    return is_ready


def source(context: Context, *topics: Topic) -> Any:
    """Topics of ours as Faust reads them, of as many partitions each: raw bytes, decoded by our own code."""
    names = [topic.name for topic in topics]
    return context.app.topic(*names, key_serializer="raw", value_serializer="raw", allow_empty=True)


async def produce(
    context: Context,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    *,
    partition: int | None = None,
    timestamp: float | None = None,
) -> Awaitable[object]:
    """Hand a record to the producer; the returned future is done once the broker has it. No value forgets the key.

    Raises:
        Revoked, Unheard: this work is, or may be, another worker's by now.
    """
    context.ownership.check()
    future: Awaitable[object] = await context.app.producer.send(topic, key, value, partition, timestamp, None)
    return future


async def all_taken(futures: Iterable[Awaitable[object]]) -> None:
    """Wait until the broker has all of these records; the first failure is raised."""
    for future in futures:
        await future


def sender(context: Context) -> Callable[[str, bytes | None, bytes], Awaitable[None]]:
    """A send that waits for the broker, for records that are rare."""

    async def send(topic: str, key: bytes | None, value: bytes) -> None:
        await (await produce(context, topic, key, value))

    return send
