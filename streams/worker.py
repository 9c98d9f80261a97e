"""Run one agent as a process: build its app, attach the agent, work until told to stop."""

import gc
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import faust

from schemas.clock import SystemClock
from schemas.errors import ConfigError
from schemas.event import Event
from schemas.settings import Settings
from streams.app import Context, build_app
from streams.batches import EXIT_SYSTEMIC

Erase = Callable[[Event], Event]

AGENTS: tuple[str, ...] = ("enrich", "responses", "watch", "sink", "notify")


def attach(agent: str, context: Context, folder: Path, terms_s: Mapping[str, float], erase: Erase) -> None:
    """Register one agent by name; what it needs is imported only here, so that no worker carries another's weight.

    Args:
        folder: where the names of calendar files in the settings begin.
        terms_s: for how many seconds content of a network may be kept.
        erase: takes out of an event who was forgotten.
    Raises:
        ConfigError: there is no such agent, or a setting that it needs is wrong.
    """
    settings = context.settings
    if agent == "enrich":
        from streams.agents import enrich
        from streams.enricher import enricher_of

        enricher = enricher_of(settings)
        context.progress.models = enricher.model_version
        enrich.register(context, enricher, erase=erase)
    elif agent == "responses":
        from streams import editions
        from streams.agents import responses
        from streams.checks import checked
        from streams.rules import present, rulebook

        checked(settings, folder)
        now = present(settings, lambda name: (folder / name).read_bytes(), now=SystemClock().now())
        book = rulebook(settings, editions.hold(settings.kafka, now))
        responses.register(context, book, terms_s=terms_s)
    elif agent == "watch":
        from streams.agents import watch, windows

        watch.register(context)
        windows.register(context)
    elif agent == "sink":
        from streams.agents import sink
        from streams.store import Store

        sink.register(context, Store(settings.clickhouse))
    elif agent == "notify":
        from streams.agents import notify
        from streams.channels import AppriseChannels
        from streams.checks import checked
        from streams.links import links_of
        from streams.routing import routing

        routes = routing(settings, checked(settings, folder))
        channels = AppriseChannels(routes.targets, timeout_s=settings.notify.timeout)
        notify.register(context, routes, channels, links_of(settings.actions))
    else:
        raise ConfigError(f"there is no agent {agent!r}", fix=f"Name one of {', '.join(AGENTS)}.")


def run(
    agent: str,
    settings: Settings,
    *,
    folder: Path,
    port: int,
    version: str,
    terms_s: Mapping[str, float],
    erase: Erase,
) -> int:
    """Work until SIGTERM or Ctrl-C.

    Returns:
        The exit code: 0, or 78 when the worker stopped itself because most of what came could not be handled.
    """
    context = build_app(agent, settings, port=port, version=version)
    attach(agent, context, folder, terms_s, erase)
    gc.freeze()  # models and modules live for ever: the collector need not walk them again and again
    worker: Any = faust.Worker(context.app, loglevel="WARN", redirect_stdouts=False, override_logging=False)
    try:
        worker.execute_from_commandline()
    except SystemExit as stop:
        if stop.code not in (None, 0) and not context.progress.stopped:
            return int(stop.code) if isinstance(stop.code, int) else 1
    if context.progress.stopped:
        sys.stderr.write(f"vigie: {agent} stopped: {context.progress.stopped}\n")
        return EXIT_SYSTEMIC
    return 0
