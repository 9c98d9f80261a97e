"""Canaries: test events that travel the path of every other, to a table of their own, so that no figure counts them."""

from datetime import datetime

from schemas.event import Author, ConversationId, Event, EventId

NETWORK = "vigie"
_PREFIX = f"{NETWORK}:canary-"


def make(sent_at: datetime) -> Event:
    """A test event of this instant, in a conversation of its own, so that they go through all partitions in turn."""
    native = f"{sent_at:%Y%m%dT%H%M%S}{sent_at.microsecond // 1000:03d}"
    return Event(
        event_id=EventId(f"{_PREFIX}{native}"),
        network=NETWORK,
        conversation_id=ConversationId(f"{_PREFIX}{native}"),
        author=Author(id="canary", role="automation"),
        text="A test of the way from here to the store.",
        created_at=sent_at.replace(microsecond=sent_at.microsecond // 1000 * 1000),
        received_at=sent_at.replace(microsecond=sent_at.microsecond // 1000 * 1000),
    )


def is_canary(event: Event) -> bool:
    """Whether this is a test event."""
    return event.network == NETWORK and event.event_id.startswith(_PREFIX)
