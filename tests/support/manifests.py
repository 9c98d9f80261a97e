"""What tests of compose files, cluster manifests, units and pages share: reading them, asking the real command."""

import importlib.metadata
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import typer
import yaml

from deploy.cli import build

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

# Commands and options of other parts of the system that are not in this tree yet; what is there is held to its options.
EXPECTED = frozenset({"backup", "restore", "board", "boards", "canary", "dead-letters", "doctor", "forget", "access"})


def documents(path: Path) -> list[dict[str, Any]]:
    """Every YAML document of a file; a key that stands twice is an error."""
    return [each for each in yaml.load_all(path.read_text(encoding="utf-8"), _Strict) if each is not None]


class _Strict(yaml.SafeLoader):
    """PyYAML takes the last of two keys; nobody means that."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {doubled}", node.start_mark)
        return super().construct_mapping(node, deep)


def vendored(package: str, path: str) -> Any:
    """A published JSON schema that a package carries, without importing the package."""
    file = Path(str(importlib.metadata.distribution(package).locate_file(path)))
    return json.loads(file.read_text(encoding="utf-8"))


def interpolated(text: str, environ: Mapping[str, str]) -> str:
    """`${NAME:-default}` as Compose fills it in; `$$` is a dollar."""

    def value(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else environ.get(match["name"], "") or match["default"] or ""

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}", value, text)


def seconds(text: str) -> float:
    """`90s`, `2m`: a span as Compose and systemd write it."""
    number, unit = re.fullmatch(r"(\d+)(s|m|min|h)?", text).groups()  # type: ignore[union-attr]
    return int(number) * {None: 1, "s": 1, "m": 60, "min": 60, "h": 3600}[unit]


def refusal(arguments: Sequence[str]) -> str:
    """Why `vigie ARGUMENTS` is no such command, or the empty string; nothing of it is run."""
    command: click.Command = typer.main.get_command(build())
    rest, name = list(arguments), "vigie"
    try:
        context = click.Context(command, info_name=name)
        while isinstance(command, click.Group):
            if rest[:1] in (["--help"], []):
                return ""
            name, found, rest = command.resolve_command(context, rest)
            assert found is not None
            command = found
            context = click.Context(command, info_name=name, parent=context)
        if "--help" not in rest:
            command.parse_args(context, rest)
    except click.ClickException as error:
        return "" if arguments[0] in EXPECTED and f"'{arguments[0]}'" in error.format_message() else str(error)
    return ""


def vigie_lines(text: str) -> Iterator[list[str]]:
    """Every `vigie …` that a page names, as arguments: in backticks and in console blocks."""
    import shlex

    quoted = re.findall(r"`vigie ([^`\n]+)`", text)
    shell = re.findall(r"^(?:\$ )(?:sudo )?(?:\S*/)?vigie ([^\n]+)", text, re.MULTILINE)
    for line in (*quoted, *shell):
        line = re.split(r"\s+(?:#|\||>|&&)", line)[0].strip()
        if line and "…" not in line:
            yield [part for part in shlex.split(line)]
