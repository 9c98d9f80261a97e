"""LINE: messages that users send to an official account, by webhook.

Source: https://developers.line.biz/en/reference/messaging-api/ and line/line-openapi (read November 2026)
Guarantee: at least once, as long as LINE delivers: there is no way to read back what a webhook missed.
Limit: LINE reports no answers of the brand, neither those of its own chat console nor those sent by its API. They
come in from where they are written: a desk such as Zendesk, or the generic signed webhook.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from connectors.base import Connector, Credential, Deletion, Parsed, Raw, Request, Source, Terms, Webhook
from connectors.normalize import make_event
from connectors.reading import read, unix_instant
from connectors.signatures import header, hmac_matches
from schemas.errors import Malformed


class Sender(Struct, rename="camel"):
    user_id: str | None = None
    group_id: str | None = None
    room_id: str | None = None


class Message(Struct, rename="camel"):
    id: str
    type: str
    text: str = ""
    quoted_message_id: str | None = None


class Unsend(Struct, rename="camel"):
    message_id: str


class Happening(Struct):
    type: str
    timestamp: int
    source: Sender | None = None
    message: Message | None = None
    unsend: Unsend | None = None


class Delivery(Struct):
    events: list[dict[str, object]]


def verify(request: Request, source: Source) -> bool:
    given = header(request.headers, "x-line-signature")
    return hmac_matches(given, source.secret("LINE_CHANNEL_SECRET"), request.body, encoding="base64")


def split(body: bytes, source: Source) -> Sequence[Raw]:
    """The events of one delivery; none when the console tries the address."""
    return read(body, Delivery).events


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A message or its withdrawal. Follows, joins and postbacks are nothing that anybody wrote."""
    happening = read(raw, Happening)
    if happening.type == "unsend" and happening.unsend is not None:
        yield Deletion(id=happening.unsend.message_id)
    if happening.type != "message":
        return
    sender, message = happening.source, happening.message
    if message is None or sender is None:
        raise Malformed("a message without its content or its sender")
    conversation = sender.group_id or sender.room_id or sender.user_id
    if not conversation:
        raise Malformed("a message from nobody")
    yield make_event(
        source,
        id=message.id,
        conversation=conversation,
        parent=message.quoted_message_id,
        author_id=sender.user_id or conversation,  # in groups, people who did not consent have no id
        text=message.text,
        created_at=unix_instant(happening.timestamp, per_second=1000),
        kind="message",
        visibility="private",
    )


CONNECTOR = Connector(
    name="line",
    title="LINE",
    reads="messages to the official account, in chats, groups and rooms; withdrawals",
    parse=parse,
    webhook=Webhook(verify=verify, split=split),
    account="the official account, for your own eyes",
    credentials=(Credential(name="LINE_CHANNEL_SECRET", why="the channel secret, in the LINE Developers Console"),),
    terms=Terms(
        note="withdrawn messages are to be dropped", source="https://terms2.line.me/official_account_api_terms"
    ),
)
