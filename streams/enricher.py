"""What enriches events: the language pipeline, or nothing where it is switched off, without loading any of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from schemas.enriched import Enriched
from schemas.event import Event
from schemas.settings import Settings

NO_MODEL = "none"


class Enricher(Protocol):
    """Finds language, feeling, names, subjects and intent."""

    model_version: str

    def enrich(self, events: Sequence[Event], *, processed_at: datetime) -> list[Enriched]:
        """One enriched event per event, in the same order."""


class PassThrough:
    """Finds nothing: `enrich.steps` is false. Personal numbers were taken out before Kafka."""

    model_version = NO_MODEL

    def enrich(self, events: Sequence[Event], *, processed_at: datetime) -> list[Enriched]:
        """The events as they are."""
        return [Enriched(event=event, processed_at=processed_at, model_version=NO_MODEL) for event in events]


def enricher_of(settings: Settings) -> Enricher:
    """The one that the settings ask for. The pipeline and spaCy take two seconds and 100 MB: only where they work."""
    if not settings.enrich.steps:
        return PassThrough()
    from streams.pipeline import Pipeline

    return Pipeline(settings)
