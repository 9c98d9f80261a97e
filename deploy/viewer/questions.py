"""What a board asks: the SQL of its panels, annotations and variables, and the board as a browser may see it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.viewer.steps import milliseconds

Board = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One query of a board.

    Args:
        panel, ref: which panel's which target; 0 for annotations and variables, then `ref` is their name.
        points: how many steps a series has at most; 0 leaves it to the width of the screen.
        least_ms: the shortest step.
        last_ms: the panel's own period, which ends where the board's ends; 0: the board's.
    """

    kind: str
    panel: int = 0
    ref: str
    sql: str
    points: int = 0
    least_ms: int = 0
    last_ms: int = 0


def questions(board: Board) -> list[Question]:
    """All that is asked at each refresh: panels from the top down, then annotations."""
    placed = sorted(panels(board), key=lambda panel: (panel["gridPos"]["y"], panel["gridPos"]["x"]))
    found = [question for panel in placed for question in _of_panel(panel)]
    notes = board.get("annotations", {}).get("list", [])
    for note in notes:
        sql = note.get("target", {}).get("rawSql", "")
        if sql and note.get("enable", True):
            found.append(Question(kind="annotation", ref=note["name"], sql=sql))
    return found


def variable_questions(board: Board) -> list[Question]:
    """What fills the lists of values that a reader chooses from."""
    return [
        Question(kind="variable", ref=variable["name"], sql=_sql_of(variable))
        for variable in variables(board)
        if variable["type"] == "query"
    ]


def variables(board: Board) -> list[dict[str, Any]]:
    """The variables of a board, in order."""
    return list(board.get("templating", {}).get("list", []))


def panels(board: Board) -> Iterator[dict[str, Any]]:
    """Every panel, those inside folded rows included."""
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def shown(board: Board) -> dict[str, Any]:
    """The board for the browser: all of it but the SQL, which stays here."""
    return {
        **board,
        "panels": [_without_sql(panel) for panel in board["panels"]],
        "templating": {"list": [{**variable, "query": "", "definition": ""} for variable in variables(board)]},
        "annotations": {"list": [_quiet(note) for note in board.get("annotations", {}).get("list", [])]},
    }


def _of_panel(panel: Mapping[str, Any]) -> Iterator[Question]:
    for target in panel.get("targets", []):
        if target.get("hide") or not target.get("rawSql"):
            continue
        yield Question(
            kind="panel",
            panel=panel["id"],
            ref=target["refId"],
            sql=target["rawSql"],
            points=panel.get("maxDataPoints") or 0,
            least_ms=milliseconds(panel.get("interval") or ""),
            last_ms=milliseconds(panel.get("timeFrom") or ""),
        )


def _sql_of(variable: Mapping[str, Any]) -> str:
    query = variable["query"]
    return str(query["rawSql"] if isinstance(query, Mapping) else query)


def _without_sql(panel: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(panel)
    if "targets" in kept:
        kept["targets"] = [{"refId": one["refId"], "format": one.get("format", 0)} for one in kept["targets"]]
    if "panels" in kept:
        kept["panels"] = [_without_sql(one) for one in kept["panels"]]
    return kept


def _quiet(note: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in note.items() if name != "target"}
