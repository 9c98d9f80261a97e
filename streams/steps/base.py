"""What a step reads and what it answers. A step is a leaf: it imports this module and no other step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from schemas.enriched import Entity, Intent, Language, Sentiment, Topic
from schemas.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One event, read: its redacted text, the same as a Doc, its tokens, and these folded (lower case, no accents).

    Read `text` and `tokens`, which spaCy makes anew each time that `doc` is asked for them.

    `words` has one entry per token of `doc`; `#` and `@` in front are taken off.
    """

    event: Event
    doc: Doc
    text: str
    tokens: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one step found in one event; None is no answer."""

    language: Language | None = None
    sentiment: Sentiment | None = None
    entities: tuple[Entity, ...] | None = None
    topics: tuple[Topic, ...] | None = None
    intent: Intent | None = None
    mentions_leader: bool | None = None
    is_spam: bool | None = None
    spam_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A named function from readings to findings, in the same order and number."""

    name: str
    run: Callable[[Sequence[Reading]], list[Finding]]
