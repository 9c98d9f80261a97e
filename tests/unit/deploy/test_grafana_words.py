"""What the boards say: something in both languages, and in French nothing in English."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any

import pytest

from deploy.actions.words import words
from deploy.board.words import NETWORKS
from deploy.grafana.boards import BOARDS, board
from deploy.grafana.house import House
from deploy.grafana.said import LANGUAGES, Said, spoken
from deploy.grafana.terms import ALERT_STATES

SAID_BY_PEOPLE = {"title", "description", "label", "noValue", "display", "content", "text", "name"}
# Read the same in both languages, for good.
SAME = {
    *NETWORKS.values(),
    *(
        "Annotations & Alerts",
        "Agent",
        "Version",
        "Topic",
        "Partition",
        "Partitions",
        "Note",
        "Copies",
        "notification",
        "organisation",
        "5–15 min",
        "15–30 min",
        "30–60 min",
        "< 5 min",
    ),
    *("urgent", "question"),
}
TRANSLATED = re.compile(r"transform\(toString\(\w+\), \[.*?\], \[.*?\], toString\(\w+\)\)")
ENGLISH = re.compile(r"\b(the|of|and|who|with|for|by|how|is|are|was|were|that|this|from|has|have|not|no|an)\b", re.I)


def texts(tree: Any) -> Iterator[Said]:
    """Every text of a board."""
    if isinstance(tree, Said):
        yield tree
    elif is_dataclass(tree):
        for one in fields(tree):
            yield from texts(getattr(tree, one.name))
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from texts(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from texts(value)


def said_to_people(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where a board in JSON says something to a person, and what."""
    if isinstance(tree, dict):
        if tree.get("id") in ("displayName", "noValue"):
            yield f"{path}.{tree['id']}", tree["value"]
        for key, value in tree.items():
            if key in SAID_BY_PEOPLE and isinstance(value, str):
                yield f"{path}.{key}", value
            yield from said_to_people(value, f"{path}.{key}")
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from said_to_people(value, f"{path}[{place}]")


@pytest.mark.parametrize("name", BOARDS)
def test_every_text_is_there_in_both_languages(name: str) -> None:
    made = import_module(f"deploy.grafana.boards.{name.replace('-', '_')}").board(House())
    told = list(texts(made))

    assert len(told) > 20
    assert [text for text in told if not text.en.strip() or not text.fr.strip()] == []


@pytest.mark.parametrize("name", BOARDS)
def test_no_english_slips_into_the_french_edition(name: str) -> None:
    english, french = dict(said_to_people(board(name, "en"))), dict(said_to_people(board(name, "fr")))

    assert english.keys() == french.keys()
    same = {text for place, text in french.items() if text == english[place] and re.search(r"[A-Za-z]{3}", text)}
    codes = {one["name"] for one in board(name, "fr")["templating"]["list"]}
    assert same - SAME - codes == set()
    assert [text for text in french.values() if ENGLISH.search(text) and text not in SAME] == []


def test_french_signs_stand_behind_a_space_that_does_not_break() -> None:
    text = Said(en="x", fr="Qui attend : « elle » ? 12 % ; fin !")

    assert spoken(text, "fr") == "Qui attend~: «~elle~»~? 12~%~; fin~!".replace("~", "\u00a0")


def test_french_apostrophes_are_curved_in_prose_and_straight_in_code() -> None:
    text = Said(en="it's", fr="L'heure d'{{ f 'a'b' ? }} : `l'un : x`, l'`autre` « j'aime » d'« elle », 'c'")

    assert spoken(text, "en") == "it's"
    assert spoken(text, "fr") == (
        "L’heure d’{{ f 'a'b' ? }}~: `l'un : x`, l’`autre` «~j’aime~» d’«~elle~», 'c'".replace("~", "\u00a0")
    )


def test_boards_and_pages_call_a_state_the_same() -> None:
    for language in LANGUAGES:
        assert spoken(ALERT_STATES, language) == words(language).states


def test_a_query_is_the_same_in_every_language_except_for_names_of_series() -> None:
    for name in BOARDS:
        english, french = (
            [TRANSLATED.sub("", str(panel.get("targets"))) for panel in board(name, language)["panels"]]
            for language in LANGUAGES
        )
        assert english == french
