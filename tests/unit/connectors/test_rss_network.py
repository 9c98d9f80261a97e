import httpx

from connectors.run import read_once
from tests.support.networks import FakeNetwork, bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "rss"]


class Asking(FakeNetwork):
    """Remembers what was asked for by condition, and then says that nothing is new."""

    def __init__(self) -> None:
        super().__init__(FOLDER)
        self.conditions: list[tuple[str | None, str | None]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        condition = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
        self.conditions.append(condition)
        return httpx.Response(304) if condition[0] else super().answer(request)


def test_a_feed_without_news_costs_one_empty_answer(tmp_path):
    network = Asking()
    reading = bench(FOLDER, tmp_path / "memory.sqlite", network=network)

    for _ in range(2):
        read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert network.conditions == [*[(None, None)] * 3, ('"v7"', "Tue, 03 Nov 2026 08:40:00 GMT")]
    assert len(reading.publisher.events) == 4
