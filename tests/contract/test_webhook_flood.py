"""A push network under a flood of calls that are not its own, and of its own again: nothing changes, nobody waits."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from tests.contract.test_webhooks import PUSHING, Bench, published, recorded
from tests.support.networks import Folder

FORGED, REPEATED, ANSWER_S = 300, 100, 1.5


@pytest.mark.parametrize("folder", PUSHING)
def test_a_flood_changes_nothing_and_the_network_is_answered_in_time(folder: Folder, tmp_path: Path):
    bench = Bench(folder, tmp_path)
    body, headers, query = bench.signed(recorded(folder))
    waited: list[float] = []

    async def forged(client: TestClient[Any, Any]) -> int:
        given = {"Content-Type": headers.get("Content-Type", "application/json")}
        async with client.post(bench.path, data=b"{" + b" " * 20_000 + b"}", headers=given) as answer:
            return answer.status

    async def own(client: TestClient[Any, Any]) -> int:
        began = time.monotonic()
        async with client.post(bench.path, data=body, headers=headers, params=query) as answer:
            waited.append(time.monotonic() - began)
            return answer.status

    async def work(client: TestClient[Any, Any]) -> None:
        flood = [asyncio.create_task(forged(client)) for _ in range(FORGED)]
        again = [asyncio.create_task(own(client)) for _ in range(REPEATED)]
        assert set(await asyncio.gather(*again)) == {200}
        assert set(await asyncio.gather(*flood)) <= {401, 415}

    bench.run(work)
    assert len(published(bench)) == len(folder.load("customer_post")["events"])
    assert bench.publisher.letters == []
    assert sorted(waited)[len(waited) // 2] < ANSWER_S
