"""The terminal of the demo: a live board when there is a person, plain lines when there is none."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal

from clickhouse_connect.driver.client import Client
from rich.console import Console
from rich.live import Live

from deploy.board import render, snapshot
from deploy.stack import Stack
from schemas.errors import StoreError

_NOTES = 3

Show = Callable[[Client, Stack], None]
Say = Callable[[str], None]


@contextmanager
def screen(language: Literal["en", "fr"]) -> Iterator[tuple[Show, Say]]:
    """Where the demo shows its board and says what it does."""
    if sys.stdout.isatty():
        with _board(language) as both:
            yield both
    else:
        yield (lambda client, stack: None), _print


@contextmanager
def _board(language: Literal["en", "fr"]) -> Iterator[tuple[Show, Say]]:
    console = Console()
    notes: deque[str] = deque(maxlen=_NOTES)
    live: Live | None = None

    def say(sentence: str) -> None:
        notes.append(sentence)
        if live is None:
            console.print(f"{time.strftime('%H:%M:%S')}  {sentence}", markup=False)

    def show(client: Client, stack: Stack) -> None:
        nonlocal live
        width, height = console.size
        try:
            seen = snapshot(client, now=datetime.now(UTC).astimezone())
        except StoreError as error:
            notes.append(error.what)  # the last screen stays
            return
        view = render(seen, language=language, width=width, height=height, notes=(_workers(stack), *notes))
        if live is None:
            live = Live(view, console=console, screen=True, auto_refresh=False)
            live.start()
        live.update(view, refresh=True)

    try:
        yield show, say
    finally:
        if live is not None:
            live.stop()


def _workers(stack: Stack) -> str:
    return ", ".join(f"{worker.agent} {'✓' if worker.child.alive else '✗'}" for worker in stack.workers)


def _print(sentence: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {sentence}\n")
    sys.stdout.flush()
