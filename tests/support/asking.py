"""The queries of the boards, asked of a real ClickHouse as Grafana asks, and what it could not show of the rows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from deploy.grafana.boards import BOARDS, board
from deploy.grafana.macros import ALL, expand
from deploy.grafana.said import LANGUAGES
from schemas.enriched import Enriched

EVERYTHING: Mapping[str, tuple[str, ...]] = dict.fromkeys(("brand", "network", "language", "priority"), (ALL,))
_POINTS = 100
_STEPS_MS = {"": 1000, "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000}
# What the data source turns into a column of a frame, other than as JSON; see its converters.
_TAKEN = re.compile(r"String|FixedString\(\d+\)|Date(32)?|DateTime(64)?(\(.*\))?|U?Int(8|16|32|64)|Float(32|64)|Bool")
_TIME = re.compile(r"Date")
_NUMBER = re.compile(r"U?Int|Float")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query of a board: of a panel, a variable or an annotation."""

    board: str
    kind: str
    name: str
    sql: str
    series: bool = False
    step: str = ""
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.board}: {self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What came back."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[Any]] = field(default_factory=list)

    def one(self) -> dict[str, Any]:
        """The only row, by name of column."""
        (row,) = self.rows
        return dict(zip(self.names, row, strict=True))

    def column(self, name: str) -> list[Any]:
        """Its values, from the first row on."""
        place = self.names.index(name)
        return [row[place] for row in self.rows]


def queries() -> list[Query]:
    """Every query of every board in both languages; the same text is there once."""
    found: dict[str, Query] = {}
    for name in BOARDS:
        for language in LANGUAGES:
            for query in _queries_of(name, board(name, language)):
                found.setdefault(query.sql, query)
    return list(found.values())


def panel_query(name: str, number: int) -> Query:
    """The query of one panel of a board."""
    (panel,) = [panel for panel in board(name, "en")["panels"] if panel["id"] == number]
    return _of_panel(name, panel)


def _queries_of(name: str, made: dict[str, Any]) -> Iterator[Query]:
    for variable in made["templating"]["list"]:
        yield Query(board=name, kind="variable", name=variable["name"], sql=variable["query"])
    for annotation in made["annotations"]["list"]:
        if "target" in annotation:
            yield Query(board=name, kind="annotation", name=annotation["name"], sql=annotation["target"]["rawSql"])
    for panel in made["panels"]:
        if panel.get("targets"):
            yield _of_panel(name, panel)


def _of_panel(name: str, panel: dict[str, Any]) -> Query:
    (target,) = panel["targets"]
    return Query(
        board=name,
        kind=panel["type"],
        name=f"{panel['id']} {panel['title']}",
        sql=target["rawSql"],
        series=target["format"] == 0,
        step=panel.get("interval", ""),
        columns=tuple(one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who may only read, at a database of a server whose own zone is `zone`."""

    http: httpx.Client
    database: str
    zone: str = "UTC"

    def ask(self, query: Query, *, period: timedelta, chosen: Mapping[str, tuple[str, ...]] | None = None) -> Frame:
        """The rows for a period that ends now, and a choice of variables; nothing chosen is all."""
        until = datetime.now(UTC) + timedelta(seconds=1)  # a period ends at a whole second: what came in this one too
        step_ms = max(_STEPS_MS[query.step], int(period.total_seconds() * 1000 / _POINTS))
        sql = expand(
            query.sql,
            since=until - period,
            until=until,
            interval_ms=step_ms,
            variables={**EVERYTHING, **(chosen or {})},
        )
        place = {"database": self.database, "default_format": "JSONCompact", "session_timezone": self.zone}
        answer = self.http.post("/", params=place, content=sql.encode())
        assert answer.status_code == 200, f"{query}: {answer.text[:600]}\n{sql}"
        told = json.loads(answer.content)
        return Frame(
            names=tuple(column["name"] for column in told["meta"]),
            types=tuple(column["type"] for column in told["meta"]),
            rows=told["data"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A filled database, and what was told to it."""

    reader: Reader
    enriched: list[Enriched]


def faults(query: Query, frame: Frame) -> list[str]:
    """What Grafana could not show of an answer, or would show wrongly."""
    types = [_bare(kind) for kind in frame.types]
    found = [f"{name} is of type {kind}" for name, kind in zip(frame.names, types, strict=True) if not _is_taken(kind)]
    if len(set(frame.names)) != len(frame.names):
        found.append(f"two columns have one name: {frame.names}")
    if ";" in query.sql.rstrip()[-1:]:
        found.append("it ends with a semicolon")
    if query.series:
        found += _faults_of_series(frame, types)
    if query.kind == "variable" and (not all(kind == "String" for kind in types) or len(types) > 2):
        found.append(f"a variable has a value and a label, not {frame.types}")
    if query.kind == "annotation":
        found += _unsorted(frame)
        found += [] if {"time", "text"} <= set(frame.names) else ["it has no time or no text"]
    if query.kind == "stat" and len(frame.rows) != 1:
        found.append(f"it has {len(frame.rows)} rows, not one")
    if query.columns and (missing := set(query.columns) - set(frame.names)):
        found.append(f"the board describes columns that are not there: {sorted(missing)}")
    if query.columns and (extra := set(frame.names) - set(query.columns) - {"time"}):
        found.append(f"columns have no title: {sorted(extra)}")
    return found


def _bare(kind: str) -> str:
    while wrapped := re.fullmatch(r"(?:Nullable|LowCardinality)\((.*)\)", kind):
        if kind.startswith("LowCardinality") and _NUMBER.match(wrapped.group(1)):
            return kind  # the data source has no converter for it
        kind = wrapped.group(1)
    return kind


def _is_taken(kind: str) -> bool:
    return _TAKEN.fullmatch(kind) is not None


def _faults_of_series(frame: Frame, types: list[str]) -> list[str]:
    found = _unsorted(frame)
    times = [name for name, kind in zip(frame.names, types, strict=True) if _TIME.match(kind)]
    if times != ["time"]:
        found.append(f"its columns of time are {times}")
    if not any(_NUMBER.match(kind) for kind in types):
        found.append("it has no number")
    labels = [place for place, kind in enumerate(types) if kind in ("String", "Bool")]
    points = [(row[frame.names.index("time")], *(row[place] for place in labels)) for row in frame.rows]
    if len(set(points)) != len(points):
        found.append("one series has two values at one time")
    return found


def _unsorted(frame: Frame) -> list[str]:
    if "time" not in frame.names:
        return ["it has no time"]
    times = frame.column("time")
    if None in times:
        return ["a time is null"]
    return [] if times == sorted(times) else ["its rows are not in order of time"]
