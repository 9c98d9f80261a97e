"""The client that every connector uses: retries, redirects, bounds, and nothing secret in what it says."""

import random
from collections.abc import Callable

import httpx
import pytest

from connectors import http as module
from connectors import wire
from connectors.base import Budget, Connector, Page, Poll, Source
from connectors.counters import Counters
from connectors.http import Answer, Http, HttpPool
from schemas.errors import ConnectorError, Malformed, Missing, Refused, Unavailable
from schemas.units import Secret
from tests.support.fakes import FixedClock
from tests.support.networks import NOW, FakePause

TOKEN = "token-of-a-test-4711"
API = "https://api.forum.example/v1"
Handler = Callable[[httpx.Request], httpx.Response]


class Made:
    """A client whose network is a function."""

    def __init__(self, handler: Handler, *, judge: Callable[[Answer], ConnectorError | None] | None = None) -> None:
        clock = FixedClock(NOW)
        self.pause = FakePause(clock)
        self.counters = Counters()
        self.pool = HttpPool(
            self.pause,
            self.counters,
            transport=httpx.MockTransport(handler),
            clock=clock,
            monotonic=lambda: clock.now().timestamp(),
            chance=random.Random(1),
        )
        source = Source(network="forum", name="forum", since=NOW, secrets={"FORUM_TOKEN": Secret(TOKEN)})
        poll = Poll(
            pages=lambda http, source, cursor: iter([Page(items=())]), budget=Budget(calls=1000, per_s=1), judge=judge
        )
        connector = Connector(name="forum", title="Forum", reads="", parse=lambda raw, source: (), poll=poll)
        self.http = Http(self.pool, connector, source)


def answers(*responses: httpx.Response | Exception) -> Handler:
    left = list(responses)

    def handler(request: httpx.Request) -> httpx.Response:
        response = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(response, Exception):
            raise response
        return response

    return handler


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(httpx.Response(500), id="500"),
        pytest.param(httpx.Response(429), id="429"),
        pytest.param(httpx.ConnectError("no route"), id="no connection"),
        pytest.param(httpx.ReadTimeout("slow"), id="a time-out"),
        pytest.param(httpx.RemoteProtocolError("cut"), id="a cut answer"),
    ],
)
def test_what_time_heals_is_asked_again(fault: httpx.Response | Exception):
    made = Made(answers(fault, fault, httpx.Response(200, json={"ok": True})))

    assert made.http.get(f"{API}/posts").json() == {"ok": True}
    assert made.counters.get("forum", "retries") == 2
    assert 0.5 <= made.pause.waits[0] <= 1.0 <= made.pause.waits[1] <= 2.0


def test_it_gives_up_after_some_attempts():
    made = Made(answers(httpx.Response(502)))

    with pytest.raises(Unavailable, match="HTTP 502"):
        made.http.get(f"{API}/posts")

    assert made.counters.get("forum", "requests") == module.ATTEMPTS


def test_a_long_wait_is_left_to_the_caller():
    made = Made(answers(httpx.Response(429, headers={"retry-after": "900"})))

    with pytest.raises(Unavailable) as caught:
        made.http.get(f"{API}/posts")

    assert caught.value.retry_after_s == 900
    assert made.pause.waits == []


@pytest.mark.parametrize(("status", "error"), [(401, Refused), (403, Refused), (400, Refused), (404, Missing)])
def test_what_time_does_not_heal_is_asked_once(status: int, error: type[Exception]):
    made = Made(answers(httpx.Response(status)))

    with pytest.raises(error):
        made.http.get(f"{API}/posts")

    assert made.counters.get("forum", "requests") == 1


def test_an_accepted_status_comes_back():
    assert Made(answers(httpx.Response(304))).http.get(f"{API}/posts", accept=(304,)).status == 304


def test_the_network_s_own_words_go_before_the_table():
    def judge(answer: Answer) -> ConnectorError | None:
        return Unavailable("code 4: too many calls", retry_after_s=3) if b"code 4" in answer.body else None

    made = Made(answers(httpx.Response(400, text="code 4"), httpx.Response(200, text="fine")), judge=judge)

    assert made.http.get(f"{API}/posts").body == b"fine"
    assert made.pause.waits == [3]


def test_neither_query_nor_token_stands_in_an_error():
    made = Made(answers(httpx.Response(403)))

    with pytest.raises(Refused) as caught:
        made.http.get(f"{API}/bot{TOKEN}/posts", params={"key": TOKEN}, headers={"authorization": TOKEN})

    assert "api.forum.example/v1/bot***/posts" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_credentials_stay_with_the_origin_they_were_given_for():
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "api.forum.example":
            return httpx.Response(302, headers={"location": "https://elsewhere.example/landing"})
        return httpx.Response(200, text="there")

    headers = {"authorization": f"Bearer {TOKEN}", "api-key": TOKEN, "cookie": TOKEN, "accept": "application/json"}
    answer = Made(handler).http.get(f"{API}/posts", params={"key": TOKEN}, headers=headers)

    assert answer.body == b"there"
    assert TOKEN not in str(seen[1].headers) + str(seen[1].url)
    assert seen[1].headers["accept"] == "application/json"


def test_credentials_follow_within_the_origin():
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        moved = request.url.path == "/v1/posts"
        return httpx.Response(301, headers={"location": "/v2/posts"}) if moved else httpx.Response(200)

    Made(handler).http.get(f"{API}/posts", headers={"authorization": TOKEN})

    assert seen[1].url == "https://api.forum.example/v2/posts"
    assert seen[1].headers["authorization"] == TOKEN


def test_cookies_of_one_answer_are_not_sent_with_the_next_call():
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers={"set-cookie": "session=of-another-source; Path=/"})

    made = Made(handler)
    made.http.get(f"{API}/a")
    made.http.get(f"{API}/b")

    assert "cookie" not in seen[1].headers


@pytest.mark.parametrize(
    "location",
    ["http://api.forum.example/posts", "file:///etc/passwd", "ftp://a.example/", "http://[broken"],
)
def test_a_redirect_to_what_is_not_safe_is_refused(location: str):
    made = Made(answers(httpx.Response(302, headers={"location": location})))

    with pytest.raises((Refused, Unavailable)):
        made.http.get(f"{API}/posts")

    assert made.counters.get("forum", "requests") <= module.ATTEMPTS


def test_redirects_in_a_circle_end():
    made = Made(answers(httpx.Response(302, headers={"location": f"{API}/posts"})))

    with pytest.raises(Refused, match="from address to address"):
        made.http.get(f"{API}/posts")


def test_a_body_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 1000)
    made = Made(answers(httpx.Response(200, content=b"x" * 5000)))

    with pytest.raises(Malformed, match="longer than 1,000 bytes"):
        made.http.get(f"{API}/posts")


@pytest.mark.parametrize("address", ["not an address", "https://", "http://[broken", "gopher://a.example/"])
def test_a_wrong_address_is_a_clear_error(address: str):
    with pytest.raises(Refused):
        Made(answers(httpx.UnsupportedProtocol("no"))).http.get(address)


def test_an_answer_that_is_no_json_is_malformed():
    with pytest.raises(Malformed, match="not JSON"):
        Made(answers(httpx.Response(200, text="<html>"))).http.get(f"{API}/posts").json()


def test_the_next_page_stands_in_the_link_header():
    link = f'<{API}/posts?p=1>; rel="prev", <{API}/posts?p=3>; rel="next"'

    assert Made(answers(httpx.Response(200, headers={"link": link}))).http.get(API).next_url == f"{API}/posts?p=3"
    assert Made(answers(httpx.Response(200))).http.get(API).next_url is None


def test_sources_of_one_token_share_its_calls():
    made, other = Made(answers(httpx.Response(200))), Source(network="forum", name="b", since=NOW)
    same = Source(network="forum", name="c", since=NOW, secrets={"FORUM_TOKEN": Secret(TOKEN)})
    budget = Budget(calls=1, per_s=1)
    first = made.pool.bucket(Source(network="forum", name="a", since=NOW, secrets=same.secrets), budget)

    assert made.pool.bucket(same, budget) is first
    assert made.pool.bucket(other, budget) is not first


def test_every_error_of_the_library_is_one_of_ours():
    unmapped = []
    for name in httpx.__all__:
        kind = getattr(httpx, name)
        if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, httpx.StreamError):
            continue  # a StreamError is a mistake in our own reading of an answer
        concrete = not kind.__subclasses__()
        if concrete and not issubclass(kind, wire.LATER + wire.OURS):
            unmapped.append(name)

    assert unmapped == ["HTTPStatusError", "TooManyRedirects"]  # raised only when asked for; we ask for neither


def test_lines_of_an_answer_without_end_come_one_by_one():
    made = Made(answers(httpx.Response(200, content=b'{"a":1}\r\n\r\n{"a":2}\r\n')))
    lines = made.http.lines(f"{API}/stream")

    assert [next(lines) for _ in range(3)] == [b'{"a":1}', None, b'{"a":2}']
    with pytest.raises(Unavailable, match="the stream ended"):
        next(lines)


def test_a_stream_that_does_not_open_says_why():
    with pytest.raises(Refused, match="HTTP 401"):
        next(Made(answers(httpx.Response(401))).http.lines(f"{API}/stream"))
