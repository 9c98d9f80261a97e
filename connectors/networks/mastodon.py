"""Mastodon and what speaks its protocol: hashtags, the brand's own posts, and with a token its mentions.

Source: https://docs.joinmastodon.org/methods/timelines/ (read November 2026)
Guarantee: at least once. `min_id` walks forward, timeline by timeline, from some minutes before the newest status that
was published, since a status of another server comes late and under an earlier id.
Limit: what is later than that is missed. Deletions are not seen, nor edits of what is older than those minutes; both
come only over a stream that wants a login.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, plain_text, read
from schemas.errors import Malformed, Missing
from schemas.event import Reach

SERVER = "mastodon.social"
LIMIT = 40
NOTIFICATIONS = "notifications"
OVERLAP_MS = 900_000  # what comes from other servers is late, and has the id of the instant at which it was written
PAGES_A_ROUND = 25  # a long absence is caught up over several rounds, fairly for all timelines
_NOT_IN_HASHTAGS = re.compile(r"\W+")


class Account(Struct):
    acct: str
    display_name: str = ""
    bot: bool = False
    followers_count: int = 0


class Application(Struct):
    name: str = ""


class Status(Struct):
    id: NativeId
    created_at: str
    account: Account
    content: str = ""
    spoiler_text: str = ""
    visibility: str = "public"
    language: str | None = None
    url: str | None = None
    in_reply_to_id: str | None = None
    edited_at: str | None = None
    favourites_count: int = 0
    reblogs_count: int = 0
    application: Application | None = None
    reblog: Any = None


class Notification(Struct):
    type: str
    status: Status | None = None


class Id(Struct):
    id: str


class Head(Id):
    created_at: str = ""


class Context(Struct):
    ancestors: tuple[Id, ...] = ()


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    newest: dict[str, str] = read(cursor, dict[str, str]) if cursor else {}
    for path, params in _timelines(http, source):
        yield from _forward(http, source, path, params, newest)


def _timelines(http: Http, source: Source) -> Iterator[tuple[str, Mapping[str, str]]]:
    for word in dict.fromkeys(_NOT_IN_HASHTAGS.sub("", word).casefold() for word in source.track):
        if word:
            yield f"timelines/tag/{word}", {}
    for acct in source.people.accounts_on("mastodon"):
        try:
            found = http.get(_url(source, "accounts/lookup"), params={"acct": acct}, headers=_headers(source))
        except Missing:
            continue  # this server has never met that account
        yield f"accounts/{read(found.body, Id).id}/statuses", {"exclude_reblogs": "true"}
    if source.has("MASTODON_TOKEN"):
        yield NOTIFICATIONS, {"types[]": "mention"}


def _forward(
    http: Http, source: Source, path: str, params: Mapping[str, str], newest: dict[str, str]
) -> Iterator[Page]:
    known = newest.get(path, "")
    start = _again(source, path, known) if known else _first(http, source, path, params)
    new_pages = 0
    while new_pages < PAGES_A_ROUND:
        items = _list(http, source, path, {**params, "min_id": start})
        if not items:
            return
        ids = sorted((read(item, Id).id for item in items), key=_order)
        if _order(ids[-1]) <= _order(start):
            return  # a server that does not know min_id
        instants = [at for at in map(_written_at, items) if at is not None]
        if source.until is not None and instants and min(instants) >= source.until:
            return
        start = ids[-1]
        new_pages += _order(start) > _order(known)  # what is read again costs nothing: a round must come further
        newest[path] = max(start, known, key=_order)
        yield Page(items=items[::-1], cursor=msgspec.json.encode(newest).decode())


def _first(http: Http, source: Source, path: str, params: Mapping[str, str]) -> str:
    """The id after which a first read begins.

    The id of a status tells its time. Notifications are numbered one after the other, so the newest one that is too
    old is looked for, from the top.
    """
    if path != NOTIFICATIONS:
        return _id_at(source.since)
    below = ""
    while items := _list(http, source, path, {**params, "max_id": below} if below else params):
        for item in items:
            at = _written_at(item)
            if at is not None and at < source.since:
                return read(item, Id).id
        lowest = min((read(item, Id).id for item in items), key=_order)
        if below and _order(lowest) >= _order(below):
            break  # a server that does not know max_id
        below = lowest
    return "0"


def _again(source: Source, path: str, known: str) -> str:
    """The id after which a reading goes on: some minutes before the newest status, not before the first of all."""
    if path == NOTIFICATIONS or not (known.isascii() and known.isdigit()):
        return known
    earlier = str(max(0, int(known) - (OVERLAP_MS << 16)))
    return max(earlier, min(known, _id_at(source.since), key=_order), key=_order)


def _list(http: Http, source: Source, path: str, params: Mapping[str, str]) -> list[dict[str, object]]:
    answer = http.get(_url(source, path), params={**params, "limit": LIMIT}, headers=_headers(source))
    return read(answer.body, list[dict[str, object]])


def _written_at(item: dict[str, object]) -> datetime | None:
    try:
        return instant(read(item, Head).created_at)
    except Malformed:
        return None  # parse says what is wrong with it


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A status, or a notification that holds one. Boosts are not new words."""
    is_notification = isinstance(raw, dict) and "type" in raw and "status" in raw
    status = read(raw, Notification).status if is_notification else read(raw, Status)
    if status is None or status.reblog is not None:
        return
    server = _server(source)
    account = status.account
    handle = account.acct if "@" in account.acct else f"{account.acct}@{server}"
    warning = f"{status.spoiler_text}\n" if status.spoiler_text else ""
    yield make_event(
        source,
        id=f"{server}/{status.id}",
        parent=f"{server}/{status.in_reply_to_id}" if status.in_reply_to_id else None,
        author_id=handle,
        handle=handle,
        name=account.display_name,
        followers=account.followers_count,
        is_bot=account.bot,
        application=status.application.name if status.application else "",
        text=warning + plain_text(status.content),
        created_at=instant(status.created_at),
        kind="reply" if status.in_reply_to_id else "post",
        visibility="public" if status.visibility in ("public", "unlisted") else "private",
        language=status.language,
        permalink=status.url,
        reach=Reach(likes=status.favourites_count, shares=status.reblogs_count),
        edited=status.edited_at is not None,
    )


def root(http: Http, source: Source, native: str) -> str | None:
    """The first status of a conversation: Mastodon gives only the one that is answered."""
    server, _, id = native.rpartition("/")
    try:
        answer = http.get(_url(source, f"statuses/{id}/context"), headers=_headers(source))
        ancestors = read(answer.body, Context).ancestors
    except (Missing, Malformed):
        return None
    return f"{server}/{ancestors[0].id}" if ancestors else native


def _server(source: Source) -> str:
    account = source.account.removeprefix("https://").removeprefix("http://")
    return account.strip("/").partition("/")[0] or SERVER


def _url(source: Source, path: str) -> str:
    scheme = "http" if source.account.startswith("http://") else "https"
    return f"{scheme}://{_server(source)}/api/v1/{path}"


def _headers(source: Source) -> Mapping[str, str]:
    return {"authorization": f"Bearer {source.secret('MASTODON_TOKEN')}"} if source.has("MASTODON_TOKEN") else {}


def _id_at(instant: datetime) -> str:
    """An id begins with the instant at which it was given."""
    return str(round(instant.timestamp() * 1000) << 16)


def _order(id: str) -> tuple[int, str]:
    return len(id), id


CONNECTOR = Connector(
    name="mastodon",
    title="Mastodon",
    reads="hashtags, posts of the brand's accounts (`mastodon:acme@server`), and with a token mentions of its account",
    parse=parse,
    poll=Poll(pages=pages, interval_s=60.0, budget=Budget(calls=300, per_s=300.0), root=root),
    account=f"the server that is asked, {SERVER} by default; its hashtags are what it has heard of",
    credentials=(
        Credential(name="MASTODON_TOKEN", why="an access token with read:notifications, for mentions", optional=True),
    ),
    terms=Terms(
        note="each server has rules of its own; most ask to honour deletions",
        source="https://joinmastodon.org/covenant",
    ),
)
