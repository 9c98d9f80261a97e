"""What a browser may ask for, read from the query string: a period, a number of points, values of variables. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.viewer.questions import Board, variables

ALL = "$__all"
_LATEST_MS = 7_258_118_400_000  # the year 2200: what ClickHouse's DateTime64 still holds
_LONGEST_MS = 20 * 366 * 86_400_000
_MOST_VALUES, _LONGEST_VALUE = 200, 300
_POINTS = (50, 500, 2000)


class Unanswerable(ValueError):
    """A question that is not answered; `reason` is one of the words the page knows, `subject` what it is about."""

    def __init__(self, reason: str, subject: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.subject = subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that can be answered."""

    since: datetime
    until: datetime
    points: int
    variables: dict[str, tuple[str, ...]]


def asked(given: Iterable[tuple[str, str]], board: Board) -> Asked:
    """The period and the values of the variables; what is not given is as the board sets it.

    Raises:
        Unanswerable: a period that is none, a variable the board does not have, a value it cannot take.
    """
    single: dict[str, str] = {}
    chosen: dict[str, list[str]] = {}
    for name, value in given:
        if name.startswith("var-"):
            chosen.setdefault(name.removeprefix("var-"), []).append(value)
        else:
            single[name] = value
    since_ms, until_ms = _instant(single, "from"), _instant(single, "to")
    if not 0 <= since_ms < until_ms <= _LATEST_MS or until_ms - since_ms > _LONGEST_MS:
        raise Unanswerable("period")
    return Asked(
        since=datetime.fromtimestamp(since_ms / 1000, UTC),
        until=datetime.fromtimestamp(until_ms / 1000, UTC),
        points=_points(single),
        variables=_chosen(chosen, board),
    )


def _instant(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Unanswerable("period")
    return int(text)


def _points(given: Mapping[str, str]) -> int:
    least, usual, most = _POINTS
    text = given.get("points", "")
    return min(most, max(least, int(text))) if text.isascii() and text.isdecimal() and len(text) < 6 else usual


def _chosen(chosen: Mapping[str, list[str]], board: Board) -> dict[str, tuple[str, ...]]:
    known = {variable["name"]: variable for variable in variables(board)}
    for name in chosen:
        if name not in known:
            raise Unanswerable("unknown_variable", name[:60])
    return {
        name: _values(variable, chosen[name]) if name in chosen else _preset(variable)
        for name, variable in known.items()
    }


def _values(variable: Mapping[str, Any], values: list[str]) -> tuple[str, ...]:
    label = str(variable.get("label") or variable["name"])
    if ALL in values:
        if not variable.get("includeAll"):
            raise Unanswerable("unknown_value", label)
        return (ALL,)
    if len(values) > (_MOST_VALUES if variable.get("multi") else 1):
        raise Unanswerable("too_many_values", label)
    if any(len(value) > _LONGEST_VALUE or "\0" in value for value in values):
        raise Unanswerable("unknown_value", label)
    if variable["type"] == "custom" and not set(values) <= {option["value"] for option in variable["options"]}:
        raise Unanswerable("unknown_value", label)
    return tuple(values)


def _preset(variable: Mapping[str, Any]) -> tuple[str, ...]:
    value = variable.get("current", {}).get("value", [])
    return tuple(value) if isinstance(value, list) else (str(value),)
