"""deploy/vigie.toml is the documentation of the settings: all of them, with their real defaults."""

import re
import tomllib
import typing
from importlib.resources import files

import msgspec
import pytest

from schemas.load import load
from schemas.policy import Match
from schemas.settings import Settings
from schemas.units import Secret

REFERENCE = (files("deploy") / "vigie.toml").read_text(encoding="utf-8")
WITH_EXAMPLES = re.sub(r"(?m)^# (?=\[|\w+ +=)", "", REFERENCE)  # what stands in comments to be copied

HINTS = typing.get_type_hints(Settings)
SECTIONS = [name for name, hint in HINTS.items() if isinstance(hint, type) and issubclass(hint, msgspec.Struct)]


def test_the_reference_file_holds_the_defaults():
    assert load(REFERENCE, {}) == Settings()


def test_the_examples_of_the_reference_file_are_right():
    settings = load(WITH_EXAMPLES, {})

    (policy,) = settings.policies
    assert (msgspec.structs.replace(policy, match=Match()),) == Settings().policies
    assert settings.brands
    assert settings.leaders
    assert settings.watches


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_of_a_section_is_in_the_reference_file(section: str):
    hints = typing.get_type_hints(HINTS[section])
    secrets = {name for name, hint in hints.items() if hint in (Secret, dict[str, Secret])}

    assert set(tomllib.loads(REFERENCE)[section]) == set(hints) - secrets
    assert all(re.search(rf"(?m)^# {name} .*VIGIE_{section.upper()}__{name.upper()}", REFERENCE) for name in secrets)


def lists_of_structs(kind: type, *path: str) -> list[tuple[str, ...]]:
    """Where in the settings lists of tables stand, those within others too."""
    found = []
    for name, hint in typing.get_type_hints(kind).items():
        args = typing.get_args(hint)
        if typing.get_origin(hint) is tuple and isinstance(args[0], type) and issubclass(args[0], msgspec.Struct):
            found += [(*path, name), *lists_of_structs(args[0], *path, name)]
    return found


def kind_at(path: tuple[str, ...]) -> type:
    kind: type = Settings
    for name in path:
        kind = typing.get_args(typing.get_type_hints(kind)[name])[0]
    return kind


@pytest.mark.parametrize("path", lists_of_structs(Settings), ids=".".join)
def test_every_setting_of_a_list_is_in_the_reference_file(path: tuple[str, ...]):
    tables = [tomllib.loads(WITH_EXAMPLES)]
    for name in path:
        tables = [row for table in tables for row in table.get(name, [])]

    named = {key for row in tables for key in row}
    if not tables:  # empty, and told in the comment behind it
        (comment,) = re.findall(rf"(?m)^# {path[-1]} = \[\] .*\[{{(.*)}}\]", REFERENCE)
        named = set(re.findall(r"(\w+) =", comment))
    assert named == set(typing.get_type_hints(kind_at(path)))


def test_every_condition_of_a_policy_is_in_the_reference_file():
    assert set(tomllib.loads(WITH_EXAMPLES)["policies"][0]["match"]) == set(typing.get_type_hints(Match))
