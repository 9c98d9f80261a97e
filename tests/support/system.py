"""Drive `vigie` as a person does: as a command, on a folder of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """The environment without any setting of Vigie, so that a test holds on every machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}


def vigie(*arguments: object, timeout_s: float = 180, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**environment(), **variables},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@contextlib.contextmanager
def running(*arguments: object, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A command in the background, ended at the end of the block whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.cli", *map(str, arguments)],
        cwd=ROOT,
        env={**environment(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    except AssertionError as error:
        error.add_note(f"it had said: {_ended(process)}")
        raise
    finally:
        _ended(process)


def _ended(process: subprocess.Popen[str]) -> str:
    """End a process that still runs; what it said and nobody has read yet."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            return process.communicate(timeout=15)[0] or ""
        except subprocess.TimeoutExpired:
            process.kill()
    return process.communicate()[0] or ""


def rows(data_dir: Path, query: str) -> list[dict[str, Any]]:
    """Ask the ClickHouse of the running stack; where none runs, `vigie sql`, which costs a second of processor time."""
    text = _asked(str(url), query) if (url := state(data_dir).get("clickhouse")) else None
    if text is None:
        answer = vigie("sql", "--data-dir", data_dir, "--format", "ndjson", query)
        assert answer.returncode == 0, answer.stderr
        text = answer.stdout
    return [json.loads(line) for line in text.splitlines()]


def _asked(url: str, query: str) -> str | None:
    """What the server of this address answers; None when nobody is there."""
    options = urllib.parse.urlencode({"database": "vigie", "default_format": "JSONEachRow", "readonly": 2})
    try:
        with urllib.request.urlopen(f"{url}/?{options}", data=query.encode(), timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read().decode()) from error
    except OSError:
        return None


def state(data_dir: Path) -> dict[str, Any]:
    """What the running stack of a folder wrote down of itself; empty when none runs."""
    try:
        found: dict[str, Any] = json.loads((data_dir / "stack.json").read_text())
    except (OSError, ValueError):
        return {}
    return found


def until(holds: Callable[[], object], *, timeout_s: float, what: str, every_s: float = 0.1) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(every_s)
    raise AssertionError(f"not within {timeout_s} s: {what}")


def family(pid: int) -> list[int]:
    """The processes below one, at any depth."""
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
