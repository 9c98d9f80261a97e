"""What a decision is about, from the id that a person or a program gives. Pure."""

import re
from dataclasses import dataclass

from schemas.action import WATCH_PREFIX
from schemas.alert import LEVELS

_ALERT = re.compile(rf"(.+):(\d+):(?:{'|'.join(LEVELS)})(?:_\d+)?")
_WATCH = re.compile(rf"({re.escape(WATCH_PREFIX)}.+):\d{{12,}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a decision is about. No turn: the one that waits."""

    conversation_id: str
    turn: int | None = None


def subject(named: str) -> Subject:
    """A conversation from its own id, or with its turn from the id of one of its alerts."""
    if found := _ALERT.fullmatch(named):
        return Subject(conversation_id=found[1], turn=int(found[2]))
    if found := _WATCH.fullmatch(named):
        return Subject(conversation_id=found[1])
    return Subject(conversation_id=named)
