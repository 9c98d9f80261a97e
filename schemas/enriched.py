"""Enriched: an event and what the enrich agent found in it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.event import Event, Instant

SentimentLabel = Literal["negative", "neutral", "positive"]
Intent = Literal["complaint", "question", "praise", "request", "other"]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Score = Annotated[float, Meta(ge=-1.0, le=1.0)]


class Language(Struct, frozen=True, kw_only=True):
    """ISO 639-1 code, or `und` when the text does not say."""

    code: str = "und"
    confidence: Share = 0.0


class Sentiment(Struct, frozen=True, kw_only=True):
    """How the author feels. `score` runs from -1 (negative) to 1 (positive)."""

    label: SentimentLabel = "neutral"
    score: Score = 0.0
    confidence: Share = 0.0


class Entity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name in the text. `start` and `end` are character offsets, half open; `canonical` is the id it resolves to."""

    text: str
    label: str
    start: int
    end: int
    canonical: str = ""


class Topic(Struct, frozen=True, kw_only=True):
    """A subject the event is about."""

    name: str
    confidence: Share = 1.0


class Enriched(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event with its language, feeling, names, subjects and intent.

    An absent finding keeps its default: language `und`, confidence 0. `failed_steps` names what broke.
    `spam_reason` says why `is_spam`; `group_id` is the same for near-duplicates, empty when a text is too short.
    `event.text` is the text after redaction; `pii` counts what was redacted, by kind, never by value.
    """

    event: Event
    processed_at: Instant
    model_version: str
    language: Language = Language()
    sentiment: Sentiment = Sentiment()
    entities: tuple[Entity, ...] = ()
    topics: tuple[Topic, ...] = ()
    intent: Intent = "other"
    mentions_leader: bool = False
    is_spam: bool = False
    spam_reason: str = ""
    group_id: str = ""
    pii: dict[str, int] = {}
    failed_steps: tuple[str, ...] = ()
