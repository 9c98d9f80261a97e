"""The stack: broker, ClickHouse, topics, migrations and workers, started, watched and stopped as one.

What VIGIE_KAFKA or VIGIE_CLICKHOUSE names is used and not started. Everything started here listens on
loopback only. A worker that dies is started again; one that stopped itself, because most of what came could
not be handled, is not: a person must look.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

from deploy import topics
from deploy.clickhouse.migrate import migrate
from deploy.embedded import broker
from deploy.processes import Child, free_port, spawn, stop, wait_for_port
from schemas.errors import ProvisionError
from schemas.settings import Settings

log = structlog.get_logger()

STATE_FILE = "stack.json"
EXIT_SYSTEMIC = 78
_CLICKHOUSE_START_S = 30.0
_GRACE_S = 3.0
_RESTART_PAUSE_S = (0.2, 1.0, 2.0, 5.0, 10.0)


@dataclass(slots=True)
class Worker:
    """One worker process and how often it had to be started again."""

    agent: str
    child: Child
    port: int
    restarts: int = 0
    restart_at: float | None = None
    started_at: float = field(default_factory=time.monotonic)
    stopped: str = ""


class Stack:
    """The running system of one data folder, for the length of a `with` block."""

    def __init__(
        self,
        settings: Settings,
        *,
        data_dir: Path,
        agents: Sequence[str],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.data_dir = data_dir
        self.agents = tuple(agents)
        self.workers: list[Worker] = []
        self.broker_identity = settings.kafka.bootstrap
        self._say = say
        self._servers: list[Child] = []

    def __enter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            self._start_servers()
            topics.create(self.settings.kafka)
            applied = migrate(self.settings)
            if applied:
                self._say(f"ClickHouse: {len(applied)} migrations applied")
            self._write_state()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop([worker.child for worker in self.workers], grace_s=_GRACE_S / 2)
        for server in reversed(self._servers):
            stop([server], grace_s=_GRACE_S)
        (self.data_dir / STATE_FILE).unlink(missing_ok=True)

    def start_workers(self) -> None:
        """Start every agent; `settings.enrich.workers` of enrich, since that is where the processor time goes."""
        for agent in self.agents:
            for _ in range(self.settings.enrich.workers if agent == "enrich" else 1):
                port = free_port()
                self.workers.append(Worker(agent=agent, child=self._spawn_worker(agent, port), port=port))
        self._write_state()

    def watch(self) -> list[str]:
        """Start dead workers again, with a growing pause. To be called about once a second.

        Returns:
            A sentence for each worker that stopped itself and needs a person.
        """
        now = time.monotonic()
        for worker in self.workers:
            if worker.child.alive or worker.stopped:
                continue
            if worker.restart_at is None:
                code = worker.child.process.returncode
                if code == EXIT_SYSTEMIC:
                    worker.stopped = f"{worker.agent} stopped itself: {worker.child.last_words(1)}"
                    continue
                if now - worker.started_at > 60:
                    worker.restarts = 0
                pause = _RESTART_PAUSE_S[min(worker.restarts, len(_RESTART_PAUSE_S) - 1)]
                worker.restart_at = now + pause
                log.warning("worker_died", worker=worker.agent, code=code, pause_s=pause)
            if now >= worker.restart_at:
                worker.child = self._spawn_worker(worker.agent, worker.port)
                worker.restarts += 1
                worker.started_at, worker.restart_at = now, None
                self._write_state()
        for server in self._servers:
            if not server.alive:
                raise ProvisionError(f"{server.name} ended: {server.last_words()}", where=str(server.log))
        return [worker.stopped for worker in self.workers if worker.stopped]

    def _start_servers(self) -> None:
        kafka, clickhouse = self.settings.kafka, self.settings.clickhouse
        if not clickhouse.url:
            clickhouse = msgspec.structs.replace(clickhouse, url=self._start_clickhouse())
        if not kafka.bootstrap:
            child, port = broker.start(port=self.settings.embedded.kafka_port, log=self._log("broker"))
            self._servers.append(child)
            kafka = msgspec.structs.replace(kafka, bootstrap=f"127.0.0.1:{port}", replication=1)
            self.broker_identity = f"embedded-{child.process.pid}-{time.time_ns()}"
            self._say(f"broker: embedded, {kafka.bootstrap}; it keeps nothing once it stops, ClickHouse does")
        self.settings = msgspec.structs.replace(self.settings, kafka=kafka, clickhouse=clickhouse)

    def _start_clickhouse(self) -> str:
        port = self.settings.embedded.clickhouse_port or free_port()
        folder = self.data_dir / "clickhouse"
        command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder), "--port", str(port)]
        child = spawn("clickhouse", command, log=self._log("clickhouse"))
        self._servers.append(child)
        wait_for_port(child, port, timeout_s=_CLICKHOUSE_START_S)
        url = f"http://127.0.0.1:{port}"
        self._say(f"ClickHouse: embedded, {url}, data in {folder}")
        return url

    def _spawn_worker(self, agent: str, port: int) -> Child:
        command = [sys.executable, "-m", "deploy.cli", "worker", agent, "--port", str(port)]
        return spawn(agent, command, log=self._log(agent), environ=self._worker_environ())

    def _worker_environ(self) -> dict[str, str]:
        settings = self.settings
        return {
            "VIGIE_KAFKA": settings.kafka.bootstrap,
            "VIGIE_CLICKHOUSE": settings.clickhouse.url,
            "VIGIE_KAFKA__REPLICATION": str(settings.kafka.replication),
            "VIGIE_RESPONSES__CLOCK": settings.responses.clock,
            "VIGIE_ENRICH__STEPS": str(settings.enrich.steps).lower(),
            "OMP_NUM_THREADS": "1",  # one processor per worker: threads of numpy would only fight over it
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",  # glibc's arenas per thread hold memory that is never used again
        }

    def _log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "kafka": self.settings.kafka.bootstrap,
            "clickhouse": self.settings.clickhouse.url,
            "workers": [
                {"agent": worker.agent, "pid": worker.child.process.pid, "health": f"http://127.0.0.1:{worker.port}"}
                for worker in self.workers
            ],
        }
        path = self.data_dir / STATE_FILE
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)
