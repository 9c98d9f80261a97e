"""A Chromium without a window, driven over its DevTools protocol: for pictures, and for the tests of the page."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from deploy.processes import spawn, stop
from schemas.errors import ConfigError, ProvisionError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_START_S, _LOOK_S, _ANSWER_S, _GRACE_S = 20.0, 0.05, 30.0, 2.0
_LARGEST_MESSAGE = 64 << 20  # a picture comes in one

_OPTIONS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)


def program() -> str | None:
    """The first Chromium or Chrome on the PATH."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class Page:
    """One tab."""

    def __init__(self, wire: "_Wire", session: str) -> None:
        self._wire = wire
        self._session = session

    async def send(self, method: str, **given: Any) -> dict[str, Any]:
        """One command of the DevTools protocol.

        Raises:
            ProvisionError: the browser refuses it, or does not answer.
        """
        return await self._wire.send(method, given, self._session)

    async def resize(self, width: int, height: int, *, scale: float = 1, phone: bool = False) -> None:
        """The size of the screen in pixels of the page."""
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )

    async def open(self, address: str) -> None:
        """Go to an address; returns before its content is there."""
        await self.send("Page.navigate", url=address)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; one that is a promise is awaited.

        Raises:
            ProvisionError: it throws.
        """
        answer = await self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            told = answer["exceptionDetails"]
            what = told.get("exception", {}).get("description") or told.get("text")
            raise ProvisionError(f"the page threw: {what}", where=expression[:80])
        return answer["result"].get("value")

    async def until(self, expression: str, *, timeout_s: float = 15.0) -> float:
        """Wait until a JavaScript expression is true; after how many seconds it was.

        Raises:
            ProvisionError: it was not in time.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not await self.evaluate(f"Boolean({expression})"):
            if loop.time() - began > timeout_s:
                raise ProvisionError(f"the page was not ready within {timeout_s:g} s", where=expression[:80])
            await asyncio.sleep(0.02)
        return loop.time() - began


class _Wire:
    """The connection to the browser: commands out, answers back by their number; events pass by unread."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def read(self) -> None:
        async for message in self._socket:
            told = message.json()
            waiting = self._waiting.pop(told.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(told)

    async def send(self, method: str, given: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        self._last += 1
        number = self._last
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        command = {"id": number, "method": method, "params": given}
        await self._socket.send_json(command | ({"sessionId": session} if session else {}))
        try:
            told = await asyncio.wait_for(answer, _ANSWER_S)
        except TimeoutError:
            raise ProvisionError("Chromium does not answer", where=method) from None
        if "error" in told:
            raise ProvisionError(f"Chromium refuses: {told['error'].get('message')}", where=method)
        result: dict[str, Any] = told["result"]
        return result


@asynccontextmanager
async def page() -> AsyncIterator[Page]:
    """A fresh tab of a fresh browser, with nothing kept from before and nothing kept after.

    Raises:
        ConfigError: there is no Chromium.
        ProvisionError: it does not start.
    """
    found = program()
    if found is None:
        raise ConfigError(
            "there is no Chromium or Chrome on the PATH", where="--png", fix="Install one: apt-get install chromium"
        )
    with tempfile.TemporaryDirectory(prefix="vigie-chromium-", ignore_cleanup_errors=True) as own:
        folder = Path(own)
        options = [*_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # root has no sandbox to give up to
        command = [found, *options, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        child = spawn("chromium", command, log=folder / "chromium.log")
        try:
            address = await _listening(folder / "profile" / "DevToolsActivePort", lambda: child.alive)
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(address, max_msg_size=_LARGEST_MESSAGE) as socket,
            ):
                wire = _Wire(socket)
                reading = asyncio.create_task(wire.read())
                try:
                    yield await _tab(wire)
                finally:
                    reading.cancel()
        finally:
            await asyncio.to_thread(stop, [child], grace_s=_GRACE_S)


async def _listening(file: Path, alive: Callable[[], bool]) -> str:
    """Where it listens: the port, and below it a path that nobody can guess."""
    for _ in range(int(_START_S / _LOOK_S)):
        if address := _written(file):
            return address
        if not alive():
            break
        await asyncio.sleep(_LOOK_S)
    raise ProvisionError(
        "Chromium did not start", where="--png", fix="Start it by hand with --headless=new to see why."
    )


def _written(file: Path) -> str | None:
    """What Chromium has written down about itself, once it is whole."""
    try:
        port, path = file.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return None
    return f"ws://127.0.0.1:{port}{path}"


async def _tab(wire: _Wire) -> Page:
    target = await wire.send("Target.createTarget", {"url": "about:blank"})
    attached = await wire.send("Target.attachToTarget", {"targetId": target["targetId"], "flatten": True})
    opened = Page(wire, attached["sessionId"])
    await opened.send("Page.enable")
    return opened
