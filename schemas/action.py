"""Action: what a person of the brand decided about a conversation, other than answering it."""

from typing import Literal

from msgspec import Struct

from schemas.event import Identifier, Instant

ActionKind = Literal["acknowledge", "snooze", "assign", "close"]

WATCH_PREFIX = "watch:"  # an alert about a whole watch has such an id in the place of a conversation's


class Action(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision. `action_id` is unique and stable: the same decision sent twice changes nothing.

    `acknowledge`: somebody has seen that the customer waits; the clock runs on, a breach is still said, and once
    the breach is acknowledged the escalation ends. `snooze`: say nothing more before `until`. `assign`: `to` is to
    answer from now on. `close`: the matter is settled; a customer who writes again opens a new thread.
    `turn` is the turn it is about; None: the one that waits at the instant `at`.
    """

    action_id: Identifier
    kind: ActionKind
    conversation_id: Identifier
    at: Instant
    by: str = ""
    turn: int | None = None
    until: Instant | None = None
    to: str = ""
    note: str = ""
