"""Boards against the schemas that Grafana publishes, and what the schemas do not say."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from deploy.grafana.boards import BOARDS, board
from deploy.grafana.datasource import TYPE, UID
from deploy.grafana.exported import FOLDER, exports
from deploy.grafana.said import LANGUAGES, Language

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(__file__).parent / "grafana"
# The published choice between them names no type, so that each cell would be several at once.
CELLS = {
    "auto": "TableAutoCellOptions",
    "color-background": "TableColoredBackgroundCellOptions",
    "color-text": "TableColorTextCellOptions",
}
EDITIONS = [pytest.param(name, language, id=f"{name}-{language}") for name in BOARDS for language in LANGUAGES]


def schema(name: str) -> dict[str, Any]:
    """A published schema, with the places relaxed in which it is narrower than Grafana."""
    file = f"{name}.jsonschema.json"
    found: dict[str, Any] = json.loads((SCHEMAS / file).read_bytes())
    for pointer in json.loads((SCHEMAS / "known-quirks.json").read_bytes())["relax"].get(file, []):
        *path, last = pointer.strip("/").split("/")
        place = found
        for part in path:
            place = place[part]
        place[last] = {}
    return found


def part(name: str, definition: str) -> Draft7Validator:
    """One definition of a schema that has no root of its own."""
    return Draft7Validator({"$ref": f"#/definitions/{definition}", "definitions": schema(name)["definitions"]})


def complaints(validator: Draft7Validator, value: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def asking_panels(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in made["panels"] if panel.get("targets")]


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_a_board_is_what_the_published_schema_describes(name: str, language: Language) -> None:
    assert complaints(Draft7Validator(schema("dashboard")), board(name, language)) == []


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_options_and_fields_of_every_panel_are_those_of_its_type(name: str, language: Language) -> None:
    for panel in board(name, language)["panels"]:
        if panel["type"] == "row":
            continue
        assert complaints(part(panel["type"], "Options"), panel["options"]) == [], panel["title"]
        if (custom := panel["fieldConfig"]["defaults"].get("custom")) is not None:
            assert complaints(part(panel["type"], "FieldConfig"), custom) == [], panel["title"]


@pytest.mark.parametrize("wrong", [{"refresh": 30}, {"panels": [{"type": "stat", "gridPos": {"h": 0, "w": 1}}]}])
def test_the_schema_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    assert complaints(Draft7Validator(schema("dashboard")), {**board("leadership", "en"), **wrong})


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_units_and_cells_are_known_to_grafana(name: str, language: Language) -> None:
    units = json.dumps(schema("units"))
    for panel in asking_panels(board(name, language)):
        config = panel["fieldConfig"]
        properties = [one for override in config["overrides"] for one in override["properties"]]
        named = [one["value"] for one in properties if one["id"] == "unit"] + [config["defaults"].get("unit", "none")]
        assert [unit for unit in named if f'"{unit}"' not in units] == []
        for one in properties:
            if one["id"] == "custom.cellOptions":
                assert complaints(part("table", CELLS[one["value"]["type"]]), one["value"]) == []


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_panels_have_places_of_their_own_in_the_order_in_which_a_phone_stacks_them(
    name: str, language: Language
) -> None:
    panels = board(name, language)["panels"]
    places = [(panel["gridPos"]["y"], panel["gridPos"]["x"]) for panel in panels]
    cells = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert places == sorted(places)
    assert len(set(cells)) == len(cells), "two panels overlap"
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_every_query_asks_the_one_data_source_with_an_explicit_format(name: str, language: Language) -> None:
    made = board(name, language)
    targets = [target for panel in asking_panels(made) for target in panel["targets"]]
    targets += [one["target"] for one in made["annotations"]["list"] if "target" in one]

    assert made["annotations"]["list"][0]["builtIn"] == 1
    for target in targets:
        assert target["datasource"] == {"type": TYPE, "uid": UID}
        assert target["format"] in (0, 1)
        assert target["editorType"] == "sql"
    for variable in made["templating"]["list"]:
        assert variable["datasource"] == {"type": TYPE, "uid": UID}


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_every_panel_says_how_its_figures_are_defined_and_what_it_shows_without_any(
    name: str, language: Language
) -> None:
    for panel in asking_panels(board(name, language)):
        assert panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_a_board_leads_to_all_others_of_its_language_with_choice_and_period(name: str, language: Language) -> None:
    links = board(name, language)["links"]
    others = {f"/d/{board(other, language)['uid']}" for other in BOARDS if other != name}

    assert {link["url"] for link in links} == others
    assert all(link["includeVars"] and link["keepTime"] for link in links)


def test_uids_are_short_and_unique() -> None:
    uids = [board(name, language)["uid"] for name in BOARDS for language in LANGUAGES]

    assert len(set(uids)) == len(uids)
    assert all(len(uid) <= 40 and uid == uid.lower() for uid in uids)


def test_the_committed_exports_are_what_the_code_makes() -> None:
    folder = ROOT / FOLDER
    committed = {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.glob("*/*.json")}

    assert committed == exports(), "run `make docs`"
