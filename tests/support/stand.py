"""`vigie up` as an operator runs it: replay into it, add workers, kill them, read what is stored."""

import contextlib
import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.processes import free_port
from streams.worker import AGENTS
from tests.support import archive
from tests.support.complete import stored_turns
from tests.support.kafka import Cluster
from tests.support.system import rows, running, state, until, vigie

LOAD = "x"  # the network of archives
PLAIN = {"VIGIE_ENRICH__STEPS": "false"}  # no language is read: a stack that is up sooner, where words do not matter
NEWER = Path(__file__).parent / "programs" / "newer"
SECOND = Path(__file__).parent / "programs" / "second"
_NONE: Mapping[str, str] = {}
_LOAD_ONLY = f"WHERE network = '{LOAD}'"
_ALERTS = f"SELECT alert_id, state, fired_at, resolved_at, waited_seconds FROM alerts {_LOAD_ONLY} ORDER BY alert_id"
_EVENTS = f"SELECT event_id FROM events {_LOAD_ONLY} ORDER BY event_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is in the store at the end: what two runs of one archive have in common, whatever happened to them."""

    events: list[str]
    turns: list[str]
    alerts: list[dict[str, Any]]

    def differences(self, other: "Stored") -> str:
        """What this one lacks or has beyond the other, in a line; empty when they are equal."""
        found = [
            *_compared("events", self.events, other.events),
            *_compared("turns", self.turns, other.turns),
            *_compared("alerts", [*map(repr, self.alerts)], [*map(repr, other.alerts)]),
        ]
        return "; ".join(found)


def _compared(what: str, mine: list[str], theirs: list[str]) -> Iterator[str]:
    lost, beyond, doubled = set(theirs) - set(mine), set(mine) - set(theirs), len(mine) - len(set(mine))
    if lost or beyond or doubled:
        yield f"{what}: {len(lost)} lost, {len(beyond)} beyond, {doubled} doubled, such as {[*lost, *beyond][:2]}"


@dataclass(slots=True, kw_only=True)
class Stand:
    """A running stack."""

    data_dir: Path
    process: subprocess.Popen[str]
    variables: dict[str, str] = field(default_factory=dict)

    def replay(self, file: Path, *arguments: str, timeout_s: float = 240) -> subprocess.CompletedProcess[str]:
        """Publish an archive and wait until it is stored."""
        command = ("replay", file, "--format", "twcs", "--until-done", "--data-dir", self.data_dir, *arguments)
        return vigie(*command, timeout_s=timeout_s, **self.variables)

    @contextlib.contextmanager
    def replaying(self, file: Path, *, seconds: float = 40) -> Iterator[subprocess.Popen[str]]:
        """Publish an archive over about so many seconds, in the background, and wait until it is stored."""
        speed = archive.SPAN_S / seconds
        command = ("replay", file, "--format", "twcs", "--until-done", "--data-dir", self.data_dir, "--speed", speed)
        with running(*command, **self.variables) as process:
            yield process

    def workers(self) -> dict[str, int]:
        """The processes of the stack, by agent."""
        return {worker["agent"]: worker["pid"] for worker in state(self.data_dir).get("workers", [])}

    def kill(self, agent: str) -> None:
        """kill -9 of the worker of one agent; the stack starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.workers()[agent], signal.SIGKILL)

    @contextlib.contextmanager
    def another(self, agent: str) -> Iterator[subprocess.Popen[str]]:
        """One more worker of an agent, beside that of the stack, once it has partitions."""
        with contextlib.ExitStack() as stack:
            wait = self.begin(agent, stack)
            yield wait()

    def begin(self, agent: str, stack: contextlib.ExitStack) -> Callable[[], subprocess.Popen[str]]:
        """Start one more worker, which ends with `stack`; what is returned waits until it has partitions."""
        variables = {**self.variables, "VIGIE_CLICKHOUSE": state(self.data_dir)["clickhouse"]}
        port = free_port()
        process = stack.enter_context(running("worker", agent, "--port", port, **variables))

        def wait() -> subprocess.Popen[str]:
            until(lambda: is_ready(port), timeout_s=120, what=f"partitions for another {agent}")
            return process

        return wait

    @contextlib.contextmanager
    def version(self, program: Path) -> Iterator[None]:
        """What is started in the block beside the stack is of this version of the program."""
        before, self.variables = self.variables, {**self.variables, "PYTHONPATH": str(program)}
        try:
            yield
        finally:
            self.variables = before

    def stored(self) -> Stored:
        """What a reader of the views sees."""
        turns = [repr(turn) for turn in stored_turns(self.data_dir, _LOAD_ONLY)]
        events = [row["event_id"] for row in rows(self.data_dir, _EVENTS)]
        return Stored(events=events, turns=sorted(turns), alerts=rows(self.data_dir, _ALERTS))

    def logged(self, agent: str) -> str:
        """All that the workers of an agent wrote."""
        log = self.data_dir / "logs" / f"{agent}.log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def is_ready(port: int, host: str = "127.0.0.1") -> bool:
    """Whether the worker that answers on this port has its partitions."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/health", timeout=1) as answer:
            return bool(json.load(answer)["ready"])
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def standing(
    data_dir: Path, cluster: Cluster | None = None, *, alone: Mapping[str, str] = _NONE, **variables: str
) -> Iterator[Stand]:
    """The stack on these brokers, else on the embedded one, with the clock of a replay, while the block lasts.

    Args:
        alone: variables of the stack and its workers, not of what is run beside them.
    """
    chosen = {"VIGIE_RESPONSES__CLOCK": "stream", **variables}
    if cluster is not None:
        chosen |= {"VIGIE_KAFKA": cluster.bootstrap, "VIGIE_KAFKA__REPLICATION": str(cluster.replication)}
    with running("up", "--data-dir", data_dir, **chosen, **alone) as process:
        until(lambda: process.poll() is not None or _up(data_dir), timeout_s=90, what="workers")
        assert process.poll() is None, process.communicate()[0]
        yield Stand(data_dir=data_dir, process=process, variables={**chosen, "VIGIE_KAFKA": state(data_dir)["kafka"]})


def _up(data_dir: Path) -> bool:
    return len(state(data_dir).get("workers", [])) == len(AGENTS)
