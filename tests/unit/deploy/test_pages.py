"""Pages that people follow at night: every command, option, target, link and block in them is real."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.support.manifests import DEPLOY, ROOT, documents, refusal, unknown_options, vigie_lines

OURS = [DEPLOY / name for name in ("OPERATE.md", "SCALE.md", "UPGRADE.md", "TROUBLE.md", "systemd/README.md")]
PAGES = sorted({ROOT / "README.md", ROOT / "CHANGELOG.md", *DEPLOY.rglob("*.md"), ROOT / "connectors" / "README.md"})


@pytest.mark.parametrize(
    ("line", "well"),
    [
        ("worker enrich --port 6066", True),
        ("worker enrich --nope", False),
        ("actions serve", True),
        ("actions serv", False),
        ("connectors check", False),
        ("migrate --cluster extra", False),
        ("topics --strimzi", False),
        ("nope", False),
    ],
)
def test_a_command_that_is_none_is_seen(line: str, well: bool) -> None:
    assert (refusal(line.split()) == "") is well


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_options_of_commands_exist(page: Path) -> None:
    lines = list(vigie_lines(page.read_text(encoding="utf-8")))

    assert [f"vigie {' '.join(line)}: {wrong}" for line in lines if (wrong := unknown_options(line))] == []


@pytest.mark.parametrize("page", OURS, ids=_id)
def test_commands_can_be_typed_as_they_stand(page: Path) -> None:
    lines = list(vigie_lines(page.read_text(encoding="utf-8")))

    assert [f"vigie {' '.join(line)}: {wrong}" for line in lines if (wrong := refusal(line))] == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_make_targets_exist(page: Path) -> None:
    text, makefile = page.read_text(encoding="utf-8"), (ROOT / "Makefile").read_text(encoding="utf-8")

    named = set(re.findall(r"(?:`|^\$ )make (?:-C \S+ )?([a-z][a-z-]+)", text, re.MULTILINE))

    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_modules_that_are_run_exist(page: Path) -> None:
    named = re.findall(r"python -m ((?:tests|deploy)\.[\w.]+)", page.read_text(encoding="utf-8"))
    paths = [ROOT / name.replace(".", "/") for name in named]

    assert [path for path in paths if not (path.with_suffix(".py").is_file() or (path / "__main__.py").is_file())] == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_fenced_examples_parse(page: Path) -> None:
    readers = {"toml": tomllib.loads, "json": json.loads, "yaml": yaml.safe_load}

    for language, block in re.findall(
        r"^```(\w+)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        if language in readers:
            assert readers[language](block), f"{page.name}: {block[:60]}"


@pytest.mark.parametrize("page", OURS, ids=_id)
def test_services_and_units_that_are_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    (compose,) = documents(DEPLOY / "compose.yaml")
    scaled = re.findall(r"docker compose (?:up -d --scale|logs --since \w+|stop|run --rm) (\w+)", text)
    units = re.findall(r"\b(vigie[\w-]*(?:@)?)(?:[\w{},*-]*)?\.(?:service|timer|target)\b", text)

    assert [name for name in scaled if name not in compose["services"]] == []
    assert [unit for unit in units if not list((DEPLOY / "systemd").glob(f"{unit}*"))] == []


@pytest.mark.parametrize("page", OURS, ids=_id)
def test_settings_that_are_named_exist(page: Path) -> None:
    reference = (DEPLOY / "vigie.toml").read_text(encoding="utf-8")
    sections = "|".join(re.findall(r"^\[(\w+)\]", reference, re.MULTILINE))

    for section, name in re.findall(rf"`({sections})\.([a-z_]+)`", page.read_text(encoding="utf-8")):
        if (section, name) == ("retention", "ms"):
            continue  # Kafka's own
        table = reference[reference.index(f"[{section}]") :].split("\n[", 1)[0]
        assert re.search(rf"^(# )?{name} ", table, re.MULTILINE), f"{section}.{name}"


def test_every_decision_is_listed_with_its_title() -> None:
    index = (DEPLOY / "decisions" / "README.md").read_text(encoding="utf-8")

    for page in sorted((DEPLOY / "decisions").glob("0*.md")):
        title, _, rest = page.read_text(encoding="utf-8").partition("\n")
        assert f"[{title[2:]}]({page.name})" in index
        assert re.match(r"\n\d{4}-\d{2}-\d{2}, ", rest), "a date"
