"""Signed webhook: your own programs push events, signed as Standard Webhooks say.

Source: https://www.standardwebhooks.com (read November 2026). The body is one event or a list of events, each as
`vigie schema export` describes it; `received_at` may be left out, and `author.role`, which is then decided by
[[brands]] and [[leaders]]. An edit is the same event again, a deletion the same with "deleted": true.
Guarantee: at least once, as long as the sender tries again until it is answered 200. A call older than five minutes
is refused; whatever repeats is dropped.
"""

import base64
import binascii
import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from connectors.base import Connector, Credential, Parsed, Raw, Request, Source, Terms, Webhook
from connectors.files.events import parse_line
from connectors.people import Writer, role_of
from connectors.reading import read
from connectors.signatures import header, is_fresh
from schemas.errors import Malformed
from schemas.event import Event

PREFIX = "whsec_"
VERSION = "v1,"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # the frame knows when it came


class Written(msgspec.Struct):
    """What the role of an author is decided by."""

    id: str
    handle: str = ""


class Unsaid(msgspec.Struct):
    author: Written
    network: str
    text: str = ""


def verify(request: Request, source: Source) -> bool:
    """Any of the signatures will do: while a secret is replaced, a sender gives one for each."""
    id, sent_at = header(request.headers, "webhook-id"), header(request.headers, "webhook-timestamp")
    key = _key(source.secret("WEBHOOK_SECRET"))
    if not (id and key and is_fresh(sent_at, request.received_at)):
        return False
    signed = f"{id}.{sent_at}.".encode("utf-8", "surrogatepass") + request.body
    expected = VERSION.encode() + base64.b64encode(hmac.digest(key, signed, "sha256"))
    given = header(request.headers, "webhook-signature").encode("utf-8", "replace").split()
    return any([hmac.compare_digest(one, expected) for one in given])


def _key(secret: str) -> bytes:
    """The secret is base64 after its prefix; one without the prefix is taken as it is."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        return b""


def split(body: bytes, source: Source) -> Sequence[Raw]:
    is_list = body.lstrip().startswith(b"[")
    return read(body, list[dict[str, object]]) if is_list else [read(body, dict[str, object])]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One event of ours, whatever network it names."""
    fields = read(raw, dict[str, object])
    author = fields.get("author")
    if isinstance(author, dict) and "role" not in author:
        unsaid = read(fields, Unsaid)
        writer = Writer(network=unsaid.network, id=unsaid.author.id, handle=unsaid.author.handle, text=unsaid.text)
        fields = {**fields, "author": {**author, "role": role_of(source.people, writer)[0]}}
    event = parse_line(_encoded(fields), _EPOCH)
    if not event.event_id.startswith(f"{event.network}:"):
        raise Malformed("the event_id does not begin with its network and a colon")
    yield msgspec.structs.replace(event, brand=event.brand or _brand(event, source))


def _encoded(fields: dict[str, object]) -> bytes:
    try:
        return msgspec.json.encode(fields)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        raise Malformed("the event holds what JSON cannot hold") from None


def _brand(event: Event, source: Source) -> str:
    author = event.author
    writer = Writer(network=event.network, id=author.id, handle=author.handle, text=event.text)
    return source.brand or role_of(source.people, writer)[1]


CONNECTOR = Connector(
    name="webhook",
    title="Signed webhook",
    reads="events that your own programs push, of any network, signed as Standard Webhooks say",
    parse=parse,
    webhook=Webhook(verify=verify, split=split),
    account="who sends, for your own eyes",
    credentials=(
        Credential(name="WEBHOOK_SECRET", why="a secret of your own, best whsec_ and 32 random bytes in base64"),
    ),
    terms=Terms(note="the content is your own; the terms of the network it came from hold", source=""),
)
