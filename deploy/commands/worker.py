"""`vigie worker NAME…`: run agents, each as a process of its own."""

import importlib.metadata
import os
import signal
import subprocess
import sys
from typing import Annotated

import typer

from deploy.environment import load_settings, settings_folder
from schemas.errors import ConfigError
from schemas.settings import Privacy


def run(
    names: Annotated[list[str], typer.Argument(help="enrich, responses, watch, sink, notify")],
    port: Annotated[int, typer.Option(help="Answer /metrics and /health here, on health.host; 0 nowhere.")] = 0,
) -> None:
    """Run one or more agents until Ctrl-C. Several names start one process each."""
    from streams.worker import AGENTS

    unknown = [name for name in names if name not in AGENTS]
    if unknown:
        raise ConfigError(f"there is no agent {unknown[0]!r}", fix=f"Name one or more of {', '.join(AGENTS)}.")
    if len(names) > 1:
        sys.exit(_run_each(names))
    sys.exit(_run_one(names[0], port))


def _run_one(name: str, port: int) -> int:
    from connectors.forgotten import ForgottenList
    from deploy import logs, terms
    from streams import worker

    settings = load_settings()
    if not settings.kafka.bootstrap:
        raise ConfigError("no broker is set", fix="Set VIGIE_KAFKA=host:port, or run `vigie up` for an embedded stack.")
    if name == "sink" and not settings.clickhouse.url:
        raise ConfigError("no ClickHouse is set", fix="Set VIGIE_CLICKHOUSE=http://host:port, or run `vigie up`.")
    logs.configure(os.environ.get("LOG_LEVEL", "INFO"), agent=name)
    privacy = settings.privacy if name == "enrich" else Privacy()
    with ForgottenList(settings.kafka, privacy) as forgotten:
        return worker.run(
            name,
            settings,
            folder=settings_folder(),
            port=port,
            version=importlib.metadata.version("vigie"),
            terms_s=terms.of_state(settings) if name == "responses" else {},
            erase=forgotten.erase,
        )


def _run_each(names: list[str]) -> int:
    children = [subprocess.Popen([sys.executable, "-m", "deploy.cli", "worker", name]) for name in names]

    def stop(*_: object) -> None:
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    codes = [child.wait() for child in children]
    return max(codes)
