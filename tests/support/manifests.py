"""What tests of compose files, cluster manifests, units and pages share: reading them, asking the real command."""

import importlib.metadata
import itertools
import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
import yaml

from deploy.cli import build

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


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
    command: Any = typer.main.get_command(build())
    rest, parent = list(arguments), None
    try:
        while True:
            context = command.context_class(command, info_name=command.name, parent=parent)
            if not hasattr(command, "commands"):
                if "--help" not in rest:
                    command.parse_args(context, rest)
                return ""
            if rest[:1] in ([], ["--help"]):
                return ""
            _, command, rest = command.resolve_command(context, rest)
            parent = context
    except Exception as error:  # Typer carries Click under a private name
        if not hasattr(error, "format_message"):
            raise
        return str(error.format_message())


def vigie_lines(text: str) -> Iterator[list[str]]:
    """Every `vigie …` that a page names, as arguments: in backticks and in console blocks."""
    quoted = re.findall(r"`vigie ([^`\n]+)`", text)
    shell = re.findall(r"^(?:\$ )(?:\S*/)?vigie ([^\n]+)", text, re.MULTILINE)
    for line in (*quoted, *shell):
        words = list(itertools.takewhile(lambda word: word not in ("|", ">", "&&"), shlex.split(line, comments=True)))
        if words and "…" not in line:
            yield words


def unknown_options(arguments: Sequence[str]) -> str:
    """Which command or option of a usage line, with brackets and alternatives, there is not; or the empty string."""
    words = [word for word in re.split(r"[\s\[\]]+", " ".join(arguments)) if word]
    command: Any = typer.main.get_command(build())
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        found = command.commands.get(words[0].split("|")[0].strip("\\"))
        if found is None:
            return words[0]
        command, words = found, words[1:]
    real = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    wanted = {match for word in words for match in re.findall(r"^--[a-z][a-z-]*", word)}
    return ", ".join(sorted(wanted - real))
