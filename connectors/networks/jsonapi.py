"""JSON API: any list of posts, tickets or reviews that some program gives as JSON, described in vigie.toml.

Source: the settings. `url` is asked with `params`; `items` is the path of the list, `fields` that of each part.
Guarantee: at least once, as far as the API lists what is new: the last `reread_days` are read again each round, and
what repeats is dropped; a changed text becomes an edit.
Limit: a deletion is only seen where a field tells it (`fields.deleted`).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import msgspec

from connectors import mapped
from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Answer, Http
from connectors.reading import instant, read
from schemas.errors import Malformed, Refused

MOST_PAGES = 1_000


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
    """Where to go on: the newest instant that was seen, and the API's own cursor where it runs forward."""

    at: str
    cursor: str = ""


Params = dict[str, str | int]


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    api = mapped.settings_of(source, Api)
    place = read(cursor, Place) if cursor else Place(at=source.since.isoformat())
    start = instant(place.at) - (timedelta(days=api.reread_days) if cursor else timedelta())
    newest = instant(place.at)
    is_forward = api.order == "oldest"
    for items, position in _listed(http, source, api, start, place.cursor if is_forward else ""):
        instants = [at for item in items if (at := _moment(item, api)) is not None]
        newest = max([newest, *instants])
        here = Place(at=newest.isoformat(), cursor=position) if is_forward else None
        yield Page(items=items, cursor=msgspec.json.encode(here).decode() if here else None)
        if here:
            place = here
        elif instants and max(instants) < start:
            break
    place = Place(at=newest.isoformat(), cursor=place.cursor)
    yield Page(items=(), cursor=msgspec.json.encode(place).decode())


def _listed(http: Http, source: Source, api: Api, start: datetime, position: str) -> Iterator[tuple[list[Any], str]]:
    """Page after page, each with the API's cursor that leads to it or beyond it."""
    url, params = api.url, {**api.params, **_since(api, start)}
    if api.paging.by == "page":
        params[api.paging.param] = api.paging.first
    elif position and api.paging.by == "cursor":
        params[api.paging.param] = position
    for _ in range(MOST_PAGES):
        answer = http.get(url, params=params, headers=_headers(source, api))
        values = answer.json()
        items = mapped.pick(values, api.items) if api.items else values
        if not isinstance(items, list):
            raise Malformed("there is no list at `items` of this source", where=answer.where)
        asked = (url, params)
        url, params = _next(api, url, params, values, answer)
        if api.paging.by == "cursor":
            position = str(params.get(api.paging.param, position))
        if items:
            yield items, position
        if not url or (url, params) == asked or (not items and api.paging.by == "page"):
            return


def _next(api: Api, url: str, params: Params, values: Any, answer: Answer) -> tuple[str, Params]:
    """What to ask next; an empty address when there is no more."""
    paging = api.paging
    if paging.by == "page":
        return url, {**params, paging.param: int(params[paging.param]) + 1}
    if paging.by == "cursor":
        position = mapped.text_of(mapped.pick(values, paging.path))
        return (url, {**params, paging.param: position}) if position else ("", params)
    found = ""
    if paging.by == "next":
        found = mapped.text_of(mapped.pick(values, paging.path))
    elif paging.by == "link":
        found = answer.next_url or ""
    if not found:
        return "", {}
    following = urljoin(url, found)
    if urlsplit(following)[:2] != urlsplit(url)[:2]:
        raise Refused(
            "the next page lies on another server, which the token was not given for",
            where=answer.where,
            fix="Set `url` to the server that answers.",
        )
    return following, {}


def _since(api: Api, start: datetime) -> Params:
    if not api.since:
        return {}
    per_second = {"unix": 1, "unix_ms": 1000}.get(api.time)
    return {api.since: int(start.timestamp() * per_second) if per_second else start.isoformat()}


def _headers(source: Source, api: Api) -> Mapping[str, str]:
    if not source.has("JSONAPI_TOKEN"):
        return {}
    return {api.header: f"{api.scheme} {source.secret('JSONAPI_TOKEN')}".strip()}


def _moment(item: Any, api: Api) -> datetime | None:
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
