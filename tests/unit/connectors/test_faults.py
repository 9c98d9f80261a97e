"""What a bad answer means, and how long to wait."""

from datetime import UTC, datetime

import pytest

from connectors.faults import asked_wait_s, fault_of, is_used_up
from schemas.errors import Missing, Refused, Unavailable

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, Refused) for status in (400, 401, 403, 405, 407, 422)),
        *((status, Missing) for status in (404, 410)),
        *((status, Unavailable) for status in (408, 425, 429, 500, 502, 503, 504, 520, 599)),
        *((status, Refused) for status in (304, 451)),
    ],
)
def test_a_status_says_what_to_do(status: int, expected: type[Exception]):
    assert type(fault_of(status, {}, where="GET https://a.example/", now=NOW)) is expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 0, id="nothing"),
        pytest.param({"retry-after": "7"}, 7, id="seconds"),
        pytest.param({"retry-after": "Tue, 03 Nov 2026 09:01:00 GMT"}, 60, id="an instant of HTTP"),
        pytest.param({"retry-after": "Tue, 03 Nov 2026 08:01:00 GMT"}, 0, id="an instant that has passed"),
        pytest.param({"retry-after": "soon"}, 0, id="a word"),
        pytest.param({"retry-after": "-5"}, 0, id="less than nothing"),
        pytest.param({"retry-after": "nan"}, 0, id="no number"),
        pytest.param({"retry-after": "inf"}, 0, id="for ever"),
        pytest.param({"retry-after": "9999999"}, 86_400, id="longer than a day is a day"),
        pytest.param({"x-rate-limit-reset": str(int(NOW.timestamp()) + 90)}, 90, id="an instant since 1970"),
        pytest.param({"x-ratelimit-reset": "2026-11-03T09:05:00.000Z"}, 300, id="ISO 8601, as Mastodon"),
        pytest.param({"ratelimit-reset": "30"}, 30, id="a span, as the draft says"),
        pytest.param({"retry-after": "3", "ratelimit-reset": "30"}, 3, id="Retry-After goes first"),
    ],
)
def test_the_wait_that_a_network_asks_for(headers: dict[str, str], seconds: float):
    assert asked_wait_s(429, headers, now=NOW) == pytest.approx(seconds)


def test_a_reset_counts_only_when_no_call_is_left():
    left, none = {"x-ratelimit-remaining": "12"}, {"x-ratelimit-remaining": "0"}

    assert asked_wait_s(200, left | {"x-ratelimit-reset": "50"}, now=NOW) == 0
    assert asked_wait_s(200, none | {"x-ratelimit-reset": "50"}, now=NOW) == 50
    assert is_used_up(none)
    assert not is_used_up(left)


def test_the_wait_travels_in_the_error():
    fault = fault_of(503, {"retry-after": "12"}, where="GET https://a.example/", now=NOW)

    assert isinstance(fault, Unavailable)
    assert fault.retry_after_s == 12
