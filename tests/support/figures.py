"""Read /metrics as Prometheus does."""

import re
import urllib.request
from collections.abc import Iterable
from typing import NamedTuple

from schemas.metrics import METRICS

_LINE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("",), "gauge": ("",)}
DECLARED = {f"{metric.name}{suffix}": metric for metric in METRICS for suffix in _SUFFIXES[metric.kind]}


class Figure(NamedTuple):
    """One line."""

    name: str
    labels: dict[str, str]
    value: float


def parsed(text: str) -> list[Figure]:
    """The figures of a page."""
    found = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = _LINE.match(line)
        assert match, line
        found.append(Figure(match["name"], dict(_LABEL.findall(match["labels"] or "")), float(match["value"])))
    return found


def scraped(port: int) -> list[Figure]:
    """What a process shows now."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return parsed(answer.read().decode())


def total(figures: Iterable[Figure], name: str, **labels: str) -> float:
    """The sum over all labels that are not named."""
    return sum(one.value for one in figures if one.name == name and labels.items() <= one.labels.items())
