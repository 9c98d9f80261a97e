"""Waits: what the watch agent remembers of one conversation, and how its turns stood at an instant. Pure.

A conversation is published whole each time it changes, and each turn carries its instants. So what was true at any
instant of the recent past can be told from its newest version alone, whatever came when and how often.
"""

import math
from typing import NamedTuple

import msgspec
from msgspec import Struct

from schemas.conversation import Conversation, Turn
from streams.instants import to_ms

PACE_STEP = 1.1  # a class of paces ends at this many times the one before
OPEN_KEPT_MS = 35 * 86_400_000  # who has waited for longer is not counted any more


class TurnFacts(Struct, frozen=True, array_like=True):
    """One turn: its instants in milliseconds, 0 for none; what was promised and used of it, in open hours."""

    started_ms: int
    due_ms: int = 0
    answered_ms: int = 0
    closed_ms: int = 0
    target_s: float = 0.0
    waited_s: float = 0.0

    def is_open(self, at_ms: int) -> bool:
        """Whether the customer waited at that instant."""
        return self.started_ms <= at_ms and not 0 < self.ended_ms <= at_ms

    @property
    def ended_ms(self) -> int:
        """When it was answered or closed; 0 while it is open."""
        return self.answered_ms or self.closed_ms


class Outcome(NamedTuple):
    """When it became known whether the promise was kept, and whether it was."""

    at_ms: int
    in_time: bool


class Waits(Struct, frozen=True, array_like=True):
    """One conversation: 84 bytes packed with one turn, 1 kB in memory with the table. `last_ms` is its last event."""

    conversation_id: str
    partition: int
    version: int
    network: str
    brand: str
    leader: str
    last_ms: int
    turns: tuple[TurnFacts, ...] = ()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Waits)


def pack(waits: Waits) -> bytes:
    """What the table keeps."""
    return _ENCODER.encode(waits)


def unpack(packed: bytes) -> Waits:
    """From the table's bytes."""
    return _DECODER.decode(packed)


def remember(known: Waits | None, conversation: Conversation, partition: int, *, keep_ms: int) -> Waits | None:
    """The conversation as it now stands, or None when this version says nothing new.

    Args:
        keep_ms: turns that ended longer before its last event than this are left out.
    """
    if known is not None and known.version >= conversation.version:
        return None
    last_ms = to_ms(conversation.last_event_at)
    turns = () if conversation.state == "quiet" else tuple(map(_facts, conversation.turns))
    return Waits(
        conversation_id=conversation.conversation_id,
        partition=partition,
        version=conversation.version,
        network=conversation.network,
        brand=conversation.brand,
        leader=conversation.leader,
        last_ms=last_ms,
        turns=tuple(turn for turn in turns if not turn.ended_ms or turn.ended_ms > last_ms - keep_ms),
    )


def _facts(turn: Turn) -> TurnFacts:
    waited = turn.waited_s if turn.waited_business_s is None else turn.waited_business_s
    return TurnFacts(
        started_ms=to_ms(turn.started_at),
        due_ms=to_ms(turn.due_at) if turn.due_at else 0,
        answered_ms=to_ms(turn.answered_at) if turn.answered_at else 0,
        closed_ms=to_ms(turn.closed_at) if turn.closed_at else 0,
        target_s=turn.target_s or 0.0,
        waited_s=waited or 0.0,
    )


def outcome(turn: TurnFacts) -> Outcome | None:
    """When the promise was kept or broken: at the answer, or as soon as it is due and nobody has answered.

    None for a turn to which nothing was promised, and for one that was closed before it was due. An outcome in the
    future counts when it comes: ask with the instant at hand.
    """
    if not turn.due_ms:
        return None
    if turn.answered_ms and turn.answered_ms <= turn.due_ms:
        return Outcome(turn.answered_ms, True)
    if turn.closed_ms and turn.closed_ms <= turn.due_ms:
        return None
    return Outcome(turn.due_ms + 1, False)


def forget_ms(waits: Waits, *, keep_ms: int) -> int:
    """When nothing of it counts any more.

    Its version is kept for that long too, so that an older one that is delivered again does not bring it back.
    """
    ends = [turn.started_ms + OPEN_KEPT_MS if not turn.ended_ms else turn.ended_ms + keep_ms for turn in waits.turns]
    return max([waits.last_ms + keep_ms, *ends])


def times_of_promise(turn: TurnFacts, at_ms: int) -> float:
    """How many times what was promised a turn has waited: until its answer, or until now."""
    if turn.answered_ms and turn.answered_ms <= at_ms:
        return turn.waited_s / turn.target_s
    return (turn.target_s + max(0, at_ms - turn.due_ms) / 1000) / turn.target_s


def pace_class(times: float) -> int:
    """The class of a pace: it is at most `PACE_STEP` to the power of it."""
    return math.ceil(math.log(max(times, 0.001), PACE_STEP) - 1e-9)
