"""Instants of events: aware, UTC, to the millisecond, never guessed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.event import HUMAN_ANSWER_ROLES, utc

PARIS_SUMMER = timezone(timedelta(hours=2))


def test_an_instant_is_kept_in_utc_to_the_millisecond():
    instant = utc(datetime(2026, 7, 1, 1, 30, 0, 123_999, tzinfo=PARIS_SUMMER))

    assert (instant, instant.tzinfo) == (datetime(2026, 6, 30, 23, 30, 0, 123_000, tzinfo=UTC), UTC)


def test_a_time_without_a_zone_is_never_guessed():
    with pytest.raises(ValueError, match="no zone"):
        utc(datetime(2026, 7, 1, 1, 30))  # noqa: DTZ001


def test_only_humans_of_the_brand_answer():
    assert {"brand", "leader"} == HUMAN_ANSWER_ROLES
