"""WhatsApp: messages to a business number, and the brand's answers from the phone and from programs, by webhook.

Source: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (read
November 2026)
Guarantee: at least once, as long as Meta repeats its deliveries, some days; there is no way to read back.
Limit: what a person writes in the Business app comes in with its words. What a program sends (every desk, every bot)
is known by its delivery status alone: that it was sent and when, without words; templates count as automatic, other
messages as answers of the brand. Where a desk's own connector brings these answers in, set statuses = "ignore".
Numbers that are not shared with the Business app report neither edits nor deletions.
Privacy: the id that Meta gives a message holds the customer's phone number in base64, so events are known by its hash.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from connectors.base import Connector, Credential, Deletion, Parsed, Raw, Source, Terms, Webhook
from connectors.meta import challenged_by, single_entries, verified_by
from connectors.normalize import make_event
from connectors.reading import NativeId, read, unix_instant
from schemas.errors import Malformed

NOT_WRITTEN = frozenset({"reaction", "system", "request_welcome"})
FREE_FORM = "service"  # the category of answers within the day after a customer wrote
LISTS = ("messages", "message_echoes", "statuses")


class Body(Struct):
    body: str = ""


class Captioned(Struct):
    caption: str = ""


class Titled(Struct):
    title: str = ""


class Pressed(Struct):
    text: str = ""


class Chosen(Struct):
    button_reply: Titled | None = None
    list_reply: Titled | None = None


class Context(Struct):
    id: str = ""


class Content(Struct):
    """What a message says, by its kind."""

    text: Body | None = None
    button: Pressed | None = None
    interactive: Chosen | None = None
    order: Pressed | None = None
    image: Captioned | None = None
    video: Captioned | None = None
    document: Captioned | None = None


class Edit(Struct):
    original_message_id: NativeId
    message: Content


class Revoke(Struct):
    original_message_id: NativeId


class Message(Content, kw_only=True, rename={"sender": "from"}):
    id: NativeId
    timestamp: str
    type: str = ""
    sender: str = ""
    from_user_id: str = ""
    to: str = ""
    to_user_id: str = ""
    context: Context | None = None
    edit: Edit | None = None
    revoke: Revoke | None = None


class Pricing(Struct):
    category: str = ""


class Status(Struct):
    id: NativeId
    status: str
    timestamp: str
    recipient_id: str = ""
    recipient_user_id: str = ""
    pricing: Pricing | None = None


class Profile(Struct):
    name: str = ""
    username: str = ""


class Contact(Struct):
    profile: Profile | None = None
    wa_id: str = ""
    user_id: str = ""


class Number(Struct):
    phone_number_id: NativeId
    display_phone_number: str = ""


class Value(Struct):
    metadata: Number
    contacts: tuple[Contact, ...] = ()
    messages: tuple[Message, ...] = ()
    message_echoes: tuple[Message, ...] = ()
    statuses: tuple[Status, ...] = ()


class Change(Struct):
    field: str
    value: Any = None  # each field has a shape of its own


class Entry(Struct):
    changes: tuple[Change, ...]


class Lists(Struct):
    changes: list[dict[str, Any]]


def split(body: bytes, source: Source) -> Sequence[Raw]:
    """Entries with one message, echo or status each."""
    return [single for entry in single_entries(body, "whatsapp_business_account") for single in _singles(entry)]


def _singles(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for change in read(entry, Lists).changes:
        value = change.get("value")
        lists = [name for name in LISTS if isinstance(value, dict) and isinstance(value.get(name), list)]
        if not isinstance(value, dict) or not lists:
            yield entry
            continue
        rest = {name: one for name, one in value.items() if name not in LISTS}
        for name in lists:
            for one in value[name]:
                yield entry | {"changes": [change | {"value": rest | {name: [one]}}]}


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """An entry of a delivery. Changes of accounts, templates and histories are nothing that anybody wrote just now."""
    for change in read(raw, Entry).changes:
        if change.field not in ("messages", "smb_message_echoes"):
            continue
        value = read(change.value, Value)
        for message in value.messages:
            yield from _message(message, value, source)
        for echo in value.message_echoes:
            yield from _message(echo, value, source, is_echo=True)
        if source.option("statuses") != "ignore":
            for status in value.statuses:
                yield from _status(status, value, source)


def _message(message: Message, value: Value, source: Source, *, is_echo: bool = False) -> Iterator[Parsed]:
    if message.type in NOT_WRITTEN:
        return
    if message.revoke is not None:
        yield Deletion(id=_hashed(message.revoke.original_message_id))
        return
    phone, user_id = (message.to, message.to_user_id) if is_echo else (message.sender, message.from_user_id)
    contact = _contact(phone, user_id, value)
    profile = contact.profile or Profile()
    number = value.metadata
    yield make_event(
        source,
        id=_hashed(message.edit.original_message_id if message.edit else message.id),
        conversation=_conversation(number, phone or contact.wa_id, user_id or contact.user_id),
        parent=_hashed(message.context.id) if message.context and message.context.id else None,
        author_id=number.phone_number_id if is_echo else user_id or contact.user_id or phone,
        handle=number.display_phone_number if is_echo else profile.username,
        name="" if is_echo else profile.name,
        is_team=is_echo,
        text=_text(message.edit.message if message.edit else message),
        created_at=unix_instant(_seconds(message.timestamp)),
        kind="message",
        visibility="private",
        edited=message.edit is not None,
    )


def _status(status: Status, value: Value, source: Source) -> Iterator[Parsed]:
    """`sent` says that a program wrote to somebody, and when; `failed` that it never arrived."""
    if status.status == "failed":
        yield Deletion(id=_hashed(status.id))
    if status.status != "sent":
        return
    number = value.metadata
    contact = _contact(status.recipient_id, status.recipient_user_id, value)
    yield make_event(
        source,
        id=_hashed(status.id),
        conversation=_conversation(
            number, status.recipient_id or contact.wa_id, status.recipient_user_id or contact.user_id
        ),
        author_id=number.phone_number_id,
        handle=number.display_phone_number,
        is_team=True,
        is_bot=status.pricing is not None and status.pricing.category not in ("", FREE_FORM),
        created_at=unix_instant(_seconds(status.timestamp)),
        kind="message",
        visibility="private",
    )


def _conversation(number: Number, phone: str, user_id: str) -> str:
    """By the phone where it is known, since echoes and statuses may hold nothing else; else by the id of the person."""
    if not (phone or user_id):
        raise Malformed("a message from or to nobody")
    return f"{number.phone_number_id}/{phone or user_id}"


def _hashed(message_id: str) -> str:
    """What is random in the id of a message is too long to be tried, so no key is needed."""
    return blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _contact(phone: str, user_id: str, value: Value) -> Contact:
    for contact in value.contacts:
        if (phone and contact.wa_id == phone) or (user_id and contact.user_id == user_id):
            return contact
    return Contact()


def _text(content: Content) -> str:
    """The words of a message: written, pressed, chosen, or under a picture."""
    chosen = content.interactive
    for titled in (chosen.button_reply, chosen.list_reply) if chosen else ():
        if titled is not None:
            return titled.title
    for pressed in (content.button, content.order):
        if pressed is not None:
            return pressed.text
    for captioned in (content.image, content.video, content.document):
        if captioned is not None:
            return captioned.caption
    return content.text.body if content.text else ""


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Malformed("a time is not a count of seconds")
    return int(text)


CONNECTOR = Connector(
    name="whatsapp",
    title="WhatsApp",
    reads="messages to the business number; answers from the Business app with their words, answers of programs by "
    "their delivery status; for shared numbers also edits and deletions",
    parse=parse,
    webhook=Webhook(
        verify=verified_by("WHATSAPP_APP_SECRET"), challenge=challenged_by("WHATSAPP_VERIFY_TOKEN"), split=split
    ),
    account="the business number, for your own eyes; a webhook takes every number of the app",
    options={"statuses": '"ignore" leaves out answers that are known by their delivery status alone'},
    credentials=(
        Credential(name="WHATSAPP_APP_SECRET", why="the app secret, in the app's basic settings"),
        Credential(
            name="WHATSAPP_VERIFY_TOKEN", why="a word of your own, typed into the console when the webhook is set up"
        ),
    ),
    terms=Terms(
        note="people may ask for deletion; chats may serve only to support the person they are with",
        source="https://www.whatsapp.com/legal/business-policy",
    ),
)
