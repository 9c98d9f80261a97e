"""What a board asks, and what of it a browser gets to see. Held against every board of the product."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from deploy.grafana.boards import BOARDS, board
from deploy.grafana.render import uid
from deploy.grafana.said import LANGUAGES, Language
from deploy.viewer.files import page_files
from deploy.viewer.questions import panels, questions, shown, variable_questions

EDITIONS = [(name, language) for name in BOARDS for language in LANGUAGES]
JS = files("deploy.viewer") / "page" / "js"


def source(name: str) -> str:
    return (JS / name).read_text(encoding="utf-8")


def exported(name: str, constant: str) -> set[str]:
    """The keys of an object literal in a module of the page."""
    found = re.search(rf"const {constant}[^=]*= \{{(.*?)\n\}};", source(name), re.DOTALL)
    assert found, f"{constant} in {name}"
    return set(re.findall(r"^  [\"']?([\w-]+)[\"']?:", found[1], re.MULTILINE))


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_every_query_of_a_board_is_asked(name: str, language: Language):
    definition = board(name, language)

    asked = {question.sql for question in [*questions(definition), *variable_questions(definition)]}

    assert asked == set(queries(definition))


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_no_sql_reaches_the_browser(name: str, language: Language):
    definition = board(name, language)

    sent = json.dumps(shown(definition), ensure_ascii=False)

    assert not re.search(r"SELECT|FROM \w|rawSql|\$__", sent.replace('"$__all"', ""))
    assert definition["panels"][1]["title"] in sent


def test_panels_are_asked_from_the_top_down_and_annotations_last():
    definition = board(BOARDS[0], "en")

    kinds = [question.kind for question in questions(definition)]
    places = {panel["id"]: (panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in panels(definition)}
    asked = [places[question.panel] for question in questions(definition) if question.kind == "panel"]

    assert kinds == sorted(kinds, key=["panel", "annotation"].index)
    assert asked == sorted(asked)


def test_a_hidden_target_and_a_disabled_annotation_are_not_asked():
    target = {"refId": "A", "rawSql": "SELECT 1"}
    panel = {"id": 1, "gridPos": {"x": 0, "y": 0}, "targets": [{**target, "hide": True}, {**target, "refId": "B"}]}
    note = {"name": "off", "enable": False, "target": {"rawSql": "SELECT 2"}}

    asked = questions({"panels": [panel], "annotations": {"list": [note]}})

    assert [question.ref for question in asked] == ["B"]


def test_panels_in_folded_rows_are_found_and_their_sql_stays_here_too():
    inner = {"id": 2, "gridPos": {"x": 0, "y": 1}, "targets": [{"refId": "A", "rawSql": "SELECT 1"}], "timeFrom": "1h"}
    row = {"id": 1, "type": "row", "gridPos": {"x": 0, "y": 0}, "panels": [inner]}

    (question,) = questions({"panels": [row]})

    assert (question.panel, question.last_ms) == (2, 3_600_000)
    assert "SELECT" not in json.dumps(shown({"panels": [row]}))


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_the_page_knows_how_to_draw_all_that_a_board_uses(name: str, language: Language):
    definition = board(name, language)
    types = set(re.search(r"const DRAW = \{ (.*?) \};", source("panel.js"))[1].replace(": stat", "").split(", "))  # type: ignore[index]
    units = exported("units.js", "UNITS")
    calculations = exported("reduce.js", "CALCS")

    for panel in panels(definition):
        assert panel["type"] in types | {"row"}
        assert not panel.get("transformations"), "the page does not transform"
        assert not panel.get("repeat"), "the page does not repeat"
        assert set(panel.get("options", {}).get("reduceOptions", {}).get("calcs", [])) <= calculations
        for config in configs(panel):
            assert config.get("unit", "none") in units, panel["title"]


def test_only_files_of_the_page_are_served_and_together_they_are_small():
    found = page_files()

    assert {"index.html", "js/main.js", "vendor/echarts.js", "vendor/LICENSE-echarts.txt"} <= set(found)
    assert not [name for name in found if ".." in name or name.endswith(".py")]
    assert sum(len(file.body) for file in found.values()) < 1_000_000


def test_the_page_holds_no_inline_script_or_style_and_asks_nothing_of_other_sites():
    html = page_files()["index.html"].body.decode()

    assert not re.search(r"<style|\son\w+=|style=", html)
    assert not re.findall(r"<script(?![^>]* src=)", html)
    for name, file in page_files().items():
        if not name.startswith("vendor/"):
            assert not re.search(rb"https?://(?!www\.w3\.org)", file.body.replace(rb"^https?:\/\/", b"")), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_it_says_in_each_language(language: Language):
    words = source("words.js").split(f"  {language}: {{", 1)[1].split("\n  },\n", 1)[0]
    english = source("words.js").split("  en: {", 1)[1].split("\n  },\n", 1)[0]

    keys = r"^ {4,6}(\w{2,}):"
    assert re.findall(keys, words, re.MULTILINE) == re.findall(keys, english, re.MULTILINE)


def test_the_french_edition_has_its_own_address():
    assert uid("leadership", "fr") == "vigie-leadership-fr"


def queries(definition: dict[str, Any]) -> list[str]:
    """Every piece of SQL anywhere in a board, wherever Grafana may keep one."""
    found: list[str] = []

    def walk(tree: Any) -> None:
        if isinstance(tree, dict):
            found.extend(tree[name] for name in ("rawSql", "definition") if isinstance(tree.get(name), str))
            for one in tree.values():
                walk(one)
        elif isinstance(tree, list):
            for one in tree:
                walk(one)

    walk(definition)
    return found


def configs(panel: dict[str, Any]) -> list[dict[str, Any]]:
    field_config = panel.get("fieldConfig", {"defaults": {}, "overrides": []})
    overrides = [{one["id"]: one["value"] for one in override["properties"]} for override in field_config["overrides"]]
    return [field_config["defaults"], *overrides]
