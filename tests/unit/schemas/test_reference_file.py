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
LISTS = [name for name, hint in HINTS.items() if typing.get_origin(hint) is tuple]


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


@pytest.mark.parametrize("section", LISTS)
def test_every_setting_of_a_list_is_in_the_reference_file(section: str):
    (kind, _) = typing.get_args(HINTS[section])

    assert set(tomllib.loads(WITH_EXAMPLES)[section][0]) == set(typing.get_type_hints(kind))


def test_every_condition_of_a_policy_is_in_the_reference_file():
    assert set(tomllib.loads(WITH_EXAMPLES)["policies"][0]["match"]) == set(typing.get_type_hints(Match))
