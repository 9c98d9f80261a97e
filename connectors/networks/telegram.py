"""Telegram: what is written to a bot, in its groups and channels, and in the chats of a connected business account.

Source: https://core.telegram.org/bots/api (known November 2026)
Guarantee: at least once. Telegram forgets updates up to a number only when a later one is asked for, and that is after
they were published; it keeps them for 24 hours. Poll and webhook exclude each other: with a webhook set, the poll is
refused. A webhook is proven by a shared secret; the body is not signed.
Limit: what a bot itself sends is not told to it, so its answers come in from where they are written. Deletions are told
of business chats alone. There is no search and no past.
"""

from collections.abc import Iterator, Sequence

import msgspec
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
    Request,
    Source,
    Terms,
    Webhook,
)
from connectors.http import Answer, Http
from connectors.normalize import make_event
from connectors.reading import read, unix_instant
from connectors.signatures import header, same
from schemas.errors import ConnectorError, Malformed, Refused

API = "https://api.telegram.org"
LIMIT = 100
UPDATES = msgspec.json.encode(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
    ]
).decode()


class User(Struct):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    language_code: str | None = None


class Chat(Struct):
    id: int
    type: str = ""
    title: str = ""
    username: str = ""


class Id(Struct):
    message_id: int


class Message(Struct):
    message_id: int
    date: int
    chat: Chat
    from_: User | None = msgspec.field(default=None, name="from")
    sender_chat: Chat | None = None
    sender_business_bot: User | None = None
    is_automatic_forward: bool = False
    text: str = ""
    caption: str = ""
    message_thread_id: int | None = None
    is_topic_message: bool = False
    reply_to_message: Id | None = None
    edit_date: int | None = None
    photo: object = None
    voice: object = None
    video: object = None
    document: object = None
    sticker: object = None

    @property
    def has_media(self) -> bool:
        return any(one is not None for one in (self.photo, self.voice, self.video, self.document, self.sticker))


class Gone(Struct):
    chat: Chat
    message_ids: tuple[int, ...] = ()


class Update(Struct):
    update_id: int = 0
    message: Message | None = None
    edited_message: Message | None = None
    channel_post: Message | None = None
    edited_channel_post: Message | None = None
    business_message: Message | None = None
    edited_business_message: Message | None = None
    deleted_business_messages: Gone | None = None


class Answered(Struct):
    result: list[dict[str, object]] = []  # msgspec copies it


class Numbered(Struct):
    update_id: int


def judge(answer: Answer) -> ConnectorError | None:
    """404 is a wrong token here, and 409 a webhook, or another reader, that is in the way."""
    if answer.status == 404:
        return Refused(
            "Telegram knows no such bot", where="api.telegram.org", fix="Renew TELEGRAM_TOKEN: ask @BotFather."
        )
    if answer.status == 409:
        return Refused(
            "a webhook is set for this bot, or another process reads it",
            where="api.telegram.org",
            fix="Use one way alone: call deleteWebhook, or read by `vigie webhooks`.",
        )
    return None


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """The offset confirms what is below it, so a page is asked for when the one before is published and saved."""
    offset = int(cursor) if cursor else 0
    url = f"{API}/bot{source.secret('TELEGRAM_TOKEN')}/getUpdates"
    while True:
        asked: dict[str, str | int] = {"offset": offset, "limit": LIMIT, "allowed_updates": UPDATES}
        updates = read(http.get(url, params=asked).body, Answered).result
        if not updates:
            return
        offset = max(read(update, Numbered).update_id for update in updates) + 1
        yield Page(items=updates, cursor=str(offset))


def verify(request: Request, source: Source) -> bool:
    return same(header(request.headers, "x-telegram-bot-api-secret-token"), source.secret("TELEGRAM_SECRET"))


def split(body: bytes, source: Source) -> Sequence[Raw]:
    """One update a call."""
    return [read(body, dict[str, object])]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A message, its edit, or the deletion of some. Joins, polls and reactions are nothing that anybody wrote."""
    update = read(raw, Update)
    gone = update.deleted_business_messages
    if gone is not None:
        for number in gone.message_ids:
            yield Deletion(id=f"{gone.chat.id}/{number}")
    for message in (update.message, update.edited_message, update.business_message, update.edited_business_message):
        if message is not None:
            yield from _parse_message(message, source, is_channel=False)
    for message in (update.channel_post, update.edited_channel_post):
        if message is not None:
            yield from _parse_message(message, source, is_channel=True)


def _parse_message(message: Message, source: Source, *, is_channel: bool) -> Iterator[Parsed]:
    if not message.text and not message.caption and not message.has_media:
        return  # somebody joined, a title was changed
    chat, user, spoken_by = message.chat, message.from_, message.sender_chat
    author = str(spoken_by.id if spoken_by else user.id if user else chat.id if is_channel else "")
    if not author:
        raise Malformed("a message from nobody")
    parent = _parent(message)
    is_private = chat.type == "private"
    yield make_event(
        source,
        id=f"{chat.id}/{message.message_id}",
        conversation=_conversation(message),
        parent=parent,
        author_id=author,
        handle=(spoken_by.username if spoken_by else user.username if user else chat.username),
        name=_name(message),
        is_bot=message.sender_business_bot is not None or (spoken_by is None and user is not None and user.is_bot),
        is_team=_is_team(message, source),
        text=message.text or message.caption,
        created_at=unix_instant(message.date),
        kind="message" if is_private else "reply" if parent else "post",
        visibility="public" if chat.username and not is_private else "private",
        permalink=f"https://t.me/{chat.username}/{message.message_id}" if chat.username and not is_private else None,
        language=user.language_code if user and not spoken_by else None,
        edited=message.edit_date is not None,
    )


def _conversation(message: Message) -> str | None:
    """A topic of a forum, a private chat, or all that hangs by replies together.

    Outside of topics a thread has the id of its first message, which carries no thread itself. It is known even where
    the message that is answered is not: what the bot sent is never told.
    """
    chat, thread = message.chat, message.message_thread_id
    if thread and message.is_topic_message:
        return f"{chat.id}/t{thread}"
    if chat.type == "private":
        return str(chat.id)
    return f"{chat.id}/{thread}" if thread else None


def _parent(message: Message) -> str | None:
    """What is answered; in a topic whatever answers nothing points at the notice that opened the topic."""
    answered = message.reply_to_message
    if answered is None or (message.is_topic_message and answered.message_id == message.message_thread_id):
        return None
    return f"{message.chat.id}/{answered.message_id}"


def _name(message: Message) -> str:
    if message.sender_chat is not None:
        return message.sender_chat.title
    user = message.from_
    return " ".join(part for part in (user.first_name, user.last_name) if part) if user else message.chat.title


def _is_team(message: Message, source: Source) -> bool:
    """Whoever speaks as the channel or the group itself, and in a business chat whoever is not the customer.

    A private chat has the id of the customer, so that in a business chat the other one is the owner.
    """
    chat, speaker = message.chat, message.sender_chat
    if speaker is not None:
        return speaker.id == chat.id or message.is_automatic_forward  # from the channel of its discussion group
    return message.from_ is not None and chat.type == "private" and message.from_.id != chat.id


CONNECTOR = Connector(
    name="telegram",
    title="Telegram",
    reads="messages to a bot, in its groups and channels, and in the chats of a connected business account",
    parse=parse,
    poll=Poll(pages=pages, interval_s=5.0, budget=Budget(calls=600, per_s=60.0), judge=judge),
    webhook=Webhook(verify=verify, split=split),
    account="the name of the bot, for your own eyes",
    credentials=(
        Credential(name="TELEGRAM_TOKEN", why="the token of the bot, from @BotFather: to poll", optional=True),
        Credential(name="TELEGRAM_SECRET", why="the secret_token that setWebhook was given", optional=True),
    ),
    terms=Terms(
        note="users may ask for their data to be deleted; what is not needed is not to be kept",
        source="https://telegram.org/tos/bot-developers",
    ),
)
