"""The check of answers finds what Grafana would stumble over."""

import pytest

from tests.support.asking import Frame, Query, faults

TIME, COUNT = "DateTime('UTC')", "UInt64"
NOON, ONE = "2026-03-02 12:00:00", "2026-03-02 13:00:00"


def answer(*columns: tuple[str, str], rows: list[list[object]] | None = None) -> Frame:
    return Frame(names=tuple(name for name, _ in columns), types=tuple(kind for _, kind in columns), rows=rows or [])


def query(kind: str = "table", *, series: bool = False, columns: tuple[str, ...] = (), sql: str = "SELECT 1") -> Query:
    return Query(board="b", kind=kind, name="n", sql=sql, series=series, columns=columns)


SERIES = query("timeseries", series=True)


@pytest.mark.parametrize(
    ("asked", "frame", "named"),
    [
        pytest.param(query(), answer(("id", "UUID")), "UUID", id="a type that it does not take"),
        pytest.param(query(), answer(("n", "LowCardinality(UInt8)")), "LowCardinality", id="a number of few values"),
        pytest.param(query(), answer(("tags", "Array(String)")), "Array", id="a list"),
        pytest.param(query(), answer(("n", COUNT), ("n", COUNT)), "one name", id="two columns of one name"),
        pytest.param(query(sql="SELECT 1;"), answer(("n", COUNT)), "semicolon", id="a semicolon at the end"),
        pytest.param(SERIES, answer(("n", COUNT)), "no time", id="a series without time"),
        pytest.param(SERIES, answer(("time", TIME)), "no number", id="a series without a number"),
        pytest.param(SERIES, answer(("time", TIME), ("seen", TIME), ("n", COUNT)), "seen", id="a second time"),
        pytest.param(
            SERIES, answer(("time", TIME), ("n", COUNT), rows=[[ONE, 1], [NOON, 2]]), "order", id="not in order of time"
        ),
        pytest.param(
            SERIES,
            answer(("time", f"Nullable({TIME})"), ("n", COUNT), rows=[[None, 1]]),
            "null",
            id="a time that is null",
        ),
        pytest.param(
            SERIES,
            answer(("time", TIME), ("who", "String"), ("n", COUNT), rows=[[NOON, "a", 1], [NOON, "a", 2]]),
            "two values",
            id="two values at one time",
        ),
        pytest.param(query("stat"), answer(("n", COUNT)), "not one", id="a figure without a row"),
        pytest.param(query("variable"), answer(("n", COUNT)), "variable", id="a menu of numbers"),
        pytest.param(query("annotation"), answer(("time", TIME)), "no text", id="a mark that says nothing"),
        pytest.param(query(columns=("wait",)), answer(("n", COUNT)), "wait", id="a title for no column"),
        pytest.param(
            query(columns=("wait",)), answer(("wait", COUNT), ("n", COUNT)), "title", id="a column without one"
        ),
    ],
)
def test_each_trap_is_found(asked: Query, frame: Frame, named: str) -> None:
    assert named in " ".join(faults(asked, frame))


@pytest.mark.parametrize(
    ("asked", "frame"),
    [
        (SERIES, answer(("time", TIME), ("who", "LowCardinality(String)"), ("n", "Nullable(Float64)"))),
        (SERIES, answer(("time", TIME), ("n", COUNT), rows=[[NOON, 1], [ONE, 2]])),
        (query("stat"), answer(("n", COUNT), rows=[[0]])),
        (query("variable"), answer(("value", "String"), ("label", "String"))),
        (query(columns=("at",)), answer(("at", "Nullable(DateTime64(3, 'UTC'))"))),
    ],
)
def test_what_grafana_takes_is_no_fault(asked: Query, frame: Frame) -> None:
    assert faults(asked, frame) == []
