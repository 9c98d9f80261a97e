"""The stack: broker, ClickHouse, topics, migrations and workers, started, watched and stopped as one.

What VIGIE_KAFKA or VIGIE_CLICKHOUSE names is used and not started. Everything started here listens on
loopback only. A worker that dies is started again; one that stopped itself, because most of what came could
not be handled, is not: a person must look.
"""

import json
import os
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec
import structlog

from deploy import rulebook, terms, topics
from deploy.clickhouse.migrate import migrate
from deploy.embedded import broker
from deploy.embedded.clickhouse.arguments import user_arguments
from deploy.environment import settings_folder
from deploy.privacy.forgetting import publish_list
from deploy.processes import Child, free_port, require_free, spawn, stop, wait_for_port
from deploy.restore import restore
from deploy.restore_notices import restore_notices
from deploy.running import STATE_FILE, empty, lock
from schemas.errors import ProvisionError
from schemas.settings import Settings
from streams.checks import checked
from streams.routing import routing
from streams.store import connect

log = structlog.get_logger()

_EMBEDDED = "embedded-"
_LAST = "notify"  # only once what was told before is known
EXIT_SYSTEMIC = 78
_CLICKHOUSE_START_S = 30.0
_WORKER_GRACE_S = 1.5
_BROKER_GRACE_S = 0.2
_STORE_GRACE_S = 3.0
_STORE_LIVES_S = 20.0  # one that dies sooner after it was started again will not get better
_RESTART_PAUSE_S = (0.2, 1.0, 2.0, 5.0, 10.0)
_STEADY_S = 20.0  # one that lived longer had started well: what ends it then is another story
_GIVE_UP_AFTER = 6  # restarts in a row, each sooner than that; one that was killed from outside is never given up


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
        environ: Mapping[str, str] | None = None,
        keep: bool = True,
        fresh: bool = False,
    ) -> None:
        """
        Args:
            environ: more environment for the workers.
            fresh: empty the folder first.
            keep: give an embedded broker, which has forgotten everything, what ClickHouse still knows.
        """
        self.settings = settings
        self.data_dir = data_dir
        self.agents = tuple(agents)
        self.workers: list[Worker] = []
        self.broker_identity = settings.kafka.bootstrap
        self._say = say
        self._environ = dict(environ or {})
        self._keep = keep
        self._fresh = fresh
        self._lock: IO[bytes] | None = None
        self._store_started_at = float("-inf")
        self.servers: list[Child] = []

    def __enter__(self) -> Self:
        self._lock = lock(self.data_dir)
        try:
            if self._fresh:
                empty(self.data_dir)
            if self.settings.clickhouse.url:
                connect(self.settings.clickhouse, database="default").close()  # before anything is started for it
            self._start_broker()
            topics.create(self.settings.kafka, term_s=terms.shortest_of_sources(self.settings))
            if self._forgets:
                rulebook.tell(self.data_dir / rulebook.FILE, self.settings.kafka.bootstrap)
            store = self._spawn_clickhouse()
            self._start_workers(agent for agent in self.agents if agent != _LAST)  # they load while the store is made
            if store is not None:
                self._wait_for_clickhouse(store)
            applied = migrate(self.settings)
            if applied:
                self._say(f"ClickHouse: {len(applied)} migrations applied")
            self._restore()
            if self._forgets:
                self._restore_forgotten()
            self._start_workers(agent for agent in self.agents if agent == _LAST)
            self._write_state()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stop([worker.child for worker in self.workers], grace_s=_WORKER_GRACE_S)
        for server in reversed(self.servers):
            # the broker holds nothing worth a farewell; ClickHouse closes its folder
            stop([server], grace_s=_BROKER_GRACE_S if server.name == "broker" else _STORE_GRACE_S)
        (self.data_dir / STATE_FILE).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def wait_ready(self, stopping: threading.Event, *, timeout_s: float = 90.0) -> None:
        """Return once every worker has its partitions, or when told to stop.

        Raises:
            ProvisionError: one has not in time, or stopped itself.
        """
        deadline = time.monotonic() + timeout_s
        waiting = list(self.workers)
        while waiting and not stopping.wait(0.05):
            if stopped := self.watch():
                raise ProvisionError("; ".join(stopped), fix="See its log.")
            if time.monotonic() > deadline:
                names = ", ".join(worker.agent for worker in waiting)
                raise ProvisionError(f"not ready after {timeout_s:.0f} s: {names}", where=str(self.data_dir / "logs"))
            waiting = [worker for worker in waiting if not _is_ready(worker)]
        if self._forgets and "responses" in self.agents and not waiting:
            rulebook.keep(self.data_dir / rulebook.FILE, self.settings.kafka.bootstrap)

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
                if now - worker.started_at > _STEADY_S:
                    worker.restarts = 0
                if worker.restarts >= _GIVE_UP_AFTER and code != -signal.SIGKILL:
                    worker.stopped = f"{worker.agent} died {worker.restarts + 1} times: {worker.child.last_words(1)}"
                    continue
                pause = _RESTART_PAUSE_S[min(worker.restarts, len(_RESTART_PAUSE_S) - 1)]
                worker.restart_at = now + pause
                log.warning("worker_died", worker=worker.agent, code=code, pause_s=pause)
            if now >= worker.restart_at:
                worker.child = self._spawn_worker(worker.agent, worker.port)
                worker.restarts += 1
                worker.started_at, worker.restart_at = now, None
                self._write_state()
        self._watch_servers(now)
        return [worker.stopped for worker in self.workers if worker.stopped]

    def _watch_servers(self, now: float) -> None:
        """ClickHouse is started again on its folder and port, the sink waits for it; without its broker all is over."""
        for place, server in enumerate(self.servers):
            if server.alive:
                continue
            code = server.process.returncode
            if server.name == "broker" or now - self._store_started_at < _STORE_LIVES_S:
                raise ProvisionError(
                    f"{server.name} ended with code {code}: {server.last_words() or 'it said nothing'}",
                    where=str(server.log),
                    fix="Start again; what ClickHouse holds is read back.",
                )
            log.warning("server_died", worker=server.name, code=code)
            self._store_started_at = now
            self.servers[place] = self._clickhouse(int(self.settings.clickhouse.url.rpartition(":")[2]))

    def _start_broker(self) -> None:
        kafka = self.settings.kafka
        if kafka.bootstrap:
            return
        child, port = broker.start(port=self.settings.embedded.kafka_port, log=self._log("broker"))
        self.servers.append(child)
        kafka = msgspec.structs.replace(
            kafka, bootstrap=f"127.0.0.1:{port}", replication=1, security_protocol="PLAINTEXT"
        )
        self.settings = msgspec.structs.replace(self.settings, kafka=kafka)
        self.broker_identity = f"{_EMBEDDED}{child.process.pid}-{time.time_ns()}"
        self._say(f"broker: embedded, {kafka.bootstrap}; it keeps nothing once it stops, ClickHouse does")

    def _spawn_clickhouse(self) -> tuple[Child, int] | None:
        if self.settings.clickhouse.url:
            return None
        port = self.settings.embedded.clickhouse_port
        if port:
            require_free(port, "embedded.clickhouse_port")
        port = port or free_port()
        child = self._clickhouse(port)
        self.servers.append(child)
        clickhouse = msgspec.structs.replace(self.settings.clickhouse, url=f"http://127.0.0.1:{port}")
        self.settings = msgspec.structs.replace(self.settings, clickhouse=clickhouse)
        return child, port

    def _clickhouse(self, port: int) -> Child:
        folder = self.data_dir / "clickhouse"
        command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder), "--port", str(port)]
        command += user_arguments(self.settings)
        return spawn("clickhouse", command, log=self._log("clickhouse"))

    def _wait_for_clickhouse(self, store: tuple[Child, int]) -> None:
        child, port = store
        wait_for_port(child, port, timeout_s=_CLICKHOUSE_START_S)
        self._say(f"ClickHouse: embedded, {self.settings.clickhouse.url}, data in {self.data_dir / 'clickhouse'}")

    def _start_workers(self, agents: Iterable[str]) -> None:
        """These agents; `settings.enrich.workers` of enrich, since that is where the processor time goes."""
        for agent in agents:
            for _ in range(self.settings.enrich.workers if agent == "enrich" else 1):
                port = free_port()
                self.workers.append(Worker(agent=agent, child=self._spawn_worker(agent, port), port=port))

    @property
    def _forgets(self) -> bool:
        """Whether the broker is the embedded one, which keeps nothing once it stops."""
        return self.broker_identity.startswith(_EMBEDDED)

    def _restore(self) -> None:
        if not self._keep or not self._forgets:
            return
        if _LAST in self.agents:
            restore_notices(self.settings, routing(self.settings, checked(self.settings, settings_folder())))
        count = restore(self.settings)
        if count:
            days = self.settings.embedded.restore_days
            self._say(f"conversations that changed within {days} days: {count:,} events read back")

    def _restore_forgotten(self) -> None:
        client = connect(self.settings.clickhouse)
        try:
            publish_list(client, self.settings.kafka)
        finally:
            client.close()

    def _spawn_worker(self, agent: str, port: int) -> Child:
        command = [sys.executable, "-m", "deploy.cli", "worker", agent, "--port", str(port)]
        return spawn(agent, command, log=self._log(agent), environ=self._worker_environ())

    def _worker_environ(self) -> dict[str, str]:
        settings = self.settings
        return {
            **self._environ,
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


def _is_ready(worker: Worker) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/health", timeout=1) as answer:
            return bool(json.load(answer)["ready"])
    except (OSError, ValueError):
        return False
