"""LinkedIn: comments on a Page's posts, its own answers, mentions and shares; by webhook, gaps by asking.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/
organization-social-action-notifications and .../shares/comments-api (read November 2026)
Guarantee: at least once. LinkedIn repeats a delivery for eight hours, and keeps notifications for sixty days, which
the poll reads from the newest that it knows, less a while; a comment that comes without its words is then fetched.
Limit: only posts that everybody may see are told of. A notification says when something was last changed, so an edit
of a comment that was never seen counts from the edit. Members often stay without a name. Messages are closed.
"""

import hmac
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from connectors.base import (
    Budget,
    Connector,
    Credential,
    Deletion,
    Keep,
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
from connectors.http import Answer, Http
from connectors.normalize import make_event
from connectors.reading import NativeId, read, unix_instant
from connectors.signatures import header, hmac_matches
from schemas.errors import ConfigError, ConnectorError, Malformed, Missing, Refused, Unavailable

API = "https://api.linkedin.com/rest"
VERSION = "202607"
COUNT = 50
OVERLAP_MS = 600_000
SPAN_MS = 365 * 86_400_000  # the end of the range that is asked for: later than now, whenever the last reading was
DAY_USED_UP_S = 3_600.0
SIGNED = b"hmacsha256="
COMMENTS = frozenset({"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_MENTION"})
SHARES = frozenset({"SHARE", "SHARE_MENTION"})
ASKED = "COMMENT,ADMIN_COMMENT,COMMENT_EDIT,COMMENT_DELETE,SHARE,SHARE_MENTION"
_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(\w+:\d+),(\d+)\)")
_CODE = re.compile(r"[0-9A-Za-z-]{1,64}")


class Thing(Struct):
    """A comment or a share, as it decorates a notification."""

    entity: NativeId
    owner: str
    text: str = ""
    object: str = ""


class Decoration(Struct):
    comment: Thing | None = None
    share: Thing | None = None


class Notification(Struct, rename="camel"):
    action: str
    last_modified_at: int
    organizational_entity: str = ""
    source_post: str = ""
    generated_activity: str = ""
    decorated_generated_activity: Decoration | None = None


class Written(Struct):
    time: int


class Text(Struct):
    text: str = ""


class Comment(Struct, rename="camel"):
    id: NativeId
    actor: str
    created: Written
    object: NativeId
    parent_comment: str = ""
    message: Text = msgspec.field(default_factory=Text)


class Fetched(Struct):
    """A comment that was read back, with the Page that it concerns."""

    entity: str
    comment: Comment


class Delivery(Struct):
    notifications: list[dict[str, Any]]


class Link(Struct):
    rel: str = ""


class Head(Struct, rename="camel"):
    last_modified_at: int


class Paging(Struct):
    total: int = 0
    links: tuple[Link, ...] = ()


class Listing(Struct):
    elements: list[dict[str, Any]]
    paging: Paging | None = None


def split(body: bytes, source: Source) -> Sequence[Raw]:
    return read(body, Delivery).notifications


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A notification, or a comment that was read back. Likes are nothing that anybody wrote."""
    if isinstance(raw, dict) and "comment" in raw:
        yield from _fetched(read(raw, Fetched), source)
        return
    told = read(raw, Notification)
    decoration = told.decorated_generated_activity or Decoration()
    if told.action == "COMMENT_DELETE":
        yield Deletion(id=_number(decoration.comment.entity if decoration.comment else told.generated_activity))
    elif told.action in COMMENTS:
        if decoration.comment is None:
            raise Malformed("a comment without its words")
        yield from _comment(told, decoration.comment, source)
    elif told.action in SHARES and decoration.share is not None:
        yield from _share(told, decoration.share, source)


def _comment(told: Notification, comment: Thing, source: Source) -> Iterator[Parsed]:
    thread = _thread(comment.entity) or told.source_post
    yield make_event(
        source,
        id=_number(comment.entity),
        conversation=thread,
        parent=_number(comment.object) if _COMMENT.match(comment.object) else thread,
        author_id=comment.owner,
        is_team=told.action == "ADMIN_COMMENT" or comment.owner == told.organizational_entity,
        text=comment.text,
        created_at=unix_instant(told.last_modified_at, per_second=1000),
        kind="comment",
        permalink=_permalink(thread),
        edited=told.action == "COMMENT_EDIT",
    )


def _share(told: Notification, share: Thing, source: Source) -> Iterator[Parsed]:
    """A post that mentions the Page, or that passes on one of its posts with words of its own."""
    if not share.text:
        return
    yield make_event(
        source,
        id=share.entity,
        author_id=share.owner,
        is_team=share.owner == told.organizational_entity,
        text=share.text,
        created_at=unix_instant(told.last_modified_at, per_second=1000),
        permalink=_permalink(share.entity),
    )


def _fetched(fetched: Fetched, source: Source) -> Iterator[Parsed]:
    comment = fetched.comment
    thread = _thread(comment.parent_comment) or comment.object
    yield make_event(
        source,
        id=comment.id,
        conversation=thread,
        parent=_number(comment.parent_comment) if comment.parent_comment else thread,
        author_id=comment.actor,
        is_team=comment.actor == fetched.entity,
        text=comment.message.text,
        created_at=unix_instant(comment.created.time, per_second=1000),
        kind="comment",
        permalink=_permalink(thread),
    )


def _number(urn: str) -> str:
    """The number of a comment: its URN is written with and without `urn:li:` inside, its number is always the same."""
    found = _COMMENT.match(urn)
    if not found:
        raise Malformed("a comment without a URN of a comment")
    return found[2]


def _thread(urn: str) -> str:
    found = _COMMENT.match(urn)
    return f"urn:li:{found[1]}" if found else ""


def _permalink(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{urn}"


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Notifications since the newest that is known, put in order: whether LinkedIn gives them so is not documented, and
    a deletion must come after its comment. One page each, since the words of a comment may have to be fetched.
    """
    entity = source.account
    if not entity.startswith("urn:li:"):
        raise ConfigError(
            "the account is not the URN of a Page",
            where=f"source {source.name}",
            fix="Set account to urn:li:organization:… of the Page.",
        )
    first_ms = int(cursor) if cursor else int(source.since.timestamp() * 1000)
    told = [(read(one, Head).last_modified_at, one) for one in _notifications(http, source, entity, first_ms)]
    for modified_ms, raw in sorted(told, key=lambda one: one[0]):
        item = _with_words(http, source, raw)
        yield Page(items=[item] if item is not None else (), cursor=str(max(first_ms, modified_ms - OVERLAP_MS)))


def _notifications(http: Http, source: Source, entity: str, first_ms: int) -> Iterator[dict[str, Any]]:
    start, is_more = 0, True
    while is_more:
        # Rest.li wants its brackets and commas as they are, and URNs encoded
        query = (
            f"q=criteria&actions=List({ASKED})&organizationalEntity={quote(entity, safe='')}"
            f"&timeRange=(start:{first_ms},end:{first_ms + SPAN_MS})&start={start}&count={COUNT}"
        )
        answer = http.get(f"{API}/organizationalEntityNotifications?{query}", headers=_headers(source))
        listing = read(answer.body, Listing)
        yield from listing.elements
        start += len(listing.elements)
        is_more = bool(listing.elements) and _has_next(listing.paging, start)


def _has_next(paging: Paging | None, start: int) -> bool:
    return paging is None or start < paging.total or any(link.rel == "next" for link in paging.links)


def _with_words(http: Http, source: Source, raw: dict[str, Any]) -> Raw | None:
    """The notification itself, or the comment that it announces; None where there are no words to be had."""
    try:
        told = read(raw, Notification)
    except Malformed:
        return raw  # a dead letter
    decoration = told.decorated_generated_activity or Decoration()
    if told.action in SHARES and decoration.share is None:
        return None
    if told.action not in COMMENTS or decoration.comment is not None:
        return raw
    found = _COMMENT.match(told.generated_activity)
    if not found:
        return raw
    post = quote(f"urn:li:{found[1]}", safe="")
    try:
        answer = http.get(f"{API}/socialActions/{post}/comments/{found[2]}", headers=_headers(source))
    except Missing:
        return None  # deleted since
    return {"entity": told.organizational_entity, "comment": answer.json()}


def _headers(source: Source) -> dict[str, str]:
    return {
        "authorization": f"Bearer {source.secret('LINKEDIN_TOKEN')}",
        "linkedin-version": source.option("version", VERSION),
        "x-restli-protocol-version": "2.0.0",
    }


def judge(answer: Answer) -> ConnectorError | None:
    """A version of the API lives a year; the calls of a day begin anew at midnight UTC."""
    if answer.status == 426:
        return Refused(
            "LinkedIn has ended this version of its API",
            where=answer.where,
            fix='Set options.version of this source to a newer one, as in version = "202607".',
        )
    if answer.status == 429 and "retry-after" not in answer.headers:
        return Unavailable("the calls of this day are used up", where=answer.where, retry_after_s=DAY_USED_UP_S)
    return None


def verify(request: Request, source: Source) -> bool:
    """The signature is over a prefix and the body; some deliveries repeat the prefix in the header."""
    given = header(request.headers, "x-li-signature").removeprefix(SIGNED.decode())
    return hmac_matches(given, source.secret("LINKEDIN_CLIENT_SECRET"), SIGNED + request.body)


def challenge(request: Request, source: Source) -> Reply | None:
    """LinkedIn asks for the signature of a code. Anybody can ask: what could be a delivery is never signed."""
    code = request.query.get("challengeCode", "")
    if request.method != "GET" or not _CODE.fullmatch(code):
        return None
    response = hmac.digest(source.secret("LINKEDIN_CLIENT_SECRET").encode(), code.encode(), "sha256").hex()
    body = msgspec.json.encode({"challengeCode": code, "challengeResponse": response})
    return Reply(body=body, content_type="application/json")


CONNECTOR = Connector(
    name="linkedin",
    title="LinkedIn",
    reads="comments on the Page's posts with the Page's answers, their edits and deletions; posts that mention it "
    "or share its posts with words",
    parse=parse,
    poll=Poll(pages=pages, interval_s=900.0, budget=Budget(calls=480, per_s=86_400.0), judge=judge),
    webhook=Webhook(verify=verify, challenge=challenge, split=split),
    account="the URN of the Page, urn:li:organization:…, to read back; a webhook takes every Page that is subscribed",
    options={"version": f"the version of the API, {VERSION} by default; each lives a year"},
    credentials=(
        Credential(name="LINKEDIN_CLIENT_SECRET", why="the client secret of the app, in the developer portal"),
        Credential(
            name="LINKEDIN_TOKEN",
            why="an access token of an administrator of the Page, with rw_organization_admin and "
            "r_organization_social_feed, to read gaps back; it lives 60 days",
            optional=True,
        ),
    ),
    closed="needs LinkedIn's approval for Community Management; messages, members' feeds and search are closed",
    terms=Terms(
        keep=(
            Keep(fields=("text", "author", "permalink", "raw"), days=2),
            Keep(fields=("author.name", "author.handle"), days=1),
        ),
        note="what members write is kept 48 hours at most, what their profiles say 24 hours; numbers may stay",
        source="https://learn.microsoft.com/en-us/linkedin/marketing/data-storage-requirements",
    ),
)
