"""What a row must respect whatever its format: the length of its text, and a date that can be true."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.errors import ConfigError
from schemas.settings import Connectors
from schemas.topics import EVENTS

MAX_PAYLOAD_BYTES = 5_242_880  # in base64 it still fits a record of the dead-letter topic
MAX_TEXT_CHARS = EVENTS.max_message_bytes // 6 - 1024  # JSON writes a control character with six bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one reading, as milliseconds since 1970. `latest_ms` is excluded."""

    max_text_chars: int
    earliest_ms: int
    latest_ms: int

    def fault_of(self, created_ms: int, text: str) -> str | None:
        """The cause for which a row with this instant and text is refused, if there is one."""
        if created_ms < self.earliest_ms:
            return "created_at is earlier than connectors.earliest allows"
        if created_ms >= self.latest_ms:
            return "created_at is later than connectors.max_future allows"
        if len(text) > self.max_text_chars:
            return f"the text is longer than connectors.max_text_chars ({self.max_text_chars:,} characters)"
        if "\0" in text:
            return "the text holds a NUL character"
        return None


def limits_from(settings: Connectors, now: datetime) -> Limits:
    """The limits of a reading that starts now.

    Raises:
        ConfigError: a setting cannot hold.
    """
    try:
        earliest = datetime.fromisoformat(settings.earliest)
    except ValueError:
        raise ConfigError("this is not a date", where="connectors.earliest", fix='Write it as "2004-01-01".') from None
    if settings.max_text_chars > MAX_TEXT_CHARS:
        raise ConfigError(
            f"a record of {EVENTS.max_message_bytes:,} bytes does not hold that many characters",
            where="connectors.max_text_chars",
            fix=f"Set it to {MAX_TEXT_CHARS} or less.",
        )
    if earliest.tzinfo is None:
        earliest = earliest.replace(tzinfo=UTC)
    return Limits(
        max_text_chars=settings.max_text_chars,
        earliest_ms=to_ms(earliest),
        latest_ms=to_ms(now + timedelta(seconds=settings.max_future)),
    )


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The instant, aware, in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
