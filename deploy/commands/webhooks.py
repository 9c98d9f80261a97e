"""`vigie webhooks`: the server that push networks call."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deploy.environment import environment, load_settings
from schemas.errors import ConfigError


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Sources of vigie.toml, or networks; without any, all that push.", show_default=False),
    ] = None,
    port: Annotated[int | None, typer.Option(help="Before webhooks.port.", show_default=False)] = None,
    metrics_port: Annotated[int, typer.Option(help="Answer /metrics and /health on this port; 0 nowhere.")] = 0,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Folder of the stack; default from vigie.toml.")
    ] = None,
) -> None:
    """Answer push networks until Ctrl-C or SIGTERM: check the signature, publish, and only then say yes.

    Publishes to VIGIE_KAFKA, or to the stack that runs on the data folder.
    """
    import asyncio
    from datetime import UTC, datetime

    from connectors.roster import Wish, roster
    from deploy import logs
    from deploy.connecting import running_broker, say
    from deploy.receiving import receive
    from deploy.signals import stop_on_signals

    logs.configure(environment().get("LOG_LEVEL", "INFO"))
    settings = load_settings()
    if port is not None:
        settings = msgspec.structs.replace(settings, webhooks=msgspec.structs.replace(settings.webhooks, port=port))
    folder = data_dir or Path(settings.embedded.data_dir)
    wish = Wish(names=names or [one.network for one in settings.sources], since=datetime.now(UTC))
    jobs = roster(settings, environment(), wish)
    jobs = jobs if names else [job for job in jobs if job.connector.webhook]
    if not jobs:
        raise ConfigError("no network that pushes is named", fix="Name one, or declare [[sources]] in vigie.toml.")
    bootstrap = running_broker(settings, folder)
    if not bootstrap:
        raise ConfigError("no broker is set", fix="Set VIGIE_KAFKA=host:port, or run `vigie up` on this data folder.")
    with stop_on_signals() as stopping:
        asyncio.run(receive(jobs, settings, folder, bootstrap, stopping, say=say, metrics_port=metrics_port))
