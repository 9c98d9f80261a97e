"""What a bad answer means: whose fault it is and what to do, as one table. Pure.

| status | whose fault | action |
| --- | --- | --- |
| 401, 403, 407 | ours: credentials or permission | Refused: stop this source |
| 404, 410 | nobody's: it is not there | Missing: skip |
| 408, 425, 429, 5xx | the network's, or we were too fast | Unavailable: again, not before it says |
| other 4xx | ours: a wrong request | Refused: stop this source |

A network that says it in another way (a code inside a 400, a 200 with an error) has a `judge` of its own.
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from schemas.errors import ConnectorError, Missing, Refused, Unavailable

TOO_MANY = 429
LONGEST_ASKED_S = 86_400.0
_CREDENTIALS = frozenset({401, 403, 407})
_GONE = frozenset({404, 410})
_LATER = frozenset({408, 425, TOO_MANY})
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
_REMAINING = ("x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining")
_EPOCH_FROM = 1_000_000_000.0  # a larger number is an instant, a smaller one a span


def fault_of(status: int, headers: Mapping[str, str], *, where: str, now: datetime) -> ConnectorError:
    """The error of ours for an answer that is not a success.

    Args:
        headers: names in lower case.
        where: method and address without its query, since that may hold a token.
    """
    if status in _CREDENTIALS:
        return Refused(
            f"the network refused the credentials or the permission (HTTP {status})",
            where=where,
            fix="Renew the credential in the environment and check its scopes with `vigie connectors check`.",
        )
    if status in _GONE:
        return Missing(f"it is not there (HTTP {status})", where=where)
    if status in _LATER or status >= 500:
        what = "too many calls" if status == TOO_MANY else "the network cannot answer now"
        return Unavailable(f"{what} (HTTP {status})", where=where, retry_after_s=asked_wait_s(status, headers, now=now))
    return Refused(
        f"the network does not accept the request (HTTP {status})",
        where=where,
        fix="Check account, track and options of this source in vigie.toml.",
    )


def asked_wait_s(status: int, headers: Mapping[str, str], *, now: datetime) -> float:
    """Seconds that the network asks to wait: `Retry-After`, else the reset of its rate limit; 0 without either."""
    asked = _span_s(headers.get("retry-after", ""), now)
    if asked is None and (status == TOO_MANY or is_used_up(headers)):
        asked = next((span for name in _RESETS if (span := _span_s(headers.get(name, ""), now)) is not None), None)
    return min(max(asked or 0.0, 0.0), LONGEST_ASKED_S)


def is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether the network says that no call is left."""
    return any(headers.get(name, "").strip() in ("0", "0.0") for name in _REMAINING)


def _span_s(value: str, now: datetime) -> float | None:
    """A span in seconds, an instant since 1970, ISO 8601 or RFC 9110: whichever it is, seconds from now."""
    value = value.strip()
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        pass
    else:
        if not number < 1e12:  # also what is no number
            return None
        return number - now.timestamp() if number >= _EPOCH_FROM else number
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(value)
            return (instant - now).total_seconds() if instant.tzinfo else None
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
