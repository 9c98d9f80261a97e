"""expand(sql): the macros and variables of a query, replaced as Grafana and its ClickHouse data source do. Pure.

In that order: comments are blanked, `$__conditionalAll` is decided, the macros of the data source are replaced from
the innermost outwards, variables become literals. What a variable holds is put in last and escaped, so that nothing in
it is read as SQL or as a macro: stricter than Grafana, which leaves a backslash as it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from schemas.errors import ProvisionError

ALL = "$__all"
Variables = Mapping[str, tuple[str, ...]]

_LEXEME = re.compile(r"'(?:[^'\\]|\\.|'')*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_MACRO = re.compile(r"\$__(\w+)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
_BARE = re.compile(r"\$(?:\{\w*|\w+)")
_HELD = re.compile("\0(\\d+)\0")  # no query holds NUL, so a place that waits for its literal cannot be mistaken
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """The period of a query and the step of its points."""

    since: datetime
    until: datetime
    interval_ms: int

    @property
    def from_ms(self) -> int:
        return round(self.since.timestamp() * 1000)

    @property
    def to_ms(self) -> int:
        return round(self.until.timestamp() * 1000)

    @property
    def step_s(self) -> int:
        return max(self.interval_ms // 1000, 1)


def expand(sql: str, *, since: datetime, until: datetime, interval_ms: int, variables: Variables | None = None) -> str:
    """The query as ClickHouse gets it.

    Args:
        since, until: the period, both ends included.
        interval_ms: the step between two points of a series.
        variables: what is chosen, by name; nothing or `$__all` stands for all. None for an alert rule, which has none.
    Raises:
        ProvisionError: a macro or variable that is not known or not used as it should be; it is named.
    """
    text = _LEXEME.sub(_blank_comment, sql)
    held: list[str] = []
    text = _decide(text, variables)
    text = _VARIABLE.sub(lambda match: _hold(match, variables, held), text)
    text = _replace(text, _Range(since=since, until=until, interval_ms=interval_ms))
    if left := _BARE.search(text):
        raise _wrong(
            f"`{left.group()}` stands for nothing", "Use a macro of deploy/grafana/macros.py or ${name:singlequote}"
        )
    return _HELD.sub(lambda match: held[int(match.group(1))], text)


def literal(value: str) -> str:
    """A text as a literal of ClickHouse, whatever it holds."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"


def _blank_comment(match: re.Match[str]) -> str:
    found = match.group()
    return re.sub(r"[^\n]", " ", found) if found.startswith(("--", "/*")) else found


def _decide(text: str, variables: Variables | None) -> str:
    """`$__conditionalAll(condition, $name)`: the condition, or 1=1 when the variable stands for all."""
    while (start := text.find("$__conditionalAll(")) >= 0:
        opened = start + len("$__conditionalAll")
        end = _closing(text, opened)
        arguments = _split(text[opened + 1 : end])
        name = re.fullmatch(r"\$\{?(\w+)\}?", arguments[-1].strip())
        if len(arguments) != 2 or name is None:
            raise _wrong("`$__conditionalAll` has no variable", "Write $__conditionalAll(condition, $name)")
        chosen = _chosen(name.group(1), variables)
        text = text[:start] + (arguments[0] if chosen else "1=1") + text[end + 1 :]
    return text


def _hold(match: re.Match[str], variables: Variables | None, held: list[str]) -> str:
    name, style = match.groups()
    if style != "singlequote":
        raise _wrong(f"`{match.group()}` is not quoted", f"Write ${{{name}:singlequote}}")
    chosen = _chosen(name, variables)
    if not chosen:
        raise _wrong(f"`{match.group()}` has no values when it stands for all", f"Use $__conditionalAll(…, ${name})")
    held.append(",".join(literal(value) for value in chosen))
    return f"\0{len(held) - 1}\0"


def _chosen(name: str, variables: Variables | None) -> tuple[str, ...]:
    """What is chosen; nothing when all is."""
    if variables is None:
        raise _wrong(f"the variable `{name}` in an alert rule", "Rules are asked without variables: leave it out")
    if name not in variables:
        raise _wrong(f"there is no variable `{name}`", f"Known here: {', '.join(sorted(variables)) or 'none'}")
    chosen = variables[name]
    return () if ALL in chosen else chosen


def _replace(text: str, period: _Range) -> str:
    found = _MACRO.search(text)
    if found is None:
        return text
    name, end = found.group(1), found.end()
    macro = _MACROS.get(name)
    if macro is None:
        raise _wrong(f"there is no macro `$__{name}`", "Known: " + ", ".join(f"$__{known}" for known in _MACROS))
    arguments: list[str] = []
    if text.startswith("(", end):
        closing = _closing(text, end)
        inside = _replace(text[end + 1 : closing], period)
        arguments = _split(inside) if inside.strip() else []
        end = closing + 1
    if len(arguments) != macro.takes:
        raise _wrong(f"`$__{name}` takes {macro.takes} arguments, not {len(arguments)}", "Correct the query")
    return text[: found.start()] + macro.write(period, *arguments) + _replace(text[end:], period)


def _closing(text: str, opened: int) -> int:
    """Where the parenthesis that opens here is closed; those inside a literal do not count."""
    depth, at = 0, opened
    while at < len(text):
        if quoted := _LEXEME.match(text, at):
            at = quoted.end()
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
        at += 1
    raise _wrong("a parenthesis is not closed", f"Look at: {text[max(0, opened - 30) : opened + 1]}")


def _split(arguments: str) -> list[str]:
    """At the commas that are inside nothing."""
    parts, depth, begun, at = [], 0, 0, 0
    while at < len(arguments):
        if quoted := _LEXEME.match(arguments, at):
            at = quoted.end()
            continue
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(arguments[at], 0)
        if arguments[at] == "," and depth == 0:
            parts.append(arguments[begun:at])
            begun = at + 1
        at += 1
    return [part.strip() for part in [*parts, arguments[begun:]]]


def _between(column: str, first: str, last: str) -> str:
    return f"{column} >= {first} AND {column} <= {last}"


def _from(period: _Range) -> str:
    return f"toDateTime({period.from_ms // 1000})"


def _to(period: _Range) -> str:
    return f"toDateTime({period.to_ms // 1000})"


def _from_ms(period: _Range) -> str:
    return f"fromUnixTimestamp64Milli({period.from_ms})"


def _to_ms(period: _Range) -> str:
    return f"fromUnixTimestamp64Milli({period.to_ms})"


def _dates(period: _Range, column: str) -> str:
    return _between(column, f"toDate('{period.since:%Y-%m-%d}')", f"toDate('{period.until:%Y-%m-%d}')")


def _date_and_time(period: _Range, date: str, column: str) -> str:
    return f"({_dates(period, date)}) AND ({_between(column, _from(period), _to(period))})"


def _bins(column: str, seconds: int) -> str:
    return f"toStartOfInterval(toDateTime({column}), INTERVAL {seconds} second)"


def _bins_ms(period: _Range, column: str) -> str:
    return f"toStartOfInterval(toDateTime64({column}, 3), INTERVAL {max(period.interval_ms, 1)} millisecond)"


def _group(period: _Range, column: str, every: str) -> str:
    spoken = every.strip("'\" ")
    if _DURATION.sub("", spoken) or not spoken:
        raise _wrong(f"`{every}` is not a duration", "Write one such as 30s, 5m or 1h")
    seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in _DURATION.findall(spoken))
    return _bins(column, int(seconds))


def _spoken(period: _Range) -> str:
    for unit, length in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if period.interval_ms >= length and period.interval_ms % length == 0:
            return f"{period.interval_ms // length}{unit}"
    return f"{period.interval_ms}ms"


@dataclass(frozen=True, slots=True)
class _Macro:
    """How many arguments a macro takes, and what it becomes."""

    takes: int
    write: Callable[..., str]


_MACROS: Mapping[str, _Macro] = {
    "timeFilter": _Macro(1, lambda period, column: _between(column, _from(period), _to(period))),
    "timeFilter_ms": _Macro(1, lambda period, column: _between(column, _from_ms(period), _to_ms(period))),
    "dateFilter": _Macro(1, _dates),
    "dateTimeFilter": _Macro(2, _date_and_time),
    "dt": _Macro(2, _date_and_time),
    "fromTime": _Macro(0, _from),
    "toTime": _Macro(0, _to),
    "fromTime_ms": _Macro(0, _from_ms),
    "toTime_ms": _Macro(0, _to_ms),
    "timeFrom": _Macro(1, lambda period, column: f"{column} >= {_from(period)}"),
    "timeTo": _Macro(1, lambda period, column: f"{column} <= {_to(period)}"),
    "timeInterval": _Macro(1, lambda period, column: _bins(column, period.step_s)),
    "timeInterval_ms": _Macro(1, _bins_ms),
    "timeGroup": _Macro(2, _group),
    "interval_s": _Macro(0, lambda period: str(period.step_s)),
    "interval_ms": _Macro(0, lambda period: str(period.interval_ms)),
    "interval": _Macro(0, _spoken),
}


def _wrong(what: str, fix: str) -> ProvisionError:
    return ProvisionError(what, where="a query of a board or rule", fix=fix)
