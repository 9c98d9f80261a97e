"""Figures worked out of events in the plainest way: no SQL, and no module of the product that measures."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.enriched import Enriched

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One or more posts of a customer, and the answer if there was one."""

    conversation: str
    network: str
    brand: str
    asked_at: datetime
    answered_at: datetime | None
    is_first: bool

    def age_s(self, now: datetime) -> float:
        """How long it waited, or has waited."""
        return ((self.answered_at or now) - self.asked_at).total_seconds()


def turns(enriched: Iterable[Enriched]) -> list[Turn]:
    """Every turn; conversations in which customers wrote nothing but spam have none."""
    conversations: dict[str, list[Enriched]] = defaultdict(list)
    for one in enriched:
        conversations[one.event.conversation_id].append(one)
    found: list[Turn] = []
    for told in conversations.values():
        if not all(one.is_spam for one in told if one.event.author.role == "customer"):
            found += _turns_of(sorted(told, key=lambda one: (one.event.created_at, one.event.event_id)))
    return found


def _turns_of(told: list[Enriched]) -> list[Turn]:
    found: list[Turn] = []
    opened: datetime | None = None
    spoken: datetime | None = None
    is_first = True
    for one in told:
        at, event = one.event.created_at, one.event
        if event.author.role == "customer":
            if opened is None:
                is_first = spoken is None or not found or (at - spoken).total_seconds() > DAY_S
                opened = at
        elif opened is not None:
            found.append(_turn(one, opened, at, is_first))
            opened = None
        spoken = at
    if opened is not None:
        found.append(_turn(told[0], opened, None, is_first))
    return found


def _turn(one: Enriched, asked: datetime, answered: datetime | None, is_first: bool) -> Turn:
    event = one.event
    return Turn(
        conversation=event.conversation_id,
        network=event.network,
        brand=event.brand,
        asked_at=asked,
        answered_at=answered,
        is_first=is_first,
    )


def exact(values: Iterable[float], share: float) -> float:
    """The value at place floor(share × how many) of the sorted values, counted from 0."""
    ranked = sorted(values)
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)]
