"""What runs beside the workers on one machine, as far as the settings ask for it: connectors, webhooks, decisions.

Each is a command that can as well be run by itself, somewhere else. One that dies is started again; one that says
that a setting is wrong is not: a person must look, and the rest goes on.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import structlog

from connectors.registry import connector_of
from deploy.processes import Child, free_port, spawn, stop
from schemas.settings import Settings
from streams.links import links_of

log = structlog.get_logger()

_EXIT_WRONG_SETTING = 2
_PAUSES_S = (1.0, 5.0, 15.0, 60.0)
_STEADY_S = 60.0  # one that lived longer had started well
_GRACE_S = 5.0


def wanted(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The commands that these settings ask for, by name.

    Raises:
        ConfigError: a source names a network that there is not.
    """
    found = [connector_of(source.network) for source in settings.sources]
    commands: dict[str, tuple[str, ...]] = {}
    if any(connector.poll or connector.stream for connector in found):
        commands["connect"] = ("connect",)
    if any(connector.webhook for connector in found):
        commands["webhooks"] = ("webhooks",)
    if links_of(settings.actions) is not None or settings.actions.token:
        commands["actions"] = ("actions", "serve")
    if settings.canary.every:
        commands["canary"] = ("canary",)
    return commands


@dataclass(slots=True, kw_only=True)
class _Companion:
    name: str
    child: Child
    started_at: float = field(default_factory=time.monotonic)
    restarts: int = 0
    restart_at: float | None = None
    stopped: str = ""


class Companions:
    """The running commands, for the length of a `with` block."""

    def __init__(
        self, commands: Mapping[str, Sequence[str]], data_dir: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._commands = {name: tuple(command) for name, command in commands.items()}
        self._data_dir = data_dir
        self._clock = clock
        self._running: list[_Companion] = []
        self.ports = {name: free_port() for name in self._commands}  # where each shows its figures

    def __enter__(self) -> Self:
        for name in self._commands:
            self._running.append(_Companion(name=name, child=self._spawn(name), started_at=self._clock()))
        return self

    def __exit__(self, *_: object) -> None:
        stop([one.child for one in self._running], grace_s=_GRACE_S)

    def watch(self) -> list[str]:
        """Start again what died, with a growing pause. To be called about once a second.

        Returns:
            A sentence for each that will not be started again.
        """
        now = self._clock()
        for one in self._running:
            if one.child.alive or one.stopped:
                continue
            if one.restart_at is None:
                self._ended(one, now)
            if one.restart_at is not None and now >= one.restart_at:
                one.child = self._spawn(one.name)
                one.restarts, one.started_at, one.restart_at = one.restarts + 1, now, None
        return [one.stopped for one in self._running if one.stopped]

    def _ended(self, one: _Companion, now: float) -> None:
        code = one.child.process.returncode
        if code == _EXIT_WRONG_SETTING:
            one.stopped = f"{one.name} cannot run with these settings: {one.child.last_words()}"
            return
        if now - one.started_at > _STEADY_S:
            one.restarts = 0
        pause = _PAUSES_S[min(one.restarts, len(_PAUSES_S) - 1)]
        one.restart_at = now + pause
        log.warning("companion_died", worker=one.name, code=code, pause_s=pause)

    def _spawn(self, name: str) -> Child:
        options = ["--data-dir", str(self._data_dir), "--metrics-port", str(self.ports[name])]
        command = [sys.executable, "-m", "deploy.cli", *self._commands[name], *options]
        return spawn(name, command, log=self._data_dir / "logs" / f"{name}.log")
