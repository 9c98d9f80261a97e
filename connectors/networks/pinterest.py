"""Pinterest: pins of public boards by RSS, and comments from an export that a person makes.

Source: https://github.com/pinterest/api-description, v5/openapi.yaml (read November 2026: pins, boards, ads and their
figures, nothing of comments or messages)
Guarantee: at least once for what stands in a feed while it is read; every row of an export.
Limit: the API gives nobody's comments, so what customers write comes in from an export, or by the connector for e-mail
from notifications. Feeds hold the newest pins.
"""

from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from connectors.base import Budget, Connector, Page, Parsed, Poll, Raw, Source, Terms
from connectors.exports import csv_rows, file_pages, row_event
from connectors.feeds import Entry, read_feed, written_at
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import plain_text, read
from schemas.errors import Malformed, Missing

SITE = "https://www.pinterest.com"


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """The feeds of the boards, then the exports."""
    for board in source.account.split():
        path = board.strip("/")
        url = f"{SITE}/{quote(path)}.rss" if "/" in path else f"{SITE}/{quote(path)}/feed.rss"
        try:
            feed = read_feed(http.get(url).body, f"{SITE}/")
        except Missing:
            continue  # a board that is secret now, or not there any more
        yield Page(
            items=[{**msgspec.to_builtins(entry), "owner": path.partition("/")[0]} for entry in feed.entries[::-1]]
        )
    if source.option("exports"):
        yield from file_pages(http, source, cursor, csv_rows, source.option("exports"))


class Pin(Entry):
    owner: str = ""


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A pin of a feed, or a row of an export."""
    if isinstance(raw, dict) and "post_id" in raw:
        yield row_event(raw, source)
        return
    pin = read(raw, Pin)
    id = next((part for part in reversed((pin.link or pin.id).split("/")) if part.isdigit()), "")
    if not id:
        raise Malformed("a pin without its number")
    body = plain_text(pin.body)
    yield make_event(
        source,
        id=id,
        author_id=pin.owner,
        handle=pin.owner,
        text=body if pin.title in body else "\n".join(part for part in (plain_text(pin.title), body) if part),
        created_at=written_at(pin),
        permalink=f"{SITE}/pin/{id}/",
    )


CONNECTOR = Connector(
    name="pinterest",
    title="Pinterest",
    reads="pins of public boards; comments from a CSV that a person keeps",
    parse=parse,
    poll=Poll(pages=pages, interval_s=900.0, budget=Budget(calls=30, per_s=60.0)),
    account="users (acme) and boards (acme/recipes), with spaces between them",
    options={
        "exports": "addresses of CSV files, with spaces between them; columns: post_id, author, author_is_brand, "
        "created_at, parent_id, text, url"
    },
    closed="the API has no comments and no messages; left are pins by RSS, exports by hand and notifications by mail",
    terms=Terms(note="a feed is published to be read", source="https://policy.pinterest.com/terms-of-service"),
)
