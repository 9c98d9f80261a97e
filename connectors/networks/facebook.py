"""Facebook Pages: posts, comments, mentions and recommendations, and Messenger; by webhook, gaps by asking.

Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/page and
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks (read November 2026)
Guarantee: at least once. Meta repeats a delivery for 36 hours; posts and comments that are missed even so are read
back by `vigie connect`, post by post where something changed.
Limit: one address serves all Pages of an app. The poll looks at posts of the last 30 days, reads neither messages nor
recommendations, and notices no deletions. Whoever hides from apps has no id, and is told apart by
what they wrote.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Deletion, Page, Parsed, Poll, Raw, Source, Terms, Webhook
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
from connectors.reading import NativeId, instant, read, unix_instant
from schemas.errors import Malformed
from schemas.event import Reach

GRAPH = f"https://graph.facebook.com/{VERSION}"
POST_FIELDS = "id,message,story,from,created_time,updated_time,permalink_url"
COMMENT_FIELDS = "id,message,from,created_time,parent{id},permalink_url,like_count"
LIMIT = 100
LOOK_BACK = timedelta(days=30)
OVERLAP_S = 600
POSTS = frozenset({"post", "status", "photo", "video", "share", "link"})
WRITTEN = frozenset({"add", "edit", "edited"})


class Value(Struct, rename={"author": "from"}):
    item: str = ""
    verb: str = ""
    post_id: str = ""
    comment_id: str = ""
    parent_id: str = ""
    author: Person | None = None
    sender_id: str = ""
    sender_name: str = ""
    created_time: int | None = None
    message: str = ""
    open_graph_story_id: str = ""
    reviewer_id: str = ""
    reviewer_name: str = ""
    review_text: str = ""
    rating: int | None = None


class Change(Struct):
    field: str
    value: Any = None  # each field has a shape of its own


class Entry(Struct):
    id: str
    time: int
    changes: tuple[Change, ...] = ()
    messaging: tuple[Messaging, ...] = ()


class Parent(Struct):
    id: str


class Node(Struct, rename={"author": "from"}):
    id: NativeId
    created_time: str
    updated_time: str = ""
    message: str = ""
    author: Person | None = None
    parent: Parent | None = None
    permalink_url: str | None = None
    like_count: int = 0


class Found(Struct):
    """A post or a comment that was read back, with the Page and the post that it belongs to."""

    page: str
    post: str
    node: Node


class Head(Struct):
    id: NativeId
    created_time: str
    updated_time: str = ""


def split(body: bytes, source: Source) -> Sequence[Raw]:
    return list(single_entries(body, "page"))


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One entry of a delivery, or a post or comment that was read back."""
    if isinstance(raw, dict) and "node" in raw:
        yield from _read_back(read(raw, Found), source)
        return
    entry = read(raw, Entry)
    for messaging in entry.messaging:
        yield from messages(messaging, source)
    for change in entry.changes:
        if change.field in ("feed", "mention"):
            yield from _feed(entry, read(change.value, Value), source)
        elif change.field == "ratings":
            yield from _recommendation(entry, read(change.value, Value), source)


def _feed(entry: Entry, value: Value, source: Source) -> Iterator[Parsed]:
    is_comment = value.item == "comment"
    id = value.comment_id if is_comment else value.post_id
    if not is_comment and value.item not in POSTS:
        return
    if value.verb == "remove":
        yield Deletion(id=_needed(id))
        return
    if value.verb not in WRITTEN:
        return  # hidden or shown again by the Page: it still stands
    author = value.author or Person(id=value.sender_id, name=value.sender_name)
    yield make_event(
        source,
        id=_needed(id),
        conversation=_needed(value.post_id),
        parent=(value.parent_id or value.post_id) if is_comment else None,
        author_id=author.id or f"unknown-{id}",
        name=author.name,
        is_team=author.id == entry.id,
        text=value.message,
        created_at=unix_instant(value.created_time) if value.created_time else platform_instant(entry.time),
        kind="comment" if is_comment else "post",
        permalink=f"https://www.facebook.com/{value.post_id}" + (f"?comment_id={_last(id)}" if is_comment else ""),
        edited=value.verb != "add",
    )


def _recommendation(entry: Entry, value: Value, source: Source) -> Iterator[Parsed]:
    """A recommendation says yes or no; only old reviews have stars."""
    if value.item != "rating":
        return
    id = _needed(value.open_graph_story_id)
    if value.verb == "remove":
        yield Deletion(id=id)
    elif value.verb in WRITTEN:
        yield make_event(
            source,
            id=id,
            author_id=value.reviewer_id or f"unknown-{id}",
            name=value.reviewer_name,
            text=value.review_text,
            created_at=unix_instant(value.created_time) if value.created_time else platform_instant(entry.time),
            kind="review",
            rating=value.rating if value.rating in range(1, 6) else None,
            permalink=f"https://www.facebook.com/{id}",
            edited=value.verb != "add",
        )


def _read_back(found: Found, source: Source) -> Iterator[Parsed]:
    node = found.node
    is_comment = node.id != found.post
    author = node.author or Person()
    yield make_event(
        source,
        id=node.id,
        conversation=found.post,
        parent=(node.parent.id if node.parent else found.post) if is_comment else None,
        author_id=author.id or f"unknown-{node.id}",
        name=author.name,
        is_team=author.id == found.page,
        text=node.message,
        created_at=instant(node.created_time),
        kind="comment" if is_comment else "post",
        permalink=node.permalink_url,
        reach=Reach(likes=node.like_count),
    )


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Posts that changed since, then the comments under each; the cursor is the newest change that was listed."""
    token, page = source.secret("FACEBOOK_PAGE_TOKEN"), source.account or "me"
    start_s = int(cursor) if cursor else int(source.since.timestamp())
    newest_s = start_s
    changed: list[str] = []
    since = max(0, start_s - int(LOOK_BACK.total_seconds()))
    for posts in listing(http, f"{GRAPH}/{page}/feed", {"fields": POST_FIELDS, "limit": LIMIT, "since": since}, token):
        items = []
        for post in posts:
            head = read(post, Head)
            updated_s = int(instant(head.updated_time or head.created_time).timestamp())
            newest_s = max(newest_s, updated_s)
            if updated_s >= start_s:
                changed.append(head.id)
            if instant(head.created_time).timestamp() >= start_s:
                items.append({"page": _page_of(head.id, page), "post": head.id, "node": post})
        yield Page(items=items[::-1])
    for post_id in changed:
        for comments in _comments(http, post_id, start_s, token):
            items = [{"page": _page_of(post_id, page), "post": post_id, "node": comment} for comment in comments]
            yield Page(items=items[::-1])
    yield Page(items=(), cursor=str(max(start_s, newest_s - OVERLAP_S)))


def _comments(http: Http, post_id: str, start_s: int, token: str) -> Iterator[list[dict[str, Any]]]:
    """Newest first, with answers to comments among them, down to the first that is too old."""
    params: dict[str, str | int] = {
        "filter": "stream",
        "order": "reverse_chronological",
        "fields": COMMENT_FIELDS,
        "limit": LIMIT,
    }
    for comments in listing(http, f"{GRAPH}/{post_id}/comments", params, token):
        fresh = [one for one in comments if instant(read(one, Head).created_time).timestamp() >= start_s]
        yield fresh
        if len(fresh) < len(comments):
            return


def _page_of(post_id: str, page: str) -> str:
    """The id of a post begins with that of its Page, also when a visitor wrote it."""
    return post_id.partition("_")[0] if page == "me" else page


def _needed(id: str) -> str:
    if not id:
        raise Malformed("a change without the id of what changed")
    return id


def _last(id: str) -> str:
    return id.rpartition("_")[2]


CONNECTOR = Connector(
    name="facebook",
    title="Facebook Pages and Messenger",
    reads="posts by visitors and by the Page, comments, mentions of the Page, recommendations, Messenger conversations "
    "with the answers of people and of other apps; edits and deletions",
    parse=parse,
    poll=Poll(pages=pages, interval_s=300.0, budget=Budget(calls=600, per_s=3_600.0), judge=judge),
    webhook=Webhook(
        verify=verified_by("FACEBOOK_APP_SECRET"), challenge=challenged_by("FACEBOOK_VERIFY_TOKEN"), split=split
    ),
    account="the id of the Page; without it, the Page of the token. A webhook takes every Page that the app is on",
    credentials=(
        Credential(name="FACEBOOK_APP_SECRET", why="the app secret, in the app's basic settings"),
        Credential(
            name="FACEBOOK_VERIFY_TOKEN",
            why="a word of your own, typed into the console when the webhook is set up; without it only reading back",
            optional=True,
        ),
        Credential(
            name="FACEBOOK_PAGE_TOKEN",
            why="a Page access token with pages_read_engagement and pages_read_user_content, to read gaps back",
            optional=True,
        ),
    ),
    closed="what strangers write needs Advanced Access by App Review; other Pages and public search are closed",
    terms=Terms(
        note="data of people is to be deleted when they or Meta ask for it; there is no limit of time",
        source="https://developers.facebook.com/terms/",
    ),
)
