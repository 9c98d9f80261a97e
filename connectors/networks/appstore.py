"""Apple App Store: reviews of an app, country by country, by Apple's feed of customer reviews.

Source: https://itunes.apple.com/<country>/rss/customerreviews/…/json, which Apple does not document; its shape is
known from public programs that read it (read November 2026)
Guarantee: at least once. The cursor is the newest instant of each country less a day, since the feed runs late.
Limit: the newest 500 reviews of a country. What the developer answers is not in the feed, and a review that is
removed only vanishes.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read
from schemas.errors import ConfigError, Malformed, Unavailable

FEED = "https://itunes.apple.com"
MOST_PAGES = 10
OVERLAP = timedelta(days=1)
_AUTHOR = re.compile(r"/reviews/id(\d+)")


class Label(Struct, frozen=True):
    label: str = ""


class Id(Struct, frozen=True):
    label: NativeId


class Writer(Struct, frozen=True):
    name: Label = Label()
    uri: Label = Label()


class Entry(Struct):
    id: Id
    updated: Label
    author: Writer = Writer()
    title: Label = Label()
    content: Label = Label()
    rating: Label | None = msgspec.field(default=None, name="im:rating")


class Feed(Struct, frozen=True):
    entry: list[dict[str, Any]] | dict[str, Any] = []  # one review may come without its list


class Answered(Struct):
    feed: Feed = Feed()


class Hole(Unavailable):
    """A page was empty, and the one behind it is not."""


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Every country from where it was left; a hole in one is told once the others are read.

    Raises:
        Hole: a country is to be read again.
    """
    newest = read(cursor, dict[str, str]) if cursor else {}
    holes: list[Hole] = []
    for country in _countries(source):
        start = instant(newest[country]) - OVERLAP if country in newest else source.since
        try:
            found = _since(http, source, country, start)
        except Hole as hole:
            holes.append(hole)
            continue
        for items in reversed(found):
            instants = [at for at in map(_updated, items) if at is not None]
            if instants:
                known = instant(newest[country]) if country in newest else start
                newest[country] = max([known, *instants]).isoformat()
            yield Page(items=items, cursor=msgspec.json.encode(newest).decode())
    if holes:
        raise holes[0]


def _since(http: Http, source: Source, country: str, start: datetime) -> list[list[dict[str, Any]]]:
    """The pages of one country, at most 500 reviews, each oldest first, down to the first that is older.

    Raises:
        Hole: a page was empty, asked for twice, and the next one was not: the feed now and then gives none.
    """
    found = []
    for number in range(1, MOST_PAGES + 1):
        listed = _listed(http, source, country, number) or _listed(http, source, country, number)
        if not listed:
            if number < MOST_PAGES and _listed(http, source, country, number + 1):
                raise Hole(
                    f"page {number} of the reviews is empty, and there are more behind it", where=f"{FEED}/{country}"
                )
            break
        recent = [one for one in listed if (at := _updated(one)) is None or at >= start]
        found.append(recent[::-1])
        if len(recent) < len(listed):
            break
    return found


def _listed(http: Http, source: Source, country: str, number: int) -> list[dict[str, Any]]:
    url = f"{FEED}/{country}/rss/customerreviews/page={number}/id={_app(source)}/sortby=mostrecent/json"
    entries = read(http.get(url).body, Answered).feed.entry
    return [entries] if isinstance(entries, dict) else entries


def _updated(raw: dict[str, Any]) -> datetime | None:
    """When a review was written. What describes the app itself is no review, however old it is."""
    try:
        entry = read(raw, Entry)
        return instant(entry.updated.label) if entry.rating else None
    except Malformed:
        return None  # parse says what is wrong with it


def _countries(source: Source) -> list[str]:
    given = source.options.get("countries", "us")
    listed = given if isinstance(given, list) else str(given).split(",")
    countries = [str(one).strip().lower() for one in listed]
    if not all(re.fullmatch("[a-z]{2}", country) for country in countries):
        raise ConfigError(
            "countries are two letters each", where=f"source {source.name}", fix='Write countries = ["us", "fr"].'
        )
    return countries


def _app(source: Source) -> str:
    app = source.account.rpartition("/id")[2].partition("?")[0]
    if not app.isdecimal():
        raise ConfigError(
            "the account of this source is not the number of an app",
            where=f"source {source.name}",
            fix="Take it from the app's address: https://apps.apple.com/us/app/name/id123456789.",
        )
    return app


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One entry. The first of a feed may describe the app itself: it has no stars."""
    entry = read(raw, Entry)
    if entry.rating is None:
        return
    stars = entry.rating.label
    if stars not in ("1", "2", "3", "4", "5"):
        raise Malformed("the stars of a review are not 1 to 5")
    writer = _AUTHOR.search(entry.author.uri.label)
    yield make_event(
        source,
        id=entry.id.label,
        author_id=writer[1] if writer else entry.author.name.label or f"of-{entry.id.label}"[:500],
        name=entry.author.name.label,
        text="\n".join(part for part in (entry.title.label, entry.content.label) if part),
        created_at=instant(entry.updated.label),
        kind="review",
        rating=int(stars),
    )


CONNECTOR = Connector(
    name="appstore",
    title="Apple App Store",
    reads="reviews of an app with their stars, the newest 500 of each country",
    parse=parse,
    poll=Poll(pages=pages, interval_s=900.0, budget=Budget(calls=20, per_s=60.0)),
    account="the number of the app, as in the address of its page: …/id123456789",
    options={"countries": 'the countries to read, "us" alone by default: countries = ["us", "fr"]'},
    closed="the developer's answers are not in the feed: `appstoreconnect` reads them, of one's own apps",
    terms=Terms(note="the feed is not documented and states no limit of time", source="https://www.apple.com/legal/"),
)
