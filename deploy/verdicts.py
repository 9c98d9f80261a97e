"""Which response policy takes an event of a file, when an answer is due, and what keeps the policies before it away."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from connectors.files.events import parse_line
from schemas import codec
from schemas.enriched import Enriched
from schemas.errors import DecodeError, Malformed
from schemas.event import Event
from schemas.policy import ResponsePolicy
from schemas.settings import Settings
from streams.instants import to_instant
from streams.leaders import leader_of
from streams.measure import measure
from streams.policies import facts, refusals
from streams.rules import Rulebook, present, rulebook
from streams.timeline import add, entries

_BATCH_LINES = 256

Enrich = Callable[[list[Event], datetime], list[Enriched]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`policy` takes the event, None when none does; `refused` are the policies before it, each with its reasons."""

    event_id: str
    text: str
    policy: ResponsePolicy | None
    due_at: datetime | None
    refused: tuple[tuple[str, tuple[str, ...]], ...]


def verdicts(file: Path, settings: Settings, enrich: Enrich, *, folder: Path, now: datetime) -> Iterator[Verdict | str]:
    """A verdict per customer event, or a sentence for a line that is no event, in the order of the file.

    Args:
        enrich: finds language, feeling and topics in plain events; enriched ones are taken as they are.
        folder: where the names of calendar files begin.
        now: the instant for which lines that do not say it were received.
    """
    book = rulebook(settings, [present(settings, lambda name: (folder / name).read_bytes(), now=now)])
    with file.open("rb") as lines:
        numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
        while batch := list(islice(numbered, _BATCH_LINES)):
            for one in _enriched(batch, enrich, now=now, name=file.name):
                if isinstance(one, str):
                    yield one
                elif one.event.author.role == "customer":
                    yield _verdict(one, settings, book)


def _enriched(batch: Iterable[tuple[int, bytes]], enrich: Enrich, *, now: datetime, name: str) -> list[Enriched | str]:
    read: list[Enriched | Event | str] = []
    for number, line in batch:
        try:
            read.append(_parse(line, now))
        except (Malformed, DecodeError) as error:
            read.append(f"{name}, line {number}: {error.what}")
    found = iter(enrich([one for one in read if isinstance(one, Event)], now))
    return [next(found) if isinstance(one, Event) else one for one in read]


def _parse(line: bytes, now: datetime) -> Enriched | Event:
    try:
        return codec.decode(line, Enriched)
    except DecodeError:
        return parse_line(line, now)


def _verdict(enriched: Enriched, settings: Settings, book: Rulebook) -> Verdict:
    led = enriched.mentions_leader or bool(leader_of(enriched, settings.leaders))
    known = facts(enriched, mentions_leader=led)
    reasons = [tuple(refusals(policy.match, known)) for policy in settings.policies]
    place = next((index for index, why_not in enumerate(reasons) if not why_not), None)
    alone = add(None, msgspec.structs.replace(enriched, event=_standing(enriched.event)), 0, book)
    turns = measure(entries(alone), book.promised).turns if alone else ()
    due_ms = turns[0].due_ms if turns else None
    return Verdict(
        event_id=enriched.event.event_id,
        text=" ".join(enriched.event.text.split()),
        policy=None if place is None else settings.policies[place],
        due_at=None if due_ms is None else to_instant(due_ms),
        refused=tuple((policy.name, why_not) for policy, why_not in zip(settings.policies, reasons, strict=True))[
            :place
        ],
    )


def _standing(event: Event) -> Event:
    """A deleted event has a policy too: the one it had while it stood."""
    return msgspec.structs.replace(event, deleted=False)
