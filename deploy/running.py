"""Find the stack that is running on a data folder."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

STATE_FILE = "stack.json"


class Running(Struct, frozen=True, kw_only=True):
    """Where a running stack listens, as it wrote it down."""

    pid: int
    kafka: str
    clickhouse: str


def find(data_dir: Path) -> Running | None:
    """The stack that runs on this folder, or None; what a killed one left behind does not count."""
    try:
        running = msgspec.json.decode((data_dir / STATE_FILE).read_bytes(), type=Running)
        os.kill(running.pid, 0)
    except (OSError, msgspec.MsgspecError):
        return None
    return running
