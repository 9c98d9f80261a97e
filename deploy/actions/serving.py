"""Run the server of decisions until told to stop: its broker, its store, its port."""

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from connectors.publish import Publisher
from deploy.actions.server import Desk, application
from deploy.alerts.reading import alert
from deploy.exposition import shown
from deploy.running import addresses
from schemas.action import Action
from schemas.alert import Alert
from schemas.brokers import Broker, at
from schemas.errors import BrokerError, ConfigError
from schemas.settings import Settings
from streams.links import SHORTEST_SECRET, links_of
from streams.store import connect

log = structlog.get_logger()

_DELIVERY_S = 5.0


class Decisions:
    """Publishes decisions over one connection to the broker; a connection that failed is replaced by the next."""

    def __init__(self, broker: Callable[[], Broker]) -> None:
        self._broker = broker
        self._publisher: Publisher | None = None
        self._lock = threading.Lock()

    def publish(self, action: Action) -> None:
        """Return once the broker has it.

        Raises:
            BrokerError: it does not answer, or did not take it.
        """
        with self._lock:
            try:
                if self._publisher is None:
                    opened = Publisher(self._broker(), connect_s=_DELIVERY_S, delivery_s=_DELIVERY_S)
                    self._publisher = opened.__enter__()
                self._publisher.act(action)
                self._publisher.flush()
            except BrokerError:
                self._drop()
                raise

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.__exit__(BrokerError, None, None)


def serve(settings: Settings, data_dir: Path | None, say: Callable[[str], None], *, metrics_port: int = 0) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: neither links nor the interface can work with these settings, or the port is taken.
    """
    links = links_of(settings.actions)
    token = settings.actions.token.reveal()
    if links is None and not token:
        raise ConfigError(
            "there is nothing to serve",
            where="actions",
            fix="For links set actions.base_url and VIGIE_ACTIONS__SECRET; for programs VIGIE_ACTIONS__TOKEN.",
        )
    if token and len(token) < SHORTEST_SECRET:
        raise ConfigError(
            f"the token is shorter than {SHORTEST_SECRET} characters",
            where="VIGIE_ACTIONS__TOKEN",
            fix="Make one with: openssl rand -hex 32",
        )
    folder = data_dir or Path(settings.embedded.data_dir)

    def broker() -> Broker:
        running = addresses(settings, data_dir)
        if running is None:
            raise BrokerError("no stack runs", where=str(folder), fix="Start it with `vigie up`.")
        return at(settings.kafka, running.kafka)

    decisions = Decisions(broker)
    desk = Desk(
        settings=settings.actions,
        links=links,
        publish=decisions.publish,
        find=lambda wanted: _find(settings, data_dir, wanted),
    )
    try:
        with shown(settings.health.host, metrics_port, desk.meters):
            asyncio.run(_run(desk, say))
    finally:
        decisions.close()


def _find(settings: Settings, data_dir: Path | None, alert_id: str) -> Alert | None:
    running = addresses(settings, data_dir)
    url = running.clickhouse if running else settings.clickhouse.url
    if not url:
        return None
    client = connect(msgspec.structs.replace(settings.clickhouse, url=url))
    try:
        return alert(client, alert_id)
    finally:
        client.close()


async def _run(desk: Desk, say: Callable[[str], None]) -> None:
    options = desk.settings
    runner = web.AppRunner(application(desk), access_log=None)  # its lines would hold the links
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.host, options.port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {options.host}:{options.port}: {error.strerror}",
                where="actions.port",
                fix="Choose another in VIGIE_ACTIONS__PORT.",
            ) from error
        host, port = runner.addresses[0][:2]
        say(f"listening on http://{host}:{port}; links: {'yes' if desk.links else 'no'}")
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        await stopping.wait()
    finally:
        await runner.cleanup()
