"""Weeks of the calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.report.weeks import Week, last_whole, parse
from schemas.errors import ConfigError

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        pytest.param(
            datetime(2026, 11, 23, 7, tzinfo=UTC), date(2026, 11, 16), id="on Monday morning: the week before"
        ),
        pytest.param(
            datetime(2026, 11, 22, 22, 59, tzinfo=UTC), date(2026, 11, 9), id="Sunday before midnight in Paris"
        ),
        pytest.param(
            datetime(2026, 11, 22, 23, 0, tzinfo=UTC), date(2026, 11, 16), id="Monday in Paris, Sunday in UTC"
        ),
        pytest.param(datetime(2027, 1, 6, tzinfo=UTC), date(2026, 12, 28), id="over the end of the year"),
    ],
)
def test_the_last_week_that_is_over_by_the_clock_of_the_place(now: datetime, monday: date):
    assert last_whole(now, PARIS).monday == monday


def test_a_week_is_written_by_iso_8601():
    assert parse("2026-W53", PARIS).monday == date(2026, 12, 28)


@pytest.mark.parametrize("text", ["2025-W53", "2026-W0", "2026-47", "next", "2026-W47 "])
def test_what_is_no_week_is_refused_with_an_example(text: str):
    with pytest.raises(ConfigError, match="2026-W47"):
        parse(text, PARIS)


@pytest.mark.parametrize(("monday", "hours"), [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169)])
def test_a_week_with_a_change_of_the_clock_has_an_hour_less_or_more(monday: date, hours: int):
    week = Week(monday=monday, zone=PARIS)

    assert week.end.astimezone(UTC) - week.start.astimezone(UTC) == timedelta(hours=hours)
    assert week.before(1).end == week.start
