"""What a fault can break: three brokers, ClickHouse behind a proxy, its disk, the stack and its clock, and a replay as
the connector.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deploy.processes import Child, free_port, spawn, stop, wait_for_port
from tests.chaos.canary import Canaries
from tests.chaos.clock import WallClock
from tests.chaos.disk import Disk, disk
from tests.chaos.network import Network, network
from tests.chaos.proxy import Proxy, proxy
from tests.support import archive
from tests.support.kafka import LOOPBACK, Cluster, Host, cluster
from tests.support.stand import Stand, is_ready, standing
from tests.support.system import ROOT, environment, until

BROKERS = 3
_CLICKHOUSE_S = 30.0


@dataclass(slots=True)
class Connector:
    """The replay of the load: killed, it is started again and goes on where it was."""

    stand: Stand
    file: Path
    speed: float
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, *, speed: str = "") -> None:
        """Go on where it left off."""
        chosen = speed or str(self.speed)
        arguments = ["replay", str(self.file), "--format", "twcs", "--data-dir", str(self.stand.data_dir)]
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.cli", *arguments, "--speed", chosen, "--until-done"],
                cwd=ROOT,
                env={**environment(), **self.stand.variables},
                stdout=out,
                stderr=out,
            )

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def keep_running(self) -> None:
        """Start it again if it gave up, as a supervisor would; one that is done stays so."""
        assert self.process is not None
        if self.process.poll() not in (None, 0):
            self.start()

    def finish(self, *, timeout_s: float) -> None:
        """Publish what is left as fast as it goes, and wait until everything is stored."""
        deadline = time.monotonic() + timeout_s
        self.kill()
        self.start(speed="max")
        assert self.process is not None
        while (code := self.process.poll()) != 0:
            assert time.monotonic() < deadline, f"the load was not stored in time; see {self.log}"
            if code is not None:
                self.start(speed="max")
            time.sleep(0.5)

    def positions(self) -> list[Path]:
        """The files that hold how far it has come."""
        return list((self.stand.data_dir / "replays").glob("*.json"))


@dataclass(slots=True, kw_only=True)
class Scene:
    """The running system and the dice."""

    cluster: Cluster
    network: Network
    far: Host  # where a worker runs that has a cable of its own
    stand: Stand
    clock: WallClock
    store: Proxy
    disk: Disk | None
    connector: Connector
    canaries: Canaries
    chance: random.Random
    hands: ThreadPoolExecutor  # one thread that lives as long as the scene: a child ends with the thread that made it
    extra: list[Child] = field(default_factory=list)

    def add_worker(self, agent: str, host: Host = LOOPBACK) -> Child:
        """One more worker of an agent, once it has partitions."""
        port = free_port()
        log = self.stand.data_dir / "logs" / f"{agent}-extra-{len(self.extra)}.log"
        command = [*host.inside, sys.executable, "-m", "deploy.cli", "worker", agent, "--port", str(port)]
        child = spawn(agent, command, log=log, environ={**self.stand.variables, "VIGIE_HEALTH__HOST": host.address})
        self.extra.append(child)
        until(lambda: is_ready(port, host.address), timeout_s=120, what=f"partitions for another {agent}")
        return child

    def pause(self, pid: int) -> None:
        """SIGSTOP."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)

    def resume(self, pid: int) -> None:
        """SIGCONT."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def clickhouse(folder: Path, *, log: Path) -> Iterator[int]:
    """An embedded ClickHouse that nobody supervises; its port."""
    port = free_port()
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder), "--port", str(port)]
    child = spawn("clickhouse", command, log=log)
    try:
        wait_for_port(child, port, timeout_s=_CLICKHOUSE_S)
        yield port
    finally:
        stop([child], grace_s=3.0)


@contextlib.contextmanager
def scene(folder: Path, file: Path, *, seconds: float, seed: int, **variables: str) -> Iterator[Scene]:
    """The whole system under a load that lasts about so many seconds, if nothing disturbs it."""
    with contextlib.ExitStack() as stack:
        cables = stack.enter_context(network())
        *hosts, far = cables.hosts(BROKERS + 1)
        made = stack.enter_context(cluster(folder / "kafka", hosts=hosts))
        plate = stack.enter_context(disk(folder / "disk"))
        store_port = stack.enter_context(clickhouse(folder / "disk" / "clickhouse", log=folder / "clickhouse.log"))
        way = stack.enter_context(proxy(free_port(), store_port))
        clock = WallClock(folder / "clock")
        address = f"http://127.0.0.1:{way.port}"
        own = standing(folder / "D", made, alone=clock.variables(), VIGIE_CLICKHOUSE=address, **variables)
        stand = stack.enter_context(own)
        connector = Connector(stand, file, archive.SPAN_S / seconds, folder / "connector.log")
        hands = stack.enter_context(ThreadPoolExecutor(max_workers=1))
        built = Scene(
            cluster=made,
            network=cables,
            far=far,
            stand=stand,
            clock=clock,
            store=way,
            disk=plate,
            connector=connector,
            canaries=Canaries(made.bootstrap, f"http://127.0.0.1:{store_port}"),
            chance=random.Random(seed),
            hands=hands,
        )
        built.canaries.through()  # everything runs before anything is broken
        connector.start()
        try:
            yield built
        finally:
            if connector.process is not None:
                connector.kill()
            stop(built.extra, grace_s=2.0)
