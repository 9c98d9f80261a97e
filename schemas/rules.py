"""Rules: the promises and opening hours that hold from an instant on, so that the past stays as it was measured."""

import hashlib
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from schemas import codec
from schemas.calendar import CalendarSettings
from schemas.event import Instant
from schemas.policy import ResponsePolicy

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Rules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One edition of the policies and calendars. It holds from `since` until the next edition does.

    `files` are the iCalendar files that the calendars name, as they were read then.
    """

    since: Instant
    policies: tuple[ResponsePolicy, ...] = ()
    calendars: tuple[CalendarSettings, ...] = ()
    files: dict[str, bytes] = {}


def edition(rules: Rules) -> str:
    """A fingerprint of what the rules say, whenever it began to hold."""
    said = msgspec.structs.replace(rules, since=_NEVER, files=dict(sorted(rules.files.items())))
    return hashlib.blake2b(codec.encode(said), digest_size=8).hexdigest()
