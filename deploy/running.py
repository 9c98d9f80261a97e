"""One stack per data folder: the lock that holds it, and the file that tells where the stack listens."""

import fcntl
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from schemas.errors import ConfigError
from schemas.settings import Settings

STATE_FILE = "stack.json"
LOCK_FILE = "stack.lock"
TARGETS_FILE = "metrics.json"


class Running(Struct, frozen=True, kw_only=True):
    """Where a running stack listens, as it wrote it down."""

    pid: int
    kafka: str
    clickhouse: str


def lock(data_dir: Path) -> IO[bytes]:
    """Hold the folder until the file is closed or the process ends, however it ends.

    Raises:
        ConfigError: the folder cannot be used, or another stack runs on it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        held = (data_dir / LOCK_FILE).open("ab")
    except OSError as error:
        raise ConfigError(
            f"the data folder cannot be used: {error.strerror}",
            where=str(data_dir),
            fix="Name another with --data-dir.",
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        running = find(data_dir)
        who = f" (process {running.pid})" if running else ""
        raise ConfigError(
            f"a stack already runs on this folder{who}",
            where=str(data_dir),
            fix="Stop it, or name another folder with --data-dir.",
        ) from error
    return held


def empty(data_dir: Path) -> None:
    """Remove what a former stack left; only while the folder is locked."""
    for entry in data_dir.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOCK_FILE:
            entry.unlink()


def addresses(settings: Settings, data_dir: Path | None) -> Running | None:
    """Broker and ClickHouse of the servers that are set, else of the stack that runs on the folder; None: neither.

    Args:
        data_dir: a folder that was named by hand, which goes before what is set.
    """
    if data_dir is None and settings.kafka.bootstrap:
        return Running(pid=0, kafka=settings.kafka.bootstrap, clickhouse=settings.clickhouse.url)
    return find(data_dir or Path(settings.embedded.data_dir))


def tell_targets(data_dir: Path, ports: Iterable[tuple[str, int]]) -> None:
    """Write where processes show /metrics, as Prometheus reads it by file_sd_configs."""
    targets = [{"targets": [f"127.0.0.1:{port}"], "labels": {"part": part}} for part, port in ports]
    path = data_dir / TARGETS_FILE
    part = path.with_suffix(".tmp")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(targets)) + b"\n")
    part.replace(path)


def find(data_dir: Path) -> Running | None:
    """The stack that runs on this folder, or None; what a killed one left behind does not count."""
    try:
        running = msgspec.json.decode((data_dir / STATE_FILE).read_bytes(), type=Running)
        os.kill(running.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return running
