"""Trustpilot: service reviews of a business and its answers, by the public API; new, changed and deleted by webhook.

Source: https://developers.trustpilot.com/service-reviews-api and Trustpilot's help page on webhooks (read November
2026); the names inside `companyReply` are from public programs that read it.
Guarantee: at least once. Each round reads the last 30 days again, newest first, since an answer or an edit does not
move a review to the front. A round that is cut off goes on with the page that it had come to.
Limit: an answer to an older review comes by webhook or not at all. Trustpilot does not sign its webhooks: the address
that is given to it must hold a long secret, and nothing proves that the body is Trustpilot's.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

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
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from connectors.signatures import same
from connectors.walk import Listed, Way, newest_first
from schemas.errors import Malformed

API = "https://api.trustpilot.com/v1"
PER_PAGE = 100
READ_AGAIN = timedelta(days=30)


class Consumer(Struct, rename="camel"):
    id: NativeId
    display_name: str = ""
    name: str = ""


class Answer(Struct, rename="camel"):
    text: str = ""
    created_at: str = ""


class Review(Struct, rename="camel"):
    id: NativeId
    created_at: str
    consumer: Consumer
    stars: int
    title: str | None = None
    text: str | None = None
    language: str | None = None
    company_reply: Answer | None = None


class Reviews(Struct):
    reviews: list[dict[str, Any]]


class Created(Struct, rename="camel"):
    created_at: str


class Happening(Struct, rename="camel"):
    event_name: str
    event_data: dict[str, Any]


class Delivery(Struct):
    events: list[dict[str, Any]]


class Id(Struct):
    id: NativeId


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    key = {"apikey": source.secret("TRUSTPILOT_API_KEY")}
    url = f"{API}/business-units/{source.account}/reviews"

    def fetch(position: str) -> Listed:
        number = int(position or 1)
        params: dict[str, str | int] = {"page": number, "perPage": PER_PAGE, "orderBy": "createdat.desc"}
        reviews = read(http.get(url, params=params, headers=key).body, Reviews).reviews
        return Listed(items=reviews, following=str(number + 1) if reviews else "")

    yield from newest_first(Way(fetch=fetch, at=_created_at), source, cursor, again=READ_AGAIN)


def _created_at(raw: dict[str, Any]) -> datetime | None:
    try:
        return instant(read(raw, Created).created_at)
    except Malformed:
        return None  # parse says what is wrong with it


def verify(request: Request, source: Source) -> bool:
    """There is no signature: the address that Trustpilot was given ends in ?token=…"""
    return source.has("TRUSTPILOT_WEBHOOK_TOKEN") and same(
        request.query.get("token", ""), source.secret("TRUSTPILOT_WEBHOOK_TOKEN")
    )


def split(body: bytes, source: Source) -> Sequence[Raw]:
    return read(body, Delivery).events


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A review as the API lists it, or what a webhook tells of one."""
    if not (isinstance(raw, dict) and "eventName" in raw):
        yield from _review(read(raw, Review), source)
        return
    happening = read(raw, Happening)
    what = happening.event_name
    if what == "service-review-deleted":
        id = read(happening.event_data, Id).id
        yield Deletion(id=id)
        yield Deletion(id=f"{id}/reply")
    elif what.startswith("service-review-"):
        yield from _review(read(happening.event_data, Review), source)


def _review(review: Review, source: Source) -> Iterator[Parsed]:
    if review.stars not in range(1, 6):
        raise Malformed("the stars of a review are not 1 to 5")
    link = f"https://www.trustpilot.com/reviews/{review.id}"
    answer = review.company_reply
    answered_at = instant(answer.created_at) if answer and answer.text else None  # before anything is yielded
    yield make_event(
        source,
        id=review.id,
        author_id=review.consumer.id,
        name=review.consumer.display_name or review.consumer.name,
        text="\n".join(part for part in (review.title, review.text) if part),
        created_at=instant(review.created_at),
        kind="review",
        rating=review.stars,
        language=review.language,
        permalink=link,
    )
    if answer and answered_at:
        yield make_event(
            source,
            id=f"{review.id}/reply",
            conversation=review.id,
            parent=review.id,
            author_id=source.account or "business",
            is_team=True,
            text=answer.text,
            created_at=answered_at,
            kind="reply",
            permalink=link,
        )


CONNECTOR = Connector(
    name="trustpilot",
    title="Trustpilot",
    reads="service reviews of a business with their stars, and the answers of the business",
    parse=parse,
    poll=Poll(pages=pages, interval_s=600.0, budget=Budget(calls=60, per_s=60.0)),
    webhook=Webhook(verify=verify, split=split),
    account="the id of the business unit: 24 letters and digits, given by /v1/business-units/find?name=",
    credentials=(
        Credential(name="TRUSTPILOT_API_KEY", why="the API key of an application in Trustpilot Business, Integrations"),
        Credential(
            name="TRUSTPILOT_WEBHOOK_TOKEN",
            why="a long secret of your own; give Trustpilot the address …/hooks/trustpilot?token=SECRET",
            optional=True,
        ),
    ),
    closed="the API belongs to paid plans; product reviews are not read",
    terms=Terms(
        note="reviews that are deleted at Trustpilot are to be deleted here",
        source="https://developers.trustpilot.com/service-reviews-api",
    ),
)
