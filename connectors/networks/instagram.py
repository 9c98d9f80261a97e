"""Instagram: comments under the account's own media, live comments and direct messages; gaps by asking.

Source: https://developers.facebook.com/documentation/instagram-platform/webhooks/examples and
https://developers.facebook.com/docs/instagram-platform/comment-moderation (read November 2026)
Guarantee: at least once. Meta keeps nothing: what its repeated deliveries missed is read back from the media whose
number of comments changed.
Limit: a comment that is pushed holds no time, so it has that of its delivery, seconds later; one that is read back
has its own. A mention under somebody else's media is pushed without a word of it, and is left out; media in which the
account is tagged are read by the poll. Of each comment the first 50 answers are read back. Comments cannot be edited,
and their deletion is not told.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms, Webhook
from connectors.http import Http
from connectors.meta import (
    VERSION,
    Messaging,
    Person,
    challenged_by,
    judge,
    listing,
    messages,
    platform_instant,
    single_entries,
    verified_by,
)
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from schemas.errors import ConfigError
from schemas.event import Reach

FACEBOOK_LOGIN = "graph.facebook.com"
INSTAGRAM_LOGIN = "graph.instagram.com"
MEDIA_FIELDS = "id,caption,timestamp,permalink,username,like_count,comments_count"
TAG_FIELDS = "id,caption,timestamp,permalink,username,like_count"
REPLY_FIELDS = "id,text,timestamp,username,from,parent_id,like_count"
LIMIT = 50
COMMENT_FIELDS = f"{REPLY_FIELDS},replies.limit({LIMIT}){{{REPLY_FIELDS}}}"
LOOK_BACK = timedelta(days=30)
OVERLAP_S = 3_600


class Medium(Struct):
    id: NativeId


class Comment(Struct, rename={"author": "from"}):
    id: NativeId
    text: str = ""
    author: Person | None = None
    username: str = ""
    parent_id: str = ""
    media: Medium | None = None
    timestamp: str = ""
    like_count: int = 0


class Change(Struct):
    field: str
    value: Any = None  # each field has a shape of its own


class Entry(Struct):
    id: str
    time: int
    field: str = ""
    value: Any = None
    changes: tuple[Change, ...] = ()
    messaging: tuple[Messaging, ...] = ()


class Media(Struct):
    id: NativeId
    timestamp: str
    caption: str = ""
    permalink: str | None = None
    username: str = ""
    like_count: int = 0
    comments_count: int = 0


class Found(Struct):
    """A comment that was read back, with the account and the media that it belongs to."""

    account: str
    media: str
    comment: Comment
    permalink: str | None = None


class Shown(Struct):
    """Media of the account, or media in which it is tagged."""

    account: str
    medium: Media
    is_own: bool = False


class Replies(Struct):
    data: list[dict[str, Any]]


class Head(Struct):
    timestamp: str
    replies: Replies | None = None


class Cursor(Struct):
    """The newest instant that was read, and how many comments each medium had."""

    at: int
    counts: dict[str, int] = {}  # msgspec copies it


def split(body: bytes, source: Source) -> Sequence[Raw]:
    return list(single_entries(body, "instagram"))


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One entry of a delivery, or a comment or medium that was read back."""
    if isinstance(raw, dict) and "comment" in raw:
        found = read(raw, Found)
        yield from _comment(found.comment, found.account, found.media, found.permalink, source)
    elif isinstance(raw, dict) and "medium" in raw:
        yield from _medium(read(raw, Shown), source)
    else:
        entry = read(raw, Entry)
        for messaging in entry.messaging:
            yield from messages(messaging, source)
        for change in (*entry.changes, Change(field=entry.field, value=entry.value)):
            if change.field in ("comments", "live_comments"):
                comment = read(change.value, Comment)
                media = comment.media.id if comment.media else ""
                yield from _comment(comment, entry.id, media, None, source, pushed_at=entry.time)


def _comment(
    comment: Comment, account: str, media: str, permalink: str | None, source: Source, pushed_at: int = 0
) -> Iterator[Parsed]:
    author = comment.author or Person()
    yield make_event(
        source,
        id=comment.id,
        conversation=media or None,
        parent=comment.parent_id or media or None,
        author_id=author.id or comment.username or f"unknown-{comment.id}",
        handle=author.username or comment.username,
        is_team=author.id == account or bool(author.self_ig_scoped_id),
        text=comment.text,
        created_at=instant(comment.timestamp) if comment.timestamp or not pushed_at else platform_instant(pushed_at),
        kind="comment",
        permalink=permalink,
        reach=Reach(likes=comment.like_count),
    )


def _medium(shown: Shown, source: Source) -> Iterator[Parsed]:
    medium = shown.medium
    yield make_event(
        source,
        id=medium.id,
        author_id=shown.account if shown.is_own else medium.username or f"unknown-{medium.id}",
        handle=medium.username,
        is_team=shown.is_own,
        text=medium.caption,
        created_at=instant(medium.timestamp),
        permalink=medium.permalink,
        reach=Reach(likes=medium.like_count),
    )


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Media, those in which the account is tagged, and the comments of media that have more or fewer than before."""
    token, account = source.secret("INSTAGRAM_TOKEN"), source.account
    if not account:
        raise ConfigError(
            "the account is not set", where=f"source {source.name}", fix="Set it to the id of the professional account."
        )
    host = source.option("host", FACEBOOK_LOGIN)
    base = f"https://{host}/{VERSION}"
    before = read(cursor, Cursor) if cursor else Cursor(at=int(source.since.timestamp()))
    now = Cursor(at=before.at)
    changed: list[Media] = []
    for own in _recent(http, f"{base}/{account}/media", MEDIA_FIELDS, before.at, token):
        for medium in (read(one, Media) for one in own):
            now.at = max(now.at, _second(medium.timestamp))
            now.counts[medium.id] = medium.comments_count
            if medium.comments_count != before.counts.get(medium.id, 0):
                changed.append(medium)
        yield Page(items=_shown(own, account, before.at, is_own=True))
    if host == FACEBOOK_LOGIN:  # the edge is not there with Instagram Login
        for tagged in _recent(http, f"{base}/{account}/tags", TAG_FIELDS, before.at, token):
            yield Page(items=_shown(tagged, account, before.at, is_own=False))
    for medium in changed:
        for comments in _comments(http, f"{base}/{medium.id}/comments", before.at, token):
            now.at = max([now.at, *(_second(read(one, Head).timestamp) for one in comments)])
            context = {"account": account, "media": medium.id, "permalink": medium.permalink}
            yield Page(items=[context | {"comment": comment} for comment in comments])
    yield Page(items=(), cursor=msgspec.json.encode(now).decode())


def _recent(http: Http, url: str, fields: str, start_s: int, token: str) -> Iterator[list[dict[str, Any]]]:
    """Media, newest first, down to those that are too old to be looked at."""
    oldest_s = start_s - LOOK_BACK.total_seconds()
    for media in listing(http, url, {"fields": fields, "limit": LIMIT}, token):
        recent = [one for one in media if _second(read(one, Head).timestamp) >= oldest_s]
        yield recent
        if len(recent) < len(media):
            return


def _comments(http: Http, url: str, start_s: int, token: str) -> Iterator[list[dict[str, Any]]]:
    """Comments and the answers to them, oldest first in each page, without those of long ago."""
    for comments in listing(http, url, {"fields": COMMENT_FIELDS, "limit": LIMIT}, token):
        found = []
        for comment in comments:
            replies = read(comment, Head).replies
            found += [comment, *(replies.data if replies else ())]
        fresh = [one for one in found if _second(read(one, Head).timestamp) >= start_s - OVERLAP_S]
        yield sorted(fresh, key=lambda one: _second(read(one, Head).timestamp))


def _shown(media: list[dict[str, Any]], account: str, start_s: int, *, is_own: bool) -> list[dict[str, Any]]:
    fresh = [one for one in media if _second(read(one, Head).timestamp) >= start_s - OVERLAP_S]
    return [{"account": account, "medium": one, "is_own": is_own} for one in fresh[::-1]]


def _second(timestamp: str) -> int:
    return int(instant(timestamp).timestamp())


CONNECTOR = Connector(
    name="instagram",
    title="Instagram",
    reads="comments under the account's own media and in its live videos, direct messages with the answers to them, "
    "media in which it is tagged; edits and withdrawals of messages",
    parse=parse,
    poll=Poll(pages=pages, interval_s=300.0, budget=Budget(calls=200, per_s=3_600.0), judge=judge),
    webhook=Webhook(
        verify=verified_by("INSTAGRAM_APP_SECRET"), challenge=challenged_by("INSTAGRAM_VERIFY_TOKEN"), split=split
    ),
    account="the id of the professional account, to read back; a webhook takes every account that the app is on",
    options={"host": f"{INSTAGRAM_LOGIN} with Instagram Login; {FACEBOOK_LOGIN} by default, with Facebook Login"},
    credentials=(
        Credential(
            name="INSTAGRAM_APP_SECRET",
            why="the app secret, in the app's basic settings; with Instagram Login that of the Instagram app",
        ),
        Credential(
            name="INSTAGRAM_VERIFY_TOKEN",
            why="a word of your own, typed into the console when the webhook is set up; without it only reading back",
            optional=True,
        ),
        Credential(
            name="INSTAGRAM_TOKEN",
            why="an access token with instagram_manage_comments, or with Instagram Login "
            "instagram_business_basic and instagram_business_manage_comments, to read gaps back",
            optional=True,
        ),
    ),
    closed="professional accounts only, and what strangers write needs Advanced Access by App Review; "
    "the words of mentions under other people's media are not read",
    terms=Terms(
        note="data of people is to be deleted when they or Meta ask for it; there is no limit of time",
        source="https://developers.facebook.com/terms/",
    ),
)
