"""What Facebook, Instagram and WhatsApp share: signature, handshake, deliveries, messages, paging, what is wrong.

Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started/ and
https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ (read November 2026)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from connectors.base import Deletion, Parsed, Reply, Request, Source
from connectors.http import Answer, Http, Values
from connectors.normalize import make_event
from connectors.reading import read, unix_instant
from connectors.signatures import header, hmac_matches, same
from schemas.errors import ConnectorError, Malformed, Missing, Refused, Unavailable

VERSION = "v26.0"
ACCOUNT_LIMIT_S = 300.0  # asked again after so long when the platform does not say how long to wait
_TOKEN = frozenset({102, 190, 463, 467})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_LIMITS = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_LATER = frozenset({1, 2})
_GONE = (100, 33)  # code and subcode: it is not there, or not for us
_MILLISECONDS_FROM = 100_000_000_000


class Fault(Struct):
    code: int = 0
    error_subcode: int = 0


class Failed(Struct):
    error: Fault


class Usage(Struct):
    estimated_time_to_regain_access: float = 0.0  # minutes


class Paging(Struct):
    next: str = ""


class Listing(Struct):
    data: list[dict[str, Any]]
    paging: Paging | None = None


class Envelope(Struct, rename={"platform": "object"}):
    platform: str
    entry: list[dict[str, Any]]


class Person(Struct, frozen=True):
    id: str = ""
    name: str = ""
    username: str = ""
    self_ig_scoped_id: str = ""  # Instagram writes it when the author is the account itself


class Quoted(Struct):
    mid: str = ""


class Text(Struct):
    mid: str
    text: str = ""
    is_echo: bool = False
    is_deleted: bool = False
    app_id: int | str = ""
    reply_to: Quoted | None = None


class Edit(Struct):
    mid: str
    text: str = ""


class Messaging(Struct):
    sender: Person = Person()
    recipient: Person = Person()
    timestamp: int | None = None
    message: Text | None = None
    message_edit: Edit | None = None


def verified_by(secret: str) -> Callable[[Request, Source], bool]:
    """The check of a webhook whose app secret is the credential of that name: over the bytes as they came."""

    def verify(request: Request, source: Source) -> bool:
        given = header(request.headers, "x-hub-signature-256")
        return hmac_matches(given, source.secret(secret), request.body, prefix="sha256=")

    return verify


def challenged_by(token: str) -> Callable[[Request, Source], Reply | None]:
    """The answer to the handshake: the challenge, when the word that was agreed on in the console comes with it."""

    def challenge(request: Request, source: Source) -> Reply | None:
        query = request.query
        if request.method != "GET" or query.get("hub.mode") != "subscribe" or not source.has(token):
            return None
        if not same(query.get("hub.verify_token", ""), source.secret(token)):
            return None
        return Reply(body=query.get("hub.challenge", "").encode("utf-8", "replace"))

    return challenge


def single_entries(body: bytes, platform: str) -> Iterator[dict[str, Any]]:
    """The entries of a delivery, cut so that each holds one thing that happened.

    Raises:
        Malformed: it is no delivery of this platform.
    """
    is_list = body.lstrip().startswith(b"[")  # so the examples of Instagram show it
    for delivery in read(body, list[Envelope]) if is_list else [read(body, Envelope)]:
        if delivery.platform != platform:
            raise Malformed("the delivery is about another object of Meta")
        for entry in delivery.entry:
            rest = {name: value for name, value in entry.items() if name not in ("changes", "messaging", "standby")}
            if "field" in rest:  # Instagram Login leaves out `changes`
                yield rest
            for name in ("changes", "messaging", "standby"):
                found = entry.get(name)
                for one in found if isinstance(found, list) else ():
                    # what another app answers comes as `standby`, in the same shape
                    yield rest | {"messaging" if name == "standby" else name: [one]}


def platform_instant(count: int) -> datetime:
    """An instant of a delivery: seconds for changes, milliseconds for messages.

    Raises:
        Malformed: it is none.
    """
    return unix_instant(count, per_second=1000 if count >= _MILLISECONDS_FROM else 1)


def messages(messaging: Messaging, source: Source) -> Iterator[Parsed]:
    """A direct message, its edit or its withdrawal. Reads, deliveries, reactions and buttons are nothing written."""
    message, edit = messaging.message, messaging.message_edit
    if message is not None and message.is_deleted:
        yield Deletion(id=message.mid)
        return
    if message is None and edit is None:
        return
    if messaging.timestamp is None:
        raise Malformed("a message without its time")
    is_echo = message is not None and message.is_echo
    customer = messaging.recipient.id if is_echo else messaging.sender.id
    yield make_event(
        source,
        id=message.mid if message else edit.mid if edit else "",
        conversation=customer,
        parent=message.reply_to.mid or None if message and message.reply_to else None,
        author_id=messaging.sender.id,
        text=message.text if message else edit.text if edit else "",
        created_at=platform_instant(messaging.timestamp),
        application=str(message.app_id) if message else "",
        is_team=is_echo,
        kind="message",
        visibility="private",
        edited=edit is not None,
    )


def listing(http: Http, url: str, params: Values, token: str) -> Iterator[list[dict[str, Any]]]:
    """The pages of an edge. The address of the next one holds the token, so only its other parameters are taken."""
    headers = {"authorization": f"Bearer {token}"}
    seen: set[str] = set()
    while True:
        page = read(http.get(url, params=params, headers=headers).body, Listing)
        yield page.data
        follow = page.paging.next if page.paging else ""
        if not follow or follow in seen:
            return
        seen.add(follow)
        params = {**params, **_parameters(follow)}


def _parameters(url: str) -> Mapping[str, str]:
    try:
        query = urlsplit(url).query
    except ValueError:
        raise Malformed("the address of the next page is none") from None
    return {name: value for name, value in parse_qsl(query) if name != "access_token"}


def judge(answer: Answer) -> ConnectorError | None:
    """What the code in an error means; Graph answers 400 to nearly everything."""
    if answer.status < 400:
        return None
    try:
        fault = read(answer.body, Failed).error
    except Malformed:
        return None
    if fault.code in _LIMITS:
        wait_s = _asked_s(answer.headers) or ACCOUNT_LIMIT_S
        return Unavailable(f"too many calls (code {fault.code})", where=answer.where, retry_after_s=wait_s)
    if fault.code in _LATER:
        return Unavailable(f"the network cannot answer now (code {fault.code})", where=answer.where)
    if fault.code in _TOKEN:
        return Refused(
            f"the access token is not valid any more (code {fault.code})",
            where=answer.where,
            fix="Make a new one, best of a system user, which does not expire, and set it in the environment.",
        )
    if fault.code in _PERMISSION:
        return Refused(
            f"the access token lacks a permission (code {fault.code})",
            where=answer.where,
            fix="Grant it to the app; for what strangers write it needs Advanced Access by App Review.",
        )
    if (fault.code, fault.error_subcode) == _GONE:
        return Missing("it is not there, or not for this token (code 100)", where=answer.where)
    return None


def _asked_s(headers: Mapping[str, str]) -> float:
    """Seconds until calls are allowed again; minutes stand in a header that lists every kind of use."""
    try:
        found = read(headers.get("x-business-use-case-usage", "{}"), dict[str, list[Usage]])
    except Malformed:
        return 0.0
    uses: Iterable[Usage] = (usage for kinds in found.values() for usage in kinds)
    return 60.0 * max((usage.estimated_time_to_regain_access for usage in uses), default=0.0)
