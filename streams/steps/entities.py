"""Who, which organisation and which place is named: the trained model, and configured names over it."""

from collections.abc import Sequence

from schemas.enriched import Entity
from streams.lang.names import PERSON, Hit, Names
from streams.steps.base import Finding, Reading, Step


def build(names: Names) -> Step:
    """The step for these configured names; it also says whether a leader is mentioned."""

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [_find(reading, names) for reading in readings]

    return Step(name="entities", run=run)


def _find(reading: Reading, names: Names) -> Finding:
    doc = reading.doc
    hits = names.find(reading.tokens, reading.words) if names.spellings or names.accounts else []
    taken = {at for hit in hits for at in range(hit.start, hit.end)}
    found = [_configured(reading, hit) for hit in hits]
    for span in doc.ents:
        if taken.isdisjoint(range(span.start, span.end)):
            found.append(Entity(text=span.text, label=span.label_, start=span.start_char, end=span.end_char))
    found.sort(key=lambda entity: entity.start)
    return Finding(entities=tuple(found), mentions_leader=any(hit.name.label == PERSON for hit in hits))


def _configured(reading: Reading, hit: Hit) -> Entity:
    span = reading.doc[hit.start : hit.end]
    return Entity(
        text=span.text,
        label=hit.name.label,
        start=span.start_char,
        end=span.end_char,
        canonical=hit.name.canonical,
    )
