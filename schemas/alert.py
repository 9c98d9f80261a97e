"""Alert: a turn that used up part or all of its target, or a watch whose figures left their bounds."""

from typing import Literal, NewType

from msgspec import Struct

from schemas.event import Identifier, Instant, Name

AlertId = NewType("AlertId", str)
AlertState = Literal["firing", "acknowledged", "snoozed", "resolved"]
AlertLevel = Literal["warning_50", "warning_75", "warning_90", "delegation", "breach", "escalation", "watch"]

LEVELS: tuple[AlertLevel, ...] = (
    *("warning_50", "warning_75", "warning_90"),
    *("delegation", "breach", "escalation", "watch"),
)


class Alert(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One level of one turn, and where it stands. Upsert by `alert_id`; the greatest `version` holds.

    `fired_at` is the instant at which the level was due, in event time, so that a repeated run writes the
    same alert again and not a second one. `waited_s` is the wait at that instant, and once resolved the wait
    until the answer; `waited_business_s` the same in open hours.

    `step` counts the steps of an escalation and the delegates in turn. `to` is who is told at this level,
    `on_behalf_of` the leader in whose name the customer may be answered.

    An alert about a whole watch has the level `watch`, `turn` 0 and an id of its own for `conversation_id`;
    `watch` names it, `scope` what it looked at, `value` and `threshold` what it saw and what was allowed, over
    `sample` cases in `window_s`, and `explanation` says the rule and the figures in a sentence.
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
    waited_business_s: float = 0.0
    step: int = 1
    to: str = ""
    on_behalf_of: str = ""
    delegates: tuple[str, ...] = ()
    acknowledged_at: Instant | None = None
    acknowledged_by: str = ""
    snoozed_until: Instant | None = None
    watch: str = ""
    scope: str = ""
    value: float | None = None
    threshold: float | None = None
    sample: int | None = None
    window_s: float | None = None
    explanation: str = ""
    customer_received_at: Instant | None = None


def alert_id(conversation_id: str, turn: int, level: AlertLevel, step: int = 1) -> AlertId:
    """The one id of this level of this turn, so that no run can alert twice."""
    suffix = "" if step == 1 else f"_{step}"
    return AlertId(f"{conversation_id}:{turn}:{level}{suffix}")
