"""Zendesk: what customers and agents write in tickets, by webhook; with it the answers that networks do not report.

Source: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events (read November 2026); inner
names of a comment are partly from public programs that read them.
Guarantee: at least once while Zendesk delivers. It tries again few times and then not at all: what was missed is not
read back.
Limit: internal notes are left out. Of a ticket that is deleted only the first message goes. One subscription must
have ticket.created, ticket.comment_added, ticket.comment_redacted, ticket.comment_made_private, ticket.soft_deleted
and ticket.permanently_deleted.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from connectors.base import Connector, Credential, Deletion, Parsed, Raw, Request, Source, Terms, Webhook
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from connectors.signatures import header, hmac_matches, is_fresh
from schemas.errors import Malformed

TYPE = "zen:event-type:ticket."
GONE = frozenset({"soft_deleted", "permanently_deleted"})
COMMENT_GONE = frozenset({"comment_redacted", "comment_made_private"})
SYSTEM = "-1"


class Author(Struct):
    id: NativeId
    is_staff: bool = False
    name: str = ""


class Comment(Struct):
    id: NativeId
    body: str = ""
    is_public: bool = False
    author: Author | None = None


class Change(Struct):
    comment: Comment | None = None


class Ticket(Struct):
    id: NativeId
    subject: str | None = None
    description: str | None = None
    created_at: str | None = None
    requester_id: str | None = None
    submitter_id: str | None = None
    is_public: bool = True


class Happening(Struct):
    type: str
    time: str
    detail: Ticket
    event: Change


class Kind(Struct):
    type: str


def verify(request: Request, source: Source) -> bool:
    """Signed are the instant, as ISO text, and the body right behind it."""
    sent_at = header(request.headers, "x-zendesk-webhook-signature-timestamp")
    try:
        seconds = str(int(instant(sent_at).timestamp()))
    except Malformed:
        return False
    given = header(request.headers, "x-zendesk-webhook-signature")
    signed = sent_at.encode("utf-8", "replace") + request.body
    is_signed = hmac_matches(given, source.secret("ZENDESK_WEBHOOK_SECRET"), signed, encoding="base64")
    return is_signed and is_fresh(seconds, request.received_at)


def split(body: bytes, source: Source) -> Sequence[Raw]:
    return [read(body, dict[str, Any])]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One happening. Changes of status, tags and the like are nothing that anybody wrote."""
    what = read(raw, Kind).type.removeprefix(TYPE)
    if what not in GONE | COMMENT_GONE | {"created", "comment_added"}:
        return
    happening = read(raw, Happening)
    ticket, comment = happening.detail, happening.event.comment
    if what in GONE:
        yield Deletion(id=_first(ticket))
    elif what == "created":
        if ticket.is_public and ticket.description:
            yield _opening(ticket, happening.time, source)
    elif comment is None:
        raise Malformed("a comment is missing from what was said of it")
    elif what in COMMENT_GONE:
        yield Deletion(id=comment.id)
    elif comment.is_public:
        if comment.author is None:
            raise Malformed("a comment without its author")
        # whichever of ticket.created and ticket.comment_added tells of the first message, it is one
        is_first = bool(ticket.description) and comment.body.strip() == (ticket.description or "").strip()
        yield make_event(
            source,
            id=_first(ticket) if is_first else comment.id,
            conversation=_first(ticket),
            author_id=comment.author.id,
            name=comment.author.name,
            is_team=comment.author.is_staff,
            is_bot=comment.author.id == SYSTEM,
            text=_with_subject(ticket, comment.body) if is_first else comment.body,
            created_at=instant((ticket.created_at if is_first else None) or happening.time),
            kind="message",
            visibility="private",
        )


def _opening(ticket: Ticket, time: str, source: Source) -> Parsed:
    """The first message; an agent may have opened the ticket to write to a customer."""
    author = ticket.submitter_id or ticket.requester_id
    if not author:
        raise Malformed("a ticket that nobody opened")
    return make_event(
        source,
        id=_first(ticket),
        author_id=author,
        is_team=bool(ticket.requester_id) and author != ticket.requester_id,
        text=_with_subject(ticket, ticket.description or ""),
        created_at=instant(ticket.created_at or time),
        kind="message",
        visibility="private",
    )


def _with_subject(ticket: Ticket, text: str) -> str:
    return "\n".join(part for part in (ticket.subject or "", text) if part)


def _first(ticket: Ticket) -> str:
    return f"ticket-{ticket.id}"


CONNECTOR = Connector(
    name="zendesk",
    title="Zendesk",
    reads="public messages of tickets, of customers and of agents; redactions",
    parse=parse,
    webhook=Webhook(verify=verify, split=split),
    account="the subdomain, for your own eyes",
    credentials=(
        Credential(name="ZENDESK_WEBHOOK_SECRET", why="the signing secret of the webhook, in Zendesk's Admin Center"),
    ),
    terms=Terms(note="the tickets are your own; the law on personal data holds", source=""),
)
