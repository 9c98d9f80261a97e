"""Conversation: what was measured over all events that hang together by reply links."""

from typing import Literal

from msgspec import Struct

from schemas.enriched import SentimentLabel
from schemas.event import Identifier, Instant, Name, Role
from schemas.policy import Priority

State = Literal["waiting", "answered", "closed", "quiet"]


class Turn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Consecutive customer events with no human answer between them; its clock starts at the first of them.

    `waited_s` is wall-clock seconds and None while waiting; `waited_business_s` counts open hours only.
    `thread` counts the times the customer came: a conversation that was answered and silent, or closed, and in
    which the customer writes again is a new thread. `is_first` tells the first turn of a thread, whose answer
    is a first response. `closed_at` is set when the matter was settled without an answer: the turn waits no
    longer and has no response time. `policy` is the promise under which this turn is measured. `handed_over_at` is
    the last automatic reply in the turn: it stops no clock, and tells the humans' part of the wait.
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
    thread: int = 1
    is_first: bool = False
    closed_at: Instant | None = None
    handed_over_at: Instant | None = None
    policy: str = ""
    policy_version: str = ""
    priority: Priority = "normal"
    owner: str = ""


class Conversation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The present state of a conversation. Upsert by `conversation_id`; the greatest `version` holds.

    `state` is `waiting` (the last turn has no answer), `answered`, `closed` (said so, or quiet after an
    answer) or `quiet` (no customer has written, or only spam). `customer_events` counts every customer event ever seen,
    deleted ones included. `earlier_turns` is how many turns went before `turns`: they are over, and as they were
    published before. `most_turns` is how many turns any earlier version can have had; 0, as in records of before it
    was said, leaves that to `customer_events`, since a turn has one at least.

    `waiting_since` and `due_at` are those of the turn that waits. `threads` counts how often the customer came.
    The first resolution ends the first thread, the total resolution the last one: both count from the first
    customer event, and a thread that was opened again makes the total open again. `owner` is to answer: whom it
    was assigned to, else whom its policy names, else the leader that it is about, `leader`.
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
    threads: int = 1
    waiting_since: Instant | None = None
    due_at: Instant | None = None
    closed_at: Instant | None = None
    first_resolution_s: float | None = None
    first_resolution_business_s: float | None = None
    total_resolution_s: float | None = None
    total_resolution_business_s: float | None = None
    leader: str = ""
    delegates: tuple[str, ...] = ()
    acknowledged_by: str = ""
    snoozed_until: Instant | None = None
    customer_received_at: Instant | None = None
    earlier_turns: int = 0
    most_turns: int = 0
