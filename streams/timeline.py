"""Timeline: what the responses agent remembers of one conversation, and how an event changes it. Pure."""

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from schemas.enriched import Enriched
from schemas.errors import VigieError
from schemas.event import ROLES
from streams.measure import Entry

MAX_EVENTS = 20_000  # more would not fit one record of the changelog
_TEXT_CHARS = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class TooLong(VigieError):
    """A conversation that cannot be remembered as a whole."""


class Remembered(Struct, frozen=True, array_like=True):
    """One event of the timeline, as an array to keep the changelog small. `score` is sentiment in -100..100."""

    event_id: str
    at_ms: int
    role: int
    version: int
    deleted: bool = False
    score: int = 0
    label: str = ""
    author: str = ""
    mentions_leader: bool = False
    spam: bool = False


class Customer(Struct, frozen=True, array_like=True):
    """The customer event that was written last: what an alert shows of the conversation."""

    at_ms: int
    event_id: str
    author_id: str
    handle: str
    language: str
    permalink: str | None
    text: str


class Fired(Struct, frozen=True, array_like=True):
    """An alert that was sent: of which turn, at which level, and whether its end was sent too."""

    turn: int
    level: str
    at_ms: int
    started_ms: int
    target_s: float
    resolved: bool = False


class Timeline(Struct, frozen=True, array_like=True):
    """One conversation. `partition` is where its events come from; `version` that of its last published state."""

    conversation_id: str
    partition: int
    network: str
    brand: str = ""
    version: int = 0
    entries: tuple[Remembered, ...] = ()
    customer: Customer | None = None
    mentions_leader: bool = False
    fired: tuple[Fired, ...] = ()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Timeline)


def pack(timeline: Timeline) -> bytes:
    """The timeline as the table keeps it."""
    return _ENCODER.encode(timeline)


def unpack(packed: bytes) -> Timeline:
    """The timeline from the table's bytes."""
    return _DECODER.decode(packed)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // _MILLISECOND


def add(timeline: Timeline | None, enriched: Enriched, partition: int) -> Timeline | None:
    """The timeline with this event, or None when it says nothing new: a repeat, or an older copy.

    Raises:
        TooLong: it holds as many events as one record can.
    """
    event = enriched.event
    if timeline is None:
        timeline = Timeline(event.conversation_id, partition, event.network, event.brand)
    entry = Remembered(
        event_id=event.event_id,
        at_ms=to_ms(event.created_at),
        role=ROLES.index(event.author.role),
        version=to_ms(event.received_at),
        deleted=event.deleted,
        score=round(enriched.sentiment.score * 100),
        label=enriched.sentiment.label,
        author=event.author.handle or event.author.id,
        mentions_leader=enriched.mentions_leader,
        spam=enriched.is_spam,
    )
    known = next((old for old in timeline.entries if old.event_id == entry.event_id), None)
    if known is None and len(timeline.entries) >= MAX_EVENTS:
        raise TooLong(f"the conversation has more than {MAX_EVENTS:,} events", fix="Split it where it is published.")
    if known is not None and (known.deleted, known.version) >= (entry.deleted, entry.version):
        return None
    entries = tuple(old for old in timeline.entries if old.event_id != entry.event_id)
    return msgspec.structs.replace(
        timeline,
        brand=timeline.brand or event.brand,
        entries=(*entries, entry),
        customer=_customer(timeline.customer, enriched),
        mentions_leader=any(one.mentions_leader for one in (*entries, entry) if not one.deleted),
    )


def _customer(known: Customer | None, enriched: Enriched) -> Customer | None:
    event = enriched.event
    if event.author.role != "customer":
        return known
    candidate = Customer(
        at_ms=to_ms(event.created_at),
        event_id=event.event_id,
        author_id=event.author.id,
        handle=event.author.handle,
        language=enriched.language.code,
        permalink=event.permalink,
        text="" if event.deleted else event.text[:_TEXT_CHARS],
    )
    if known is None or (candidate.at_ms, candidate.event_id) >= (known.at_ms, known.event_id):
        return candidate
    return known


def is_only_spam(timeline: Timeline) -> bool:
    """Whether customers wrote, and nothing but spam: then nobody waits for an answer."""
    written = [one.spam for one in timeline.entries if ROLES[one.role] == "customer" and not one.deleted]
    return bool(written) and all(written)


def entries(timeline: Timeline) -> list[Entry]:
    """What `measure` takes."""
    return [
        Entry(
            event_id=one.event_id,
            at_ms=one.at_ms,
            role=ROLES[one.role],
            version=one.version,
            deleted=one.deleted,
        )
        for one in timeline.entries
    ]
