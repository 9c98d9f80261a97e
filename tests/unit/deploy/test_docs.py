"""What is written twice agrees: README, reference settings, Makefile, code."""

import re
import tomllib
import typing
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from deploy.cli import build
from deploy.docs import rendered
from schemas.load import load
from schemas.settings import Settings
from schemas.units import Duration, Secret

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "deploy" / "vigie.toml").read_text(encoding="utf-8")


def test_generated_tables_of_the_readme_are_fresh() -> None:
    assert rendered(README) == README, "run `make docs`"


@pytest.mark.parametrize("page", ["connectors/README.md", "deploy/clickhouse/README.md"])
def test_generated_tables_of_other_pages_are_fresh(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")

    assert rendered(text) == text, "run `make docs`"


def test_readme_names_every_command_and_no_other() -> None:
    table = README[README.index("| command |") : README.index("Exit codes:")]
    named = set(re.findall(r"^\| `vigie ([a-z-]+)", table, re.MULTILINE))

    root = build()
    real = {command.name for command in root.registered_commands} | {group.name for group in root.registered_groups}

    assert named == real


def test_make_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    named = set(re.findall(r"\bmake ([a-z][a-z-]+)", README))

    assert named
    assert not [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)]


def test_reference_settings_can_be_loaded_and_are_the_defaults() -> None:
    assert load(REFERENCE, {}) == Settings()


def _settings(struct: type[Struct], at: str = "") -> typing.Iterator[tuple[str, str, object, object]]:
    hints = typing.get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        kind = hints[field.name]
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        if isinstance(kind, type) and issubclass(kind, Struct):
            yield from _settings(kind, field.name)
        elif not (isinstance(default, tuple) and (not default or isinstance(default[0], Struct))):
            yield at, field.name, kind, default


@pytest.mark.parametrize(
    ("section", "name", "kind", "default"),
    [pytest.param(*each, id=f"{each[0]}.{each[1]}".strip(".")) for each in _settings(Settings)],
)
def test_reference_settings_hold_every_setting_with_its_default(
    section: str, name: str, kind: object, default: object
) -> None:
    table = tomllib.loads(REFERENCE)
    if kind in (Secret, dict[str, Secret]):
        assert re.search(rf"^# {name} .*VIGIE_{section.upper()}__{name.upper()}", REFERENCE, re.MULTILINE)
        return
    held = (table[section] if section else table)[name]
    assert (
        Duration.parse(held)
        if isinstance(kind, type) and issubclass(kind, Duration)
        else tuple(held)
        if isinstance(held, list)
        else held
    ) == default
    assert re.search(rf"^{name} = .+ +# \S", REFERENCE, re.MULTILINE), "a comment"
