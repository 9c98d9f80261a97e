"""No token makes more calls than it may."""

from datetime import UTC, datetime

from connectors.base import Budget
from connectors.budgets import Bucket
from tests.support.fakes import FixedClock
from tests.support.networks import FakePause

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def made(calls: int, per_s: float) -> tuple[Bucket, FakePause, FixedClock]:
    clock = FixedClock(NOW)
    return Bucket(Budget(calls=calls, per_s=per_s), monotonic=lambda: clock.now().timestamp()), FakePause(clock), clock


def test_a_burst_goes_through_and_the_rest_waits():
    bucket, pause, clock = made(10, 10.0)

    for _ in range(30):
        bucket.take(pause)

    assert 19.9 < (clock.now() - NOW).total_seconds() < 20.1


def test_over_any_long_time_the_rate_holds():
    bucket, pause, clock = made(60, 60.0)

    for _ in range(600):
        bucket.take(pause)

    assert (clock.now() - NOW).total_seconds() > 539


def test_the_network_closes_it_until_its_reset():
    bucket, pause, clock = made(100, 1.0)
    bucket.learn(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "45"}, now=clock.now())

    bucket.take(pause)

    assert sum(pause.waits) == 45


def test_a_rate_limit_closes_it_for_every_source_of_the_token():
    bucket, pause, clock = made(100, 1.0)
    bucket.learn(429, {"retry-after": "20"}, now=clock.now())

    bucket.take(pause)
    bucket.take(pause)

    assert sum(pause.waits) == 20
