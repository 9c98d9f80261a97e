from dataclasses import replace

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
