"""Reddit: posts by word, subreddits, what the brand's users write, and with a user's token their inbox.

Source: https://www.reddit.com/dev/api and https://github.com/reddit-archive/reddit/wiki/OAuth2 (known November 2026)
Guarantee: at least once. Each listing is read from the newest item down to some minutes before the newest that was
published, so that an edit or a deletion is noticed while it stands there, and no deleted item stops the reading.
Limit: a listing holds about 1,000 items; the search finds posts and no comments. Without a key only public Atom feeds
are left: 100 items, no parents, no scores, few calls.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Deletion, Page, Parsed, Poll, Raw, Source, Terms
from connectors.feeds import Entry, read_feed, written_at
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, plain_text, read, unix_instant
from schemas.errors import Malformed, Missing
from schemas.event import Kind, Reach

SITE = "https://www.reddit.com"
API = "https://oauth.reddit.com"
OVERLAP = timedelta(minutes=15)  # the search finds a post some minutes late
MOST_PAGES = 10  # a listing ends after about 1,000 items anyway
GONE = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_POST_IN_LINK = re.compile(r"/comments/([0-9a-z]{1,13})(?:/|$)")
_ENTRY_BODY = re.compile(r"<!-- SC_OFF -->(.*?)<!-- SC_ON -->", re.DOTALL)

Item = dict[str, Any]


class Thing(Struct):
    name: NativeId
    created_utc: float
    author: str | None = None
    body: str = ""
    selftext: str = ""
    title: str = ""
    link_id: str = ""
    parent_id: str | None = None
    first_message_name: str | None = None
    permalink: str = ""
    context: str = ""
    subreddit: str | None = None
    edited: float | bool = False
    distinguished: str | None = None
    score: int = 0


class Wrapped(Struct):
    kind: str
    data: Thing


class Listing(Struct):
    children: list[Item] = []  # msgspec copies it
    after: str | None = None


class Answered(Struct):
    data: Listing


class Token(Struct):
    access_token: str


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    newest: dict[str, str] = read(cursor, dict[str, str]) if cursor else {}
    headers = _authorized(http, source)
    for path, params in _listings(source):
        start = instant(newest[path]) - OVERLAP if path in newest else source.since
        walk = _walk(http, path, params, headers, start) if headers else _feed(http, path, params)
        try:
            items = list(walk)
        except Missing:
            continue  # a user or a subreddit that is not there any more
        if items:
            instants = [at.isoformat() for at in map(_created, items) if at is not None]
            if instants:
                newest[path] = max([newest.get(path, ""), *instants])
            yield Page(items=items[::-1], cursor=msgspec.json.encode(newest).decode())


def _listings(source: Source) -> Iterator[tuple[str, Mapping[str, str]]]:
    for word in source.track:
        yield f"/search?q={quote(word)}", {"q": f'"{word}"', "sort": "new", "type": "link"}
    for subreddits in (source.account, source.option("watch")):
        if subreddits:
            yield f"/r/{quote(subreddits, safe='+')}/new", {}
            yield f"/r/{quote(subreddits, safe='+')}/comments", {}
    for user in source.people.accounts_on("reddit"):
        yield f"/user/{quote(user)}/submitted", {}
        yield f"/user/{quote(user)}/comments", {}
    if source.has("REDDIT_REFRESH_TOKEN"):
        yield "/message/inbox", {}
        yield "/message/sent", {}


def _authorized(http: Http, source: Source) -> Mapping[str, str]:
    """Headers for the API; none without a key."""
    if not source.has("REDDIT_CLIENT_ID"):
        return {}
    pair = f"{source.secret('REDDIT_CLIENT_ID')}:{source.secret('REDDIT_CLIENT_SECRET')}"
    form = {"grant_type": "client_credentials"}
    if source.has("REDDIT_REFRESH_TOKEN"):
        form = {"grant_type": "refresh_token", "refresh_token": source.secret("REDDIT_REFRESH_TOKEN")}
    basic = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    answer = http.post(f"{SITE}/api/v1/access_token", form=form, headers=basic)
    return {"authorization": f"Bearer {read(answer.body, Token).access_token}"}


def _walk(
    http: Http, path: str, params: Mapping[str, str], headers: Mapping[str, str], start: datetime
) -> Iterator[Item]:
    """Newest first, down to the first page that reaches back to `start`."""
    after: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        asked = {**params, **after, "limit": "100", "raw_json": "1"}
        answer = http.get(f"{API}{path.partition('?')[0]}", params=asked, headers=headers)
        listing = read(answer.body, Answered).data
        yield from listing.children
        if not listing.after or not listing.children or _reaches(listing.children, start):
            return
        after = {"after": listing.after}


def _reaches(children: list[Item], start: datetime) -> bool:
    """Whether a page goes down to `start`, by its last item that can be read."""
    return next((at for at in map(_created, reversed(children)) if at is not None), start) < start


def _feed(http: Http, path: str, params: Mapping[str, str]) -> Iterator[Item]:
    if path.startswith("/message/"):
        return
    plain = path.partition("?")[0]
    answer = http.get(
        f"{SITE}{plain}/.rss" if plain != "/search" else f"{SITE}/search.rss", params={**params, "limit": 100}
    )
    for entry in read_feed(answer.body, f"{SITE}/").entries:
        if entry.id.startswith(("t1_", "t3_")):
            yield msgspec.to_builtins(entry)


def _created(item: Item) -> datetime | None:
    """For the walk alone; what cannot be read neither ends nor moves it, and `parse` says what is wrong with it."""
    try:
        return (
            written_at(read(item, Entry)) if "data" not in item else unix_instant(read(item, Wrapped).data.created_utc)
        )
    except Malformed:
        return None


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A post, comment or message of the API, or an entry of an Atom feed."""
    if isinstance(raw, dict) and "data" not in raw:
        yield from _parse_entry(read(raw, Entry), source)
        return
    wrapped = read(raw, Wrapped)
    thing = wrapped.data
    if wrapped.kind not in ("t1", "t3", "t4"):
        return
    if {thing.body, thing.selftext} & GONE or (wrapped.kind != "t4" and thing.author in GONE):
        yield Deletion(id=thing.name)
    elif wrapped.kind == "t4":
        yield from _parse_message(thing, source)
    else:
        is_post = wrapped.kind == "t3"
        post = thing.link_id or _post_of(thing.permalink or thing.context)
        path = thing.permalink or thing.context.partition("?")[0]
        yield make_event(
            source,
            id=thing.name,
            conversation=None if is_post else post or None,
            parent=None if is_post else thing.parent_id,
            author_id=thing.author or "",
            handle=thing.author or "",
            is_team=thing.distinguished == "moderator" and _is_own(thing.subreddit, source),
            text="\n".join(part for part in (thing.title if is_post else "", thing.selftext or thing.body) if part),
            created_at=unix_instant(thing.created_utc),
            kind="post" if is_post else "comment",
            permalink=f"{SITE}{path}" if path.startswith("/") else None,
            reach=Reach(likes=thing.score),
            edited=bool(thing.edited),
        )


def _parse_message(message: Thing, source: Source) -> Iterator[Parsed]:
    if not message.author:
        return  # from a subreddit or from Reddit itself
    yield make_event(
        source,
        id=message.name,
        conversation=message.first_message_name or message.name,
        parent=message.parent_id,
        author_id=message.author,
        handle=message.author,
        text=message.body,
        created_at=unix_instant(message.created_utc),
        kind="message",
        visibility="private",
    )


def _parse_entry(entry: Entry, source: Source) -> Iterator[Parsed]:
    author = entry.author.removeprefix("/u/")
    kind: Kind = "post" if entry.id.startswith("t3_") else "comment"
    found = _ENTRY_BODY.search(entry.body)
    text = plain_text(found[1]) if found else ""
    if not found and kind == "comment":
        text = plain_text(entry.body)
    if author in GONE or text in GONE:
        yield Deletion(id=entry.id)
        return
    yield make_event(
        source,
        id=entry.id,
        conversation=(_post_of(entry.link) or None) if kind == "comment" else None,
        author_id=author,
        handle=author,
        text="\n".join(part for part in (entry.title if kind == "post" else "", text) if part),
        created_at=written_at(entry),
        kind=kind,
        permalink=entry.link or None,
    )


def matches(raw: Raw, source: Source) -> bool:
    """Whether an item is the brand's business without naming it: its inbox, and its own subreddits."""
    if not isinstance(raw, dict):
        return False
    data = raw.get("data")
    if isinstance(data, dict):
        is_inbox = raw.get("kind") == "t4" or "was_comment" in data
        return is_inbox or _is_own(data.get("subreddit"), source)
    found = re.search(r"/r/([^/]+)/", str(raw.get("link", "")))
    return found is not None and _is_own(found[1], source)


def _is_own(subreddit: object, source: Source) -> bool:
    return str(subreddit or "").casefold() in source.account.casefold().split("+") if subreddit else False


def _post_of(link: str) -> str:
    found = _POST_IN_LINK.search(link)
    return f"t3_{found[1]}" if found else ""


CONNECTOR = Connector(
    name="reddit",
    title="Reddit",
    reads="posts with a tracked word, subreddits, what the brand's users (`reddit:name`) write; with a token the inbox",
    parse=parse,
    poll=Poll(pages=pages, interval_s=120.0, budget=Budget(calls=900, per_s=600.0), everything=True),
    account="the brand's own subreddits, joined by +: everything in them is read",
    options={"watch": "other subreddits, joined by +: tracked words, known conversations and the brand's people"},
    credentials=(
        Credential(name="REDDIT_CLIENT_ID", why="of an app that Reddit has approved", optional=True),
        Credential(name="REDDIT_CLIENT_SECRET", why="of the same app", optional=True),
        Credential(
            name="REDDIT_REFRESH_TOKEN",
            why="of the brand's user, with scopes read, history and privatemessages: messages and mentions",
            optional=True,
        ),
    ),
    closed="new keys need Reddit's approval, commercial use a contract; without a key only public feeds are left",
    terms=Terms(
        note="commercial use needs a contract; what users delete is to be dropped; people are not to be matched with "
        "accounts elsewhere",
        source="https://redditinc.com/policies/data-api-terms",
    ),
    matches=matches,
)
