"""Mastodon: statuses that come late from other servers, and notifications, whose numbers tell no time."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from connectors.networks import mastodon
from connectors.run import read_once
from tests.support.networks import Bench, FakeNetwork, bench, folders

(FOLDER,) = [folder for folder in folders() if folder.network == "mastodon"]
START = datetime.fromisoformat("2026-11-03T08:00:00+00:00")


class Server(FakeNetwork):
    """A server with one hashtag and the notifications of one account: pages as Mastodon gives them."""

    def __init__(self, *, knows_max_id: bool = True) -> None:
        super().__init__(FOLDER)
        self.lists: dict[str, list[dict[str, Any]]] = {"lumora": [], "notifications": []}
        self.knows_max_id = knows_max_id

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        asked = request.url.params
        given = sorted(self.lists.get(request.url.path.rpartition("/")[2], []), key=lambda one: -int(one["id"]))
        if "min_id" in asked:
            newer = [one for one in given if int(one["id"]) > int(asked["min_id"])]
            return httpx.Response(200, json=newer[-int(asked["limit"]) :])
        if "max_id" in asked and self.knows_max_id:
            given = [one for one in given if int(one["id"]) < int(asked["max_id"])]
        return httpx.Response(200, json=given[: int(asked["limit"])])

    def writes(self, at: datetime, number: int = 0) -> str:
        id = str(int(mastodon._id_at(at)) + number)
        self.lists["lumora"].append(status(id, at))
        return f"mastodon:mastodon.example/{id}"

    def mentions(self, at: datetime, number: int) -> str:
        id = str(int(mastodon._id_at(at)) + number)
        told = {"id": str(number), "type": "mention", "created_at": at.isoformat(), "status": status(id, at)}
        self.lists["notifications"].append(told)
        return f"mastodon:mastodon.example/{id}"


def status(id: str, at: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "created_at": at.isoformat(),
        "content": "<p>a lid</p>",
        "account": {"acct": "pilar@pine.example"},
    }


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def reading(server: Server, path: Path, *, with_token: bool = False) -> Bench:
    one = bench(FOLDER, path, network=server)
    source = one.job.source
    secrets = source.secrets if with_token else {}
    one.job = replace(one.job, source=replace(source, people=type(source.people)(), secrets=secrets))
    return one


def read(one: Bench) -> list[str]:
    """What one round publishes."""
    before = len(one.publisher.events)
    read_once(one.job, one.desk, one.publisher, stream=False)
    return [event.event_id for event in one.publisher.events[before:]]


def test_a_status_that_comes_late_from_another_server_is_read(tmp_path: Path):
    server = Server()
    one = reading(server, tmp_path / "m.sqlite")
    here = server.writes(START + minutes(30))
    first = read(one)
    late = server.writes(START + minutes(20))

    assert first == [here]
    assert read(one) == [late]
    assert read(one) == []


def test_what_is_read_again_does_not_keep_a_busy_hashtag_from_what_is_new(tmp_path: Path):
    server = Server()
    one = reading(server, tmp_path / "m.sqlite")
    a_round = mastodon.PAGES_A_ROUND * mastodon.LIMIT
    for number in range(a_round + 1):
        server.writes(START + minutes(30), number)
    first = read(one)

    assert len(first) == a_round
    assert len(read(one)) == 1


def test_nothing_from_before_the_first_read_comes_with_what_is_read_again(tmp_path: Path):
    server = Server()
    one = reading(server, tmp_path / "m.sqlite")
    server.writes(START - minutes(1))
    here = server.writes(START + minutes(1))

    assert [read(one), read(one)] == [[here], []]


def test_a_reading_that_rested_goes_on_from_where_it_was_and_not_from_the_start(tmp_path: Path):
    server = Server()
    one = reading(server, tmp_path / "m.sqlite")
    server.writes(START + minutes(30))
    read(one)
    missed = server.writes(START + minutes(60))
    one.job = replace(one.job, source=replace(one.job.source, since=START + minutes(600)))

    assert read(one) == [missed]


def test_mentions_are_read_from_the_start_on_in_an_account_with_a_long_past(tmp_path: Path):
    server = Server()
    one = reading(server, tmp_path / "m.sqlite", with_token=True)
    for number in range(1, 5_000):
        server.mentions(START - minutes(5_000 - number), 68_000_000 + number)
    new = [server.mentions(START + minutes(number), 68_005_000 + number) for number in range(50)]

    assert read(one) == new
    assert len([url for url in server.asked if "notifications" in url]) < 10
    assert read(one) == []


def test_an_account_without_an_older_mention_is_read_from_its_first(tmp_path: Path):
    server = Server()
    one = reading(server, tmp_path / "m.sqlite", with_token=True)
    new = [server.mentions(START + minutes(number), 7 + number) for number in range(50)]

    assert read(one) == new


def test_a_server_that_does_not_know_max_id_does_not_hold_the_reading_up(tmp_path: Path):
    server = Server(knows_max_id=False)
    one = reading(server, tmp_path / "m.sqlite", with_token=True)
    new = [server.mentions(START + minutes(number), 7 + number) for number in range(50)]

    assert read(one) == new
