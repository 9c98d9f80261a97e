"""Event: one post, comment, review or message, normalized. What every connector publishes."""

from datetime import UTC, datetime
from typing import Annotated, Literal, NewType

import msgspec
from msgspec import Meta, Struct

EventId = NewType("EventId", str)
ConversationId = NewType("ConversationId", str)

Role = Literal["customer", "brand", "leader", "automation"]
Kind = Literal["post", "comment", "reply", "review", "message"]
Visibility = Literal["public", "private"]
Instant = Annotated[datetime, Meta(tz=True)]
# the end is written so, since Python's $ lets a line break pass
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}(?![\s\S])")]
Identifier = Annotated[str, Meta(min_length=1, max_length=512)]

ROLES: tuple[Role, ...] = ("customer", "brand", "leader", "automation")
HUMAN_ANSWER_ROLES: frozenset[Role] = frozenset({"brand", "leader"})


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who wrote an event. `role` says on which side of the conversation they stand."""

    id: Identifier
    role: Role
    handle: str = ""
    name: str = ""
    followers: int | None = None
    verified: bool = False


class Reach(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far an event went, as counted by the network when it was fetched."""

    likes: int = 0
    shares: int = 0
    views: int = 0


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing somebody wrote on a network.

    `event_id` is `network:native id`, stable and unique: whoever publishes an event twice changes nothing.
    `created_at` is the network's instant and the only one that response times use; `received_at` is when it
    was fetched and decides which copy is newer when one event arrives again, edited. A deleted event stays
    deleted whatever copy comes later. `recipient` is the account that a message was sent to, when it is known:
    one sent to a leader waits for that leader.
    """

    event_id: Identifier
    network: Name
    conversation_id: Identifier
    author: Author
    created_at: Instant
    received_at: Instant
    brand: str = ""
    parent_id: str | None = None
    text: str = ""
    language: str | None = None
    permalink: str | None = None
    kind: Kind = "post"
    rating: int | None = None
    reach: Reach = Reach()
    visibility: Visibility = "public"
    edited: bool = False
    deleted: bool = False
    recipient: str = ""
    raw: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def utc(instant: datetime) -> datetime:
    """The same instant in UTC, to the millisecond.

    Raises:
        ValueError: the instant is naive. It is never guessed, since a wrong zone falsifies response times.
    """
    if instant.tzinfo is None:
        raise ValueError("the time has no zone; give it as UTC or with an offset")
    instant = instant.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
