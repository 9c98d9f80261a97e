"""Any JSON API: the ways to page, where reading begins, and what the token is not sent to."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.run import read_once
from schemas.errors import ConfigError, Malformed, Refused
from tests.support.networks import Bench, FakeNetwork, bench, folders, only

FOLDER = next(folder for folder in folders() if folder.network == "jsonapi")
Answering = Callable[[httpx.Request], httpx.Response]


def item(number: int, minute: int) -> dict[str, Any]:
    at = f"2026-11-03T08:{minute:02d}:00Z"
    return {"id": number, "created_at": at, "author_id": "u", "text": f"words {number}"}


def reading(path: Path, answer: Answering, **options: Any) -> Bench:
    network = FakeNetwork(FOLDER)
    asked: list[httpx.Request] = []
    network.answer = lambda request: (asked.append(request), answer(request))[1]  # type: ignore[method-assign]
    one = bench(FOLDER, path / "memory.sqlite", network=network)
    network.asked_for = asked  # type: ignore[attr-defined]
    source = replace(one.job.source, account="", options={"url": "https://forum.example/list"} | options)
    one.job = replace(one.job, source=source)
    return one


def read(one: Bench) -> list[str]:
    read_once(one.job, one.desk, one.publisher, stream=False)
    return [event.event_id for event in one.publisher.events]


def asked(one: Bench) -> list[str]:
    return [request.url.query.decode() for request in one.network.asked_for]  # type: ignore[attr-defined]


def test_numbered_pages_end_with_the_first_that_is_empty(tmp_path: Path):
    listed = {"0": [item(3, 30), item(2, 20)], "1": [item(1, 10)], "2": []}
    one = reading(
        tmp_path,
        lambda request: httpx.Response(200, json=listed[request.url.params["p"]]),
        paging={"by": "page", "param": "p", "first": 0},
    )

    assert read(one) == ["jsonapi:3", "jsonapi:2", "jsonapi:1"]
    assert asked(one) == ["p=0", "p=1", "p=2"]


def test_a_second_round_stops_where_everything_is_older_than_what_is_read_again(tmp_path: Path):
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return httpx.Response(200, json=[item(100 - page, 59 - page)] if page < 10 else [])

    first = reading(tmp_path, answer, paging={"by": "page"}, reread_days=0)
    read(first)
    second = reading(tmp_path, answer, paging={"by": "page"}, reread_days=0)

    assert read(second) == []
    assert asked(second) == ["page=1", "page=2"]


def test_link_headers_are_followed_with_the_token(tmp_path: Path):
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["x-key"] == "token-of-a-test-0001"
        if request.url.params.get("from"):
            return httpx.Response(200, json=[item(1, 10)])
        return httpx.Response(200, json=[item(2, 20)], headers={"link": '</list?from=2>; rel="next"'})

    assert read(reading(tmp_path, answer, paging={"by": "link"}, header="x-key", scheme="")) == [
        "jsonapi:2",
        "jsonapi:1",
    ]


def test_a_list_that_runs_forward_goes_on_from_its_own_cursor(tmp_path: Path):
    log = [item(number, number) for number in range(1, 6)]

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("after", 0))
        part = log[start : start + 2]
        return httpx.Response(200, json={"rows": part, "end": str(start + len(part)) if part else None})

    options: dict[str, Any] = {
        "items": "rows",
        "order": "oldest",
        "paging": {"by": "cursor", "path": "end", "param": "after"},
    }
    assert read(reading(tmp_path, answer, **options)) == [f"jsonapi:{number}" for number in range(1, 6)]

    log.append(item(6, 6))
    again = reading(tmp_path, answer, **options)
    assert read(again) == ["jsonapi:6"]
    assert asked(again)[0] == "after=5"


def test_a_list_that_is_said_to_run_the_other_way_begins_at_its_top(tmp_path: Path):
    one = item(1, 1)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"rows": [], "end": None} if request.url.query else {"rows": [one], "end": "5"})

    options: dict[str, Any] = {"items": "rows", "paging": {"by": "cursor", "path": "end", "param": "after"}}
    read(reading(tmp_path, answer, **options, order="oldest"))
    turned = reading(tmp_path, answer, **options, order="newest")
    read(turned)

    assert asked(turned) == ["", "after=5"]


PAGINGS = {
    "numbered, newest first": {"paging": {"by": "page"}},
    "numbered, oldest first": {"paging": {"by": "page"}, "order": "oldest"},
    "an address in the answer": {"paging": {"by": "next", "path": "next"}},
    "an address in a header": {"paging": {"by": "link"}},
    "a cursor, newest first": {"paging": {"by": "cursor", "path": "end"}},
    "a cursor, oldest first": {"paging": {"by": "cursor", "path": "end"}, "order": "oldest"},
}


@pytest.mark.parametrize("options", [pytest.param(one, id=name) for name, one in PAGINGS.items()])
def test_a_first_read_that_is_killed_goes_on_with_its_page(options: dict[str, Any], tmp_path: Path):
    is_forward = options.get("order") == "oldest"
    rows = [item(number, number) for number in (range(1, 11) if is_forward else range(10, 0, -1))]

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 1))
        following = str(page + 1) if page < 5 else ""
        return httpx.Response(
            200,
            json={"rows": rows[2 * page - 2 : 2 * page], "end": following, "next": following and f"?page={following}"},
            headers={"link": f'</list?page={following}>; rel="next"'} if following else {},
        )

    first = reading(tmp_path, answer, items="rows", **options).with_pages(only(4))
    second = reading(tmp_path, answer, items="rows", **options)

    assert sorted(read(first) + read(second)) == sorted(f"jsonapi:{number}" for number in range(1, 11))
    numbers = [request.url.params.get("page", "1") for request in second.network.asked_for]  # type: ignore[attr-defined]
    assert numbers[: -3 if numbers[-1] == "6" else -2] == ([] if is_forward else ["1", "2"]), "what is new comes first"
    assert "3" not in numbers


def test_a_saved_page_of_another_server_is_not_asked_with_the_token(tmp_path: Path):
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 1))
        body = {"rows": [item(9 - page, 60 - 10 * page)], "next": f"?page={page + 1}" if page < 4 else ""}
        return httpx.Response(200, json=body)

    options: dict[str, Any] = {"items": "rows", "paging": {"by": "next", "path": "next"}}
    read(reading(tmp_path, answer, **options).with_pages(only(3)))
    moved = reading(tmp_path, answer, **options, url="https://moved.example/list")

    assert read(moved) == ["jsonapi:5"]
    assert {request.url.host for request in moved.network.asked_for} == {"moved.example"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["https://elsewhere.example/list", "http://forum.example/list"])
def test_the_token_is_not_sent_to_another_server(address: str, tmp_path: Path):
    answers = iter([httpx.Response(200, json={"items": [item(1, 1)], "next": address})])
    one = reading(tmp_path, lambda _: next(answers), items="items", paging={"by": "next", "path": "next"})

    with pytest.raises(Refused, match="another server"):
        read(one)


@pytest.mark.parametrize(("time", "written"), [("unix", "1793692800"), ("unix_ms", "1793692800000")])
def test_what_is_asked_since_is_written_as_the_api_writes_times(time: str, written: str, tmp_path: Path):
    one = reading(tmp_path, lambda _: httpx.Response(200, json=[]), since="from", time=time)
    read(one)

    assert asked(one) == [f"from={written}"]


def test_options_that_do_not_hold_together_are_said_to_be_so(tmp_path: Path):
    with pytest.raises(ConfigError, match="paging"):
        read(reading(tmp_path, lambda _: httpx.Response(200, json=[]), paging={"by": "magic"}))
    with pytest.raises(Malformed, match="items"):
        read(reading(tmp_path, lambda _: httpx.Response(200, json={"error": "x"}), items="rows"))
