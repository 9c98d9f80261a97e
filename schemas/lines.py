"""On which line of a TOML text a setting stands. tomllib does not tell, so headers and keys are found in the text."""

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_LAST = re.compile(r"(\[\d+\]|\.[^.\[]+|^[^.\[]+)$")


def lines(toml: str) -> dict[str, int]:
    """The line of each table and key, by its path: `policies[3].match.networks`. Lines count from 1."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table, quote = "", ""
    for number, line in enumerate(toml.splitlines(), start=1):
        if quote:  # inside a text of several lines
            quote = "" if line.count(quote) % 2 else quote
            continue
        if header := _HEADER.match(line):
            table = _table(header[2], counts, is_list=header[1] == "[[")
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path = ".".join([table, *_parts(key[1])]) if table else ".".join(_parts(key[1]))
            found.setdefault(path, number)
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return found


def line_of(path: str, found: dict[str, int]) -> int | None:
    """The line of a path, or of the nearest thing around it that stands on a line of its own."""
    while path:
        if path in found:
            return found[path]
        path = _LAST.sub("", path)
    return None


def _table(name: str, counts: dict[str, int], *, is_list: bool) -> str:
    """The path of a header: the lists on the way are at their last item."""
    path, parts = "", _parts(name)
    for place, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        if is_list and place == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
