"""Which response policy takes an event: the first whose conditions all hold, and why the others do not. Pure."""

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.enriched import Enriched
from schemas.names import fold, fold_text
from schemas.policy import Match, ResponsePolicy

_LISTS = (  # condition, and the fact that it asks for
    ("networks", "network"),
    ("brands", "brand"),
    ("kinds", "kind"),
    ("visibility", "visibility"),
    ("languages", "language"),
    ("sentiments", "sentiment"),
    ("intents", "intent"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a policy may ask of an event."""

    network: str
    brand: str
    kind: str
    visibility: str
    language: str
    sentiment: str
    intent: str
    topics: frozenset[str]
    text: str
    followers: int | None
    rating: int | None
    mentions_leader: bool


def facts(enriched: Enriched, *, mentions_leader: bool) -> Facts:
    """The facts of an event; whether a leader is mentioned depends on its conversation too."""
    event = enriched.event
    return Facts(
        network=event.network,
        brand=event.brand,
        kind=event.kind,
        visibility=event.visibility,
        language=enriched.language.code,
        sentiment=enriched.sentiment.label,
        intent=enriched.intent,
        topics=frozenset(topic.name for topic in enriched.topics),
        text=event.text,
        followers=event.author.followers,
        rating=event.rating,
        mentions_leader=mentions_leader,
    )


def choose(policies: Sequence[ResponsePolicy], known: Facts) -> int | None:
    """The place in the list of the first policy that takes the event, or None."""
    for place, policy in enumerate(policies):
        if next(refusals(policy.match, known), None) is None:
            return place
    return None


def refusals(match: Match, known: Facts) -> Iterator[str]:
    """Each condition that does not hold, in a few words: what was asked, and what the event has."""
    for condition, fact in _LISTS:
        wanted, has = getattr(match, condition), getattr(known, fact)
        if wanted and has not in wanted:
            yield f"{fact} is {has or 'unknown'}, not {' or '.join(wanted)}"
    if match.topics and known.topics.isdisjoint(match.topics):
        yield f"topics are {', '.join(sorted(known.topics)) or 'none'}, not {' or '.join(match.topics)}"
    if match.keywords and not _pattern(match.keywords).search(fold_text(known.text)):
        yield f"the text has none of {', '.join(match.keywords)}"
    yield from _outside("followers", known.followers, match.min_followers, match.max_followers)
    yield from _outside("rating", known.rating, match.min_rating, match.max_rating)
    if match.mentions_leader is not None and match.mentions_leader != known.mentions_leader:
        yield "no leader is mentioned" if match.mentions_leader else "a leader is mentioned"


def _outside(fact: str, has: int | None, least: int | None, most: int | None) -> Iterator[str]:
    if least is not None and (has is None or has < least):
        yield f"{fact} is {'unknown' if has is None else has}, not at least {least}"
    if most is not None and (has is None or has > most):
        yield f"{fact} is {'unknown' if has is None else has}, not at most {most}"


@functools.lru_cache(maxsize=256)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(r"\s+".join(map(re.escape, fold(keyword).split())) for keyword in keywords)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")
