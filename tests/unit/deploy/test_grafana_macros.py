"""Macros and variables of a query, as the data source replaces them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.grafana.macros import ALL, Variables, expand, literal
from schemas.errors import ProvisionError

SINCE = datetime(2026, 3, 2, 8, 0, 0, 123_000, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=4, milliseconds=333)
FROM, TO = 1_772_438_400, 1_772_452_800


def asked(sql: str, *, interval_ms: int = 60_000, variables: Variables | None = None) -> str:
    return expand(
        sql, since=SINCE, until=UNTIL, interval_ms=interval_ms, variables={} if variables is None else variables
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("$__fromTime", f"toDateTime({FROM})"),
        ("$__toTime", f"toDateTime({TO})"),
        ("$__fromTime_ms", f"fromUnixTimestamp64Milli({FROM}123)"),
        ("$__toTime_ms", f"fromUnixTimestamp64Milli({TO}456)"),
        ("$__timeFilter(at)", f"at >= toDateTime({FROM}) AND at <= toDateTime({TO})"),
        (
            "$__timeFilter_ms(at)",
            f"at >= fromUnixTimestamp64Milli({FROM}123) AND at <= fromUnixTimestamp64Milli({TO}456)",
        ),
        ("$__timeFrom(at)", f"at >= toDateTime({FROM})"),
        ("$__timeTo(at)", f"at <= toDateTime({TO})"),
        ("$__dateFilter(day)", "day >= toDate('2026-03-02') AND day <= toDate('2026-03-02')"),
        (
            "$__dt(day, at)",
            "(day >= toDate('2026-03-02') AND day <= toDate('2026-03-02')) "
            f"AND (at >= toDateTime({FROM}) AND at <= toDateTime({TO}))",
        ),
        ("$__timeInterval(at)", "toStartOfInterval(toDateTime(at), INTERVAL 60 second)"),
        ("$__timeInterval_ms(at)", "toStartOfInterval(toDateTime64(at, 3), INTERVAL 60000 millisecond)"),
        ("$__timeGroup(at, 1h30m)", "toStartOfInterval(toDateTime(at), INTERVAL 5400 second)"),
        ("$__timeGroup(at, '5m')", "toStartOfInterval(toDateTime(at), INTERVAL 300 second)"),
        ("$__interval_s + $__interval_s() + $__interval_ms", "60 + 60 + 60000"),
        ("$__interval", "1m"),
        ("$__timeInterval(if(a = 'x, (y', b, $__fromTime))",
         f"toStartOfInterval(toDateTime(if(a = 'x, (y', b, toDateTime({FROM}))), INTERVAL 60 second)"),
        ("1 -- $__nothing\n+ /* ${no} */ 1", "1              \n+             1"),
        ("'it''s -- kept' || `a--b`", "'it''s -- kept' || `a--b`"),
        ("match(name, '[a-z]$')", "match(name, '[a-z]$')"),
    ],
)  # fmt: skip
def test_a_macro_becomes_what_the_data_source_makes_of_it(sql: str, expected: str) -> None:
    assert asked(sql) == expected


@pytest.mark.parametrize(("interval_ms", "seconds", "spoken"), [(0, 1, "0ms"), (250, 1, "250ms"), (1500, 1, "1500ms"),
                                                               (7_200_000, 7200, "2h")])  # fmt: skip
def test_a_step_is_whole_seconds_and_at_least_one(interval_ms: int, seconds: int, spoken: str) -> None:
    assert asked("$__interval_s", interval_ms=interval_ms) == str(seconds)
    assert asked("$__interval", interval_ms=interval_ms) == spoken


def test_a_condition_on_a_variable_holds_unless_it_stands_for_all() -> None:
    sql = "WHERE $__conditionalAll(brand IN (${brand:singlequote}), $brand) AND x"

    assert asked(sql, variables={"brand": ("acme", "d'or")}) == "WHERE brand IN ('acme','d\\'or') AND x"
    assert asked(sql, variables={"brand": ()}) == "WHERE 1=1 AND x"
    assert asked(sql, variables={"brand": (ALL,)}) == "WHERE 1=1 AND x"


@pytest.mark.parametrize(
    ("sql", "variables", "named"),
    [
        pytest.param("$__unknown(at)", {}, "$__unknown", id="an unknown macro"),
        pytest.param("$__timeFilter(a, b)", {}, "$__timeFilter", id="too many arguments"),
        pytest.param("$__timeFilter", {}, "$__timeFilter", id="too few"),
        pytest.param("$__timeFilter(a", {}, "parenthesis", id="never closed"),
        pytest.param("$__timeGroup(at, 1d)", {}, "1d", id="days are no duration"),
        pytest.param("IN (${brand:singlequote})", {}, "brand", id="an unknown variable"),
        pytest.param("IN (${brand})", {"brand": ("a",)}, "${brand}", id="not quoted"),
        pytest.param("IN (${brand:raw})", {"brand": ("a",)}, "${brand:raw}", id="another format"),
        pytest.param("IN ($brand)", {"brand": ("a",)}, "$brand", id="bare"),
        pytest.param("IN (${brand:singlequote})", {"brand": ()}, "brand", id="all, without a condition"),
        pytest.param("$__conditionalAll(x, 1)", {}, "$__conditionalAll", id="a condition on nothing"),
    ],
)
def test_what_cannot_be_replaced_is_an_error_that_names_it(sql: str, variables: Variables, named: str) -> None:
    with pytest.raises(ProvisionError) as error:
        asked(sql, variables=variables)

    assert named in error.value.what
    assert error.value.fix


@pytest.mark.parametrize("sql", ["${brand:singlequote}", "$__conditionalAll(x, $brand)"])
def test_an_alert_rule_has_no_variables(sql: str) -> None:
    with pytest.raises(ProvisionError, match="brand"):
        expand(sql, since=SINCE, until=UNTIL, interval_ms=1000, variables=None)


@given(st.text())
def test_a_value_is_one_literal_whatever_it_holds(value: str) -> None:
    expanded = asked("(${x:singlequote})", variables={"x": (value,)})

    assert expanded == f"({literal(value)})"
    assert read_literal(literal(value)) == value


def read_literal(text: str) -> str:
    """What ClickHouse reads: a backslash escapes what follows, a quote that is not escaped ends it."""
    assert text[0] == text[-1] == "'"
    found, rest = [], iter(text[1:-1])
    for sign in rest:
        assert sign != "'"
        found.append(next(rest).replace("0", "\0") if sign == "\\" else sign)
    return "".join(found)


@pytest.mark.parametrize("value", ["$__dateFilter(x)", "${brand}", "$__all'", "\0001\0", "-- x", "/*"])
def test_what_looks_like_a_macro_in_a_value_stays_a_value(value: str) -> None:
    found = asked("$__timeFilter(at) AND x IN (${x:singlequote})", variables={"x": ("a", value)})

    assert found.endswith(f"x IN ('a',{literal(value)})")
