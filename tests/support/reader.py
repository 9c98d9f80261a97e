"""`vigie connect` on a network that misbehaves (tests/support/misbehaving.py), as a process that a test can kill."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.misbehaving import Misbehaving
from tests.support.system import ROOT, environment

# the command of a person, with waits cut short and without the limit of calls that a real server needs
POLL = """
import dataclasses, sys
from connectors import http, pause, registry
from connectors.base import Budget
from connectors.networks import mastodon

pause.FIRST_WAIT_S = 0.02
mastodon.PAGES_A_ROUND = 1_000_000
poll = dataclasses.replace(mastodon.CONNECTOR.poll, budget=Budget(calls=1_000_000, per_s=1.0))
mastodon.CONNECTOR = dataclasses.replace(mastodon.CONNECTOR, poll=poll)
from deploy.cli import main
sys.argv[0] = "vigie"
main()
"""
STREAM = """
import sys
from connectors import pause
pause.FIRST_WAIT_S = 0.02
from deploy.cli import main
sys.argv[0] = "vigie"
main()
"""


class Reader:
    """`vigie connect` on one network that misbehaves, started and ended as often as a test likes."""

    def __init__(self, program: str, name: str, toml: str, bootstrap: str, folder: Path) -> None:
        self.folder = folder
        (folder / "vigie.toml").write_text(toml, encoding="utf-8")
        self._command = [
            *(sys.executable, "-c", program, "connect", name, "--since", "2026-11-03T08:00:00Z"),
            *("--data-dir", str(folder / "data")),
        ]
        self._environ = {
            **environment(),
            "VIGIE_CONFIG": str(folder / "vigie.toml"),
            "VIGIE_KAFKA": bootstrap,
            "VIGIE_CONNECTORS__MAX_FUTURE": "3650d",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environ, stdout=subprocess.DEVNULL, stderr=log
            )
        return self.process

    def kill(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


def polled(network: Misbehaving) -> str:
    return f"""
[[sources]]
network = "mastodon"
account = "http://127.0.0.1:{network.port}"
track = ["lumora"]
interval = "100ms"
"""


def remembered(reader: Reader) -> int:
    """How many events the reader says that the broker has."""
    path = reader.folder / "data" / "connectors" / "memory.sqlite"
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as memory:
            return int(memory.execute("SELECT count(*) FROM events").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not made yet
