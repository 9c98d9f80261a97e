"""Chatwoot: what customers and agents write in conversations, by webhook; with it answers that networks do not report.

Source: https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks (read November 2026); the form
of the signature is from public programs that check it.
Guarantee: at most as good as Chatwoot's delivery: it does not try again, so that what was missed is not seen.
Limit: releases before webhooks were signed (4.x) are refused. Internal notes are left out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from connectors.base import Connector, Credential, Deletion, Parsed, Raw, Request, Source, Terms, Webhook
from connectors.normalize import make_event
from connectors.reading import instant, read, unix_instant
from connectors.signatures import header, hmac_matches, is_fresh
from schemas.errors import Malformed

MESSAGES = frozenset({"message_created", "message_updated"})
TYPES = {0: "incoming", 1: "outgoing", 2: "activity", 3: "template"}  # REST has numbers
BOTS = frozenset({"agent_bot", "captain_assistant"})


class Attributes(Struct):
    deleted: bool = False


class Sender(Struct):
    id: int | str
    name: str | None = None
    type: str = ""


class Id(Struct):
    id: int | str


class Message(Struct):
    id: int | str
    created_at: str | int | float
    message_type: str | int
    conversation: Id
    content: str | None = None
    private: bool = False
    sender: Sender | None = None
    account: Id | None = None
    content_attributes: Attributes | None = None


class Kind(Struct):
    event: str


def verify(request: Request, source: Source) -> bool:
    sent_at = header(request.headers, "x-chatwoot-timestamp")
    signed = f"{sent_at}.".encode("utf-8", "replace") + request.body
    given = header(request.headers, "x-chatwoot-signature")
    is_signed = hmac_matches(given, source.secret("CHATWOOT_WEBHOOK_SECRET"), signed, prefix="sha256=")
    return is_signed and is_fresh(sent_at, request.received_at)


def split(body: bytes, source: Source) -> Sequence[Raw]:
    return [read(body, dict[str, Any])]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One message. A conversation that opens or changes its state is told apart and is nothing that anybody wrote."""
    if read(raw, Kind).event not in MESSAGES:
        return
    message = read(raw, Message)
    way = message.message_type
    way = TYPES.get(way, "") if isinstance(way, int) else way
    if message.private or way not in ("incoming", "outgoing", "template"):
        return
    account = f"{message.account.id}/" if message.account else ""
    id = f"{account}{message.id}"
    if message.content_attributes and message.content_attributes.deleted:
        yield Deletion(id=id)
        return
    sender = message.sender
    if sender is None and way == "incoming":
        raise Malformed("a message from nobody")
    yield make_event(
        source,
        id=id,
        conversation=f"{account}conversation-{message.conversation.id}",
        # people, agents and robots are counted apart: one number may be each of them
        author_id=f"{account}{sender.type or way}-{sender.id}" if sender else f"{account}robot",
        name=(sender.name or "") if sender else "",
        is_team=way != "incoming",
        is_bot=way == "template" or sender is None or sender.type in BOTS,
        text=message.content or "",
        created_at=_moment(message.created_at),
        kind="message",
        visibility="private",
    )


def _moment(value: str | float) -> datetime:
    if isinstance(value, str):
        return instant(value.replace(" UTC", "+00:00"))
    return unix_instant(value)


CONNECTOR = Connector(
    name="chatwoot",
    title="Chatwoot",
    reads="messages of conversations, of customers, agents and robots; edits and deletions",
    parse=parse,
    webhook=Webhook(verify=verify, split=split),
    account="the account, for your own eyes; its people are declared as chatwoot:1/user-2",
    credentials=(
        Credential(name="CHATWOOT_WEBHOOK_SECRET", why="the webhook's secret, in Settings, Integrations, Webhooks"),
    ),
    terms=Terms(note="the conversations are your own; the law on personal data holds", source=""),
)
