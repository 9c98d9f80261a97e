"""`vigie canary`: a test event again and again, and how long it takes to its row."""

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.environment import load_settings
from schemas.errors import ConfigError
from schemas.settings import Settings


def run(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the last one came in time; exit code 1 when not.")
    ] = False,
    metrics_port: Annotated[int, typer.Option(help="Answer /metrics and /health on this port; 0 nowhere.")] = 0,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the stack; default from vigie.toml.")
    ] = None,
) -> None:
    """Send a test event each canary.every until Ctrl-C; `vigie up` does so by itself. It counts in no figure."""
    settings = load_settings()
    if check:
        sys.exit(_check(settings, data_dir))
    if not settings.canary.every:
        raise ConfigError("no test events are wanted", where="canary.every = 0s", fix="Set it to 1m.")
    _fly(settings, data_dir, metrics_port)


def _check(settings: Settings, data_dir: Path | None) -> int:
    from deploy import canary
    from deploy.clickhouse.reach import reach
    from streams.store import connect

    with reach(settings, data_dir) as clickhouse:
        client = connect(clickhouse)
        wrong = canary.diagnose(client, settings.canary, datetime.now(UTC))
        client.close()
    print(wrong or "the last test event came in time")
    return 1 if wrong else 0


def _fly(settings: Settings, data_dir: Path | None, metrics_port: int) -> None:
    from connectors.publish import SharedBroker
    from deploy import canary, logs
    from deploy.exposition import shown
    from deploy.onlooker import Onlooker
    from deploy.reporting import reported
    from deploy.running import addresses
    from deploy.signals import stop_on_signals
    from deploy.topics import Progress
    from schemas.brokers import at
    from streams.meters import Meters
    from streams.store import Store, connect

    logs.configure(agent="canary")
    running = addresses(settings, data_dir)
    if running is None or not running.clickhouse:
        raise ConfigError(
            "no broker or no ClickHouse is set",
            fix="Set VIGIE_KAFKA and VIGIE_CLICKHOUSE, or run `vigie up` on this data folder.",
        )
    clickhouse = msgspec.structs.replace(settings.clickhouse, url=running.clickhouse)
    kafka, meters = at(settings.kafka, running.kafka), Meters()
    with stop_on_signals() as stopping, ExitStack() as held:
        broker = held.enter_context(SharedBroker(kafka, delivery_s=10.0))
        store = held.enter_context(Store(clickhouse))
        client = connect(clickhouse)
        held.callback(client.close)
        progress = Progress(kafka)
        held.callback(progress.close)
        bird = canary.Canary(
            settings=settings.canary,
            publisher=canary.Renewing(broker),
            arrived=canary.arrived(client),
            store=store,
            meters=meters,
        )
        onlooker = Onlooker(client, progress, meters)
        held.enter_context(shown(settings.health.host, metrics_port, meters, bird.health))
        held.enter_context(reported("canary", kafka, metrics_port, health=bird.health, lags=lambda: onlooker.lags))
        bird.run(stopping, onlooker.look)
