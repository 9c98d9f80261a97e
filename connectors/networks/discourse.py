"""Discourse forums: every post of a site as it is written, by webhook or by asking; public sites need no login.

Source: https://docs.discourse.org/ and discourse/discourse, app/controllers/posts_controller.rb,
app/jobs/regular/emit_web_hook_event.rb (read November 2026)
Guarantee: at least once. The poll walks back from the newest post to the newest one that was published; Discourse does
not repeat a webhook that could not connect, so run both where deletions and quick answers matter.
Limit: the poll sees public posts, the newest 20,000 (in older releases what is public of the newest 20,000), no
deletions, and no edits of what is older than its last page; the webhook sees deletions, edits and private messages.
Ids are topic and number, as answers refer to posts; a post that is moved to another topic is a new one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from msgspec import Struct

from connectors.base import (
    Budget,
    Connector,
    Credential,
    Deletion,
    Page,
    Parsed,
    Poll,
    Raw,
    Reply,
    Request,
    Source,
    Terms,
    Webhook,
)
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import instant, plain_text, read
from connectors.signatures import header, hmac_matches
from schemas.errors import Malformed, Refused
from schemas.event import Reach

WRITTEN = 1  # post_type; the others are moderators' actions, notes, and whispers, which are no answer to a customer
MOST_PAGES = 400
WINDOW = 50


class Post(Struct):
    id: int
    topic_id: int
    created_at: str
    username: str
    user_id: int = 0
    name: str | None = None
    cooked: str = ""
    raw: str | None = None
    post_number: int = 1
    post_type: int = WRITTEN
    reply_to_post_number: int | None = None
    topic_slug: str | None = None
    topic_title: str | None = None
    topic_archetype: str | None = None
    version: int = 1
    staff: bool = False
    admin: bool = False
    moderator: bool = False
    primary_group_name: str | None = None
    like_count: int | None = None
    reads: int | None = None
    deleted_at: str | None = None
    user_deleted: bool = False


class Latest(Struct):
    latest_posts: list[dict[str, object]]


class Delivery(Struct):
    post: dict[str, object] | None = None


class Id(Struct):
    id: int
    created_at: str = ""

    def is_before(self, since: datetime) -> bool:
        try:
            return instant(self.created_at) < since
        except Malformed:
            return False  # parse says what is wrong with it


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Newest first, so the pages are held until the walk has met what was read before.

    Raises:
        Refused: the source names no forum.
    """
    if not source.account:
        raise Refused("no forum is named", where=f"source {source.name}", fix="Set account to its address.")
    walk = list(_walk(http, source, int(cursor) if cursor else 0))
    for items in reversed(walk):
        yield Page(items=items, cursor=str(max(read(item, Id).id for item in items)))


def _walk(http: Http, source: Source, known: int) -> Iterator[list[dict[str, object]]]:
    """The last page goes on below the known post: its newest posts may have been edited.

    Older releases give what is visible of 50 ids, not 50 posts that are visible: where private messages fill them, a
    page is empty, or holds nothing but the post that was asked from, and more lies below.
    """
    before = 0
    for _ in range(MOST_PAGES):
        params = {"before": before} if before else {}
        answer = http.get(f"{_site(source)}/posts.json", params=params, headers=_headers(source))
        posts = read(answer.body, Latest).latest_posts
        heads = [read(post, Id) for post in posts]
        if not heads and not before:
            return
        if before and any(head.id > before for head in heads):
            return  # a forum that does not know `before`
        if heads:
            yield [post for _, post in sorted(zip(heads, posts, strict=True), key=lambda pair: pair[0].id)]
            oldest = min(heads, key=lambda head: head.id)
            if oldest.id <= known or (not known and oldest.is_before(source.since)):
                return
        before = min([head.id for head in heads if not before or head.id < before], default=before - WINDOW)
        if before < max(known, 1):
            return


def verify(request: Request, source: Source) -> bool:
    given = header(request.headers, "x-discourse-event-signature")
    return hmac_matches(given, source.secret("DISCOURSE_SECRET"), request.body, prefix="sha256=")


def challenge(request: Request, source: Source) -> Reply | None:
    """The console's ping, which is signed like everything else."""
    is_ping = request.method == "POST" and header(request.headers, "x-discourse-event") == "ping"
    return Reply() if is_ping else None


def split(body: bytes, source: Source) -> Sequence[Raw]:
    """The post of a delivery; topics and users are no posts, and a topic's first post comes by itself."""
    post = read(body, Delivery).post
    return [] if post is None else [post]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A post, of a page or of a delivery."""
    post = read(raw, Post)
    topic = f"{urlsplit(_site(source)).netloc}/{post.topic_id}"  # a number in a topic is what answers refer to
    id = f"{topic}/{post.post_number}"
    if post.deleted_at is not None or post.user_deleted:
        yield Deletion(id=id)
        return
    if post.post_type != WRITTEN:
        return
    is_first = post.post_number == 1
    text = post.raw if post.raw is not None else plain_text(post.cooked)
    yield make_event(
        source,
        id=id,
        conversation=f"{topic}/1",
        parent=None if is_first else f"{topic}/{post.reply_to_post_number or 1}",
        author_id=post.username,
        handle=post.username,
        name=post.name or "",
        is_team=_is_team(post, source),
        is_bot=post.user_id < 0,  # the forum's own robots
        text="\n".join(part for part in (post.topic_title or "" if is_first else "", text) if part),
        created_at=instant(post.created_at),
        kind="post" if is_first else "reply",
        visibility="private" if post.topic_archetype == "private_message" else "public",
        permalink=f"{_site(source)}/t/{post.topic_slug or '-'}/{post.topic_id}/{post.post_number}",
        reach=Reach(likes=post.like_count or 0, views=post.reads or 0),
        edited=post.version > 1,
    )


def matches(raw: Raw, source: Source) -> bool:
    """On the brand's own forum everything is about it."""
    return _is_own(source)


def _is_team(post: Post, source: Source) -> bool:
    is_staff = post.staff or post.admin or post.moderator
    group = source.option("group").casefold()
    return (is_staff and _is_own(source)) or (bool(group) and (post.primary_group_name or "").casefold() == group)


def _is_own(source: Source) -> bool:
    return source.option("forum", "own") == "own"


def _site(source: Source) -> str:
    account = source.account.strip().rstrip("/")
    return account if account.startswith(("https://", "http://")) else f"https://{account}"


def _headers(source: Source) -> Mapping[str, str]:
    if not source.has("DISCOURSE_API_KEY"):
        return {}
    return {"api-key": source.secret("DISCOURSE_API_KEY"), "api-username": source.option("username", "system")}


CONNECTOR = Connector(
    name="discourse",
    title="Discourse forums",
    reads="every post of a forum, or those with a tracked word and their topics; by webhook also private messages",
    parse=parse,
    poll=Poll(pages=pages, interval_s=60.0, budget=Budget(calls=50, per_s=60.0), everything=True),
    webhook=Webhook(verify=verify, split=split, challenge=challenge),
    account="the address of the forum, forum.acme.com",
    options={
        "forum": '"own" (default): everything is read and its staff is the brand; "other": by words and people',
        "group": "the primary group of the brand's people",
        "username": "the user of the key, system by default",
    },
    credentials=(
        Credential(name="DISCOURSE_API_KEY", why="for forums behind a login: Admin, API, scope posts", optional=True),
        Credential(name="DISCOURSE_SECRET", why="the secret of the webhook: Admin, API, Webhooks", optional=True),
    ),
    terms=Terms(note="each forum has rules of its own", source="https://www.discourse.org/terms"),
    matches=matches,
)
