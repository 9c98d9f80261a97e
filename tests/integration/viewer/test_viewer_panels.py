"""Panel types and options of Grafana that the page draws, one board with all of them on answers that are played."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.viewer.pictures import SCREENS, shot
from deploy.viewer.server import Viewer
from deploy.viewer.serving import served
from deploy.viewer.store import Answer, Column, Unanswered
from tests.support.browsing import Tab

pytestmark = pytest.mark.integration

TIMES = [f"2026-01-01T{hour:02d}:00:00Z" for hour in range(24)]
PERIOD = "from=1767225600000&to=1767312000000&pace=0"
STEPS = [{"color": "green", "value": None}, {"color": "orange", "value": 12}, {"color": "red", "value": 18}]
SERIES = Answer(
    meta=[Column("time", "DateTime('UTC')"), Column("who", "String"), Column("posts", "UInt64")],
    data=[[time, who, place % 7 + place % 3 * (who == "b")] for place, time in enumerate(TIMES) for who in "ab"],
)
GROUPS = Answer(
    meta=[Column("name", "String"), Column("value", "Float64")],
    data=[["first", 10.0], ["second", 15.0], ["third <b>", 20.0], ["fourth", None]],
)
LINE = Answer(
    meta=[Column("time", "DateTime('UTC')"), Column("value", "Float64")],
    data=[[time, float(place)] for place, time in enumerate(TIMES)],
)
ANSWERS = {"series": SERIES, "groups": GROUPS, "line": LINE, "nothing": Answer(meta=LINE.meta, data=[])}
EACH_ROW = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": True}}
LAST = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}


def panel(kind: str, sql: str, *, form: int = 0, options: Any = None, defaults: Any = None) -> dict[str, Any]:
    target = [{"refId": "A", "format": form, "rawSql": sql}] if sql else []
    config = {"unit": "locale", "thresholds": {"mode": "absolute", "steps": STEPS}, **(defaults or {})}
    return {
        "type": kind,
        "title": f"{kind} of {sql}",
        "description": "How **this** is counted",
        "targets": target,
        "options": options or {},
        "fieldConfig": {"defaults": config, "overrides": []},
    }


def custom(**given: Any) -> dict[str, Any]:
    return {"custom": given, "color": {"mode": "palette-classic"}}


PANELS = [
    panel("stat", "line", options={**LAST, "graphMode": "area", "colorMode": "value", "showPercentChange": True}),
    panel("stat", "line", options={**LAST, "graphMode": "none", "colorMode": "background"}),
    panel("stat", "nothing", options=LAST, defaults={"noValue": "not yet"}),
    panel("timeseries", "series", defaults=custom(drawStyle="line", lineInterpolation="smooth", fillOpacity=10)),
    panel(
        "timeseries",
        "series",
        defaults=custom(drawStyle="bars", fillOpacity=80, stacking={"mode": "percent", "group": "A"}),
    ),
    panel(
        "timeseries",
        "line",
        defaults=custom(
            drawStyle="line",
            lineInterpolation="stepAfter",
            scaleDistribution={"type": "log", "log": 10},
            thresholdsStyle={"mode": "dashed"},
        ),
    ),
    panel("bargauge", "groups", form=1, options={**EACH_ROW, "showUnfilled": True, "valueMode": "color"}),
    panel("barchart", "groups", form=1, options={"xField": "name", "orientation": "horizontal", "showValue": "always"}),
    panel("piechart", "groups", form=1, options={**EACH_ROW, "pieType": "pie", "legend": {"values": ["value"]}}),
    panel("heatmap", "series"),
    panel("table", "groups", form=1, options={"sortBy": [{"displayName": "value", "desc": True}]}),
    panel("text", "", options={"mode": "markdown", "content": "## A note\n\nOn **all** of it."}),
    panel("timeseries", "nothing"),
    panel("candlestick", "line"),
]


def laid_out() -> dict[str, Any]:
    placed = [
        {**one, "id": number, "gridPos": {"x": number % 3 * 8, "y": number // 3 * 7, "w": 8, "h": 7}}
        for number, one in enumerate(PANELS)
    ]
    note = {"name": "Notes", "iconColor": "red", "target": {"rawSql": "nothing"}}
    return {
        "uid": "all",
        "title": "All panels",
        "panels": placed,
        "annotations": {"list": [note]},
        "templating": {"list": []},
    }


class Answers:
    """The answer that is named like the query; `away` is a store that does not answer."""

    away = False

    async def ask(self, sql: str) -> Answer:
        if self.away:
            raise Unanswered("unreachable")
        return ANSWERS[sql]

    async def close(self) -> None:
        """Nothing is held."""


def make() -> Viewer:
    return Viewer(
        boards={"all": laid_out()},
        languages={"all": "en"},
        home="all",
        asker=Answers(),  # type: ignore[arg-type]
        expand=lambda sql, asked, step: sql,
    )


@pytest.fixture(scope="module")
def board(browser: Tab) -> Iterator[Tab]:
    with served(make, port=0) as address:
        browser.show(f"{address}/d/all?{PERIOD}&theme=light")
        yield browser


def text(board: Tab, number: int) -> str:
    return board.text(f"#panel-{number} .panel-body")


def test_every_panel_is_drawn_or_says_why_not(board: Tab, tmp_path: Path):
    states = board.evaluate("[...document.querySelectorAll('.panel')].map((one) => one.dataset.state)")
    (tmp_path / "panels.png").write_bytes(board.do(shot(board.page, SCREENS[0])))  # to be looked at

    assert states == ["drawn"] * 12 + ["empty"] * 2


def test_a_figure_has_its_change_and_a_line_behind_it(board: Tab):
    assert text(board, 0).startswith("23")
    assert board.evaluate("document.querySelector('#panel-0 svg.spark path') !== null")


def test_a_figure_can_fill_its_panel_with_the_colour_of_its_threshold(board: Tab):
    assert board.evaluate("document.querySelector('#panel-1 .stat.filled').style.backgroundColor")


def test_a_figure_without_a_value_says_what_the_board_wants(board: Tab):
    assert text(board, 2) == "not yet"


def test_bars_are_a_list_that_can_be_read(board: Tab):
    assert text(board, 6).split("\n")[:4] == ["first", "10", "second", "15"]


def test_parts_of_a_whole_are_named_with_their_shares_and_nothing_is_html(board: Tab):
    assert "third <b>" in text(board, 8)
    assert "44%" in text(board, 8)


def test_a_table_is_sorted_as_the_board_wants_and_nothing_comes_last(board: Tab):
    cells = board.evaluate(
        "[...document.querySelectorAll('#panel-10 tbody td:first-child')].map((one) => one.innerText)"
    )

    assert cells == ["third <b>", "second", "first", "fourth"]


def test_charts_have_a_name_and_a_table(board: Tab):
    names = board.evaluate("[...document.querySelectorAll('.chart')].map((one) => one.getAttribute('aria-label'))")
    buttons = board.evaluate("document.querySelectorAll('.tool[aria-pressed]').length")

    assert "Chart over time of 2 series: a, b" in names
    assert all(names)
    assert buttons >= len(names)


def test_a_legend_shows_one_series_alone_and_all_again(board: Tab):
    press = "document.querySelector('#panel-3 .legend button').click(), "
    pressed = "[...document.querySelectorAll('#panel-3 .legend button')].map((one) => one.ariaPressed)"

    assert board.evaluate(press + pressed) == ["true", "false"]
    assert board.evaluate(press + pressed) == ["true", "true"]


def test_what_cannot_be_drawn_is_said(board: Tab):
    assert text(board, 12) == "Nothing in this period."
    assert "candlestick" in text(board, 13)


def test_a_store_that_goes_away_is_said_and_what_was_seen_stays(board: Tab, monkeypatch: pytest.MonkeyPatch):
    again = "document.querySelector('.pace .tool').click(), 0"
    before = text(board, 6)

    monkeypatch.setattr(Answers, "away", True)
    board.evaluate(again)
    board.until("document.querySelector('#notices').innerText")

    assert re.match(r"The store does not answer; what you see is as of \d\d:\d\d:\d\d", board.text("#notices"))
    assert text(board, 6) == before
    assert board.evaluate("document.querySelector('#panel-6 .stale').checkVisibility()")
    monkeypatch.setattr(Answers, "away", False)
    board.evaluate(again)
    board.until("!document.querySelector('#notices').innerText")
    assert not board.evaluate("document.querySelector('#panel-6 .stale').checkVisibility()")


def test_a_program_that_was_stopped_is_said_and_found_again(browser: Tab):
    with served(make, port=0) as address:
        browser.show(f"{address}/d/all?from=now-24h&to=now")
    browser.until("document.querySelector('#notices').innerText.includes('program behind this page')")

    with served(make, port=int(address.rsplit(":", 1)[1])):
        browser.until("!document.querySelector('#notices').innerText")
