"""What Meta's networks share: codes of errors, addresses of next pages, deliveries in their odd shapes."""

import json
from pathlib import Path

import httpx
import pytest

from connectors.http import Answer
from connectors.meta import judge, single_entries
from connectors.run import read_once
from schemas.errors import Malformed, Missing, Refused, Unavailable
from tests.support.networks import FakeNetwork, bench, folders

FOLDERS = {folder.network: folder for folder in folders()}


def answer(code: int, *, subcode: int = 0, status: int = 400, headers: dict[str, str] | None = None) -> Answer:
    body = json.dumps({"error": {"message": "words of theirs", "code": code, "error_subcode": subcode}}).encode()
    return Answer(status=status, headers=headers or {}, body=body, where="GET https://graph.facebook.com/x")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(190, Refused, id="the token expired"),
        pytest.param(200, Refused, id="a permission is missing"),
        pytest.param(4, Unavailable, id="too many calls of the app"),
        pytest.param(80_001, Unavailable, id="too many calls for the Page"),
        pytest.param(2, Unavailable, id="the platform has a fault"),
    ],
)
def test_an_error_means_what_its_code_says_whatever_the_status(code: int, error: type[Exception]):
    judged = judge(answer(code))

    assert type(judged) is error
    assert "words of theirs" not in str(judged)


def test_what_is_gone_is_missing_and_a_wrong_request_is_left_to_the_table():
    assert type(judge(answer(100, subcode=33))) is Missing
    assert judge(answer(100)) is None
    assert judge(Answer(status=200, headers={}, body=b"{}", where="x")) is None
    assert judge(Answer(status=500, headers={}, body=b"<html>", where="x")) is None


def test_a_limit_is_waited_for_as_long_as_the_platform_says():
    usage = {"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 12}]}

    told = judge(answer(32, headers={"x-business-use-case-usage": json.dumps(usage)}))
    untold = judge(answer(32, headers={"x-business-use-case-usage": "nonsense"}))

    assert isinstance(told, Unavailable)
    assert isinstance(untold, Unavailable)
    assert (told.retry_after_s, untold.retry_after_s) == (720.0, 300.0)


@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_a_token_travels_in_the_header_and_never_in_an_address(network: str, tmp_path: Path):
    reading = bench(FOLDERS[network], tmp_path / "m.sqlite")

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert any("after=" in url for url in reading.network.asked)
    assert not any("access_token" in url or "token-of-a-test" in url for url in reading.network.asked)


def test_a_next_page_that_is_the_same_page_ends_the_listing(tmp_path: Path):
    network = FakeNetwork(FOLDERS["facebook"])
    circle = {"data": [], "paging": {"next": "https://graph.facebook.com/v26.0/1/feed?after=A"}}
    network.before = [httpx.Response(200, json=circle)] * 9
    reading = bench(FOLDERS["facebook"], tmp_path / "m.sqlite", network=network)

    read_once(reading.job, reading.desk, reading.publisher, stream=False)

    assert len(network.asked) == 2


def test_a_delivery_is_cut_so_that_one_bad_change_costs_no_other():
    body = {"object": "page", "entry": [{"id": "1", "time": 2, "changes": [{"field": "a"}, {"field": "b"}]}]}

    entries = list(single_entries(json.dumps(body).encode(), "page"))

    assert [entry["changes"] for entry in entries] == [[{"field": "a"}], [{"field": "b"}]]
    assert {(entry["id"], entry["time"]) for entry in entries} == {("1", 2)}
    with pytest.raises(Malformed):
        list(single_entries(json.dumps(body).encode(), "instagram"))
