"""The door to Grafana when Grafana, or what stands before it, misbehaves."""

from collections.abc import Iterator

import pytest

from deploy.grafana.api import Api, GrafanaError, part
from schemas.errors import ConfigError
from schemas.grafana import Grafana
from schemas.units import PositiveDuration, Secret
from tests.support.grafana_server import TOKEN, Fault, serving
from tests.support.grafana_server import Grafana as Server

FOLDER = {"uid": "f", "title": "F"}
PAGE = "<html><body><h1>502 Bad Gateway</h1>a message from the proxy</body></html>"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as grafana:
        yield grafana


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def api(server: Server, pauses: list[float]) -> Iterator[Api]:
    settings = Grafana(url=server.url, token=Secret(TOKEN), timeout=PositiveDuration(0.3))
    with Api(settings, sleep=pauses.append) as api:
        yield api


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        pytest.param(401, '{"message": "Expired API key"}', r"Expired API key\. Make a new token", id="expired token"),
        pytest.param(
            403, '{"message": "Permissions needed: folders:write"}', "folders:write.*rights that", id="no right"
        ),
        pytest.param(409, '{"message": "exists"}', "HTTP 409.*rename or delete it", id="a name that is taken"),
        pytest.param(412, '{"message": "changed"}', "HTTP 412.*vigie boards diff", id="saved meanwhile"),
        pytest.param(400, '{"message": "Cannot save provisioned dashboard"}', "comes from a file", id="from a file"),
        pytest.param(404, "<html>nginx</html>", r"HTTP 404.*Correct grafana\.url", id="a wrong address"),
        pytest.param(302, "", r"leads elsewhere \(HTTP 302\).*Correct grafana\.url", id="a page to log in"),
        pytest.param(500, PAGE, r"Grafana failed \(HTTP 500\)\. Look into", id="a page of HTML with the word message"),
        pytest.param(500, "null", r"Grafana failed \(HTTP 500\)\. ", id="null"),
        pytest.param(500, '["message"]', r"Grafana failed \(HTTP 500\)\. ", id="a list"),
        pytest.param(500, '{"message": 5}', r"Grafana failed \(HTTP 500\)\. ", id="a message that is no text"),
    ],
)
def test_every_refusal_says_what_to_do(server: Server, api: Api, status: int, body: str, says: str):
    server.faults.append(Fault(status=status, body=body))

    with pytest.raises(GrafanaError, match=says) as error:
        api.send("POST", "/folders", FOLDER)

    assert error.value.status == status
    assert "POST /api/folders" in str(error.value)
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_be_repeated_is_tried_again(server: Server, api: Api, pauses: list[float], status: int):
    server.faults.append(Fault(status=status, times=3, body=PAGE, kind="text/html"))

    assert api.send("GET", "/health")["database"] == "ok"
    assert pauses == [0.5, 1.0, 2.0]


def test_it_gives_up_after_four_attempts(server: Server, api: Api, pauses: list[float]):
    server.faults.append(Fault(status=502, times=99, body=PAGE, kind="text/html"))

    with pytest.raises(GrafanaError, match="HTTP 502"):
        api.send("GET", "/health")

    assert len(server.sent) == 4


def test_a_post_is_not_repeated_since_it_may_have_worked(server: Server, api: Api, pauses: list[float]):
    server.faults.append(Fault(status=504, times=99))

    with pytest.raises(GrafanaError, match="HTTP 504"):
        api.send("POST", "/folders", FOLDER)

    assert (len(server.sent), pauses) == (1, [])


def test_who_is_asked_to_wait_waits_so_long(server: Server, api: Api, pauses: list[float]):
    server.faults.append(Fault(status=429, headers={"Retry-After": "7"}))

    api.send("POST", "/folders", FOLDER)

    assert pauses == [7.0]


def test_nobody_waits_for_ever(server: Server, api: Api, pauses: list[float]):
    server.faults.append(Fault(status=429, headers={"Retry-After": "86400"}))

    api.send("GET", "/health")

    assert pauses == [30.0]


def test_a_time_out_is_tried_again_and_then_said(server: Server, api: Api, pauses: list[float]):
    server.faults.append(Fault(times=99, delay_s=0.6))

    with pytest.raises(GrafanaError, match=r"did not answer within 0\.3 s.*raise grafana\.timeout"):
        api.send("GET", "/health")

    assert len(pauses) == 3


def test_no_server_at_all_is_said():
    settings = Grafana(url="http://127.0.0.1:9", token=Secret(TOKEN))
    with Api(settings, sleep=lambda _: None) as api, pytest.raises(GrafanaError, match="cannot be reached") as error:
        api.send("GET", "/health")

    assert error.value.status == 0


def test_a_deletion_without_a_body_is_no_error(server: Server, api: Api):
    assert api.send("DELETE", f"/v1/provisioning/mute-timings/{part('vigie: a/b closed')}") is None
    assert server.sent[-1].path == "/v1/provisioning/mute-timings/vigie%3A%20a%2Fb%20closed"


def test_a_page_in_the_place_of_an_answer_is_said(server: Server, api: Api):
    server.faults.append(Fault(status=200, body="<html>Welcome</html>", kind="text/html"))

    with pytest.raises(GrafanaError, match="the answer is a page"):
        api.send("GET", "/health")


def test_what_is_not_there_is_none(api: Api):
    assert api.get("/folders/nothing") is None


@pytest.mark.parametrize(
    ("url", "prefix"), [("{}", ""), ("{}/", ""), ("{}/grafana", "/grafana"), ("{}/a/b/", "/a/b")], ids=repr
)
def test_a_grafana_under_a_path_is_reached(server: Server, url: str, prefix: str):
    with Api(Grafana(url=url.format(server.url), token=Secret(TOKEN)), sleep=lambda _: None) as api:
        if not prefix:
            assert api.send("GET", "/health")["database"] == "ok"
            return
        with pytest.raises(GrafanaError):
            api.send("POST", "/folders", FOLDER)
    assert server.sent[-1].path == f"{prefix}/api/folders"
    server.violations.clear()  # this server is under no path


@pytest.mark.parametrize(
    ("grafana", "says"),
    [
        (Grafana(), r"grafana\.url: there is no Grafana"),
        (Grafana(url="https://grafana.example.com"), "VIGIE_GRAFANA__TOKEN .*no token"),
        (Grafana(url="grafana.example.com", token=Secret("t")), "no address"),
        (Grafana(url="https://ana:secret@grafana", token=Secret("t")), "without a user"),
        (Grafana(url="https://grafana:port", token=Secret("t")), "no address"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(grafana: Grafana, says: str):
    with pytest.raises(ConfigError, match=says) as error:
        Api(grafana)

    assert "secret" not in str(error.value)
