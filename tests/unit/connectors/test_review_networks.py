"""What is odd in networks of reviews: logins, places, instants that differ, and the ends of their lists."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from connectors.networks import googlereviews
from connectors.run import read_once
from schemas.errors import ConfigError, Unavailable
from tests.support.networks import Bench, FakeNetwork, Folder, bench, folders

FOLDERS: dict[str, Folder] = {folder.network: folder for folder in folders()}


class Network(FakeNetwork):
    """Answers whatever a test says, and keeps the questions."""

    def __init__(self, folder: Folder, answers: Callable[[httpx.Request], Any]) -> None:
        super().__init__(folder)
        self._answers = answers
        self.requests: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=self._answers(request))


def reading(path: Path, name: str, answers: Callable[[httpx.Request], Any], **changes: Any) -> tuple[Bench, Network]:
    network = Network(FOLDERS[name], answers)
    one = bench(FOLDERS[name], path / "memory.sqlite", network=network)
    one.job = replace(one.job, source=replace(one.job.source, **changes))
    return one, network


def read(one: Bench) -> list[str]:
    read_once(one.job, one.desk, one.publisher, stream=False)
    return [event.event_id for event in one.publisher.events]


def google(id: str, *, created: str, changed: str, **more: Any) -> dict[str, Any]:
    return {"reviewId": id, "createTime": created, "updateTime": changed, "starRating": "TWO", **more}


def test_google_is_asked_with_the_token_that_the_owners_consent_gives(tmp_path: Path):
    one, network = reading(
        tmp_path,
        "googlereviews",
        lambda request: {"access_token": "of-an-hour"} if request.url.path == "/token" else {"reviews": []},
    )

    read(one)

    login, listed = network.requests
    form = parse_qs(login.content.decode())
    source = one.job.source
    assert form == {
        "grant_type": ["refresh_token"],
        "client_id": [source.secret("GOOGLE_CLIENT_ID")],
        "client_secret": [source.secret("GOOGLE_CLIENT_SECRET")],
        "refresh_token": [source.secret("GOOGLE_REFRESH_TOKEN")],
    }
    assert listed.headers["authorization"] == "Bearer of-an-hour"


def test_an_old_review_that_was_changed_today_does_not_end_the_walk(tmp_path: Path):
    pages = {
        "": {
            "reviews": [google("old", created="2020-01-01T00:00:00Z", changed="2026-11-03T08:50:00Z")],
            "nextPageToken": "2",
        },
        "2": {"reviews": [google("new", created="2026-11-03T08:10:00Z", changed="2026-11-03T08:10:00Z")]},
    }
    one, _ = reading(
        tmp_path,
        "googlereviews",
        lambda request: (
            {"access_token": "t"} if request.url.path == "/token" else pages[request.url.params.get("pageToken", "")]
        ),
    )

    assert read(one) == ["googlereviews:old", "googlereviews:new"]


def test_an_answer_without_words_is_no_answer():
    review = google("r", created="2026-11-03T08:10:00Z", changed="2026-11-03T08:10:00Z")
    silent = {**review, "reviewReply": {"comment": "", "updateTime": "2026-11-03T08:20:00Z"}}

    (event,) = googlereviews.parse(silent, FOLDERS["googlereviews"].source())

    assert event == next(googlereviews.parse(review, FOLDERS["googlereviews"].source()))


@pytest.mark.parametrize("account", ["", "acme", "accounts/1/places/2", "accounts/1/locations/2/reviews"])
def test_an_account_that_is_no_place_is_said_to_be_so(account: str, tmp_path: Path):
    one, _ = reading(tmp_path, "googlereviews", lambda _: {"access_token": "t"}, account=account)

    with pytest.raises(ConfigError, match="not a place"):
        read(one)


def apple(number: int, at: str) -> dict[str, Any]:
    return {
        "id": {"label": str(number)},
        "updated": {"label": at},
        "title": {"label": "t"},
        "content": {"label": "c"},
        "im:rating": {"label": "2"},
    }


def test_the_feed_of_apple_is_read_to_its_tenth_page(tmp_path: Path):
    def answers(request: httpx.Request) -> Any:
        page = int(request.url.path.partition("page=")[2].partition("/")[0])
        return {"feed": {"entry": [apple(page, f"2026-11-03T08:{59 - page:02d}:00+00:00")]}}

    one, network = reading(tmp_path, "appstore", answers, options={"countries": ["us"]})

    assert read(one) == [f"appstore:{number}" for number in range(10, 0, -1)]
    assert len(network.requests) == 10


def test_an_empty_page_of_apple_is_not_the_end_when_there_are_more_behind_it(tmp_path: Path):
    def answers(page: int, *, empty_times: int) -> Callable[[httpx.Request], Any]:
        left = [empty_times]

        def answer(request: httpx.Request) -> Any:
            at = int(request.url.path.partition("page=")[2].partition("/")[0])
            if at == page and left[0]:
                left[0] -= 1
                return {"feed": {}}
            return {"feed": {"entry": [apple(at, f"2026-11-03T08:{59 - at:02d}:00+00:00")] if at < 6 else []}}

        return answer

    whole = [f"appstore:{number}" for number in range(5, 0, -1)]
    one, _ = reading(tmp_path, "appstore", answers(3, empty_times=2), options={"countries": ["us"]})
    with pytest.raises(Unavailable, match="page 3"):
        read(one)
    assert one.publisher.events == []

    again, _ = reading(tmp_path, "appstore", answers(3, empty_times=1), options={"countries": ["us"]})
    assert read(again) == whole


def test_an_empty_page_of_one_country_holds_up_no_other(tmp_path: Path):
    def answers(request: httpx.Request) -> Any:
        country = request.url.path.split("/")[1]
        at = int(request.url.path.partition("page=")[2].partition("/")[0])
        if at > 3 or (country == "de" and at == 2):
            return {"feed": {}}
        number = at + 10 * ("fr", "de", "us").index(country)
        return {"feed": {"entry": [apple(number, f"2026-11-03T08:{59 - number:02d}:00+00:00")]}}

    one, _ = reading(tmp_path, "appstore", answers, options={"countries": ["fr", "de", "us"]})
    with pytest.raises(Unavailable, match="/de: page 2"):
        read(one)

    assert [event.event_id for event in one.publisher.events] == [f"appstore:{n}" for n in (3, 2, 1, 23, 22, 21)]
    assert set(json.loads(one.desk.memory.cursor(one.job.source.name) or "")) == {"fr", "us"}


def test_a_review_of_the_instant_at_which_a_first_read_begins_is_read(tmp_path: Path):
    since = datetime.fromisoformat("2026-11-03T08:00:00+00:00")
    entries = [apple(2, since.isoformat()), apple(1, "2026-11-03T07:59:59+00:00")]
    one, _ = reading(tmp_path, "appstore", lambda _: {"feed": {"entry": entries}}, since=since, options={})

    assert read(one) == ["appstore:2"]


def test_apples_token_is_not_taken_to_another_server(tmp_path: Path):
    answer = {"data": [], "links": {"next": "https://elsewhere.example/v1/apps/900000001/customerReviews?cursor=2"}}
    one, network = reading(tmp_path, "appstoreconnect", lambda _: answer)

    read(one)

    assert [request.url.host for request in network.requests] == ["api.appstoreconnect.apple.com"]
