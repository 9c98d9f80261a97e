"""X: the stream between two searches, what is never signed, and searches that reach too far back."""

import base64
import hmac
import json
from pathlib import Path

import httpx
import pytest

from connectors.base import Request
from connectors.networks import x
from connectors.run import read_once
from schemas.errors import ConfigError, Unavailable
from tests.support.networks import NOW, PAYLOADS, Bench, FakeNetwork, Folder, bench

FOLDER = Folder(path=PAYLOADS / "x", set_up=json.loads((PAYLOADS / "x" / "source.json").read_text(encoding="utf-8")))
SEARCH, STREAM, RULES = "/2/tweets/search/recent", "/2/tweets/search/stream", "/2/tweets/search/stream/rules"


class Live(FakeNetwork):
    """X with a stream, its rules, and searches that find nothing but what a test says."""

    def __init__(self, frames: list[object], found: list[object]) -> None:
        super().__init__(FOLDER)
        self.found = list(found)
        self.rules = [{"id": "1", "value": "an old rule", "tag": "vigie:x"}, {"id": "2", "value": "a", "tag": "other"}]
        self.changes: list[dict[str, object]] = []
        self.lines = b"".join(json.dumps(frame).encode() + b"\r\n" for frame in frames)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if request.url.path == STREAM:
            return httpx.Response(200, content=self.lines)
        if request.url.path == RULES:
            if request.method == "POST":
                self.changes.append(json.loads(request.content))
            return httpx.Response(200, json={"data": self.rules})
        if request.url.path == SEARCH and self.found:
            return httpx.Response(200, json=self.found.pop(0))
        return httpx.Response(200, json={"meta": {"result_count": 0}})


def listened(network: Live, path: Path) -> Bench:
    reading = bench(FOLDER, path, network=network)
    with pytest.raises(Unavailable):
        read_once(reading.job, reading.desk, reading.publisher, stream=True)
    return reading


def frame(number: int, seconds: int) -> dict[str, object]:
    recorded = FOLDER.load("frames")["frames"][0]
    id = str((1_793_694_645_000 - 1_288_834_974_657 + seconds * 1000 << 22) + number)
    return recorded | {
        "data": recorded["data"] | {"id": id, "edit_history_tweet_ids": [id], "text": f"lumora {number}"}
    }


def test_the_stream_publishes_what_our_own_rules_match(tmp_path: Path):
    frames = FOLDER.load("frames")

    reading = listened(Live(frames["frames"], []), tmp_path / "m.sqlite")

    assert [event.event_id for event in reading.publisher.events] == frames["publishes"]
    assert reading.publisher.letters == []


def test_rules_become_what_the_settings_say_and_those_of_others_stay(tmp_path: Path):
    network = Live([], [])

    listened(network, tmp_path / "m.sqlite")

    added, removed = network.changes
    assert [rule["tag"] for rule in added["add"]] == ["vigie:x"]
    assert '"lumora"' in added["add"][0]["value"]
    assert removed == {"delete": {"ids": ["1"]}}


def test_the_cursor_waits_until_the_gap_was_searched_twice(tmp_path: Path):
    short = listened(Live([frame(1, 0), frame(2, 5)], []), tmp_path / "short.sqlite")
    missed = {"data": [frame(9, -1)["data"]], "meta": {"newest_id": "1"}}
    nothing = {"meta": {"result_count": 0}}
    network = Live([frame(1, 0), frame(2, 31), frame(3, 32)], [nothing, missed])
    long = listened(network, tmp_path / "long.sqlite")

    assert short.desk.memory.cursor("x") is None
    assert long.desk.memory.cursor("x") == frame(3, 32)["data"]["id"]
    assert [event.text for event in long.publisher.events] == ["lumora 1", "lumora 2", "lumora 9", "lumora 3"]


def test_a_broken_line_is_kept_and_the_stream_goes_on(tmp_path: Path):
    network = Live([], [])
    network.lines = b'{"broken\r\n' + json.dumps(frame(1, 0)).encode() + b"\r\n"

    reading = listened(network, tmp_path / "m.sqlite")

    assert [letter.payload for letter in reading.publisher.letters] == [b'{"broken']
    assert len(reading.publisher.events) == 1


def test_a_search_from_before_the_seven_days_takes_all_there_is(tmp_path: Path):
    network = FakeNetwork(FOLDER)
    too_old = {"title": "Invalid Request", "errors": [{"parameters": {"since_id": ["1"]}, "message": "must be larger"}]}
    network.before = [httpx.Response(400, json=too_old)]
    reading = bench(FOLDER, tmp_path / "m.sqlite", network=network)

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert "since_id" in network.asked[0]
    assert "since_id" not in network.asked[1]
    assert [event.event_id for event in reading.publisher.events] == FOLDER.load("pages")["publishes"]


def test_a_stream_without_words_and_accounts_is_refused_before_it_opens(tmp_path: Path):
    bare = Folder(path=FOLDER.path, set_up=FOLDER.set_up | {"source": {}, "people": {}})
    reading = bench(bare, tmp_path / "m.sqlite", network=Live([], []))

    with pytest.raises(ConfigError, match="nothing to look for"):
        read_once(reading.job, reading.desk, reading.publisher, stream=True)


@pytest.mark.parametrize("token", ["", '{"data":{"event_type":"post.delete"}}', "a b", "x" * 300])
def test_what_could_be_a_delivery_is_never_signed(token: str):
    request = Request(method="GET", query={"crc_token": token}, headers={}, body=b"", received_at=NOW)

    assert x.challenge(request, FOLDER.source()) is None


@pytest.mark.parametrize("token", ["a-token", "12345", "true", "_1+/=."])
def test_a_token_that_was_signed_for_anybody_is_no_delivery(token: str):
    asked = Request(method="GET", query={"crc_token": token}, headers={}, body=b"", received_at=NOW)
    answer = x.challenge(asked, FOLDER.source())
    assert answer is not None
    signature = json.loads(answer.body)["response_token"]
    headers = {"x-twitter-webhooks-signature-oauth2": signature}
    posted = Request(method="POST", query={}, headers=headers, body=token.encode(), received_at=NOW)

    assert not x.verify(posted, FOLDER.source())


@pytest.mark.parametrize("token", ["é", "١٢", "ª"])
def test_a_token_is_of_plain_letters(token: str):
    request = Request(method="GET", query={"crc_token": token}, headers={}, body=b"", received_at=NOW)

    assert x.challenge(request, FOLDER.source()) is None


def test_an_older_app_is_checked_by_its_consumer_secret():
    folder = Folder(path=FOLDER.path, set_up=FOLDER.set_up | {"secrets": {"X_CONSUMER_SECRET": "older"}})
    digest = base64.b64encode(hmac.digest(b"older", b"{}", "sha256")).decode()
    headers = {"x-twitter-webhooks-signature": f"sha256={digest}"}
    request = Request(method="POST", query={}, headers=headers, body=b"{}", received_at=NOW)

    assert x.verify(request, folder.source())
    assert not x.verify(request, FOLDER.source())


def test_words_are_asked_for_in_as_few_queries_as_fit():
    words = tuple(f"word number {number}" for number in range(60))
    queries = x._queries(Folder(path=FOLDER.path, set_up={"source": {"track": words}}).source(), x.SEARCH_CHARS)

    assert all(len(query) <= x.SEARCH_CHARS for query in queries)
    assert [word for query in queries for word in query.split('"')[1::2]] == list(words)
