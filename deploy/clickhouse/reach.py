"""Find the ClickHouse to ask: a server that is set, the one that runs on a data folder, or one started for a moment."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from deploy.embedded.clickhouse.arguments import user_arguments
from deploy.processes import free_port, spawn, stop, wait_for_port
from deploy.running import STATE_FILE
from schemas.errors import ConfigError
from schemas.settings import ClickHouse, Settings

_PING_S, _START_S, _GRACE_S = 2.0, 30.0, 5.0


@contextmanager
def reach(settings: Settings, data_dir: Path | None = None, *, create: bool = False) -> Iterator[ClickHouse]:
    """The settings of a server that answers, for the length of a `with` block.

    Args:
        data_dir: a data folder, which then goes before `clickhouse.url`.
        create: whether a data folder that is not there yet is made.
    Raises:
        ConfigError: there is no data folder.
    """
    if settings.clickhouse.url and data_dir is None:
        yield settings.clickhouse
        return
    folder = Path(settings.embedded.data_dir) if data_dir is None else data_dir
    running = running_on(folder)
    if running:
        yield _loopback(settings, running)
        return
    if not create and not (folder / "clickhouse").is_dir():
        raise ConfigError(
            "there is no data in this folder",
            where=str(folder),
            fix="Name a folder with --data-dir, a server with VIGIE_CLICKHOUSE, or fill this one with `vigie demo`",
        )
    port = free_port()
    path = folder / "clickhouse"
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(path), "--port", str(port)]
    command += user_arguments(settings)
    child = spawn("clickhouse", command, log=folder / "logs" / "clickhouse.log")
    try:
        wait_for_port(child, port, timeout_s=_START_S)
        yield _loopback(settings, f"http://127.0.0.1:{port}")
    finally:
        stop([child], grace_s=_GRACE_S)


def running_on(folder: Path) -> str | None:
    """The address of the server that runs on a data folder, as its state file says, if it answers."""
    try:
        url = json.loads((folder / STATE_FILE).read_bytes()).get("clickhouse")
    except (OSError, ValueError, AttributeError):
        return None  # no stack runs there, or it was killed while it wrote
    return url if isinstance(url, str) and _answers(url) else None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=_PING_S) as answer:
            return bool(answer.read().strip() == b"Ok.")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _loopback(settings: Settings, url: str) -> ClickHouse:
    return msgspec.structs.replace(settings.clickhouse, url=url)
