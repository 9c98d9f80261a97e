"""Records that were published again for one stage alone: the others leave them out. Pure.

A dead letter that is tried again goes into the topic in which it stood, where other agents read too; they have handled
it already. Its header says for whom it is and which letter it was, so that one that fails again stays one letter.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from schemas.deadletter import DeadLetter

HEADER = "vigie-again"


class Headed(Protocol):
    """A record of a topic, as far as it is asked here."""

    @property
    def headers(self) -> Any:
        """Pairs or a mapping, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A record that was a dead letter: which one, of which stage, and how often it had failed."""

    stage: str
    attempts: int
    dead_letter_id: str


def header_of(letter: DeadLetter) -> tuple[str, bytes]:
    """What goes with a letter that is published again."""
    return HEADER, f"{letter.stage} {letter.attempts} {letter.dead_letter_id}".encode()


def again(message: Headed) -> Again | None:
    """What the header of a record says, None when it has none that can be read."""
    headers = message.headers
    if not headers:
        return None
    pairs = headers.items() if hasattr(headers, "items") else headers
    written = next((value for name, value in pairs if name == HEADER), None)
    parts = bytes(written).decode("utf-8", "replace").split(" ", 2) if written else []
    if len(parts) != 3 or not parts[1].isdecimal() or not parts[2]:
        return None
    return Again(stage=parts[0], attempts=int(parts[1]), dead_letter_id=parts[2])


def is_for(message: Headed, stage: str) -> bool:
    """Whether this stage is to handle the record."""
    told = again(message)
    return told is None or told.stage == stage
