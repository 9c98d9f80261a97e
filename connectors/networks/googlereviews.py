"""Google reviews: reviews of a place that one manages, and the owner's answers, by the Business Profile API.

Source: https://developers.google.com/my-business/content/review-data (read November 2026)
Guarantee: at least once. Each round reads what changed in the last 30 days again, since an answer has an instant of
its own and need not move its review to the front. A round that is cut off goes on with the page that it had come to;
Google does not say how long the token of a page holds, and when it does not any more the round begins anew.
Limit: Google gives an answer only the instant of its last change: one that was edited before it was first read
counts from the edit. Google does not name the reviewer's account, so each review has an author of its own. A deleted
review is only missing. Notifications (Cloud Pub/Sub) hold names alone and are not used.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from connectors.walk import Listed, Way, newest_first
from schemas.errors import ConfigError, Malformed

API = "https://mybusiness.googleapis.com/v4"
TOKEN = "https://oauth2.googleapis.com/token"  # an address
PER_PAGE = 50
READ_AGAIN = timedelta(days=30)
STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
TRANSLATED = "(Translated by Google)"
ORIGINAL = "(Original)"


class Reviewer(Struct, rename="camel", frozen=True):
    display_name: str = ""
    is_anonymous: bool = False


class Answer(Struct, rename="camel"):
    comment: str = ""
    update_time: str = ""


class Review(Struct, rename="camel"):
    review_id: NativeId
    create_time: str
    update_time: str = ""
    star_rating: Literal["STAR_RATING_UNSPECIFIED", "ONE", "TWO", "THREE", "FOUR", "FIVE"] = "STAR_RATING_UNSPECIFIED"
    reviewer: Reviewer = Reviewer()
    comment: str = ""
    review_reply: Answer | None = None


class Reviews(Struct, rename="camel"):
    reviews: list[dict[str, Any]] = []  # msgspec copies it
    next_page_token: str = ""


class Token(Struct):
    access_token: str


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    headers = {"authorization": f"Bearer {_token(http, source)}"}
    url = f"{API}/{_place(source)}/reviews"

    def fetch(position: str) -> Listed:
        params: dict[str, str | int] = {"pageSize": PER_PAGE, "orderBy": "updateTime desc"}
        if position:
            params["pageToken"] = position
        found = read(http.get(url, params=params, headers=headers).body, Reviews)
        return Listed(items=found.reviews, following=found.next_page_token)

    yield from newest_first(Way(fetch=fetch, at=_changed_at), source, cursor, again=READ_AGAIN)


def _token(http: Http, source: Source) -> str:
    """An access token, good for an hour, for the consent that the owner gave once."""
    form = {
        "grant_type": "refresh_token",
        "client_id": source.secret("GOOGLE_CLIENT_ID"),
        "client_secret": source.secret("GOOGLE_CLIENT_SECRET"),
        "refresh_token": source.secret("GOOGLE_REFRESH_TOKEN"),
    }
    return read(http.post(TOKEN, form=form).body, Token).access_token


def _place(source: Source) -> str:
    parts = source.account.strip("/").split("/")
    if len(parts) != 4 or (parts[0], parts[2]) != ("accounts", "locations"):
        raise ConfigError(
            "the account of this source is not a place",
            where=f"source {source.name}",
            fix='Write it as Google names it: account = "accounts/123/locations/456".',
        )
    return "/".join(parts)


def _changed_at(raw: dict[str, Any]) -> datetime | None:
    try:
        review = read(raw, Review)
        return instant(review.update_time or review.create_time)
    except Malformed:
        return None  # parse says what is wrong with it


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One review, and the owner's answer where there is one."""
    review = read(raw, Review)
    answer = review.review_reply
    answered_at = instant(answer.update_time) if answer and answer.comment else None  # before anything is yielded
    yield make_event(
        source,
        id=review.review_id,
        author_id=f"of-{review.review_id}",
        name="" if review.reviewer.is_anonymous else review.reviewer.display_name,
        text=original(review.comment),
        created_at=instant(review.create_time),
        kind="review",
        rating=STARS.get(review.star_rating),
    )
    if answer and answered_at:
        yield make_event(
            source,
            id=f"{review.review_id}/reply",
            conversation=review.review_id,
            parent=review.review_id,
            author_id=source.account or "owner",
            is_team=True,
            text=original(answer.comment),
            created_at=answered_at,
            kind="reply",
        )


def original(comment: str) -> str:
    """What the author wrote, where Google put its translation before or after it."""
    before, found, after = comment.partition(ORIGINAL)
    if found and before.lstrip().startswith(TRANSLATED):
        return after.strip()
    written, found, _ = comment.partition(TRANSLATED)
    return written.strip() if found and written.strip() else comment.strip()


CONNECTOR = Connector(
    name="googlereviews",
    title="Google reviews",
    reads="reviews of a place that the brand manages, with their stars, and the owner's answers",
    parse=parse,
    poll=Poll(pages=pages, interval_s=600.0, budget=Budget(calls=300, per_s=60.0)),
    account='the place: "accounts/123/locations/456"; one source a place',
    credentials=(
        Credential(name="GOOGLE_CLIENT_ID", why="of an OAuth client in the Google Cloud console"),
        Credential(name="GOOGLE_CLIENT_SECRET", why="of the same OAuth client"),
        Credential(
            name="GOOGLE_REFRESH_TOKEN",
            why="of a manager of the place who consented to https://www.googleapis.com/auth/business.manage",
        ),
    ),
    closed="Google grants access on application; until then every quota is 0",
    terms=Terms(
        note="only for places that one owns or manages for the owner; no limit of time was found",
        source="https://developers.google.com/my-business/content/policies",
    ),
)
