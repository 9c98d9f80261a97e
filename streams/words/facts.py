"""What both languages say of an alert: how long, how much is left, who, and the customer's words made safe to quote."""

import re
from dataclasses import dataclass
from datetime import datetime

from schemas.alert import Alert

_QUOTED = 400
_SHORT = 80
_FRESH_S = 90.0
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
# what makes chats call a whole room, also when a customer wrote it
_CALLS = re.compile(r"(?i)(@)(?=(?:everyone|here|channel|all|room|team)\b)|(<)(?=[!@#])")
_JOINER = "\u2060"  # has no width: the eye sees no difference, a machine does


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An alert as it stands when it is told.

    Args:
        waited_s: by the clock on the wall; for one that still waits, until it is told.
        business_s: the same in open hours, where that differs and is known.
        left_s: what is left of the target; below zero it is over.
    """

    alert: Alert
    who: str
    network: str
    text: str
    waited_s: float
    business_s: float | None
    left_s: float


def facts(alert: Alert, now: datetime) -> Facts:
    """The facts of an alert that is told at this instant."""
    later_s = max(0.0, (now - alert.fired_at).total_seconds()) if alert.state != "resolved" else 0.0
    late = later_s > _FRESH_S
    used_s = alert.waited_business_s or alert.waited_s
    differs = bool(alert.waited_business_s) and abs(alert.waited_business_s - alert.waited_s) >= 60
    return Facts(
        alert=alert,
        who=f"@{safe(alert.customer_handle)}" if alert.customer_handle else safe(alert.conversation_id),
        network=shown_network(alert.network),
        text=safe(alert.text),
        waited_s=alert.waited_s + (later_s if late else 0.0),
        business_s=alert.waited_business_s if differs and not late else None,
        left_s=alert.target_s - used_s - (later_s if late and not differs else 0.0),
    )


def safe(text: str, length: int = _QUOTED) -> str:
    """Words of others on one line: nothing invisible, no call to a whole room, not longer than `length`."""
    line = " ".join(_INVISIBLE.sub(" ", text).split())
    if len(line) > length:
        line = line[: length - 1].rstrip() + "…"
    return _CALLS.sub(lambda found: found[0] + _JOINER, line)


def short(text: str) -> str:
    """The begin of it, for a line among others."""
    return safe(text, _SHORT)


def shown_network(network: str) -> str:
    """A network as people write it: x is X, google_reviews is Google reviews."""
    name = network.replace("_", " ")
    return name[:1].upper() + name[1:]


def parts(seconds: float) -> tuple[int, int, int, int]:
    """Days, hours, minutes and seconds of a span, rounded down."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return days, hours, minutes, rest
