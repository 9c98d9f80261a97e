"""The server behind signed links, asked over HTTP: a GET never acts, a POST acts once, all else is refused."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog
from aiohttp.test_utils import TestClient, TestServer

from deploy.actions.server import MAX_BODY_BYTES, Desk, application
from schemas.action import Action
from schemas.alert import Alert
from schemas.errors import BrokerError
from schemas.settings import Actions
from schemas.units import Secret
from streams.links import Links
from tests.support.builders import make_alert

pytestmark = pytest.mark.integration

TOKEN = "a bearer token of length"
LINKS = Links(base_url="https://v.example", secrets=("a secret of some length",), lifetime_s=3600)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
REQUEST = {"kind": "acknowledge", "alert_id": "x:1:2:breach", "by": "bot"}


class Office:
    """What the server was given to do; `away` is a broker that does not answer."""

    def __init__(self, alert: Alert | None = None, *, away: bool = False, per_minute: int = 1000) -> None:
        self.alert, self.away = alert, away
        self.published: list[Action] = []
        options = Actions(base_url="https://v.example", token=Secret(TOKEN), max_per_minute=per_minute)
        self.desk = Desk(settings=options, links=LINKS, publish=self.publish, find=lambda _: self.alert)

    def publish(self, action: Action) -> None:
        if self.away:
            raise BrokerError("away")
        self.published.append(action)


def ask(office: Office, use: Callable[[TestClient[Any, Any]], Awaitable[None]]) -> None:
    async def run() -> None:
        async with TestClient(TestServer(application(office.desk))) as client:
            await use(client)

    asyncio.run(run())


def path(alert: Alert, *, by: str = "Nora Weil", language: str = "en") -> str:
    return LINKS.link(alert, by=by, language=language).removeprefix("https://v.example")


def test_a_get_shows_the_alert_and_its_buttons_and_changes_nothing():
    office = Office(make_alert(text="<script>alert(1)</script>", permalink="javascript:alert(1)"))

    async def use(client: TestClient[Any, Any]) -> None:
        for _ in range(3):
            answer = await client.get(path(office.alert))
            text = await answer.text()
        assert answer.status == 200
        assert "@ana has been waiting for" in text
        assert "You decide as Nora Weil." in text
        assert "<script" not in text
        assert "javascript:" not in re.sub(r"<p>[^<]*</p>", "", text)
        assert re.findall(r'<html lang="(\w+)"', text) == ["en"]
        assert len(re.findall(r"<button name=\"do\"", text)) == 6

    ask(office, use)

    assert office.published == []


def test_a_page_is_in_the_language_of_its_message():
    office = Office(make_alert())

    async def use(client: TestClient[Any, Any]) -> None:
        text = await (await client.get(path(office.alert, language="fr"))).text()
        assert '<html lang="fr">' in text
        assert "Prendre en compte" in text
        assert "Reporter de 2\u00a0h" in text

    ask(office, use)


def test_every_button_of_a_page_acts_and_pressed_twice_it_is_one_decision():
    office = Office(make_alert())

    async def use(client: TestClient[Any, Any]) -> None:
        text = await (await client.get(path(office.alert))).text()
        for value in re.findall(r'value="([^"]+)"', text):
            for _ in range(2):
                answer = await client.post(path(office.alert), data={"do": value})
                assert answer.status == 200
                assert 'role="status"' in await answer.text()

    ask(office, use)

    assert len(office.published) == 12
    assert len({action.action_id for action in office.published}) == 6
    assert {action.kind for action in office.published} == {"acknowledge", "assign", "snooze", "close"}
    assert {(action.by, action.conversation_id, action.turn) for action in office.published} == {
        ("Nora Weil", "mastodon:1", 1)
    }


def test_without_the_store_the_page_still_works():
    office = Office(None)

    async def use(client: TestClient[Any, Any]) -> None:
        text = await (await client.get(path(make_alert()))).text()
        assert "mastodon:1" in text
        assert "the buttons work all the same" in text

    ask(office, use)


def test_every_answer_forbids_scripts_frames_caches_and_to_pass_the_address_on():
    office = Office(make_alert())

    async def use(client: TestClient[Any, Any]) -> None:
        answers = [
            await client.get(path(office.alert)),
            await client.get("/a/forged"),
            await client.get("/nowhere"),
            await client.put(path(office.alert)),
            await client.post("/v1/actions"),
        ]
        for answer in answers:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Server"] == "vigie"
            assert "Set-Cookie" not in answer.headers

    ask(office, use)


def test_what_is_refused_is_refused_with_its_status_and_nothing_is_published(monkeypatch: pytest.MonkeyPatch):
    office, alert = Office(make_alert()), make_alert()

    async def use(client: TestClient[Any, Any]) -> None:
        good = path(alert)

        async def status(method: str, where: str, **more: Any) -> int:
            return (await client.request(method, where, **more)).status

        assert await status("GET", "/a/forged") == 401
        assert await status("POST", good[:-1] + "A" * 3, data={"do": "acknowledge"}) == 401
        assert await status("GET", "/a/") == 404
        assert await status("GET", "/") == 404
        assert await status("PUT", good) == 405
        assert await status("GET", "/v1/actions") == 405
        assert await status("POST", good, data={"do": "delete"}) == 400
        assert await status("POST", good) == 400
        assert await status("POST", good, json={"do": "acknowledge"}) == 400
        assert await status("POST", good, data=b"do=" + b"x" * MAX_BODY_BYTES, headers=FORM) == 413
        assert await status("POST", "/v1/actions", json=REQUEST) == 401
        assert await status("POST", "/v1/actions", json=REQUEST, headers={"Authorization": "Bearer wrong é"}) == 401
        assert await status("POST", "/v1/actions", json={"kind": "x"}, headers=BEARER) == 400
        assert await status("POST", "/v1/actions", data=b"{}", headers=BEARER) == 400
        big = {**REQUEST, "note": "x" * MAX_BODY_BYTES}
        assert await status("POST", "/v1/actions", json=big, headers=BEARER) == 413
        begun = time.time()
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: begun + 7200)
        assert await status("GET", good) == 410
        assert await status("POST", good, data={"do": "acknowledge"}) == 410

    ask(office, use)

    assert office.published == []


def test_a_program_with_the_secret_acts():
    office = Office()

    async def use(client: TestClient[Any, Any]) -> None:
        answer = await client.post("/v1/actions", json={**REQUEST, "action_id": "mine-1"}, headers=BEARER)
        assert (answer.status, await answer.json()) == (202, {"action_id": "mine-1"})

    ask(office, use)

    assert [(action.kind, action.by, action.turn) for action in office.published] == [("acknowledge", "bot", 2)]


def test_while_the_broker_is_away_nothing_is_said_to_be_done():
    office = Office(make_alert(), away=True)

    async def use(client: TestClient[Any, Any]) -> None:
        page = await client.post(path(office.alert), data={"do": "acknowledge"})
        program = await client.post("/v1/actions", json=REQUEST, headers=BEARER)
        assert (page.status, program.status) == (503, 503)
        assert page.headers["Retry-After"] == "60"
        assert "nothing has changed" in await page.text()

    ask(office, use)


def test_who_asks_too_often_is_told_to_come_back():
    office = Office(make_alert(), per_minute=3)

    async def use(client: TestClient[Any, Any]) -> None:
        statuses = [(await client.get("/a/guess")).status for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        assert (await client.get("/health")).status == 200

    ask(office, use)


def test_neither_a_link_nor_a_secret_is_logged():
    office = Office(make_alert())

    async def use(client: TestClient[Any, Any]) -> None:
        await client.post(path(office.alert), data={"do": "acknowledge"})
        await client.post("/v1/actions", json=REQUEST, headers=BEARER)
        await client.get("/a/forged-token")

    with structlog.testing.capture_logs() as lines:
        ask(office, use)

    assert len(lines) == 2
    assert not any(word in str(lines) for word in ("/a/", TOKEN, "forged", "Nora", "mastodon"))
