"""The page's own modules, asked in a real Chromium: units, periods, links, frames, mappings."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.viewer.serving import served
from deploy.viewer.shown import viewer
from schemas.settings import Settings
from tests.support.browsing import Tab

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def page(browser: Tab) -> Iterator[Tab]:
    with served(lambda: viewer(Settings(), lambda: None, "en"), port=0) as address:
        browser.show(f"{address}/d/nothing", state="failed")
        for name in ("units", "words", "range", "links", "frames", "config", "reduce", "markdown", "colors"):
            browser.evaluate(f"import('/page/js/{name}.js').then((found) => {{ window.{name} = found; return 0 }})")
        yield browser


@pytest.mark.parametrize(
    ("unit", "value", "decimals", "english", "french"),
    [
        ("locale", 1234567, None, "1,234,567", "1 234 567"),
        ("percentunit", 0.169, None, "17%", "17 %"),
        ("percentunit", 0.0123, None, "1.2%", "1,2 %"),
        ("percent", 12.5, 1, "12.5%", "12,5 %"),
        ("dtdurations", 93_784, None, "1 d 2 h", "1 j 2 h"),
        ("dtdurations", 3600, None, "1 h", "1 h"),
        ("dtdurations", 0, None, "0 s", "0 s"),
        ("dtdurations", -300, None, "−5 min", "−5 min"),
        ("s", 4, None, "4 s", "4 s"),
        ("s", 5400, None, "1.5 h", "1,5 h"),
        ("ops", 2.5, None, "2.5/s", "2,5/s"),
        ("decbytes", 1_500_000, None, "1.5 MB", "1,5 MB"),
        ("short", 123_456, None, "123.5k", "123,5 k"),
        ("furlong", 3, None, "3 furlong", "3 furlong"),
        ("", 3.14159, None, "3.14", "3,14"),
    ],
)
def test_values_are_written_as_the_reader_writes_them(
    page: Tab, unit: str, value: float, decimals: int | None, english: str, french: str
):
    field = json.dumps(
        {"kind": "number", "config": {"unit": unit, **({} if decimals is None else {"decimals": decimals})}}
    )

    for language, expected in (("en", english), ("fr", french)):
        said = page.evaluate(f"words.speak('{language}'), units.format({value}, {field})")
        assert " ".join(said.split()) == expected


@pytest.mark.parametrize(
    ("term", "end", "expected"),
    [
        ("now", False, "2026-03-18T15:20:30"),
        ("now-90m", False, "2026-03-18T13:50:30"),
        ("now/d", False, "2026-03-18T00:00:00"),
        ("now-1d/d", True, "2026-03-17T23:59:59.999"),
        ("now/w", False, "2026-03-16T00:00:00"),
        ("now-1M/M", False, "2026-02-01T00:00:00"),
        ("1767225600000", False, "2026-01-01T00:00:00Z"),
    ],
)
def test_periods_are_read_as_grafana_writes_them(page: Tab, term: str, end: bool, expected: str):
    now = "new Date('2026-03-18T15:20:30')"
    found = page.evaluate(f"range.instant('{term}', {now}, {str(end).lower()})")

    assert found == page.evaluate(f"new Date('{expected}').getTime()")


def test_a_period_that_is_none_is_not_a_number(page: Tab):
    assert page.evaluate(
        "['yesterday', 'now-', 'now-1q', ''].every((term) => Number.isNaN(range.instant(term, new Date())))"
    )


def test_periods_have_names_in_both_languages(page: Tab):
    asked = "[range.called('now-24h', 'now'), range.called('now-1h', 'now'), range.called('now/d', 'now')]"

    assert page.evaluate(f"words.speak('en'), {asked}") == ["Last 24 hours", "Last hour", "Today"]
    assert page.evaluate(f"words.speak('fr'), {asked}") == ["24 dernières heures", "Dernière heure", "Aujourd’hui"]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "http://[",
    ],
)
def test_links_that_are_none_stay_text(page: Tab, address: str):
    assert page.evaluate(f"links.safe({json.dumps(address)})") is None
    assert page.evaluate(f"markdown.markdown({json.dumps(f'[x]({address})')})[0].querySelector('a')") is None


def test_placeholders_of_links_are_filled_and_encoded(page: Tab):
    state = {"from": "now-7d", "to": "now", "variables": {"brand": ["a&b", "c"]}}
    row = {"frame": {"fields": [{"name": "id", "values": ["x/1?&"]}]}, "place": 0, "value": "https://e.org/?a=1&b=2"}
    given = f"{json.dumps(state)}, {json.dumps(row)}"

    assert page.evaluate(f"links.filled('/d/b?${{__url_time_range}}&${{brand:queryparam}}', {given})") == (
        "/d/b?from=now-7d&to=now&var-brand=a%26b&var-brand=c"
    )
    assert page.evaluate(f"links.filled('/d/b?id=${{__data.fields.id}}', {given})") == "/d/b?id=x%2F1%3F%26"
    assert page.evaluate(f"links.filled('${{__value.raw}}', {given})") == "https://e.org/?a=1&b=2"


def test_a_long_result_becomes_a_series_per_label(page: Tab):
    answer = {
        "ref": "A",
        "columns": [["time", "DateTime('UTC')"], ["who", "LowCardinality(String)"], ["n", "Nullable(UInt64)"]],
        "rows": [["2026-01-01T00:00:00Z", "a", 1], ["2026-01-01T00:00:00Z", "b", 2], ["2026-01-01T01:00:00Z", "b", 3]],
    }

    found: list[Any] = page.evaluate(
        f"frames.frame({json.dumps(answer)}, 0).fields"
        ".map((field) => [field.name, field.labels.who ?? '', field.values])"
    )

    assert found == [
        ["time", "", [1767225600000, 1767229200000]],
        ["n", "a", [1, None]],
        ["n", "b", [2, 3]],
    ]


def test_a_table_stays_as_it_is_and_times_without_a_zone_are_utc(page: Tab):
    answer = {
        "ref": "A",
        "columns": [["at", "DateTime"], ["on", "Date"]],
        "rows": [["2026-01-01 00:00:00", "2026-01-01"]],
    }

    found = page.evaluate(f"frames.frame({json.dumps(answer)}, 1).fields.map((field) => field.values[0])")

    assert found == [1767225600000, 1767225600000]


def test_overrides_mappings_and_thresholds_decide_how_a_value_reads(page: Tab):
    steps = [{"color": "green", "value": None}, {"color": "red", "value": 10}]
    words_of = [{"type": "value", "options": {"1": {"text": "open", "color": "blue"}}}]
    panel = {
        "fieldConfig": {
            "defaults": {"unit": "locale", "thresholds": {"mode": "absolute", "steps": steps}, "noValue": "none yet"},
            "overrides": [
                {"matcher": {"id": "byName", "options": "state"}, "properties": [
                    {"id": "displayName", "value": "State"},
                    {"id": "mappings", "value": words_of},
                ]},
            ],
        }
    }  # fmt: skip
    answer = {"ref": "A", "columns": [["n", "UInt8"], ["state", "UInt8"]], "rows": [[10, 1], [None, 2]]}
    shown = (
        f"(() => {{ const [one] = config.configured({json.dumps(panel)}, [frames.frame({json.dumps(answer)}, 1)]);"
        "return one.fields.map((field) => [field.title, ...field.values.map((one) => config.show(field, one))]) })()"
    )

    numbers, states = page.evaluate(f"words.speak('en'), {shown}")

    assert numbers[0] == "n"
    assert (numbers[1]["text"], numbers[1]["color"]) == ("10", "red")
    assert numbers[2]["text"] == "none yet"
    assert states[0] == "State"
    assert (states[1]["text"], states[1]["color"]) == ("open", "blue")


def test_markdown_is_elements_and_never_html(page: Tab):
    text = "# Title\n\n**bold** and <img src=x onerror=alert(1)>\n\n- one\n- two"

    found = page.evaluate(f"markdown.markdown({json.dumps(text)}).map((one) => one.outerHTML).join('')")

    assert found == (
        "<h3>Title</h3><p><strong>bold</strong> and &lt;img src=x onerror=alert(1)&gt;</p>"
        "<ul><li>one</li><li>two</li></ul>"
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_can_be_read_as_text(page: Tab, theme: str):
    paper = {"light": "#ffffff", "dark": "#171c25"}[theme]
    names = ["green", "yellow", "orange", "red", "blue", "purple", "gray", "text", "dark-red", "#8e96a3"]

    found = page.evaluate(f"document.documentElement.dataset.theme = '{theme}', {json.dumps(names)}.map(colors.hue)")

    for name, color in zip(names, found, strict=True):
        assert contrast(color, paper) >= 4.5, f"{name} {color}"


def contrast(first: str, second: str) -> float:
    darker, lighter = sorted(map(luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
