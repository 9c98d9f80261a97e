"""Mastodon and what speaks its protocol: hashtags, the brand's own posts, and with a token its mentions.

Source: https://docs.joinmastodon.org/methods/timelines/ (read November 2026)
Guarantee: at least once. `min_id` walks forward from the last status that was published, timeline by timeline.
Limit: deletions are not seen, nor edits of what was read before; both come only over a stream that wants a login.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
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
PAGES_A_ROUND = 25  # a long absence is caught up over several rounds, fairly for all timelines
_MENTIONS = "notifications"
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


class Dated(Struct):
    id: str
    created_at: str


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
        yield _MENTIONS, {"types[]": "mention"}


def _forward(
    http: Http, source: Source, path: str, params: Mapping[str, str], newest: dict[str, str]
) -> Iterator[Page]:
    for _ in range(PAGES_A_ROUND):
        start = newest.get(path) or _start(http, source, path, params)
        answer = http.get(
            _url(source, path), params={**params, "min_id": start, "limit": LIMIT}, headers=_headers(source)
        )
        items = read(answer.body, list[dict[str, object]])
        if not items:
            return
        ids = sorted((read(item, Id).id for item in items), key=_order)
        if _order(ids[-1]) <= _order(start):
            return  # a server that does not know min_id
        if source.until is not None and _is_behind(items, path, source.until):
            return
        newest[path] = ids[-1]
        yield Page(items=items[::-1], cursor=msgspec.json.encode(newest).decode())


def _start(http: Http, source: Source, path: str, params: Mapping[str, str]) -> str:
    """The id behind which a first read begins: that of a status tells its time, to that of a mention one walks back."""
    if path != _MENTIONS:
        return _id_at(source.since)
    before: dict[str, str] = {}
    while True:
        answer = http.get(_url(source, path), params={**params, **before, "limit": LIMIT}, headers=_headers(source))
        found = sorted(read(answer.body, list[Dated]), key=lambda one: _order(one.id), reverse=True)
        older = next((one.id for one in found if instant(one.created_at) < source.since), None)
        if older is not None:
            return older
        if not found or found[-1].id == before.get("max_id"):
            return "0"
        before = {"max_id": found[-1].id}


def _is_behind(items: Sequence[dict[str, object]], path: str, until: datetime) -> bool:
    """Whether all of them are newer than what is asked for."""
    found = [read(item, Dated) for item in items]
    if path == _MENTIONS:
        return all(instant(one.created_at) >= until for one in found)
    return all(_order(one.id) > _order(_id_at(until)) for one in found)


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
    """The id of a status begins with the instant at which it was given."""
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
