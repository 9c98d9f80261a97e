"""French as people read it: ’ and never ', and no line breaks between a word and the sign behind it."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from deploy.actions import words as acting
from deploy.board import words as terminal
from deploy.grafana.alerting import groups
from deploy.grafana.boards import BOARDS, board
from deploy.grafana.rules import rules
from deploy.grafana.templates import templates
from deploy.report import words as report
from schemas.grafana import Grafana
from schemas.settings import Settings

ROOT = Path(__file__).parents[2]
FAULT = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])| (?=[:;?!%»])|(?<=«) ")
NOT_PROSE = re.compile(r"`[^`]*`|\{\{.*?\}\}")
OF_PROGRAMS = {"rawSql", "query", "definition"}
ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


def strings(tree: Any) -> Iterator[str]:
    """Every text of a tree, without what is for programs."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key not in OF_PROGRAMS:
                yield from strings(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from strings(value)


def written(place: str, within: str = "") -> Iterator[str]:
    """Every text that stands in a module, or in one class of it; in the place of what is filled in stands an x."""
    tree: ast.AST = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    if within:
        (tree,) = [one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == within]
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def on_boards() -> Iterator[str]:
    for name in BOARDS:
        yield from strings(board(name, "fr"))


def of_rules() -> Iterator[str]:
    for group in groups(rules(Settings()), Grafana(), "fr"):
        for rule in group["rules"]:
            notes = rule["annotations"]
            yield from (rule["title"], notes["summary"], notes["description"])
            yield from (notes["summary_fr"], notes["description_fr"])


def on_the_page() -> Iterator[str]:
    """The texts of words.js, line by line: quoted, or a template, of which the choices inside are left out."""
    text = (ROOT / "deploy/viewer/page/js/words.js").read_text(encoding="utf-8")
    _, french = text.split("\n  fr: {\n")
    for line in french.partition("\n};\n")[0].splitlines():
        for found in re.findall(r'"[^"]*"|`.*`', line.replace(" ? `", "`").replace('` : ""', "`")):
            yield ESCAPE.sub(lambda code: chr(int(code[1], 16)), found.replace("`", ""))  # no code is in backticks here


SOURCES: dict[str, Callable[[], Iterator[str]]] = {
    "boards": on_boards,
    "rules": of_rules,
    "messages of Grafana": lambda: iter([templates("UTC")["vigie_fr"]]),
    "messages": lambda: written("streams/words/french.py"),
    "watches": lambda: written("streams/watchwords.py", "_French"),
    "pages behind links": lambda: strings([getattr(acting.FRENCH, one.name) for one in fields(acting.FRENCH)]),
    "report": lambda: strings([getattr(report.FRENCH, one.name) for one in fields(report.FRENCH)]),
    "terminal": lambda: strings([getattr(terminal.FRENCH, one.name) for one in fields(terminal.FRENCH)]),
    "page of the boards": on_the_page,
}


def faults(text: str) -> list[str]:
    """Where it is not set as French is, with what stands around; code in backticks and templates are left out."""
    prose = NOT_PROSE.sub("x", text)
    return [prose[max(0, found.start() - 20) : found.end() + 20] for found in FAULT.finditer(prose)]


@pytest.mark.parametrize("source", SOURCES)
def test_french_texts_are_set_as_french_is(source: str) -> None:
    told = list(SOURCES[source]())

    assert sum(map(len, told)) > 500
    assert [fault for text in told for fault in faults(text)] == []


@pytest.mark.parametrize(
    "text",
    ["l'heure", "aujourd'hui", "Attente : 3", "x ; y", "Qui ?", "Non !", "80 %", "« elle", "elle »", "{{ x }} : y"],
)
def test_what_is_not_set_as_french_is_is_found(text: str) -> None:
    assert len(faults(text)) == 1


@pytest.mark.parametrize(
    "text", ["l’heure\u00a0: 3", "x\u202f; «\u00a0y\u00a0»", "`a'b ? c`", "{{ if 'a'b' : }}", "'x'"]
)
def test_code_and_what_is_set_well_is_no_fault(text: str) -> None:
    assert faults(text) == []
