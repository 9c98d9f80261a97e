from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from connectors.run import read_once
from tests.support.networks import FakeNetwork, bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "reddit"]
FEED = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>search</title>
<entry><author><name>/u/{author}</name></author><id>{id}</id><title>Lumora lid</title>
<link href="https://www.reddit.com/r/espresso/comments/1q2w3e/lid/"/><updated>2026-11-03T08:14:05+00:00</updated>
<content type="html">&lt;!-- SC_OFF --&gt;&lt;p&gt;it leaks&lt;/p&gt;&lt;!-- SC_ON --&gt;</content></entry></feed>"""


class PublicFeeds(FakeNetwork):
    """Answers as Reddit does without a key."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.url.host}{request.url.path}")
        if request.url.path == "/search.rss":
            return httpx.Response(200, text=FEED.format(author="pilar_ost", id="t3_1q2w3e"))
        if request.url.path == "/user/lumoracoffee/comments/.rss":
            return httpx.Response(200, text=FEED.format(author="LumoraCoffee", id="t1_n1bbbb"))
        return httpx.Response(404)


def test_without_a_key_the_public_feeds_give_both_sides_of_a_conversation(tmp_path):
    network = PublicFeeds(FOLDER)
    reading = bench(FOLDER, tmp_path / "memory.sqlite", network=network)
    reading.job = replace(reading.job, source=replace(reading.job.source, secrets={}))

    for _ in range(2):
        read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert [(event.event_id, event.author.role) for event in reading.publisher.events] == [
        ("reddit:t3_1q2w3e", "customer"),
        ("reddit:t1_n1bbbb", "brand"),
    ]
    assert {event.conversation_id for event in reading.publisher.events} == {"reddit:t3_1q2w3e"}
    assert all(asked.startswith("www.reddit.com/") and "message" not in asked for asked in network.asked)


class Listings(FakeNetwork):
    """Answers for the search alone, with pages of what a test says, newest first."""

    def __init__(self, *pages: list[dict[str, Any]]) -> None:
        super().__init__(FOLDER)
        self.pages = pages

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/access_token":
            return httpx.Response(200, json={"access_token": "t"})
        self.asked.append(f"{request.url.path}?{request.url.params.get('after', '')}")
        place = int(request.url.params.get("after", 0))
        is_search = request.url.path == "/search"
        following = str(place + 1) if is_search and place + 1 < len(self.pages) else None
        children = self.pages[place] if is_search else []
        return httpx.Response(200, json={"data": {"children": children, "after": following}})


def post(name: str, created: object) -> dict[str, Any]:
    return {"kind": "t3", "data": {"name": name, "author": "pilar_ost", "title": "Lumora", "created_utc": created}}


def test_an_item_that_cannot_be_read_does_not_end_the_walk(tmp_path: Path):
    network = Listings([post("t3_b", 1793693900.0), post("t3_x", "soon")], [post("t3_a", 1793693645.0)])
    reading = bench(FOLDER, tmp_path / "memory.sqlite", network=network)

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert [event.event_id for event in reading.publisher.events] == ["reddit:t3_a", "reddit:t3_b"]
    assert len(reading.publisher.letters) == 1


def test_a_page_of_which_nothing_can_be_read_does_not_move_the_start_into_the_past(tmp_path: Path):
    long_ago = [post("t3_0", 1700000000.0)]
    reading = bench(FOLDER, tmp_path / "memory.sqlite", network=Listings([post("t3_x", "soon")]))
    read_once(reading.job, reading.desk, reading.publisher, stream=False)
    network = Listings([post("t3_a", 1693693645.0)], long_ago)
    again = bench(FOLDER, tmp_path / "memory.sqlite", network=network)

    read_once(again.job, again.desk, again.publisher, stream=False)

    assert "/search?1" not in network.asked
