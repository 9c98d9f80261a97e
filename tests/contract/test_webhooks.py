"""Every push network × the calls that it, and others, may make: valid, changed, repeated, cut, unsigned, too large."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from connectors.counters import Counters
from connectors.memory import Memory
from connectors.roster import Job
from connectors.webhook import Clerk, Receiver
from schemas.errors import BrokerError
from schemas.event import Event
from schemas.settings import Settings, Webhooks
from tests.support.fakes import FakePublisher, FixedClock
from tests.support.networks import NOW, FakeBroker, Folder, body_bytes, folders

PUSHING = [pytest.param(folder, id=folder.network) for folder in folders() if folder.connector.webhook]
MOST_BYTES = 100_000


class AwayPublisher(FakePublisher):
    """A publisher whose broker does not answer."""

    def flush(self) -> None:
        raise BrokerError("no broker answered", where="fake")


class Bench:
    """A receiver of one network on the loopback, with a broker in memory."""

    def __init__(self, folder: Folder, tmp_path: Path, publisher: FakePublisher | None = None) -> None:
        self.folder = folder
        self.publisher = publisher or FakePublisher()
        self.clock = FixedClock(NOW)
        settings = Settings(webhooks=Webhooks(max_body_bytes=MOST_BYTES))
        self.memory = Memory(tmp_path / "memory.sqlite", remember=1000)
        self.clerk = Clerk(settings, FakeBroker(self.publisher), self.memory, Counters(), self.clock)
        job = Job(connector=folder.connector, source=folder.source(), interval_s=60.0)
        self.receiver = Receiver([job], self.clerk, settings.webhooks, clock=self.clock, counters=Counters())
        self.path = f"/hooks/{folder.network}"

    def signed(self, body: bytes) -> tuple[bytes, dict[str, str], dict[str, str]]:
        secrets: Mapping[str, str] = self.folder.set_up.get("secrets", {})
        return self.folder.signer()(body, secrets, self.clock.now())

    def run(self, work: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
        async def main() -> None:
            self.clerk.start()
            async with TestClient(TestServer(self.receiver.application())) as client:
                try:
                    await work(client)
                finally:
                    await asyncio.to_thread(self.clerk.stop)

        asyncio.run(main())


def recorded(folder: Folder) -> bytes:
    return body_bytes(folder.load("customer_post")["body"])


def published(bench: Bench) -> list[Event]:
    return bench.publisher.events


@pytest.mark.parametrize("folder", PUSHING)
def test_a_signed_call_is_published_and_then_answered(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))

    async def work(client: TestClient[Any, Any]) -> None:
        answer = await client.post(bench.path, data=body, headers=headers, params=query)
        assert answer.status == 200
        assert len(published(bench)) >= 1

    bench.run(work)
    assert [event.event_id for event in published(bench)] == [
        event["event_id"] for event in folder.load("customer_post")["events"]
    ]


@pytest.mark.parametrize("folder", PUSHING)
def test_a_changed_body_is_refused(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))
    middle = len(body) // 2
    changed = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]

    async def work(client: TestClient[Any, Any]) -> None:
        if folder.absent.get("tampered"):
            return
        assert (await client.post(bench.path, data=changed, headers=headers, params=query)).status == 401

    bench.run(work)
    assert published(bench) == []


@pytest.mark.parametrize("folder", PUSHING)
def test_a_truncated_body_is_refused(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))

    async def work(client: TestClient[Any, Any]) -> None:
        answer = await client.post(bench.path, data=body[: len(body) // 2], headers=headers, params=query)
        assert answer.status == (200 if folder.absent.get("tampered") else 401)  # signed all the same: a dead letter

    bench.run(work)
    assert published(bench) == []


@pytest.mark.parametrize("folder", PUSHING)
@pytest.mark.parametrize("how", ["none", "empty", "nonsense", "of another secret"])
def test_an_unsigned_call_is_refused(folder: Folder, how: str, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body = recorded(folder)
    strangers = {name: f"not-{value}" for name, value in folder.set_up.get("secrets", {}).items()}
    _, right, _ = bench.signed(body)
    sent, headers, query = folder.signer()(body, strangers, bench.clock.now())
    plain = {"content-type": right.get("content-type", "application/json")}
    if how == "none":
        headers, query = plain, {}
    elif how != "of another secret":
        value = "" if how == "empty" else "sha256=zz zz"
        headers = {name: value for name in headers} | plain
        query = {name: value for name in query}

    async def work(client: TestClient[Any, Any]) -> None:
        assert (await client.post(bench.path, data=sent, headers=headers, params=query)).status == 401

    bench.run(work)
    assert (published(bench), bench.publisher.letters) == ([], [])


@pytest.mark.parametrize("folder", PUSHING)
def test_a_repeated_call_publishes_nothing_new(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))

    async def work(client: TestClient[Any, Any]) -> None:
        for _ in range(3):
            assert (await client.post(bench.path, data=body, headers=headers, params=query)).status == 200

    bench.run(work)
    assert len(published(bench)) == len(folder.load("customer_post")["events"])


@pytest.mark.parametrize("folder", PUSHING)
def test_an_old_call_is_refused_where_the_network_signs_a_time(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))
    signs_a_time = folder.signer()(recorded(folder), folder.set_up.get("secrets", {}), NOW + timedelta(days=1)) != (
        body,
        headers,
        query,
    )
    bench.clock.sleep(3600)

    async def work(client: TestClient[Any, Any]) -> None:
        status = (await client.post(bench.path, data=body, headers=headers, params=query)).status
        assert status == (401 if signs_a_time else 200)

    bench.run(work)


@pytest.mark.parametrize("folder", PUSHING)
def test_an_oversized_body_is_refused_before_it_is_checked(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder) + b" " * MOST_BYTES)

    async def pieces() -> Any:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    async def work(client: TestClient[Any, Any]) -> None:
        assert (await client.post(bench.path, data=body, headers=headers, params=query)).status == 413
        assert (await client.post(bench.path, data=pieces(), headers=headers, params=query)).status == 413

    bench.run(work)
    assert published(bench) == []


@pytest.mark.parametrize("folder", PUSHING)
def test_a_signed_body_that_cannot_be_read_is_kept_and_answered(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    signed = [bench.signed(body_bytes(body)) for body in folder.load("malformed").get("bodies", [])]
    assert signed

    async def work(client: TestClient[Any, Any]) -> None:
        for body, headers, query in signed:
            answer = await client.post(bench.path, data=body, headers=headers, params=query)
            assert answer.status == 200

    bench.run(work)
    assert len({letter.payload for letter in bench.publisher.letters}) == len({body for body, _, _ in signed})


@pytest.mark.parametrize("folder", PUSHING)
def test_another_media_type_is_refused(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))
    headers = headers | {"content-type": "image/png"}

    async def work(client: TestClient[Any, Any]) -> None:
        assert (await client.post(bench.path, data=body, headers=headers, params=query)).status == 415
        assert (await client.put(bench.path, data=body, headers=headers, params=query)).status == 405
        assert (await client.post("/hooks/nobody", data=body, headers=headers, params=query)).status == 404

    bench.run(work)
    assert published(bench) == []


@pytest.mark.parametrize("folder", PUSHING)
def test_without_the_broker_the_network_is_asked_to_call_again(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path, publisher=AwayPublisher())
    body, headers, query = bench.signed(recorded(folder))

    async def work(client: TestClient[Any, Any]) -> None:
        answer = await client.post(bench.path, data=body, headers=headers, params=query)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert (await client.get("/health")).status == 503

    bench.run(work)
    assert published(bench) == []


@pytest.mark.parametrize("folder", PUSHING)
def test_challenges_are_answered_only_to_the_network(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    challenges = folder.set_up.get("challenges", [])

    async def work(client: TestClient[Any, Any]) -> None:
        assert (await client.get(bench.path)).status == 401
        for one in challenges:
            call = client.post if one.get("method") == "POST" else client.get
            headers, query = dict(one.get("headers", {})), dict(one.get("query", {}))
            sent: bytes | None = None
            if "body" in one:
                sent, headers, query = bench.signed(body_bytes(one["body"]))
            answer = await call(bench.path, params=query, headers=headers, data=sent)
            assert answer.status == one.get("status", 200)
            if "answer" in one:
                assert (await answer.read()) == body_bytes(one["answer"])

    bench.run(work)
    assert published(bench) == []
