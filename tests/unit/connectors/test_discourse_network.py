"""Forums of older releases: pages are windows of numbers, and hidden posts leave holes in them."""

from pathlib import Path

import httpx

from connectors.run import read_once
from tests.support.networks import FakeNetwork, bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "discourse"]


def post(number: int) -> dict[str, object]:
    return {
        "id": number,
        "topic_id": number,
        "username": "noah_b",
        "created_at": f"2026-11-03T08:{number % 60:02d}:00Z",
        "cooked": f"<p>words of {number}</p>",
    }


class Older(FakeNetwork):
    """A forum that shows what is visible of the 50 numbers that end with the one asked for."""

    def __init__(self, *visible: int) -> None:
        super().__init__(FOLDER)
        self.visible = visible

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        last = int(request.url.params.get("before", 0)) or max(self.visible)
        found = [post(number) for number in sorted(self.visible, reverse=True) if last - 50 < number <= last]
        return httpx.Response(200, json={"latest_posts": found})


def read(path: Path, network: FakeNetwork) -> list[str]:
    reading = bench(FOLDER, path / "memory.sqlite", network=network)
    read_once(reading.job, reading.desk, reading.publisher, stream=False)
    return [event.event_id.split("/")[1] for event in reading.publisher.events]


def test_what_lies_below_a_hole_of_hidden_posts_is_read(tmp_path: Path):
    assert read(tmp_path, Older(430, 431, 700, 1000)) == ["430", "431", "700", "1000"]

    assert read(tmp_path, Older(430, 431, 700, 1000, 1201, 1400)) == ["1201", "1400"]


def test_a_forum_without_windows_is_not_asked_for_holes(tmp_path: Path):
    class Newer(Older):
        def answer(self, request: httpx.Request) -> httpx.Response:
            self.asked.append(str(request.url))
            last = int(request.url.params.get("before", 0)) or 10_000
            return httpx.Response(200, json={"latest_posts": [post(one) for one in self.visible if one < last]})

    network = Newer(9000)

    assert read(tmp_path, network) == ["9000"]
    assert len(network.asked) == 2
