"""Start and stop the page: for the length of a `with` block beside other work, or in the foreground."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from deploy.viewer.server import Viewer, application
from schemas.errors import ConfigError, ProvisionError

PORT = 8350
_START_S, _STOP_S = 10.0, 5.0
_FAREWELL_S = 0.5  # a page that is being answered need not be waited for

Make = Callable[[], Viewer]


@contextmanager
def served(make: Make, *, port: int, host: str = "127.0.0.1", other_port: bool = False) -> Iterator[str]:
    """The address of the page, served by a thread of its own until the block ends.

    Args:
        make: called inside the event loop that serves.
        port: 0 takes a free one.
        other_port: take a free one as well when somebody listens on `port`.
    Raises:
        ConfigError: the port is taken.
    """
    server = _Server(make, host, port, other_port)
    thread = threading.Thread(target=server.run, name="board", daemon=True)
    thread.start()
    if not server.ready.wait(_START_S):
        raise ProvisionError("the page of the board did not start in time")
    try:
        if server.failure is not None:
            raise server.failure
        yield server.address
    finally:
        server.stop()
        thread.join(_STOP_S)


class _Server:
    """The thread's side: one event loop, from start to stop."""

    def __init__(self, make: Make, host: str, port: int, other_port: bool) -> None:
        self._make, self._host = make, host
        self._ports = (port, 0) if other_port else (port,)
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self.ready = threading.Event()
        self.failure: ConfigError | None = None
        self.address = ""

    def run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self.ready.set()
            self._loop.close()

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _serve(self) -> None:
        viewer = self._make()
        runner = web.AppRunner(
            application(viewer), access_log=None, handler_cancellation=True, shutdown_timeout=_FAREWELL_S
        )
        await runner.setup()
        try:
            self.address = await _listen(runner, self._host, self._ports)
            self.ready.set()
            await self._stopping.wait()
        except ConfigError as error:
            self.failure = error
        finally:
            await runner.cleanup()
            await viewer.asker.close()


async def _listen(runner: web.AppRunner, host: str, ports: tuple[int, ...]) -> str:
    """The first port that is free."""
    for place, port in enumerate(ports):
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            if place + 1 < len(ports):
                continue
            raise ConfigError(
                f"cannot listen on {host}:{port}: {error.strerror}",
                where="--port",
                fix="Choose another port; 0 takes a free one.",
            ) from error
        break
    address, taken = runner.addresses[0][:2]
    return f"http://[{address}]:{taken}" if ":" in address else f"http://{address}:{taken}"
