"""Instants as whole milliseconds since 1970 in UTC, which is what clocks are counted in. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def to_instant(ms: int) -> datetime:
    """The instant so many milliseconds after 1970 began."""
    return _EPOCH + ms * _MILLISECOND
