"""The embedded ClickHouse as a real process, for tests."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

READER, PASSWORD = "grafana", "only for looking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A started server."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def launch(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the server over a folder without waiting for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"VIGIE_TEST_READER_PASSWORD": PASSWORD},
    )


def start(folder: Path, *arguments: str) -> Running:
    """Start the server over a folder and wait until it listens."""
    process = launch(folder, *arguments)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
    if found is None:
        _, errors = process.communicate(timeout=10)
        pytest.fail(f"the server did not start: {line} {errors}")
    return Running(process=process, port=int(found.group(1)))


def stop(running: Running, number: int = signal.SIGTERM) -> int:
    """Send a signal, wait for the end, return the exit code."""
    running.process.send_signal(number)
    code = running.process.wait(timeout=5)
    for pipe in (running.process.stdout, running.process.stderr):
        if pipe is not None:
            pipe.close()
    return code


def run(http: httpx.Client, sql: str, **params: str) -> httpx.Response:
    """Ask by POST, with the statement in the body."""
    return http.post("/", content=sql, params=params)
