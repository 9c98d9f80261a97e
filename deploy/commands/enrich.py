"""`vigie enrich`: language, sentiment, names, topics and intent of texts, without Kafka."""

import json
import sys
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, TextIO

import msgspec
import typer

from deploy.environment import load_settings
from schemas.enriched import Enriched
from schemas.errors import DecodeError
from schemas.event import Author, Event

_BATCH = 256


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of input; other keys are ignored."""

    id: str | int
    text: str
    language: str | None = None


def run(
    batch: Annotated[int, typer.Option(help="Texts per batch.", min=1)] = _BATCH,
) -> None:
    """Read {"id", "text"[, "language"]} lines on standard input, write what was found on standard output, in order.

    Offsets of entities are characters of the text as given, redacted or not.
    """
    from streams.enricher import enricher_of

    enricher = enricher_of(load_settings())
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    lines = enumerate(sys.stdin, start=1)
    while numbered := list(islice(lines, batch)):
        parsed = [_parse(line, number) for number, line in numbered if line.strip()]
        now = datetime.now(UTC)
        found = enricher.enrich([_event(line, now) for line in parsed], processed_at=now)
        for line, enriched in zip(parsed, found, strict=True):
            _write(sys.stdout, line, enriched)
        sys.stdout.flush()


def _parse(line: str, number: int) -> Line:
    try:
        return msgspec.convert(json.loads(line), Line)  # not msgspec.json: a lone surrogate may stand in a text
    except (msgspec.ValidationError, ValueError) as error:
        raise DecodeError(
            f"this is not an input: {error}",
            where=f"standard input, line {number}",
            fix='Write one JSON object per line: {"id": "1", "text": "…"}.',
        ) from None


def _event(line: Line, now: datetime) -> Event:
    return Event(
        event_id=f"stdin:{line.id}",
        network="stdin",
        conversation_id=f"stdin:{line.id}",
        author=Author(id="stdin", role="customer"),
        created_at=now,
        received_at=now,
        text=line.text,
        language=line.language,
    )


def _write(out: TextIO, line: Line, enriched: Enriched) -> None:
    from schemas.redaction import redact, restore_offset

    cuts = redact(line.text).cuts
    answer = msgspec.to_builtins(enriched)
    entities = []
    for entity in enriched.entities:
        start = restore_offset(cuts, entity.start)
        end = restore_offset(cuts, entity.end, is_end=True)
        entities.append(
            {"text": entity.text, "label": entity.label, "start": start, "end": end, "canonical": entity.canonical}
        )
    result = {
        "id": line.id,
        "language": msgspec.to_builtins(enriched.language),
        "sentiment": msgspec.to_builtins(enriched.sentiment),
        "entities": entities,
        "topics": answer.get("topics", []),
        "intent": enriched.intent,
        "mentions_leader": enriched.mentions_leader,
        "pii": enriched.pii,
        "is_spam": enriched.is_spam,
        "spam_reason": enriched.spam_reason,
        "group_id": enriched.group_id,
        "model_version": enriched.model_version,
        "failed_steps": list(enriched.failed_steps),
    }
    out.write(json.dumps(result) + "\n")
