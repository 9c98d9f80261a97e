"""WeChat: messages that followers send to an official account, by webhook, in plain, compatible and secure mode.

Source: https://developers.weixin.qq.com/doc/service/en/guide/product/message/Receiving_standard_messages.html and
.../Message_encryption_and_decryption_instructions.html (known November 2026)
Guarantee: at least once, as long as WeChat delivers: three attempts of five seconds, and no way to read back.
Limit: WeChat reports no answers of the brand and no withdrawals; answers come in from the desk where they are written.
In plain mode nothing signs the body: choose secure mode, and set WECHAT_AES_KEY. With the key set, only bodies
that are encrypted, and signed with their cipher text, are taken.
"""

import base64
import binascii
from collections.abc import Iterator, Sequence

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from msgspec import Struct

from connectors.base import Connector, Credential, Parsed, Raw, Reply, Request, Source, Terms, Webhook
from connectors.normalize import make_event
from connectors.reading import read, unix_instant
from connectors.signatures import is_fresh, same, sha1_of_sorted
from connectors.xml import read_xml, texts
from schemas.errors import Malformed

RANDOM_BYTES = 16
LENGTH_BYTES = 4
BLOCK_BYTES = 32  # WeChat pads to 32 and not to the 16 of AES
KEY_BYTES = 32
OURS = Reply(body=b"success")


class Message(Struct, rename="pascal"):
    """All texts: XML has no numbers."""

    from_user_name: str
    create_time: str
    msg_type: str
    msg_id: str = ""
    content: str = ""
    recognition: str = ""
    title: str = ""
    description: str = ""
    url: str = ""
    label: str = ""


def verify(request: Request, source: Source) -> bool:
    """The query in plain mode; with a key the cipher text too."""
    query = request.query
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not timestamp or not nonce or not is_fresh(timestamp, request.received_at):
        return False
    token = source.secret("WECHAT_TOKEN")
    if not source.has("WECHAT_AES_KEY"):
        return same(query.get("signature", ""), sha1_of_sorted(token, timestamp, nonce))
    sealed = _sealed(request.body)
    return bool(sealed) and same(query.get("msg_signature", ""), sha1_of_sorted(token, timestamp, nonce, sealed))


def _sealed(body: bytes) -> str:
    try:
        return _values(body).get("Encrypt", "")
    except Malformed:
        return ""


def challenge(request: Request, source: Source) -> Reply | None:
    """WeChat's question when the address is set; never encrypted."""
    query = request.query
    echo = query.get("echostr", "")
    if request.method != "GET" or not echo:
        return None
    signed = sha1_of_sorted(source.secret("WECHAT_TOKEN"), query.get("timestamp", ""), query.get("nonce", ""))
    return Reply(body=echo.encode()) if same(query.get("signature", ""), signed) else None


def split(body: bytes, source: Source) -> Sequence[Raw]:
    """The one message of a delivery, opened when it is sealed."""
    values = _values(body)
    if source.has("WECHAT_AES_KEY"):
        opened = unseal(values.get("Encrypt", ""), source.secret("WECHAT_AES_KEY"), source.option("app_id"))
        values = _values(opened)
    return [values]


def _values(body: bytes) -> dict[str, str]:
    """XML, or JSON where the account is set so."""
    if body.lstrip().startswith(b"{"):
        found = read(body, dict[str, object])
        return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}
    return texts(read_xml(body))


def unseal(sealed: str, key: str, app_id: str) -> bytes:
    """The clear text: 16 random bytes, its length, itself, and the id of the account it is for.

    Raises:
        Malformed: it was not sealed with this key, or for another account.
    """
    try:
        secret = base64.b64decode(f"{key}=", validate=True)
        cipher_text = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("the key or the body is not base64") from None
    if len(secret) != KEY_BYTES or not cipher_text or len(cipher_text) % RANDOM_BYTES:
        raise Malformed("the key or the body has a wrong length")
    decryptor = Cipher(AES(secret), CBC(secret[:16])).decryptor()
    clear = decryptor.update(cipher_text) + decryptor.finalize()
    if not 1 <= clear[-1] <= BLOCK_BYTES:
        raise Malformed("the body was sealed with another key")
    clear = clear[: -clear[-1]]
    start = RANDOM_BYTES + LENGTH_BYTES
    end = start + int.from_bytes(clear[RANDOM_BYTES:start], "big")
    if end > len(clear) or (app_id and clear[end:] != app_id.encode()):
        raise Malformed("the body was sealed with another key, or for another account")
    return clear[start:end]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A message. Events (a follow, a menu, a scan) are nothing that anybody wrote."""
    message = read(raw, Message)
    if message.msg_type == "event":
        return
    if not message.create_time.isascii() or not message.create_time.isdigit() or len(message.create_time) > 12:
        raise Malformed("CreateTime is not a count of seconds")
    said = message.content or message.recognition
    shared = (message.title, message.description, message.url, message.label)
    yield make_event(
        source,
        id=message.msg_id or f"{message.from_user_name}/{message.create_time}",
        conversation=message.from_user_name,
        author_id=message.from_user_name,
        text=said or "\n".join(part for part in shared if part),
        created_at=unix_instant(int(message.create_time)),
        kind="message",
        visibility="private",
    )


CONNECTOR = Connector(
    name="wechat",
    title="WeChat official accounts",
    reads="messages of followers to the account, also what WeChat hears in their voice messages",
    parse=parse,
    webhook=Webhook(
        verify=verify,
        split=split,
        challenge=challenge,
        reply=OURS,
        content_types=("text/xml", "application/xml", "application/json"),
    ),
    account="the original id of the account, gh_…, for your own eyes",
    options={"app_id": "the AppID: bodies that are sealed for another account are refused"},
    credentials=(
        Credential(name="WECHAT_TOKEN", why="the token of the server's configuration, mp.weixin.qq.com"),
        Credential(name="WECHAT_AES_KEY", why="the EncodingAESKey, 43 characters, for secure mode", optional=True),
    ),
    closed="needs a verified account; answers of the brand, moments and search are not told",
    terms=Terms(
        note="followers' data may be used for the service of the account alone",
        source="https://developers.weixin.qq.com/doc/service/en/",
    ),
)
