"""Conversation: what was measured over all events that hang together by reply links."""

from typing import Literal

from msgspec import Struct

from schemas.enriched import SentimentLabel
from schemas.event import Identifier, Instant, Name, Role

State = Literal["waiting", "answered", "closed", "quiet"]
Priority = Literal["low", "normal", "high", "urgent"]


class Turn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Consecutive customer events with no human answer between them; its clock starts at the first of them.

    `waited_s` is wall-clock seconds and None while waiting; `waited_business_s` counts open hours only.
    """

    turn: int
    start_event_id: Identifier
    started_at: Instant
    customer_events: int = 1
    answer_event_id: str | None = None
    answered_at: Instant | None = None
    answered_by_role: Role | None = None
    answered_by: str = ""
    waited_s: float | None = None
    waited_business_s: float | None = None
    target_s: float | None = None
    due_at: Instant | None = None
    breached: bool = False


class Conversation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The present state of a conversation. Upsert by `conversation_id`; the greatest `version` holds.

    `state` is `waiting` (the last turn has no answer), `answered`, `closed` (said so, or quiet after an
    answer) or `quiet` (no customer has written, or only spam). `customer_events` counts every customer event ever seen,
    deleted ones included, and so bounds the number of turns that any earlier version can have had.
    """

    conversation_id: Identifier
    version: int
    network: Name
    state: State
    first_event_at: Instant
    last_event_at: Instant
    last_event_id: Identifier
    brand: str = ""
    turns: tuple[Turn, ...] = ()
    events: int = 0
    customer_events: int = 0
    first_response_s: float | None = None
    first_response_business_s: float | None = None
    policy: str = ""
    policy_version: str = ""
    target_s: float | None = None
    breached: bool = False
    priority: Priority = "normal"
    language: str = "und"
    sentiment_start: SentimentLabel | None = None
    sentiment_end: SentimentLabel | None = None
    sentiment_score_end: float | None = None
    mentions_leader: bool = False
    customer_id: str = ""
    customer_handle: str = ""
    owner: str = ""
    permalink: str | None = None
    last_customer_text: str = ""
