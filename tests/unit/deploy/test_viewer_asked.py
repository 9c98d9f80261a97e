"""What a browser may ask for: a period, points, values of the board's own variables; and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.viewer.asked import Unanswerable, asked

DAY = [("from", "1767225600000"), ("to", "1767312000000")]  # 1 January 2026, UTC


def board(**variable: Any) -> dict[str, Any]:
    usual = {"name": "brand", "label": "Brand", "type": "query", "multi": True, "includeAll": True}
    usual["current"] = {"value": ["$__all"]}
    return {"panels": [], "templating": {"list": [usual | variable]}}


def test_the_period_is_read_in_utc_and_what_is_left_out_is_as_the_board_sets_it():
    found = asked(DAY, board())

    assert (found.since, found.until) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    assert found.variables == {"brand": ("$__all",)}
    assert found.points == 500


def test_several_values_of_a_variable_are_kept_in_order_and_as_they_are():
    found = asked([*DAY, ("var-brand", "b"), ("var-brand", "a' OR 1=1 --")], board())

    assert found.variables == {"brand": ("b", "a' OR 1=1 --")}


def test_all_stands_for_all_beside_anything():
    assert asked([*DAY, ("var-brand", "a"), ("var-brand", "$__all")], board()).variables == {"brand": ("$__all",)}


@pytest.mark.parametrize(
    ("given", "points"),
    [
        pytest.param("300", 300, id="as asked"),
        pytest.param("1", 50, id="too few"),
        pytest.param("99999", 2000, id="too many"),
        pytest.param("1e9", 500, id="no number"),
        pytest.param("٣٠٠", 500, id="digits of another script"),
    ],
)
def test_points_stay_within_what_a_screen_can_show(given: str, points: int):
    assert asked([*DAY, ("points", given)], board()).points == points


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([], id="none"),
        pytest.param([("from", "now-24h"), ("to", "now")], id="words, which the browser resolves"),
        pytest.param([("from", "2"), ("to", "1")], id="the end before the start"),
        pytest.param([("from", "1"), ("to", "1")], id="empty"),
        pytest.param([("from", "-1"), ("to", "1")], id="before time"),
        pytest.param([("from", "0"), ("to", "9999999999999")], id="longer than anything kept"),
        pytest.param([("from", "1" * 40), ("to", "2" * 40)], id="beyond the calendar"),
        pytest.param([("from", "1; DROP TABLE events"), ("to", "2")], id="SQL"),
    ],
)
def test_a_period_that_is_none_is_refused(given: list[tuple[str, str]]):
    with pytest.raises(Unanswerable) as refused:
        asked(given, board())

    assert refused.value.reason == "period"


@pytest.mark.parametrize(
    ("given", "variable", "reason"),
    [
        pytest.param([("var-colour", "red")], {}, "unknown_variable", id="a variable of another board"),
        pytest.param([("var-brand", "a"), ("var-brand", "b")], {"multi": False}, "too_many_values", id="two for one"),
        pytest.param([("var-brand", "a")] * 201, {}, "too_many_values", id="more than any list"),
        pytest.param([("var-brand", "x" * 301)], {}, "unknown_value", id="longer than any name"),
        pytest.param([("var-brand", "a\0b")], {}, "unknown_value", id="a NUL"),
        pytest.param(
            [("var-brand", "$__all")], {"includeAll": False}, "unknown_value", id="all, where there is no all"
        ),
        pytest.param(
            [("var-brand", "c")],
            {"type": "custom", "options": [{"value": "a"}, {"value": "b"}]},
            "unknown_value",
            id="not one of a fixed list",
        ),
    ],
)
def test_a_value_that_the_board_cannot_take_is_refused(
    given: list[tuple[str, str]], variable: dict[str, Any], reason: str
):
    with pytest.raises(Unanswerable) as refused:
        asked([*DAY, *given], board(**variable))

    assert refused.value.reason == reason


def test_the_name_of_an_unknown_variable_comes_back_shortened():
    with pytest.raises(Unanswerable) as refused:
        asked([*DAY, ("var-" + "n" * 500, "1")], board())

    assert refused.value.subject == "n" * 60
