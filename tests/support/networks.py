"""Recorded payloads of networks, and a network in memory that answers with them.

A folder `tests/contract/payloads/<network>/` holds `source.json` (how the source is set up, what the network has not),
one file per case (`items` or a webhook's `body`, and the `events` they become), for polls `pages.json`, for streams
`frames.json`, and for webhooks `sign.py`, which signs as the network does. Secrets are invented and stand in
`source.json`; a private key is named there under `private_keys` and made when it is needed.
"""

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.base import Connector, Deletion, Page, Pages, Parsed, Source, Stopped
from connectors.counters import Counters
from connectors.http import HttpPool
from connectors.memory import Memory
from connectors.people import people_from
from connectors.registry import connectors
from connectors.roster import Job
from connectors.run import Desk
from schemas.errors import Unavailable
from schemas.settings import Brand, Leader, Settings
from schemas.units import Secret
from tests.support.fakes import FakePublisher, FixedClock

PAYLOADS = Path(__file__).parents[1] / "contract" / "payloads"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
SET_UP = ("source", "pages", "frames", "malformed", "expired")


@dataclass(frozen=True)
class Folder:
    """The recorded payloads of one network."""

    path: Path
    set_up: dict[str, Any]

    @property
    def network(self) -> str:
        return self.path.name

    @property
    def connector(self) -> Connector:
        return connectors()[self.network]

    @property
    def absent(self) -> dict[str, str]:
        """What the network does not have, and why: no file of that name is asked for."""
        return dict(self.set_up.get("absent", {}))

    def cases(self) -> list[Path]:
        return [path for path in sorted(self.path.glob("*.json")) if path.stem not in SET_UP]

    def has(self, name: str) -> bool:
        return (self.path / f"{name}.json").is_file()

    def load(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))
        return found

    def source(self) -> Source:
        given = self.set_up["source"]
        people = msgspec.convert(self.set_up.get("people", {}), dict[str, list[dict[str, Any]]])
        return Source(
            network=self.network,
            name=given.get("name", self.network),
            account=given.get("account", ""),
            brand=given.get("brand", "lumora"),
            track=tuple(given.get("track", ())),
            options=given.get("options", {}),
            since=datetime.fromisoformat(given.get("since", "2026-11-03T08:00:00+00:00")),
            people=people_from(
                msgspec.convert(people.get("brands", []), list[Brand]),
                msgspec.convert(people.get("leaders", []), list[Leader]),
            ),
            secrets={name: Secret(value) for name, value in self._secrets().items()},
        )

    def _secrets(self) -> dict[str, str]:
        keys: list[str] = self.set_up.get("private_keys", [])
        return {**self.set_up.get("secrets", {}), **{name: private_key() for name in keys}}

    def signer(self) -> Callable[[bytes, Mapping[str, str], datetime], tuple[bytes, dict[str, str], dict[str, str]]]:
        """`sign(body, secrets, at)`: body, headers and query as the network sends them."""
        spec = importlib.util.spec_from_file_location(f"sign_{self.network}", self.path / "sign.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sign: Any = module.sign
        return sign


@cache
def private_key() -> str:
    """A key on the curve P-256 that lives as long as the process: one in the tree would look like somebody's."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def folders() -> list[Folder]:
    """Every folder of payloads."""
    return [
        Folder(path=path.parent, set_up=json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(PAYLOADS.glob("*/source.json"))
    ]


def shown(parsed: Parsed) -> dict[str, Any]:
    """What a parser gave, as it stands in the recorded files: without the instant that the frame adds."""
    if isinstance(parsed, Deletion):
        return {"deletion": {name: value for name, value in (("id", parsed.id), ("author", parsed.author)) if value}}
    event: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(parsed))
    event.pop("received_at")
    return event


def body_bytes(body: Any) -> bytes:
    """A recorded body as bytes: a text as it is, anything else as JSON."""
    return body.encode() if isinstance(body, str) else msgspec.json.encode(body)


@dataclass
class FakePause:
    """Lets a clock pass instead of waiting; told to, it ends the process at a wait."""

    clock: FixedClock
    waits: list[float] = field(default_factory=list)
    stop_after: int | None = None

    def wait(self, seconds: float) -> None:
        if seconds > 0:
            if self.stop_after is not None and len(self.waits) >= self.stop_after:
                raise Stopped
            self.waits.append(seconds)
            self.clock.sleep(seconds)


class FakeBroker:
    """A broker that is one FakePublisher."""

    bootstrap = "fake"

    def __init__(self, publisher: FakePublisher | None = None) -> None:
        self.taken = publisher or FakePublisher()
        self.renewed = 0

    def publisher(self) -> FakePublisher:
        return self.taken

    def renew(self, failed: FakePublisher) -> None:
        self.renewed += 1


class FakeNetwork:
    """Answers the calls of one recorded `pages.json`, or sends the frames of one `frames.json`.

    Args:
        before: answers that are given first, whatever is asked: a fault to begin with.
    """

    def __init__(self, folder: Folder, *, before: list[httpx.Response] | None = None) -> None:
        self.folder = folder
        self.exchanges = folder.load("pages")["exchanges"] if folder.has("pages") else []
        self.frames = folder.load("frames")["frames"] if folder.has("frames") else []
        self.before = list(before or [])
        self.asked: list[str] = []
        self.unexpected: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.before:
            return self.before.pop(0)
        query = dict(parse_qsl(request.url.query.decode(), keep_blank_values=True))
        for exchange in self.exchanges:
            host, wanted = exchange.get("host"), exchange.get("query", {})
            if (
                request.url.path == exchange["path"]
                and (host is None or host == request.url.host)
                and exchange.get("method", "GET") == request.method
                and all(str(query.get(name)) == str(value) for name, value in wanted.items())
            ):
                return httpx.Response(
                    exchange.get("status", 200),
                    headers=exchange.get("headers", {}),
                    content=body_bytes(exchange["body"]),
                )
        self.unexpected.append(f"{request.method} {request.url}")
        return httpx.Response(404)

    def dial(self, url: str, headers: Mapping[str, str], silence_s: float) -> Iterator[bytes | None]:
        """Every frame on every connection: a network may always send more than was missed."""
        self.asked.append(url)
        for frame in self.frames:
            yield body_bytes(frame)
        yield None
        raise Unavailable("the stream ended", where=urlsplit(url).netloc)


@dataclass
class Bench:
    """Everything that reads one recorded network, without a network and without a broker."""

    folder: Folder
    network: FakeNetwork
    desk: Desk
    job: Job
    publisher: FakePublisher
    pause: FakePause

    def with_pages(self, change: Callable[[Pages], Pages]) -> "Bench":
        """The same with other pages."""
        connector = self.job.connector
        poll = replace(connector.poll, pages=change(connector.poll.pages)) if connector.poll else None
        stream = replace(connector.stream, pages=change(connector.stream.pages)) if connector.stream else None
        self.job = replace(self.job, connector=replace(connector, poll=poll, stream=stream))
        return self


def bench(
    folder: Folder,
    path: Path,
    *,
    network: FakeNetwork | None = None,
    publisher: FakePublisher | None = None,
) -> Bench:
    """A bench whose memory is the file `path`: a second one on the same file goes on where the first one stopped."""
    network = network or FakeNetwork(folder)
    publisher = publisher or FakePublisher()
    clock = FixedClock(NOW)
    pause = FakePause(clock)
    counters = Counters()
    pool = HttpPool(
        pause,
        counters,
        transport=httpx.MockTransport(network.answer),
        dial=network.dial,
        clock=clock,
        monotonic=lambda: clock.now().timestamp(),
    )
    settings = Settings()
    desk = Desk(
        settings=settings,
        pool=pool,
        broker=FakeBroker(publisher),
        memory=Memory(path, remember=100_000),
        counters=counters,
        pause=pause,
        clock=clock,
        leases=path.parent / "leases",
        monotonic=lambda: clock.now().timestamp(),
    )
    job = Job(connector=folder.connector, source=folder.source(), interval_s=60.0)
    return Bench(folder=folder, network=network, desk=desk, job=job, publisher=publisher, pause=pause)


def only(count: int) -> Callable[[Pages], Pages]:
    """Pages that end after so many."""

    def change(pages: Pages) -> Pages:
        def fewer(http: Any, source: Source, cursor: str | None) -> Iterator[Page]:
            for number, page in enumerate(pages(http, source, cursor)):
                if number >= count:
                    return
                yield page

        return fewer

    return change
