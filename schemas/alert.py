"""Alert: a turn that used up part or all of its target."""

from typing import Literal, NewType

from msgspec import Struct

from schemas.event import Identifier, Instant, Name

AlertId = NewType("AlertId", str)
AlertState = Literal["firing", "acknowledged", "snoozed", "resolved"]
AlertLevel = Literal["warning_50", "warning_75", "warning_90", "breach", "escalation"]

LEVELS: tuple[AlertLevel, ...] = ("warning_50", "warning_75", "warning_90", "breach", "escalation")


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One level of one turn, and where it stands. Upsert by `alert_id`; the greatest `version` holds.

    `fired_at` is the instant at which the level was due, in event time, so that a repeated run writes the
    same alert again and not a second one. `waited_s` is the wait at that instant, and once resolved the wait
    until the answer.
    """

    alert_id: Identifier
    version: int
    state: AlertState
    level: AlertLevel
    conversation_id: Identifier
    turn: int
    network: Name
    fired_at: Instant
    started_at: Instant
    target_s: float
    resolved_at: Instant | None = None
    brand: str = ""
    policy: str = ""
    priority: str = "normal"
    waited_s: float = 0.0
    customer_handle: str = ""
    text: str = ""
    language: str = "und"
    permalink: str | None = None
    owner: str = ""
    mentions_leader: bool = False


def alert_id(conversation_id: str, turn: int, level: AlertLevel) -> AlertId:
    """The one id of this level of this turn, so that no run can alert twice."""
    return AlertId(f"{conversation_id}:{turn}:{level}")
