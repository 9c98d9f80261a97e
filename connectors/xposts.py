"""Posts, direct messages and activities of X, as its stream, its searches and its webhook give them. Pure.

Source: https://docs.x.com/x-api/fundamentals/data-dictionary and https://docs.x.com/x-api/activity/event-payloads
(read November 2026)
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from connectors.base import Deletion, Parsed, Raw, Source
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read, unix_instant
from schemas.errors import Malformed
from schemas.event import Kind, Reach

EPOCH_MS = 1_288_834_974_657  # ids count milliseconds since then, in their upper bits
_NO_LANGUAGE = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})


class Metrics(Struct, frozen=True):
    followers_count: int | None = None
    like_count: int = 0
    retweet_count: int = 0
    quote_count: int = 0
    impression_count: int = 0


class Affiliation(Struct):
    description: str = ""


class User(Struct, frozen=True):
    id: str = ""
    username: str = ""
    name: str = ""
    verified: bool = False
    public_metrics: Metrics | None = None
    affiliation: Affiliation | None = None
    data: dict[str, Any] | None = None  # activities wrap some users once more


class Reference(Struct):
    type: str
    id: str


class Note(Struct):
    text: str


class Post(Struct):
    id: NativeId
    author_id: str
    created_at: str
    text: str = ""
    conversation_id: str | None = None
    lang: str | None = None
    referenced_tweets: tuple[Reference, ...] = ()
    edit_history_tweet_ids: tuple[str, ...] = ()
    public_metrics: Metrics = Metrics()
    note_tweet: Note | None = None


class Includes(Struct, frozen=True):
    users: tuple[User, ...] = ()


class Line(Struct):
    """A post with its author, from the stream or from a search."""

    data: Post
    includes: Includes = Includes()


class Target(Struct, frozen=True):
    recipient_id: str = ""


class MessageText(Struct, frozen=True):
    text: str = ""


class MessageCreate(Struct):
    sender_id: str
    target: Target = Target()
    message_data: MessageText = MessageText()


class DirectMessage(Struct):
    id: NativeId
    type: str
    created_timestamp: str
    message_create: MessageCreate | None = None


class Messages(Struct):
    direct_message_events: tuple[DirectMessage, ...] = ()
    users: dict[str, User] = {}  # msgspec copies it


class Filter(Struct, frozen=True):
    user_id: str = ""


class Activity(Struct):
    event_type: str
    payload: Any = None
    filter: Filter = Filter()
    includes: Includes = Includes()


class Happened(Struct):
    data: Activity


class Gone(Struct):
    id: NativeId


def parsed(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A post with its author, or an activity."""
    activity = _activity(raw)
    if activity is None:
        line = read(raw, Line)
        yield from _post(line.data, line.includes.users, source)
    elif activity.event_type == "post.delete":
        yield Deletion(id=read(activity.payload, Gone).id)
    elif activity.event_type in ("post.create", "post.mention.create"):
        yield from _post(read(activity.payload, Post), activity.includes.users, source)
    elif activity.event_type in ("dm.received", "dm.sent"):
        sent = read(activity.payload, Messages)
        for message in sent.direct_message_events:
            yield from _message(message, sent.users, activity.filter.user_id, source)


def _activity(raw: Raw) -> Activity | None:
    inner = raw.get("data") if isinstance(raw, dict) else None
    return read(raw, Happened).data if isinstance(inner, dict) and "event_type" in inner else None


def _post(post: Post, users: Sequence[User], source: Source) -> Iterator[Parsed]:
    """A repost is not new words. Every edit is a post of its own that lists those before it; all go by the first."""
    references = {reference.type: reference.id for reference in post.referenced_tweets}
    if "retweeted" in references:
        return
    versions = post.edit_history_tweet_ids or (post.id,)
    first = versions[0]
    edited = len(versions) > 1 and post.id != first
    user = next((user for user in map(_plain, users) if user.id == post.author_id), User())
    parent = references.get("replied_to")
    counts = post.public_metrics
    kind: Kind = "reply" if parent else "post"
    yield make_event(
        source,
        id=first,
        conversation=first if post.conversation_id in versions else post.conversation_id,
        parent=parent,
        author_id=post.author_id,
        handle=user.username,
        name=user.name,
        followers=user.public_metrics.followers_count if user.public_metrics else None,
        verified=user.verified,
        is_bot=user.affiliation is not None and user.affiliation.description.casefold() == "automated",
        is_team=bool(source.account) and post.author_id == source.account,
        text=html.unescape(post.note_tweet.text if post.note_tweet else post.text),
        created_at=(_written_at(first) if edited else None) or instant(post.created_at),
        kind=kind,
        language=None if post.lang in _NO_LANGUAGE else post.lang,
        permalink=f"https://x.com/{user.username or 'i'}/status/{post.id}",
        reach=Reach(
            likes=counts.like_count, shares=counts.retweet_count + counts.quote_count, views=counts.impression_count
        ),
        edited=edited,
    )


def _message(message: DirectMessage, users: Mapping[str, User], own: str, source: Source) -> Iterator[Parsed]:
    """A direct message. X itself names the conversation of two people by both, the older account first."""
    create = message.message_create
    if message.type != "message_create" or create is None:
        return
    user = _plain(users.get(create.sender_id, User()))
    both = sorted((create.sender_id, create.target.recipient_id), key=lambda id: (len(id), id))
    try:
        created_at = unix_instant(int(message.created_timestamp), per_second=1000)
    except ValueError:
        raise Malformed("a message whose time is no number") from None
    yield make_event(
        source,
        id=message.id,
        conversation="-".join(both),
        author_id=create.sender_id,
        handle=user.username,
        name=user.name,
        followers=user.public_metrics.followers_count if user.public_metrics else None,
        is_team=bool(own) and create.sender_id == own,
        text=html.unescape(create.message_data.text),
        created_at=created_at,
        kind="message",
        visibility="private",
    )


def _plain(user: User) -> User:
    return read(user.data, User) if user.data is not None else user


def _written_at(id: str) -> datetime | None:
    """The instant that an id holds: that of an edit says when it was edited, not when it was first written."""
    if not (id.isascii() and id.isdigit() and len(id) < 20):
        return None
    return unix_instant((int(id) >> 22) + EPOCH_MS, per_second=1000)
