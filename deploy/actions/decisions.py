"""From a button or a program's request to an Action; what cannot be one is refused with a sentence. Pure."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from deploy.alerts.subject import subject
from schemas.action import Action, ActionKind
from schemas.event import Identifier, Instant
from streams.links import Grant

LONGEST_SNOOZE = timedelta(days=7)
SNOOZES: tuple[timedelta, ...] = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=24))

Button = Literal["acknowledge", "assign", "close", "snooze"]


class Wrong(Exception):
    """What was asked cannot be done; the sentence says why, and holds nothing of what was sent."""


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision that a program hands in. `alert_id` or `conversation_id` says what it is about."""

    kind: ActionKind
    by: Identifier
    alert_id: str = ""
    conversation_id: str = ""
    turn: int | None = None
    until: Instant | None = None
    to: str = ""
    note: str = ""
    action_id: str = ""


def pressed(grant: Grant, token: str, button: str, *, now: datetime) -> Action:
    """The decision of a button: `acknowledge`, `assign`, `close`, or `snooze:` and until when.

    Pressed twice it is the same decision: the id follows from the link and the button.

    Raises:
        Wrong: there is no such button, or it was shown too long ago.
    """
    kind, _, instant = button.partition(":")
    if kind not in ("acknowledge", "assign", "close", "snooze") or bool(instant) != (kind == "snooze"):
        raise Wrong("there is no such button")
    until = _until(instant, now) if instant else None
    return Action(
        action_id=f"link-{hashlib.blake2b(f'{token}|{button}'.encode(), digest_size=16).hexdigest()}",
        kind=kind,  # type: ignore[arg-type]  # looked at above
        conversation_id=grant.conversation_id,
        at=now,
        by=grant.by,
        turn=grant.turn or None,
        until=until,
        to=grant.by if kind == "assign" else "",
    )


def asked(body: bytes, *, now: datetime) -> Action:
    """The decision in a program's request.

    Raises:
        Wrong: the request is not one, or says too little.
    """
    try:
        request = msgspec.json.decode(body, type=Request)
    except msgspec.ValidationError as error:
        raise Wrong(str(error).split(" - at `$`")[0] if "enum" not in str(error) else "Invalid kind") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Wrong("the body is not JSON") from None
    named = request.alert_id or request.conversation_id
    if not named or (request.alert_id and request.conversation_id) or len(named) > 512:
        raise Wrong("name either alert_id or conversation_id")
    about = subject(named)
    if request.kind == "snooze" and not (request.until and now < request.until <= now + LONGEST_SNOOZE):
        raise Wrong(f"snooze needs until, ahead and within {LONGEST_SNOOZE.days} days")
    if request.kind == "assign" and not request.to:
        raise Wrong("assign needs to")
    if len(request.action_id) > 512 or len(request.to) > 512 or len(request.note) > 4096:
        raise Wrong("action_id, to or note is too long")
    chosen = hashlib.blake2b(body + now.isoformat().encode(), digest_size=16).hexdigest()
    return Action(
        action_id=request.action_id or f"api-{chosen}",
        kind=request.kind,
        conversation_id=about.conversation_id,
        at=now,
        by=request.by,
        turn=request.turn if request.turn is not None else about.turn,
        until=request.until if request.kind == "snooze" else None,
        to=request.to if request.kind == "assign" else "",
        note=request.note,
    )


def snooze_button(now: datetime, length: timedelta) -> str:
    """The value of a snooze button: until a full minute, so that pressed twice it says the same."""
    return f"snooze:{(now + length).astimezone(UTC).replace(second=0, microsecond=0).isoformat()}"


def _until(instant: str, now: datetime) -> datetime:
    try:
        until = datetime.fromisoformat(instant)
    except ValueError:
        raise Wrong("there is no such button") from None
    if until.tzinfo is None or not now < until <= now + LONGEST_SNOOZE:
        raise Wrong("this page was opened too long ago; open it again")
    return until.astimezone(UTC)
