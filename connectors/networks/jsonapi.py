"""JSON API: any list of posts, tickets or reviews that some program gives as JSON, described in vigie.toml.

Source: the settings. `url` is asked with `params`; `items` is the path of the list, `fields` that of each part.
Guarantee: at least once, as far as the API lists what is new: the last `reread_days` are read again each round, and
what repeats is dropped; a changed text becomes an edit. A round that is cut off goes on with the page that it had come
to, whichever way the API pages; where the API does not know that page any more, the round begins anew.
Limit: a deletion is only seen where a field tells it (`fields.deleted`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import msgspec

from connectors import mapped
from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Answer, Http
from connectors.reading import instant, read
from connectors.walk import Listed, Walk, Way, steps, what_is_new
from schemas.errors import Malformed, Refused


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the next page is asked for."""

    by: Literal["none", "next", "link", "cursor", "page"] = "none"
    path: str = ""
    param: str = "page"
    first: int = 1


class Api(mapped.Mapping, frozen=True, forbid_unknown_fields=True):
    """The options of a source."""

    url: str = ""
    items: str = ""
    params: dict[str, str | int] = msgspec.field(default_factory=dict)
    paging: Paging = Paging()
    since: str = ""
    order: Literal["newest", "oldest"] = "newest"
    reread_days: float = 1.0
    header: str = "authorization"
    scheme: str = "Bearer"


class Place(msgspec.Struct):
    """Where to go on: the newest instant of the last round, the API's own cursor where it runs forward, and the walk
    of a round that is not over."""

    at: str
    cursor: str = ""
    walk: Walk | None = None


Params = dict[str, str | int]


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    api = mapped.settings_of(source, Api)
    place = read(cursor, Place) if cursor else Place(at=source.since.isoformat())
    again = timedelta(days=api.reread_days) if cursor else timedelta()
    is_forward = api.order == "oldest"
    walk = place.walk or Walk(
        start=instant(place.at) - again, newest=instant(place.at), position=place.cursor if is_forward else ""
    )
    way = Way(
        fetch=partial(_fetch, http, source, api, walk.start),
        at=partial(_moment, api),
        edge=None if is_forward else max,
    )
    if not is_forward:
        yield from what_is_new(way, walk)
    for items, now_at in steps(way, walk):
        walk = now_at
        yield Page(items=items, cursor=_written(msgspec.structs.replace(place, walk=walk)))
    own = walk.position if is_forward and api.paging.by == "cursor" else ""
    yield Page(items=(), cursor=_written(Place(at=walk.newest.isoformat(), cursor=own)))


def _written(place: Place) -> str:
    return msgspec.json.encode(place).decode()


def _fetch(http: Http, source: Source, api: Api, start: datetime, position: str) -> Listed:
    """The page at a position: an address, a number or a cursor, as the API pages."""
    url, params = api.url, {**api.params, **_since(api, start)}
    if api.paging.by == "page":
        params[api.paging.param] = int(position) if position.isdecimal() else api.paging.first
    elif api.paging.by == "cursor" and position:
        params[api.paging.param] = position
    elif position:
        url, params = _on_same_server(api, position), {}
    answer = http.get(url, params=params, headers=_headers(source, api))
    values = answer.json()
    items = mapped.pick(values, api.items) if api.items else values
    if not isinstance(items, list):
        raise Malformed("there is no list at `items` of this source", where=answer.where)
    if api.paging.by == "page":
        return Listed(items=items, following=str(int(params[api.paging.param]) + 1) if items else "")
    return Listed(items=items, following=_following(api, url, values, answer))


def _following(api: Api, url: str, values: Any, answer: Answer) -> str:
    """The position of the next page; empty when there is no more."""
    found = ""
    if api.paging.by == "link":
        found = answer.next_url or ""
    elif api.paging.by != "none":
        found = mapped.text_of(mapped.pick(values, api.paging.path))
    if not found or api.paging.by == "cursor":
        return found
    try:
        return urljoin(url, found)
    except ValueError:
        raise Malformed("the address of the next page is none", where=answer.where) from None


def _on_same_server(api: Api, url: str) -> str:
    if urlsplit(url)[:2] != urlsplit(api.url)[:2]:
        raise Refused(
            "the next page lies on another server, which the token was not given for",
            where=f"a list of {urlsplit(api.url).netloc}",
            fix="Set `url` to the server that answers.",
        )
    return url


def _since(api: Api, start: datetime) -> Params:
    if not api.since:
        return {}
    per_second = {"unix": 1, "unix_ms": 1000}.get(api.time)
    return {api.since: int(start.timestamp() * per_second) if per_second else start.isoformat()}


def _headers(source: Source, api: Api) -> Mapping[str, str]:
    if not source.has("JSONAPI_TOKEN"):
        return {}
    return {api.header: f"{api.scheme} {source.secret('JSONAPI_TOKEN')}".strip()}


def _moment(api: Api, item: Any) -> datetime | None:
    try:
        return mapped.moment(mapped.pick(item, api.fields.created_at), api)
    except Malformed:
        return None  # parse says what is wrong with it


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One item of the list."""
    api = mapped.settings_of(source, Api)
    prefix = f"{source.account}/" if source.account else ""
    yield mapped.event_of(read(raw, dict[str, Any]), source, api, prefix=prefix)


CONNECTOR = Connector(
    name="jsonapi",
    title="JSON API",
    reads="whatever a program of yours, or a network without a connector, lists as JSON",
    parse=parse,
    poll=Poll(pages=pages, interval_s=120.0, budget=Budget(calls=60, per_s=60.0)),
    account="a short name of the API; it goes before its ids, so that two APIs cannot collide",
    credentials=(Credential(name="JSONAPI_TOKEN", why="the token that the API asks for, if any", optional=True),),
    options={
        "url": "the address of the list",
        "items": 'the path of the list in the answer: "data.items"; empty when the answer is the list',
        "params": "a table of parameters that are always sent",
        "paging": 'a table: {by = "next", path = "links.next"}, {by = "link"}, {by = "page", param = "page"} or '
        '{by = "cursor", path = "meta.next", param = "after"}',
        "since": "the parameter that asks for what is newer than an instant, if there is one",
        "order": '"newest" first, as by default, or "oldest" first',
        "reread_days": "how many days are read again each round, for edits and late items; 1 by default",
        "header": 'the header that takes JSONAPI_TOKEN; "authorization" by default',
        "scheme": 'what stands before the token; "Bearer" by default, "" for nothing',
        **mapped.OPTIONS,
    },
    terms=Terms(note="those of whoever runs the API", source=""),
)
