"""What watches look at, built from a few words: turns that wait, posts that come, and the windows over them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from schemas.alert import Alert
from schemas.enriched import Enriched
from schemas.event import Role
from schemas.settings import Leader
from schemas.watch import Watch
from schemas.window import Window
from streams import arrivals, waits
from streams.episodes import Memory, advance
from streams.instants import to_ms
from streams.watch import Finding, findings
from streams.watchwords import words
from streams.windows import Demand, Partition, demand, summarise
from tests.support.builders import at, make_author, make_conversation, make_enriched, make_event, make_turn

KEEP_MS = 8 * 3_600_000


def turn_at(clock: str, *, waited_s: float | None = None, number: int = 1, day: datetime | None = None) -> Any:
    """A turn with a target of one hour that starts at this time of the test day."""
    started_at = at(clock, day=day) if day else at(clock)
    return make_turn(number, waited_s=waited_s, started_at=started_at)


def with_turns(partition: Partition, *turns: Any, name: str = "", **fields: Any) -> Partition:
    """Put a conversation of these turns into a partition."""
    name = name or f"mastodon:{len(partition.waits) + 1}"
    conversation = make_conversation(*turns, conversation_id=name, **fields)
    found = waits.remember(None, conversation, partition.number, keep_ms=KEEP_MS)
    assert found is not None
    partition.waits[name] = found
    return partition


def with_posts(
    partition: Partition,
    instants: Iterable[datetime],
    *,
    role: Role = "customer",
    label: str = "negative",
    **fields: Any,
) -> Partition:
    """Put posts of these instants into a partition."""
    begin = sum(one.events for slot in partition.slots.values() for one in slot.counts.values())
    for number, instant in enumerate(instants, start=begin):
        event = make_event(f"p{partition.number}-{number}", author=make_author(role), created_at=instant, **fields)
        enriched = make_enriched(event)
        start = arrivals.slot_start(to_ms(instant))
        slot = partition.slots.setdefault(start, arrivals.Slot(partition.number, start, -1, {}, {}))
        if label != "negative":
            enriched = make_enriched(event, sentiment=type(enriched.sentiment)(label=label))  # type: ignore[arg-type]
        arrive(slot, enriched, number)
    return partition


def arrive(slot: arrivals.Slot, enriched: Enriched, offset: int) -> None:
    """Count an event into an open slot, which remembers here itself what it has counted."""
    part = arrivals.Part(slot.partition, slot.start_ms)
    if arrivals.note(part, slot.seen.get(arrivals.key_of(enriched.event.event_id)), enriched, offset):
        slot.seen |= arrivals.take(slot, part, slot.seen)


def windows_at(instant: datetime, watch: Watch, *partitions: Partition) -> list[Window]:
    """The windows of these partitions at an instant."""
    wanted: Demand = demand([watch])
    return [summarise(partition, to_ms(instant), wanted) for partition in partitions]


def found_at(
    instant: datetime, watch: Watch, *partitions: Partition, leaders: Sequence[Leader] = (), language: Any = "en"
) -> list[Finding]:
    """What a watch sees at an instant."""
    windows = windows_at(instant, watch, *partitions)
    return findings([watch], leaders, windows, to_ms(instant), words(language))


def alerts_over(
    instants: Iterable[datetime],
    watch: Watch,
    *partitions: Partition,
    leaders: Sequence[Leader] = (),
    actions: Sequence[Any] = (),
    memory: Memory | None = None,
) -> list[Alert]:
    """The alerts of a watch, judged at each of these instants."""
    memory, said = memory or Memory(), list[Alert]()
    for instant in instants:
        found = found_at(instant, watch, *partitions, leaders=leaders)
        taken = [one for one in actions if one.at <= instant]
        memory, alerts = advance(memory, [watch], found, taken, to_ms(instant), words("en"))
        said += alerts
    return said
