"""App Store Connect: reviews of one's own app in all countries, and the developer's answers, by Apple's official API.

Source: https://developer.apple.com/documentation/appstoreconnectapi/list_all_customer_reviews_for_an_app (its shape
from programs that read it, November 2026)
Guarantee: at least once. Each round reads the last 30 days again, since an answer does not move a review. A round that
is cut off goes on with the page that it had come to; Apple does not say how long the address of a page holds, and
when it does not any more the round begins anew.
Limit: Apple gives an answer only the instant of its last change: one that was edited before it was first read counts
from the edit. Ids differ from those of the public feed: read an app by `appstore` or by this, not by both.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from connectors.walk import Listed, Way, newest_first
from schemas.errors import ConfigError, Malformed

API = "https://api.appstoreconnect.apple.com/"
READ_AGAIN = timedelta(days=30)
TOKEN_S = 900  # Apple takes 20 minutes at most


class Review(Struct, rename="camel"):
    created_date: str
    rating: int
    title: str | None = None
    body: str | None = None
    reviewer_nickname: str | None = None


class Answer(Struct, rename="camel"):
    response_body: str
    last_modified_date: str
    state: str = "PUBLISHED"


class Answered(Struct):
    id: NativeId
    attributes: Answer


class Item(Struct):
    id: NativeId
    attributes: Review
    answer: Answered | None = None


class Link(Struct):
    id: str


class Related(Struct):
    data: Link | None = None


class Relations(Struct):
    response: Related | None = None


class Head(Struct):
    relationships: Relations | None = None


class Links(Struct, frozen=True):
    next: str = ""


class Reviews(Struct):
    data: list[dict[str, Any]]
    included: list[dict[str, Any]] = msgspec.field(default_factory=list)
    links: Links = Links()


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    if not source.account.isdecimal():
        raise ConfigError("the account is not the number of an app", where=f"source {source.name}")
    first = f"{API}v1/apps/{source.account}/customerReviews?include=response&limit=200&sort=-createdDate"

    def fetch(position: str) -> Listed:
        headers = {"authorization": f"Bearer {_token(source, datetime.now(UTC))}"}
        found = read(http.get(position or first, headers=headers).body, Reviews)
        following = found.links.next
        return Listed(items=_together(found), following=following if following.startswith(API) else "")

    yield from newest_first(Way(fetch=fetch, at=_created_at), source, cursor, again=READ_AGAIN)


def _together(listed: Reviews) -> list[dict[str, Any]]:
    """Each review with its answer, which stands apart from it."""
    answers = {one.get("id"): one for one in listed.included if one.get("type") == "customerReviewResponses"}
    items = []
    for one in listed.data:
        try:
            relations = read(one, Head).relationships
        except Malformed:
            relations = None
        link = relations.response.data if relations and relations.response else None
        items.append({**one, "answer": answers.get(link.id)} if link else one)
    return items


def _created_at(raw: dict[str, Any]) -> datetime | None:
    try:
        return instant(read(raw, Item).attributes.created_date)
    except Malformed:
        return None  # parse says what is wrong with it


def _token(source: Source, now: datetime) -> str:
    """A token signed with the team's key (ES256)."""
    pem = source.secret("APPSTORE_PRIVATE_KEY").replace("\\n", "\n")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(
            "APPSTORE_PRIVATE_KEY is not the key that Apple gave",
            where=f"source {source.name}",
            fix="Put the whole text of the file AuthKey_….p8 into it; line breaks may be written as \\n.",
        )
    issued = int(now.timestamp())
    head = {"alg": "ES256", "kid": source.secret("APPSTORE_KEY_ID"), "typ": "JWT"}
    claims = {
        "iss": source.secret("APPSTORE_ISSUER_ID"),
        "iat": issued,
        "exp": issued + TOKEN_S,
        "aud": "appstoreconnect-v1",
    }
    signed = b".".join(_plain(msgspec.json.encode(part)) for part in (head, claims))
    numbers = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    return b".".join((signed, _plain(b"".join(one.to_bytes(32, "big") for one in numbers)))).decode()


def _plain(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A review, and the developer's answer once it is published."""
    item = read(raw, Item)
    review, answer = item.attributes, item.answer.attributes if item.answer else None
    if review.rating not in range(1, 6):
        raise Malformed("the stars of a review are not 1 to 5")
    is_answered = answer is not None and answer.state == "PUBLISHED"
    answered_at = instant(answer.last_modified_date) if answer and is_answered else None  # before anything is yielded
    yield make_event(
        source,
        id=item.id,
        author_id=f"of-{item.id}",  # Apple names no account
        name=review.reviewer_nickname or "",
        text="\n".join(part for part in (review.title, review.body) if part),
        created_at=instant(review.created_date),
        kind="review",
        rating=review.rating,
    )
    if answer and answered_at:
        yield make_event(
            source,
            id=f"{item.id}/reply",
            conversation=item.id,
            parent=item.id,
            author_id=source.account or "developer",
            is_team=True,
            text=answer.response_body,
            created_at=answered_at,
            kind="reply",
        )


CONNECTOR = Connector(
    name="appstoreconnect",
    title="App Store Connect",
    reads="reviews of one's own app in all countries, with their stars, and the developer's answers",
    parse=parse,
    poll=Poll(pages=pages, interval_s=900.0, budget=Budget(calls=300, per_s=3_600.0)),
    account="the number of the app, as in the address of its page: …/id123456789",
    credentials=(
        Credential(name="APPSTORE_ISSUER_ID", why="in App Store Connect, Users and Access, Integrations"),
        Credential(name="APPSTORE_KEY_ID", why="of a key made there with the role Customer Support"),
        Credential(name="APPSTORE_PRIVATE_KEY", why="the text of the file AuthKey_….p8 of that key"),
    ),
    terms=Terms(note="no limit of time was found", source="https://developer.apple.com/support/terms/"),
)
