"""ResponsePolicy: how long a turn may wait, as data. Of an ordered list the first that takes an event holds."""

import functools
import hashlib
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.enriched import Intent, SentimentLabel
from schemas.event import Kind, Visibility
from schemas.units import PositiveDuration

Percent = Literal[50, 75, 90]  # each has a level of its own
Priority = Literal["low", "normal", "high", "urgent"]
Count = Annotated[int, Meta(ge=0)]


class Match(Struct, frozen=True, kw_only=True):
    """What a policy applies to. Every condition must hold; one that is left out, or an empty list, is none.

    Args:
        keywords: words or phrases in the text, whatever their case and accents.
        min_followers, max_followers: of the author; an unknown count is below every minimum.
        min_rating, max_rating: of a review; an event without a rating meets neither.
        mentions_leader: whether a leader was named or written to, in this event or earlier in its conversation.
    """

    networks: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    visibility: tuple[Visibility, ...] = ()
    languages: tuple[str, ...] = ()
    sentiments: tuple[SentimentLabel, ...] = ()
    intents: tuple[Intent, ...] = ()
    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    min_followers: Count | None = None
    max_followers: Count | None = None
    min_rating: int | None = None
    max_rating: int | None = None
    mentions_leader: bool | None = None


class EscalationStep(Struct, frozen=True, kw_only=True):
    """Who is told when the target has been over for so long and still nobody answered."""

    after: PositiveDuration
    to: str = ""


class ResponsePolicy(Struct, frozen=True, kw_only=True):
    """A promise: the first answer within `first`, each later one within `next`.

    With a `calendar` only its open hours count, for warnings, breach and escalation alike; without one it is
    always open. `owner` is to answer; `delegates` may answer in the owner's name.
    """

    name: str
    first: PositiveDuration
    next: PositiveDuration
    match: Match = Match()
    priority: Priority = "normal"
    warnings: tuple[Percent, ...] = (50, 75, 90)
    escalation: tuple[EscalationStep, ...] = ()
    owner: str = ""
    delegates: tuple[str, ...] = ()
    calendar: str = ""


@functools.lru_cache(maxsize=256)
def policy_version(policy: ResponsePolicy) -> str:
    """A short fingerprint of the promise, stamped on what was measured under it."""
    plain = msgspec.json.encode(msgspec.structs.asdict(policy), enc_hook=repr, order="deterministic")
    return hashlib.blake2b(plain, digest_size=4).hexdigest()
