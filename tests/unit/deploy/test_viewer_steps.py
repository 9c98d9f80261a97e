"""The step of a series is Grafana's: round, never below what the panel asks for."""

import pytest

from deploy.viewer.steps import milliseconds, step_ms

HOUR, DAY = 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("span_ms", "points", "least_ms", "expected_ms"),
    [
        pytest.param(DAY, 100, 0, 900_000, id="a day in a hundred points: 14.4 minutes become 15"),
        pytest.param(DAY, 1000, 0, 60_000, id="a day in a thousand"),
        pytest.param(7 * DAY, 100, 0, 2 * HOUR, id="a week: 1.7 hours become 2"),
        pytest.param(730 * DAY, 100, 0, 7 * DAY, id="two years: 7.3 days become a week"),
        pytest.param(HOUR, 1000, 60_000, 60_000, id="the panel's own shortest step"),
        pytest.param(1, 1000, 0, 1, id="never nothing"),
        pytest.param(DAY, 0, 0, DAY, id="no points asked for is one"),
        pytest.param(40_000 * DAY, 1, 0, 365 * DAY, id="never more than a year"),
    ],
)
def test_steps_are_round(span_ms: int, points: int, least_ms: int, expected_ms: int):
    assert step_ms(span_ms, points=points, least_ms=least_ms) == expected_ms


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), ("30s", 30_000), (">1m", 60_000), ("2h", 2 * HOUR), ("7d", 7 * DAY), ("250ms", 250)]
)
def test_spans_are_read_as_grafana_writes_them(text: str, expected: int):
    assert milliseconds(text) == expected


@pytest.mark.parametrize("text", ["5", "m", "1.5h", "-1h", "1y", "now-1h"])
def test_what_is_no_span_is_an_error(text: str):
    with pytest.raises(ValueError, match="not a span"):
        milliseconds(text)
