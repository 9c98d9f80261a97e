"""Rewrite what code can write in README.md and connectors/README.md: topics, views, networks. `make docs` runs it."""

import re
import sys
from importlib.resources import files
from pathlib import Path

from connectors.catalogue import table
from schemas.metrics import METRICS
from schemas.topics import TOPICS

_VIEW = re.compile(
    r"CREATE (?:VIEW IF NOT EXISTS|OR REPLACE VIEW) \{\{database\}\}\.(\w+).*?\n\(\n(.*?)\n\)\n", re.DOTALL
)
_FOR_EVER_DAYS = 36_500
_COLUMN = re.compile(r"^\s+`?([\w.]+)`? (.+?) COMMENT '((?:[^']|'')*)'", re.MULTILINE)


def topics() -> str:
    """The table of topics."""
    lines = ["| topic | carries | keyed by | written by | read by | kept |", "| --- | --- | --- | --- | --- | --- |"]
    for topic in TOPICS:
        lines.append(
            f"| `{topic.name}` | {topic.carries.__name__}: {topic.why} | {topic.key} | {', '.join(topic.producers)} "
            f"| {', '.join(topic.consumers)} | {_kept(topic.retention_days)} |"
        )
    return "\n".join(lines)


def _kept(days: int) -> str:
    if days >= _FOR_EVER_DAYS:
        return "for ever"
    return "1 day" if days == 1 else f"{days} days"


def figures() -> str:
    """The table of metrics."""
    lines = ["| metric | by | shown by | meaning | what to do |", "| --- | --- | --- | --- | --- |"]
    for metric in METRICS:
        by = ", ".join(metric.by)
        lines.append(f"| `{metric.name}` ({metric.kind}) | {by} | {metric.part} | {metric.means} | {metric.act} |")
    return "\n".join(lines)


def views() -> str:
    """Every view that people read, with its columns, as the last migration that made it left it."""
    parts: dict[str, str] = {}
    folder = files("deploy.clickhouse") / "migrations"
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".sql")), key=lambda one: one.name):
        for view, body in _VIEW.findall(file.read_text(encoding="utf-8")):
            lines = [f"**`{view}`**", "", "| column | type | meaning |", "| --- | --- | --- |"]
            for name, kind, meaning in _COLUMN.findall(body):
                lines.append(f"| `{name}` | {kind} | {meaning.replace(chr(39) * 2, chr(39))} |")
            parts[view] = "\n".join(lines)
    return "\n\n".join(parts.values())


def rendered(readme: str) -> str:
    """The text with what stands between its markers written anew."""
    for name, write in (("topics", topics), ("views", views), ("networks", table), ("metrics", figures)):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if begin not in readme:
            continue
        head, _, rest = readme.partition(begin)
        _, _, tail = rest.partition(end)
        readme = f"{head}{begin}\n{write()}\n{end}{tail}"
    return readme


def main(path: Path) -> None:
    """Rewrite the file in place."""
    path.write_text(rendered(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        main(Path(argument))
