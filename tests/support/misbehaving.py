"""A network on the loopback that misbehaves as networks do, by a chance that is the same in every run.

It speaks Mastodon's hashtag timeline (`/api/v1/timelines/tag/…`) and Jetstream (`/subscribe`). Calls are dropped,
answered 429 with `Retry-After`, 500, 503, or with a body that trickles and breaks; streams break, at the latest half
way; items come twice, out of order, from clocks that run ahead, hours late, or cannot be read.
"""

import asyncio
import json
import random
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import WSMsgType, web

BEGIN = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
STEP = timedelta(milliseconds=20)
_FAULTS = ("dropped", "too many calls", "500", "503", "trickled")
DID = "did:plc:customer0001aaaa"


class Misbehaving:
    """The network, for the length of a `with` block.

    Args:
        events: how many statuses and frames it has.
        faults: the share of items that are odd; of calls, five times as many fail.
    """

    def __init__(self, events: int, *, faults: float = 0.01, seed: int = 7) -> None:
        self.events = events
        self.faults = faults
        self.chance = random.Random(seed)
        self.seen: Counter[str] = Counter()
        self.unreadable = {number for number in range(events) if random.Random(number).random() < faults / 2}
        self.port = 0
        self._calls = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="misbehaving", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def frame_ids(self) -> set[str]:
        """The events that a reader of the stream has to publish."""
        return {f"bluesky:at://{DID}/app.bsky.feed.post/{_rkey(n)}" for n in range(self.events) if self._is_right(n)}

    def status_ids(self) -> set[str]:
        """The events that a reader of the timeline has to publish."""
        return {f"mastodon:127.0.0.1:{self.port}/{_status_id(n)}" for n in range(self.events) if self._is_right(n)}

    def unreadable_ids(self) -> set[str]:
        """The ids of the statuses that have to become dead letters."""
        return {_status_id(number) for number in self.unreadable}

    def _is_right(self, number: int) -> bool:
        return number not in self.unreadable

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        application = web.Application()
        application.router.add_get("/subscribe", self._subscribe)
        application.router.add_get("/api/v1/timelines/tag/{word}", self._timeline)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stopping.wait()
        await runner.cleanup()

    async def _timeline(self, request: web.Request) -> web.StreamResponse:
        number = _number_after(int(request.query["min_id"]))
        numbers = range(number, min(number + int(request.query["limit"]), self.events))
        fault = self._fault_of_call()
        if fault:
            self.seen[fault] += 1
        if fault == "dropped":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault == "too many calls":
            return web.json_response({"error": "Throttled"}, status=429, headers={"retry-after": "1"})
        if fault in ("500", "503"):
            return web.Response(status=int(fault), text="<html>oops</html>")
        body = json.dumps(self._odd([self._status(number) for number in numbers])).encode()
        if fault == "trickled":
            return await self._trickle(request, body)
        return web.Response(body=body, content_type="application/json")

    async def _trickle(self, request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-length": str(len(body) + 1)})
        await response.prepare(request)
        for start in range(0, len(body), max(1, len(body) // 5)):
            await response.write(body[start : start + max(1, len(body) // 5)])
            await asyncio.sleep(0.01)
        assert request.transport is not None
        request.transport.abort()
        return response

    async def _subscribe(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        first = max(0, (int(request.query["cursor"]) - _micros(0)) // (STEP // timedelta(microseconds=1)))
        self.seen["connected"] += 1
        try:
            for start in range(first, self.events, 200):
                numbers = range(start, min(start + 200, self.events))
                for frame in self._odd([self._frame(number) for number in numbers]):
                    await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
                if self.chance.random() < self.faults or (start >= self.events / 2 and not self.seen["stream broke"]):
                    self.seen["stream broke"] += 1
                    assert request.transport is not None
                    request.transport.abort()
                    return socket
            while not self._stopping.is_set():
                message = await socket.receive(timeout=0.5)
                if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR):
                    break
        except (TimeoutError, ConnectionError):
            pass
        return socket

    def _fault_of_call(self) -> str:
        """Each in its turn, so that a run of some hundred calls meets all of them, however they fall in time."""
        self._calls += 1
        turn, rest = divmod(self._calls, round(1 / (5 * self.faults)))
        return "" if rest else _FAULTS[turn % len(_FAULTS)]

    def _odd(self, items: list[Any]) -> list[Any]:
        """Some twice, and neighbours in another order."""
        odd = []
        for item in items:
            odd.append(item)
            if self.chance.random() < self.faults:
                self.seen["repeated"] += 1
                odd.append(item)
            if len(odd) > 1 and self.chance.random() < self.faults:
                self.seen["out of order"] += 1
                odd[-1], odd[-2] = odd[-2], odd[-1]
        return odd

    def _status(self, number: int) -> Any:
        return {
            "id": _status_id(number),
            "created_at": _written_at(number).isoformat(),
            "content": f"<p>#lumora status {number}</p>",
            "visibility": "public",
            "account": {"acct": f"customer{number % 50}"} if self._is_right(number) else None,
        }

    def _frame(self, number: int) -> Any:
        if not self._is_right(number):
            commit = f"Lumora frame {number}"  # what is about nobody is not kept
            return f'{{"did": "{DID}", "time_us": {_micros(number)}, "kind": "commit", "commit": "{commit}"}}'
        return {
            "did": DID,
            "time_us": _micros(number),
            "kind": "commit",
            "commit": {
                "rev": "r",
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": _rkey(number),
                "cid": "c",
                "record": {
                    "text": f"Lumora frame {number}",
                    "createdAt": _written_at(number).isoformat(),
                    "langs": ["en"],
                },
            },
        }


def _written_at(number: int) -> datetime:
    """As the network says: some clocks run ahead, and some items were hours under way."""
    off = timedelta(hours=2) if number % 97 == 0 else timedelta(hours=-3) if number % 89 == 0 else timedelta(0)
    return BEGIN + number * STEP + off


def _micros(number: int) -> int:
    return round((BEGIN + number * STEP).timestamp() * 1_000_000)


def _rkey(number: int) -> str:
    return f"3m{number:011d}"


def _status_id(number: int) -> str:
    return str((round((BEGIN + number * STEP).timestamp() * 1000) << 16) + 1)


def _number_after(min_id: int) -> int:
    milliseconds = (min_id >> 16) - round(BEGIN.timestamp() * 1000)
    number = max(0, milliseconds // (STEP // timedelta(milliseconds=1)))
    return number if int(_status_id(number)) > min_id else number + 1
