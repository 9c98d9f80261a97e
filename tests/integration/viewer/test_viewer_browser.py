"""The boards of the demo in a real Chromium: quick, without errors, live, readable by everyone, on every screen."""

import base64
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from deploy.grafana.boards import BOARDS
from deploy.grafana.render import uid
from deploy.grafana.said import LANGUAGES
from schemas.settings import ClickHouse
from schemas.tables import EVENTS
from streams.rows import event_row
from streams.store import Store
from tests.support.browsing import Tab
from tests.support.builders import make_enriched, make_event
from tests.support.system import state

# one demo and one browser: in two processes they would be there twice
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("browser")]

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
UIDS = [uid(name, language) for name in BOARDS for language in LANGUAGES]
LOADED_S, UPDATED_S = 2.0, 5.0
PHONE = 390


def violations(browser: Tab) -> list[Any]:
    """What axe-core finds that is serious or critical, with the place of the first."""
    browser.evaluate(f"{AXE};0")
    found = browser.evaluate("axe.run().then((result) => JSON.stringify(result.violations))")
    return [
        (one["id"], one["nodes"][0]["html"][:200])
        for one in json.loads(found)
        if one["impact"] in ("serious", "critical")
    ]


def store_event(folder: Path, text: str, **fields: Any) -> None:
    """A row as the sink writes it, without the way there."""
    now = datetime.now(UTC)
    event = make_event(text, created_at=now, received_at=now, text=text, conversation_id=f"mastodon:{text}", **fields)
    row = event_row(make_enriched(event), published_at=now, topic="signal.enriched.v1", partition=0, offset=1)
    with Store(ClickHouse(url=state(folder)["clickhouse"])) as writer:
        writer.insert(EVENTS, [row], token=text)


def busy() -> float:
    """How many want each processor of this machine; 1 when nobody has to wait for one."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def failed_panels(browser: Tab) -> Any:
    return browser.evaluate("[...document.querySelectorAll('.panel[data-state=failed]')].map((one) => one.innerText)")


@pytest.mark.parametrize("board", UIDS)
def test_a_board_is_there_within_two_seconds_and_no_panel_fails(browser: Tab, demo: str, board: str):
    took_s = browser.show(f"{demo}/d/{board}")
    for _ in range(3):  # the demo works on the same processors: the best of four counts
        took_s = took_s if took_s <= LOADED_S else browser.show(f"{demo}/d/{board}")

    assert failed_panels(browser) == []
    assert browser.evaluate("document.querySelectorAll('.panel .state.loading').length") == 0
    assert browser.evaluate("document.querySelectorAll('.panel[data-state=drawn]').length") >= 3
    assert browser.evaluate("document.documentElement.lang") == ("fr" if board.endswith("-fr") else "en")
    assert browser.text("#notices") == ""
    assert took_s <= LOADED_S * busy()


@pytest.mark.parametrize(("width", "theme"), [(1600, "light"), (PHONE, "dark")])
@pytest.mark.parametrize("board", [uid(name, LANGUAGES[place % 2]) for place, name in enumerate(BOARDS)])
def test_everyone_can_read_a_board_on_every_screen(browser: Tab, demo: str, board: str, width: int, theme: str):
    browser.show(f"{demo}/d/{board}?theme={theme}&pace=0", width=width)

    assert violations(browser) == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width, "nothing reaches beyond the screen"


def test_a_new_event_is_seen_within_five_seconds_without_a_flicker(browser: Tab, demo: str, demo_folder: Path):
    browser.show(f"{demo}/d/vigie-voice")
    browser.evaluate("window.kept = document.querySelector('.chart canvas'); 0")

    store_event(demo_folder, "needle4711 in the haystack")
    took_s = browser.until("document.body.innerText.includes('needle4711')")

    assert took_s <= UPDATED_S * busy()
    assert browser.evaluate("document.contains(window.kept)"), "charts are changed, not made anew"


def test_what_customers_write_is_text_and_their_links_are_only_links(browser: Tab, demo: str, demo_folder: Path):
    browser.show(f"{demo}/d/vigie-voice")
    hostile = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script> ${brand} needle4712"

    store_event(demo_folder, hostile, permalink="javascript:window.pwned=1")
    browser.until("document.body.innerText.includes('needle4712')")

    assert browser.evaluate("window.pwned") is None
    assert browser.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert hostile in browser.evaluate("document.querySelector('main').textContent")
    assert browser.evaluate("[...document.links].every((one) => /^https?:$/.test(one.protocol))")
    assert browser.evaluate("[...document.links].filter((one) => one.target).every((one) => /noopener/.test(one.rel))")


def test_a_filter_narrows_the_board_and_stands_in_the_address(browser: Tab, demo: str):
    browser.show(f"{demo}/d/vigie-leadership")
    browser.until("document.querySelector('[data-filter=network] input[type=checkbox]:not(:checked)')")
    before = browser.text("#panel-5")

    browser.evaluate("document.querySelector('[data-filter=network] summary').click()")
    browser.evaluate("document.querySelectorAll('[data-filter=network] input')[1].click()")
    browser.until(f"document.querySelector('#panel-5').innerText !== {json.dumps(before)}")

    assert "var-network=" in browser.evaluate("location.search")
    assert browser.evaluate("document.querySelector('[data-filter=network]').open"), "more can be chosen"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param(
            "var-brand=nobody",
            "«\u00a0nobody\u00a0» n’est pas une valeur connue du filtre «\u00a0Marque\u00a0»",
            id="an unknown value",
        ),
        pytest.param(f"var-brand={quote(chr(39) + ') OR 1=1 --')}", "n’est pas une valeur connue", id="an injection"),
    ],
)
def test_an_unknown_value_is_an_honest_empty_board(browser: Tab, demo: str, query: str, said: str):
    browser.show(f"{demo}/d/vigie-leadership-fr?{query}")
    browser.until("document.querySelector('#notices').innerText")

    assert said in browser.text("#notices")
    assert failed_panels(browser) == []
    assert browser.evaluate("document.querySelector('#panel-6 .state') !== null")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("nothing", "There is no board “nothing”.", id="a board"),
        pytest.param(
            "vigie-leadership-fr?var-nichts=1", "Ce tableau n’a pas de filtre «\u00a0nichts\u00a0».", id="a variable"
        ),
        pytest.param("vigie-leadership?from=tomorrow&to=yesterday", "This period cannot be shown.", id="a period"),
    ],
)
def test_what_cannot_be_shown_is_said_in_the_readers_language(browser: Tab, demo: str, path: str, said: str):
    browser.show(f"{demo}/d/{path}", state="failed")

    assert said in browser.text("#notices")
    assert browser.evaluate("document.querySelector('#notices a') !== null"), "and there is a way on"


def test_keys_alone_reach_a_definition_and_the_table_of_a_chart(browser: Tab, demo: str):
    browser.show(f"{demo}/d/vigie-leadership?pace=0")

    browser.evaluate("document.querySelector('#panel-4 .tool[aria-expanded]').focus()")
    press(browser, "Enter")
    assert browser.evaluate("document.querySelector('#about-4').checkVisibility()")
    press(browser, "Escape")
    assert not browser.evaluate("document.querySelector('#about-4').checkVisibility()")
    browser.evaluate("document.querySelector('#panel-4 .tool[aria-pressed]').focus()")
    press(browser, "Enter")

    assert browser.evaluate("document.querySelectorAll('#panel-4 tbody tr').length") > 0
    assert violations(browser) == []


@pytest.mark.parametrize("board", [uid(name, "en") for name in BOARDS])
def test_a_board_is_printed_on_one_page(browser: Tab, demo: str, board: str):
    browser.show(f"{demo}/d/{board}?theme=dark&pace=0")

    printed = browser.do(browser.page.send("Page.printToPDF", preferCSSPageSize=True, printBackground=True))

    document = base64.b64decode(printed["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 1
    assert re.search(rb"/MediaBox\s*\[\s*0 0 84[12][.\d]* 59[45]", document), "A4, lying"
    assert browser.evaluate("document.documentElement.dataset.paper === undefined"), "and the screen is as before"


def test_a_page_never_asks_twice_at_once(browser: Tab, demo: str):
    browser.show(f"{demo}/d/vigie-leadership")
    browser.evaluate(
        "window.most = 0, window.now = 0, window.real = window.fetch,"
        "window.fetch = async (...given) => {"
        "  window.most = Math.max(window.most, ++window.now);"
        "  await new Promise((done) => setTimeout(done, 3500));"
        "  try { return await window.real(...given) } finally { window.now -= 1 } }, 0"
    )
    rounds = browser.evaluate("document.documentElement.dataset.rounds")

    browser.until(f"Number(document.documentElement.dataset.rounds) > {rounds}", timeout_s=20)

    assert browser.evaluate("window.most") == 1


def press(browser: Tab, key: str) -> None:
    text = {"Enter": "\r"}.get(key, "")
    for kind in ("keyDown", "keyUp"):
        given = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": {"Enter": 13, "Escape": 27}[key]}
        browser.do(
            browser.page.send("Input.dispatchKeyEvent", **given, **({"text": text} if kind == "keyDown" else {}))
        )
