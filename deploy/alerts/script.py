"""The alerts of a rehearsal: read from a file, or worked out from the events in it."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from schemas import codec
from schemas.alert import Alert
from schemas.errors import ConfigError, DecodeError
from schemas.event import Event
from schemas.settings import Settings
from streams.assess import assess
from streams.enricher import enricher_of
from streams.instants import to_ms
from streams.rules import present, rulebook
from streams.timeline import Timeline, add

_AFTERWARDS_MS = 7 * 86_400_000  # how long after the last event of a conversation its clocks are let run


def read(file: Path, settings: Settings, folder: Path) -> list[Alert]:
    """The alerts of a file of alerts or of events, one JSON object per line.

    Raises:
        ConfigError: the file cannot be read, or a line is neither.
    """
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file cannot be read: {error}", where=str(file), fix="Name a UTF-8 file.") from None
    alerts: list[Alert] = []
    events: list[Event] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            one = _parse(line.encode(), f"{file}, line {number}")
            (alerts if isinstance(one, Alert) else events).append(one)  # type: ignore[arg-type]  # each to its own
    return [*alerts, *_fired(events, settings, folder)] if events else alerts


def _parse(line: bytes, where: str) -> Alert | Event:
    reasons = []
    for kind in (Alert, Event):
        try:
            return cast(Alert | Event, codec.decode(line, kind))
        except DecodeError as error:
            reasons.append(error.what)
    closer = reasons[1] if b'"event_id"' in line else reasons[0]
    raise ConfigError(closer, where=where, fix="Write messages of signal.alerts.v1, or of signal.events.v1.")


def _fired(events: Sequence[Event], settings: Settings, folder: Path) -> Iterator[Alert]:
    """The alerts that these events would raise, and their ends."""
    ordered = sorted(events, key=lambda event: event.created_at)
    now = present(settings, lambda name: (folder / name).read_bytes(), now=ordered[0].created_at)
    book = rulebook(settings, [now])
    enriched = enricher_of(settings).enrich(ordered, processed_at=ordered[-1].created_at)
    by_conversation: dict[str, list[int]] = {}
    for place, event in enumerate(ordered):
        by_conversation.setdefault(event.conversation_id, []).append(place)
    for places in by_conversation.values():
        timeline: Timeline | None = None
        for place, following in zip(places, [*places[1:], None], strict=True):
            changed = add(timeline, enriched[place], 0, book)
            if changed is None:
                continue
            last_ms = to_ms(ordered[place].created_at)
            assessed = assess(
                changed,
                book,
                watermark_ms=last_ms + _AFTERWARDS_MS if following is None else to_ms(ordered[following].created_at),
                version=last_ms,
            )
            yield from assessed.alerts
            timeline = assessed.timeline
