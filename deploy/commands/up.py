"""`vigie up`: start broker, ClickHouse, topics, migrations and workers, and keep them running."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from deploy.environment import load_settings, settings_folder
from schemas.errors import ProvisionError


def run(
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", help="Where ClickHouse keeps its data; default from vigie.toml.")
    ] = None,
    only_workers: Annotated[
        bool, typer.Option("--only-workers", help="Leave connectors, webhooks and the server of decisions to others.")
    ] = False,
) -> None:
    """Start everything on loopback, and stop it on Ctrl-C.

    With [[sources]] in vigie.toml the connectors run too, with [actions] the server of decisions.
    VIGIE_KAFKA and VIGIE_CLICKHOUSE name servers of yours; what they name is used and not started.
    """
    from deploy import logs
    from deploy.checking import check
    from deploy.companions import Companions, wanted
    from deploy.running import tell_targets
    from deploy.signals import stop_on_signals
    from deploy.stack import Stack
    from streams.worker import AGENTS

    logs.configure()
    settings = load_settings()
    check(settings, settings_folder())
    folder = data_dir or Path(settings.embedded.data_dir)
    commands = {} if only_workers else wanted(settings)
    with (
        stop_on_signals() as stopping,
        Stack(settings, data_dir=folder, agents=AGENTS, say=_say) as stack,
        Companions(commands, folder) as companions,
    ):
        _say(f"workers: {', '.join(worker.agent for worker in stack.workers)}; logs in {folder / 'logs'}")
        ports = [*((worker.agent, worker.port) for worker in stack.workers), *companions.ports.items()]
        tell_targets(folder, ports)
        if commands:
            _say(f"beside them: {', '.join(commands)}")
        _say(f'ready. Ask: vigie sql --data-dir {folder} "SELECT count() FROM events". Stop: Ctrl-C.')
        told: set[str] = set()
        while not stopping.is_set():
            for sentence in (*stack.watch(), *companions.watch()):
                if sentence not in told:
                    told.add(sentence)
                    sys.stderr.write(f"vigie: {sentence}\n")
            stopping.wait(0.5)
    if told:
        raise ProvisionError("something had stopped itself", fix="See above, and its log.")


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {sentence}", flush=True)
