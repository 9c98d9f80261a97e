"""A way to ClickHouse that can be closed, blocked, slowed or silently lost: TCP, in a thread of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Mood = Literal["open", "refuse", "hang", "slow", "vanish"]
SLOW_S = 1.5


@dataclass(slots=True)
class Proxy:
    """Forwards one loopback port to another, in the mood that it is told."""

    port: int
    target: int
    mood: Mood = "open"
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _forgotten: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def become(self, mood: Mood) -> None:
        """Change how connections are treated.

        Refusing ends those that are open. Vanishing is what a firewall does that forgot them: nothing that is said on
        them arrives any more, also later, and neither side is told.
        """
        self.mood = mood
        if mood == "refuse":
            self._loop.call_soon_threadsafe(self._drop)
        elif mood == "vanish":
            self._loop.call_soon_threadsafe(lambda: self._forgotten.update(self._writers))

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, stopping: asyncio.Event) -> None:
        server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        async with server:
            await stopping.wait()
            self._drop()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood == "refuse":
            writer.transport.abort()
            return
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(onward)
            await asyncio.gather(self._forward(reader, onward), self._forward(there, writer), return_exceptions=True)
            self._writers.discard(onward)
        self._writers.discard(writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65_536):
                while self.mood == "hang":
                    await asyncio.sleep(0.1)
                if self.mood == "vanish":
                    self._forgotten.add(writer)
                if writer in self._forgotten:
                    continue
                if self.mood == "slow":
                    await asyncio.sleep(SLOW_S)
                writer.write(chunk)
                await writer.drain()
        finally:
            self._forgotten.discard(writer)
            writer.close()


@contextlib.contextmanager
def proxy(port: int, target: int) -> Iterator[Proxy]:
    """A running proxy for the length of a `with` block."""
    made = Proxy(port, target)
    stopping = asyncio.Event()
    thread = threading.Thread(target=made._loop.run_until_complete, args=(made._serve(stopping),), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made._loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=5)
