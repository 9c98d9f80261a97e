"""Hacker News: stories and comments with a word, by Algolia; edits and deletions by the Firebase list of changes.

Source: https://hn.algolia.com/api and https://github.com/HackerNews/API (read November 2026)
Guarantee: at least once. The cursor is the newest instant less some minutes, since the index runs late.
Limit: at most 1,000 hits a question; more are asked for in slices of time. Edits and deletions are noticed while
they stand in the list of changes, which holds minutes.
"""

from collections.abc import Iterator

from msgspec import Struct

from connectors.base import Budget, Connector, Deletion, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import plain_text, read, unix_instant
from schemas.errors import Missing
from schemas.event import Reach

SEARCH = "https://hn.algolia.com/api/v1/search_by_date"
FIREBASE = "https://hacker-news.firebaseio.com/v0"
HITS = 100
MOST_HITS = 1_000
OVERLAP_S = 900


class Hit(Struct, rename={"id": "objectID"}):
    id: str
    created_at_i: int
    author: str
    title: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    story_id: int | None = None
    parent_id: int | None = None
    points: int | None = None


class Item(Struct):
    id: int
    time: int = 0
    by: str = ""
    text: str = ""
    title: str = ""
    parent: int | None = None
    deleted: bool = False
    dead: bool = False


class Hits(Struct, rename="camel"):
    hits: list[dict[str, object]]
    nb_pages: int = 1
    nb_hits: int = 0


class Changes(Struct):
    items: list[int] = []  # msgspec copies it


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    start = int(cursor) if cursor else int(source.since.timestamp())
    newest = start
    questions = [{"query": word} for word in source.track]
    questions += [{"query": "", "author": user} for user in source.people.accounts_on("hackernews")]
    for question in questions:
        for items in _found(http, question, start, int(source.until.timestamp()) if source.until else None):
            newest = max([newest, *(read(item, Hit).created_at_i for item in items)])
            yield Page(items=items)
    if cursor and source.until is None:
        yield Page(items=_changed(http))
    yield Page(items=(), cursor=str(max(start, newest - OVERLAP_S)))


def _found(http: Http, question: dict[str, str], start: int, before: int | None) -> Iterator[list[dict[str, object]]]:
    """Newest first, in slices of at most 1,000 hits."""
    tags = "(story,comment)" + (f",author_{question['author']}" if "author" in question else "")
    while True:
        oldest = before
        total = 0
        for page in range(MOST_HITS // HITS):
            span = f"created_at_i>{start}" + (f",created_at_i<{before}" if before is not None else "")
            params: dict[str, str | int] = {
                "query": question["query"],
                "tags": tags,
                "numericFilters": span,
                "hitsPerPage": HITS,
                "page": page,
            }
            found = read(http.get(SEARCH, params=params).body, Hits)
            if found.hits:
                instants = [read(hit, Hit).created_at_i for hit in found.hits]
                oldest = min([*instants, *([oldest] if oldest is not None else [])])
                total += len(found.hits)
                yield found.hits
            if page + 1 >= found.nb_pages or not found.hits:
                break
        if total < MOST_HITS or oldest is None or oldest + 1 == before:
            return
        before = oldest + 1  # the second of the oldest again: more than one may have been written in it


def _changed(http: Http) -> list[object]:
    changed = []
    for id in read(http.get(f"{FIREBASE}/updates.json").body, Changes).items:
        try:
            item = http.get(f"{FIREBASE}/item/{id}.json").json()
        except Missing:
            continue
        if item is not None:
            changed.append(item)
    return changed


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A hit of Algolia, or an item of Firebase."""
    if isinstance(raw, dict) and "objectID" not in raw:
        yield from _parse_item(read(raw, Item), source)
        return
    hit = read(raw, Hit)
    is_story = hit.parent_id is None
    text = plain_text((hit.story_text if is_story else hit.comment_text) or "")
    yield make_event(
        source,
        id=hit.id,
        conversation=str(hit.story_id) if hit.story_id else None,
        parent=None if is_story else str(hit.parent_id),
        author_id=hit.author,
        handle=hit.author,
        text="\n".join(part for part in (hit.title if is_story else "", text) if part),
        created_at=unix_instant(hit.created_at_i),
        kind="post" if is_story else "comment",
        permalink=f"https://news.ycombinator.com/item?id={hit.id}",
        reach=Reach(likes=hit.points or 0),
    )


def _parse_item(item: Item, source: Source) -> Iterator[Parsed]:
    if item.deleted or item.dead:
        yield Deletion(id=str(item.id))
    elif item.by and item.time:
        text = plain_text(item.text)
        yield make_event(
            source,
            id=str(item.id),
            parent=str(item.parent) if item.parent else None,
            author_id=item.by,
            handle=item.by,
            text="\n".join(part for part in (item.title, text) if part),
            created_at=unix_instant(item.time),
            kind="comment" if item.parent else "post",
            permalink=f"https://news.ycombinator.com/item?id={item.id}",
        )


def root(http: Http, source: Source, native: str) -> str | None:
    """The story above a comment; Firebase gives only the parent."""
    id: int | None = int(native) if native.isdigit() else None
    top = None
    for _ in range(200):
        if id is None:
            break
        try:
            raw = http.get(f"{FIREBASE}/item/{id}.json").json()
        except Missing:
            break
        if raw is None:
            break
        item = read(raw, Item)
        top, id = str(item.id), item.parent
    return top


CONNECTOR = Connector(
    name="hackernews",
    title="Hacker News",
    reads="stories and comments with a tracked word, and what the brand's users (`hackernews:name`) write",
    parse=parse,
    poll=Poll(pages=pages, interval_s=120.0, budget=Budget(calls=5_000, per_s=3_600.0), root=root, everything=True),
    account="not needed",
    terms=Terms(note="no limit of time is stated", source="https://github.com/HackerNews/API"),
)
