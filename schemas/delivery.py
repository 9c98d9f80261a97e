"""Delivery: one step on the way of an alert to a channel. The log of what was told to whom, and what was not."""

import hashlib
from typing import Literal, NewType

from msgspec import Struct

from schemas.alert import AlertLevel
from schemas.event import Identifier, Instant, Name

DeliveryId = NewType("DeliveryId", str)
DeliveryState = Literal["sent", "grouped", "held", "failed", "dropped"]
Occasion = Literal["fired", "again", "resolved"]

FINAL: frozenset[DeliveryState] = frozenset({"sent", "grouped", "dropped"})


class Delivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. The same step written twice has the same `delivery_id`.

    `sent`: the channel took a message about it. `grouped`: the channel took a summary that names it. `held`: it
    waits, for quiet hours to end. `failed`: the channel did not take it, and it is tried again. `dropped`: it is
    not told, for the `reason`.

    `occasion` is why it is told: the alert `fired`, fired `again` when its snooze ended at `snoozed_until`, or was
    `resolved`. `reason` is a class of reasons, such as `timeout` or `http_500`, and never holds a secret or a text.
    `alerts` is how many of them the message was about.
    """

    delivery_id: Identifier
    alert_id: Identifier
    level: AlertLevel
    conversation_id: Identifier
    network: Name
    channel: str
    state: DeliveryState
    at: Instant
    turn: int = 0
    fired_at: Instant | None = None
    brand: str = ""
    policy: str = ""
    route: str = ""
    occasion: Occasion = "fired"
    snoozed_until: Instant | None = None
    attempt: int = 0
    alerts: int = 1
    reason: str = ""


def delivery_id(notice: str, state: DeliveryState, attempt: int) -> DeliveryId:
    """The one id of this step of what is to be told.

    Args:
        notice: alert, occasion and channel, which name what is to be told.
    """
    return DeliveryId(hashlib.blake2b(f"{notice}|{state}|{attempt}".encode(), digest_size=16).hexdigest())
