"""Correction: what a person says about one event, against what the models said. It outlives every reprocessing."""

from msgspec import Struct
from msgspec.structs import replace

from schemas.enriched import Enriched, Sentiment, SentimentLabel, Topic
from schemas.event import Identifier, Instant

_SCORES: dict[SentimentLabel, float] = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}


class Correction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The sentiment, the topics, or both, of one event; None leaves what the models found."""

    event_id: Identifier
    corrected_at: Instant
    sentiment: SentimentLabel | None = None
    topics: tuple[str, ...] | None = None


def corrected(enriched: Enriched, correction: Correction) -> Enriched:
    """The enriched event as the person has it: what they said is certain."""
    changes: dict[str, object] = {}
    if correction.sentiment is not None:
        label = correction.sentiment
        changes["sentiment"] = Sentiment(label=label, score=_SCORES[label], confidence=1.0)
    if correction.topics is not None:
        changes["topics"] = tuple(Topic(name=name) for name in correction.topics)
    return replace(enriched, **changes)


def merged(earlier: Correction | None, later: Correction) -> Correction:
    """Both together; what the later one says holds."""
    if earlier is None:
        return later
    return Correction(
        event_id=later.event_id,
        corrected_at=later.corrected_at,
        sentiment=later.sentiment or earlier.sentiment,
        topics=earlier.topics if later.topics is None else later.topics,
    )
