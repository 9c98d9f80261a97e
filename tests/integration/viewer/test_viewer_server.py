"""The board's server over HTTP, on a store that is played: what it answers, what it refuses, and how it fails."""

import asyncio
import base64
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from deploy.grafana.boards import BOARDS, board
from deploy.grafana.render import uid
from deploy.viewer.server import HEADERS, Viewer, application
from deploy.viewer.shown import viewer
from deploy.viewer.store import Answer, Column, Unanswered
from schemas.settings import ClickHouse, Settings
from schemas.units import Secret

pytestmark = pytest.mark.integration

HOME = "/api/boards/vigie-leadership"
PERIOD = "from=1767225600000&to=1767312000000"
PASSWORD = "a password of the test"
INJECTION = "x') OR 1=1; DROP TABLE vigie.raw_events; -- \\"


class PlayedStore:
    """Keeps what it is asked; answers with one row, with a state, or not at all."""

    def __init__(self, *, state: str = "", hangs: bool = False, breaks: bool = False) -> None:
        self.state, self.hangs, self.breaks = state, hangs, breaks
        self.asked: list[str] = []
        self.cancelled = 0

    async def ask(self, sql: str) -> Answer:
        self.asked.append(sql)
        if self.breaks:
            raise RuntimeError("a secret of the inside")
        if self.hangs:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.state:
            raise Unanswered(self.state, "CODE_NAME")  # type: ignore[arg-type]
        return Answer(meta=[Column("value", "String")], data=[["<b>7</b>"]])

    async def close(self) -> None:
        """Nothing is held."""


MADE = viewer(Settings(), lambda: ClickHouse(), "en")


def pages(store: PlayedStore) -> Viewer:
    return Viewer(
        boards=MADE.boards,
        languages=MADE.languages,
        home=MADE.home,
        asker=store,  # type: ignore[arg-type]
        expand=MADE.expand,
    )


def ask(store: PlayedStore, use: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with TestClient(TestServer(application(pages(store))), cookie_jar=None) as client:
            await use(client)

    asyncio.run(run())


async def lines(client: TestClient[Any, Any], address: str) -> list[dict[str, Any]]:
    answer = await client.get(address)
    assert answer.status == 200, await answer.text()
    return [json.loads(line) for line in (await answer.text()).splitlines()]


def test_every_question_of_a_board_is_answered_once_and_the_end_is_said():
    store = PlayedStore()

    async def use(client: TestClient[Any, Any]) -> None:
        told = await lines(client, f"{HOME}/answers?{PERIOD}")
        panels = {panel["id"] for panel in board("leadership", "en")["panels"] if panel.get("targets")}
        assert {one["panel"] for one in told if one["kind"] == "panel"} == panels
        assert told[-1] == {"kind": "end"}
        assert told[0]["columns"] == [["value", "String"]]
        assert told[0]["rows"] == [["<b>7</b>"]]
        assert (told[0]["since"], told[0]["until"]) == (1767225600000, 1767312000000)

    ask(store, use)
    assert len(store.asked) == len(set(store.asked)) > 8
    assert not any("$__" in sql or "${" in sql for sql in store.asked)


def test_what_is_injected_into_a_variable_stays_a_literal():
    store = PlayedStore()

    async def use(client: TestClient[Any, Any]) -> None:
        await client.get(f"{HOME}/answers", params=[*_period(), ("var-brand", INJECTION), ("var-brand", "b")])

    ask(store, use)
    holding = [sql for sql in store.asked if "DROP" in sql]
    assert holding
    escaped = INJECTION.replace("\\", "\\\\").replace("'", "\\'")
    assert all(f"brand IN ('{escaped}','b')" in sql for sql in holding)


def test_sql_of_a_browser_is_not_read():
    store = PlayedStore()

    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.get(f"{HOME}/answers?{PERIOD}&sql=SELECT+4711&query=SELECT+4711&rawSql=SELECT+4711")
        assert answer.status == 200

    ask(store, use)
    assert not any("4711" in sql for sql in store.asked)


@pytest.mark.parametrize(
    ("address", "status", "reason"),
    [
        pytest.param("/api/boards/none", 404, "unknown_board", id="an unknown board"),
        pytest.param("/api/boards/..%2f..%2fetc/answers", 404, "unknown_board", id="a path as a board"),
        pytest.param(f"{HOME}/answers", 400, "period", id="no period"),
        pytest.param(f"{HOME}/answers?{PERIOD}&var-nothing=1", 400, "unknown_variable", id="an unknown variable"),
        pytest.param(f"{HOME}/values?{PERIOD}&var-brand={'x' * 301}", 400, "unknown_value", id="an endless value"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_word(address: str, status: int, reason: str):
    store = PlayedStore()

    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.get(address)
        assert answer.status == status
        assert (await answer.json())["error"] == reason

    ask(store, use)
    assert store.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/d/vigie-leadership",
        "/d/none",
        "/page/js/main.js",
        "/page/none",
        "/none",
        HOME,
        "/api/boards/none",
        f"{HOME}/answers?{PERIOD}",
        f"{HOME}/answers",
    ],
)
def test_every_answer_carries_the_headers(address: str):
    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.get(address, allow_redirects=False)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers

    ask(PlayedStore(), use)


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page/js",
        "/page/js/",
        "/page/../server.py",
        "/page/%2e%2e/server.py",
        "/page/js/..%2f..%2f..%2fserver.py",
        "/page//etc/passwd",
    ],
)
def test_no_folder_is_listed_and_no_other_file_is_served(path: str):
    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.get(path)
        assert answer.status == 404
        assert b"import" not in await answer.read()

    ask(PlayedStore(), use)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/d/vigie-leadership", HOME, f"{HOME}/answers?{PERIOD}"])
def test_only_reading_is_possible(method: str, path: str):
    store = PlayedStore()

    async def use(client: TestClient[Any, Any]) -> None:
        assert (await client.request(method, path)).status == 405

    ask(store, use)
    assert store.asked == []


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "0.0.0.0", "10.0.0.1", "["]
)
def test_a_request_under_another_name_is_refused(host: str):
    store = PlayedStore()

    async def use(client: TestClient[Any, Any]) -> None:
        for path in ("/", f"{HOME}/answers?{PERIOD}"):
            answer = await client.get(path, headers={"Host": host}, allow_redirects=False)
            assert answer.status in (400, 421)

    ask(store, use)
    assert store.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9000", "[::1]:8350"])
def test_loopback_has_several_names(host: str):
    async def use(client: TestClient[Any, Any]) -> None:
        assert (await client.get(HOME, headers={"Host": host})).status == 200

    ask(PlayedStore(), use)


def encoded(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def behind_a_proxy() -> web.Application:
    guarded = dataclasses.replace(
        pages(PlayedStore()), names=frozenset({"Boards.example.com"}), password=Secret(PASSWORD)
    )
    return application(guarded)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param(f"Basic {encoded('anybody', PASSWORD)}", 200, id="any user"),
        pytest.param(f"basic {encoded('', PASSWORD)}", 200, id="no user"),
        pytest.param(f"Basic {encoded('anybody', PASSWORD[:-1])}", 401, id="another password"),
        pytest.param(f"Basic {encoded('anybody', 'é')}", 401, id="not ASCII"),
        pytest.param("", 401, id="none"),
        pytest.param(f"Bearer {encoded('', PASSWORD)}", 401, id="another scheme"),
        pytest.param("Basic ???", 401, id="garbage"),
    ],
)
def test_a_password_that_is_set_is_asked_for_everywhere_but_on_the_health_page(given: str, status: int):
    async def run() -> None:
        headers = {"Host": "boards.example.com", "Authorization": given}
        async with TestClient(TestServer(behind_a_proxy())) as client:
            for path in (HOME, "/page/page.css", "/d/vigie-leadership"):
                answer = await client.get(path, headers=headers)
                assert (answer.status == 401) is (status == 401), path
                assert ("WWW-Authenticate" in answer.headers) is (status == 401)
            assert (await client.get("/health")).status == 200
            assert (await client.get(HOME, headers={"Host": "evil.example"})).status == 421

    asyncio.run(run())


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_another_site_gets_no_answers(site: str, status: int):
    async def use(client: TestClient[Any, Any]) -> None:
        assert (await client.get(HOME, headers={"Sec-Fetch-Site": site})).status == status

    ask(PlayedStore(), use)


def test_an_unknown_board_is_a_page_that_says_so():
    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.get("/d/none")
        assert answer.status == 404
        assert answer.content_type == "text/html"

    ask(PlayedStore(), use)


@pytest.mark.parametrize("state", ["late", "missing", "refused"])
def test_a_question_without_an_answer_has_a_state(state: str):
    async def use(client: TestClient[Any, Any]) -> None:
        told = await lines(client, f"{HOME}/answers?{PERIOD}")
        assert {one["state"] for one in told[:-1]} == {state}
        assert {one["error"] for one in told[:-1]} == {"CODE_NAME"}

    ask(PlayedStore(state=state), use)


def test_once_the_store_is_gone_the_rest_is_not_asked():
    store = PlayedStore(state="unreachable")

    async def use(client: TestClient[Any, Any]) -> None:
        told = await lines(client, f"{HOME}/answers?{PERIOD}")
        assert {one["state"] for one in told[:-1]} == {"unreachable"}

    ask(store, use)
    assert len(store.asked) == 1


def test_what_breaks_inside_stays_inside():
    async def use(client: TestClient[Any, Any]) -> None:
        told = await lines(client, f"{HOME}/answers?{PERIOD}")
        assert {one["state"] for one in told[:-1]} == {"refused"}
        assert "secret" not in json.dumps(told)
        assert "Traceback" not in json.dumps(told)

    with structlog.testing.capture_logs() as logged:
        ask(PlayedStore(breaks=True), use)
    assert {line["event"] for line in logged} == {"question_failed"}


def test_queries_are_cancelled_when_the_browser_goes_away():
    store = PlayedStore(hangs=True)

    async def run() -> None:
        runner = web.AppRunner(application(pages(store)), handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
            writer.write(f"GET {HOME}/answers?{PERIOD} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            await reader.readline()
            await asyncio.sleep(0.1)
            assert len(store.asked) > 8
            assert store.cancelled == 0
            writer.close()
            await asyncio.sleep(0.5)
            assert store.cancelled == len(store.asked)
        finally:
            await runner.cleanup()

    asyncio.run(run())


def test_a_file_that_did_not_change_is_not_sent_again():
    async def use(client: TestClient[Any, Any]) -> None:
        first = await client.get("/page/js/main.js")
        again = await client.get("/page/js/main.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status, again.status, await again.read()) == (200, 304, b"")

    ask(PlayedStore(), use)


def test_boards_and_editions_are_named_beside_each_definition():
    async def use(client: TestClient[Any, Any]) -> None:
        told = await (await client.get("/api/boards/vigie-voice-fr")).json()
        assert told["language"] == "fr"
        assert [one["uid"] for one in told["boards"]] == [uid(name, "fr") for name in BOARDS]
        assert told["editions"] == {"en": "vigie-voice", "fr": "vigie-voice-fr"}

    ask(PlayedStore(), use)


def _period() -> list[tuple[str, str]]:
    return [("from", "1767225600000"), ("to", "1767312000000")]
