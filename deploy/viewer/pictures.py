"""Every board as a picture, on a wide screen and on a phone, taken by a Chromium that is there."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.viewer.chromium import Page, page
from schemas.errors import ConfigError

_READY = "['ready', 'failed'].includes(document.documentElement?.dataset.state)"
_SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_READY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A size to take pictures at."""

    name: str
    width: int
    height: int
    phone: bool = False


SCREENS = (
    Screen(name="", width=1600, height=900),
    Screen(name="-phone", width=390, height=844, phone=True),
)


def take(address: str, uids: tuple[str, ...], folder: Path, *, query: str = "") -> Iterator[Path]:
    """Write one picture per board and screen, and name each once it is there.

    Args:
        query: of the address, such as `theme=dark` or `from=now-7d&to=now`.
    Raises:
        ConfigError: there is no Chromium, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = asyncio.run(_all(address, uids, folder, query))
    except OSError as error:
        raise ConfigError(
            f"the pictures cannot be written: {error.strerror}", where=str(folder), fix="Name another folder."
        ) from error
    yield from written


async def _all(address: str, uids: tuple[str, ...], folder: Path, query: str) -> list[Path]:
    written = []
    async with page() as tab:
        for uid in uids:
            for screen in SCREENS:
                await tab.resize(screen.width, screen.height, phone=screen.phone)
                await tab.open(f"{address}/d/{uid}?pace=0&{query}")
                await tab.until(f"location.pathname === '/d/{uid}' && {_READY}", timeout_s=_READY_S)
                path = folder / f"{uid}{screen.name}.png"
                path.write_bytes(await shot(tab, screen))
                written.append(path)
    return written


async def shot(tab: Page, screen: Screen) -> bytes:
    """The whole page as PNG, as long as it is."""
    height = await tab.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)")
    await tab.resize(screen.width, max(screen.height, height), phone=screen.phone)
    await tab.evaluate(_SETTLED)
    answer = await tab.send("Page.captureScreenshot", format="png", captureBeyondViewport=False)
    return base64.b64decode(answer["data"])
