"""Reading feeds: what an unchanged one costs, how far back older documents are asked for, whose entries they are."""

from dataclasses import replace

import httpx
import pytest

from connectors.networks.rss import parse
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


def document(*entries: int, older: str = "") -> str:
    following = f'<link rel="next" href="{older}"/>' if older else ""
    listed = "".join(
        f"<entry><id>tag:{number}</id><title>t</title><published>2026-11-03T08:{number:02d}:00Z</published></entry>"
        for number in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>f</title>{following}{listed}</feed>'


class Growing(FakeNetwork):
    """A feed in documents of one entry, each with the address of the one before; it has a version when asked again."""

    def __init__(self, newest: int) -> None:
        super().__init__(FOLDER)
        self.newest = newest
        self.seen: list[tuple[int, str | None]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("entry", self.newest))
        self.seen.append((number, request.headers.get("if-none-match")))
        older = f"?entry={number - 1}" if number > 1 else ""
        return httpx.Response(200, text=document(number, older=older), headers={"etag": f'"v{self.newest}"'})


def test_older_documents_are_asked_for_down_to_what_was_read_and_without_a_condition(tmp_path):
    first, second = Growing(3), Growing(5)
    for network in (first, second):
        reading = bench(FOLDER, tmp_path / "memory.sqlite", network=network)
        read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert first.seen == [(3, None), (2, None), (1, None)]
    assert second.seen == [(5, '"v3"'), (4, None), (3, None)]


class Leading(FakeNetwork):
    """A feed whose older document lies somewhere else."""

    def __init__(self, older: str) -> None:
        super().__init__(FOLDER)
        self.older = older

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return httpx.Response(200, text=document(3, older=self.older))


@pytest.mark.parametrize(
    ("older", "calls"),
    [
        pytest.param("http://169.254.169.254/latest/meta-data", 1, id="another host"),
        pytest.param("http://{host}:8080/feed", 1, id="another port"),
        pytest.param("{account}", 1, id="itself"),
        pytest.param("https://{host}/older", 2, id="the same server, in a ring"),
    ],
)
def test_a_feed_does_not_choose_what_is_asked_for(older, calls, tmp_path):
    account = FOLDER.source().account
    network = Leading(older.format(host=httpx.URL(account).host, account=account))
    reading = bench(FOLDER, tmp_path / "memory.sqlite", network=network)

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert len(network.asked) == calls


@pytest.mark.parametrize(("options", "role"), [({}, "customer"), ({"by": "brand"}, "brand")])
def test_a_feed_of_the_brand_is_the_brands_whoever_signs(options, role):
    source = replace(FOLDER.source(), options=options)

    (event,) = parse({"id": "tag:1", "author": "Pilar", "published": "2026-11-03T08:00:00Z"}, source)

    assert event.author.role == role


@pytest.mark.parametrize(
    ("options", "conversations"),
    [({}, ["rss:tag:1", "rss:tag:2"]), ({"conversation": "link"}, ["rss:https://f.example/t"] * 2)],
)
def test_entries_of_one_address_may_be_one_conversation(options, conversations):
    source = replace(FOLDER.source(), options=options)
    entries = [
        {"id": f"tag:{number}", "link": f"https://f.example/t#{number}", "published": "2026-11-03T08:00:00Z"}
        for number in (1, 2)
    ]

    assert [event.conversation_id for entry in entries for event in parse(entry, source)] == conversations
