"""`python -m deploy.embedded.clickhouse --path DIR --port N`: one ClickHouse over one data folder.

Prints one line, `listening on http://HOST:PORT`, when it takes queries. SIGTERM and SIGINT stop it within three
seconds. Exit codes: 0 stopped; 1 the folder is in use or cannot be used; 2 an argument is wrong.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web

from deploy.embedded.clickhouse.config import Limits
from deploy.embedded.clickhouse.engine import Engine
from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.folder import owned
from deploy.embedded.clickhouse.server import ClickHouseServer, Rim, is_loopback
from deploy.embedded.clickhouse.users import parse_users
from schemas.errors import ConfigError, ProvisionError, VigieError

log = structlog.get_logger(__name__)

_GRACE_SECONDS = 0.8  # for running queries, once they are asked to stop; aiohttp may wait twice as long
_LIMIT_SECONDS = 2.7  # then the process ends as it is; acknowledged data is on disk already
_PARENT_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The command line, checked."""

    path: Path
    host: str
    port: int
    rim: Rim
    limits: Limits
    views: tuple[str, ...]
    exit_with_parent: bool


def parse_options(arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    """The command line as options.

    Raises:
        ConfigError: an argument that does not fit.
    """
    parser = argparse.ArgumentParser(prog="python -m deploy.embedded.clickhouse", description=__doc__)
    add = parser.add_argument
    add("--path", type=Path, required=True, help="data folder; one process at a time")
    add("--port", type=int, default=8123, help="0 takes a free one")
    add("--host", default="127.0.0.1", help="a loopback address")
    add("--allow-remote", action="store_true", help="allow a --host that other machines can reach")
    add("--user", action="append", default=[], metavar="NAME:SHA256:ROLE", help="ROLE is readonly, views or owner")
    add("--view", action="append", default=[], metavar="DATABASE.NAME", help="what users with the role views may read")
    add("--users-file", type=Path, help="more users, one per line, in the same form")
    add("--max-body", type=int, default=512 << 20, help="bytes of a request, as sent and decompressed")
    add("--max-seconds", type=int, default=0, help="default max_execution_time of owners; 0 is none")
    add("--reader-max-seconds", type=int, default=60, help="largest max_execution_time of read-only users")
    add("--max-memory", type=int, default=4 << 30, help="default max_memory_usage of a query, in bytes")
    add("--exit-with-parent", action="store_true", help="stop when the process that started this one ends")
    given = parser.parse_args(arguments)
    if not given.allow_remote and not is_loopback(given.host):
        raise ConfigError(
            "not a loopback address", where=f"--host {given.host}", fix="Add --allow-remote if you mean it"
        )
    return Options(
        path=given.path.resolve(),
        host=given.host,
        port=given.port,
        rim=Rim(
            users=parse_users([*_lines(given.users_file), *given.user], environ),
            max_body=given.max_body,
            loopback_only=not given.allow_remote,
        ),
        limits=Limits(
            seconds=given.max_seconds, reader_seconds=given.reader_max_seconds, memory_bytes=given.max_memory
        ),
        views=tuple(given.view),
        exit_with_parent=given.exit_with_parent,
    )


def _lines(path: Path | None) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines() if path else []
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=f"--users-file {path}") from error


async def serve(options: Options) -> None:
    """Serve the working directory until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    parent = os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        engine = Engine(options.limits, options.views)
    except (EngineError, OSError) as error:
        raise ProvisionError(f"the engine did not start: {error}", where=str(options.path)) from error
    server = ClickHouseServer(engine, options.rim)
    web_runner = web.AppRunner(
        server.app(), auto_decompress=False, access_log=None, handle_signals=False, shutdown_timeout=_GRACE_SECONDS
    )
    await web_runner.setup()
    site = web.TCPSite(web_runner, options.host, options.port)
    try:
        await site.start()
    except OSError as error:
        raise ConfigError(
            f"cannot listen: {error.strerror}", where=f"{options.host}:{options.port}", fix="Give another --port"
        ) from error
    print(f"listening on http://{options.host}:{web_runner.addresses[0][1]}", flush=True)
    if options.exit_with_parent:
        watch = asyncio.create_task(_parent_gone(parent))
        watch.add_done_callback(lambda _: stop.set())
    await stop.wait()
    # From the kernel: the engine can hold the interpreter lock while it waits, and then no timer of Python fires.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, _LIMIT_SECONDS)
    await asyncio.to_thread(engine.cancel_all)
    await web_runner.cleanup()
    if server.busy:
        os._exit(0)  # a query that cannot be interrupted; closing the engine would wait for it
    server.close()
    await asyncio.to_thread(engine.close)


async def _parent_gone(parent: int) -> None:
    """Return when this process has another parent than at its start.

    Polled: the kernel's own signal (PR_SET_PDEATHSIG) follows the thread that started the process, not the process.
    """
    while os.getppid() == parent:  # noqa: ASYNC110  # nothing signals it
        await asyncio.sleep(_PARENT_POLL_SECONDS)


def main() -> None:
    """Run the server; errors of ours are one sentence on standard error."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        options = parse_options(sys.argv[1:], os.environ)
        with owned(options.path):
            os.chdir(options.path)
            asyncio.run(serve(options))
    except VigieError as error:
        sys.stderr.write(f"clickhouse: {error}\n")
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    os._exit(0)  # the engine's own static teardown has nothing left to do and may take seconds


if __name__ == "__main__":
    main()
