"""A tab of a real Chromium, for tests that run on one thread; skipped loudly where there is none."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.viewer.chromium import Page, page, program

_READY = "document.documentElement?.dataset.state"


@dataclass(frozen=True, slots=True)
class Tab:
    """The tab without `await`."""

    runner: asyncio.Runner
    page: Page

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run one command of the page to its end."""
        return self.runner.run(work)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited."""
        return self.do(self.page.evaluate(expression))

    def until(self, expression: str, *, timeout_s: float = 15.0) -> float:
        """Wait for a JavaScript expression; the seconds it took."""
        seconds: float = self.do(self.page.until(expression, timeout_s=timeout_s))
        return seconds

    def show(self, address: str, *, width: int = 1600, state: str = "ready") -> float:
        """Open a board and wait until all of it has its answers; the seconds that took."""
        self.do(self.page.resize(width, 900, phone=width < 500))
        self.do(self.page.open("about:blank"))
        self.until("location.href === 'about:blank'")
        self.do(self.page.open(address))
        return self.until(f"{_READY} === '{state}'")

    def text(self, selector: str) -> str:
        """What is read in an element."""
        return str(self.evaluate(f"document.querySelector({selector!r})?.innerText ?? ''"))


@contextmanager
def tab() -> Iterator[Tab]:
    """A fresh Chromium with one tab."""
    if program() is None:
        pytest.skip("NOT RUN in a browser: there is no Chromium on the PATH (apt-get install chromium)")
    with asyncio.Runner() as runner:
        opened = page()
        yielded = runner.run(opened.__aenter__())
        try:
            yield Tab(runner, yielded)
        finally:
            runner.run(opened.__aexit__(None, None, None))
