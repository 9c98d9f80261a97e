"""RSS and Atom: any feed, of a blog, a forum, a newspaper or a search.

Source: RSS 2.0, RFC 4287 (Atom), RFC 4685 (answers), RFC 5005 (pages) (known November 2026)
Guarantee: at least once for what stands in the feed while it is read. Asked with ETag and Last-Modified, a feed without
news costs one empty answer.
Limit: a feed holds its newest entries; what leaves it between two readings is lost. Older documents are read from
the same server alone. Removals are not told. Whom an
entry answers is known only in Atom with RFC 4685, or, with `conversation = "link"`, where the entries of one
conversation share an address.
"""

from collections.abc import Iterator
from hashlib import blake2b
from urllib.parse import urldefrag, urlsplit

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Page, Parsed, Poll, Raw, Source, Terms
from connectors.feeds import Entry, read_feed, written_at
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import plain_text, read
from schemas.errors import Malformed, Refused

NOT_MODIFIED = 304
MOST_PAGES = 20
LONGEST_ID = 400


class Place(Struct, omit_defaults=True):
    """Where reading goes on: what the feed said of its version, and its newest entries."""

    etag: str = ""
    modified: str = ""
    seen: tuple[str, ...] = ()


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """The document, and the ones before it until one is met that was read.

    Raises:
        Refused: the source names no feed.
    """
    if not source.account:
        raise Refused("no feed is named", where=f"source {source.name}", fix="Set account to its address.")
    place = read(cursor, Place) if cursor else Place()
    asked = {"if-none-match": place.etag, "if-modified-since": place.modified}
    url, met = source.account, {source.account}
    headers = {name: value for name, value in asked.items() if value}
    first: Place | None = None
    for _ in range(MOST_PAGES):
        answer = http.get(url, headers=headers, accept=(NOT_MODIFIED,))
        if answer.status == NOT_MODIFIED:
            return
        feed = read_feed(answer.body, url)
        ids = [_native(entry, source) for entry in feed.entries]
        if first is None:
            etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
            first = Place(etag=etag, modified=modified, seen=tuple(ids))
        yield Page(items=[msgspec.to_builtins(entry) for entry in feed.entries[::-1]])
        if not ids or set(ids) & set(place.seen) or _all_before(feed.entries, source):
            break
        if feed.next_url in met or not _is_on_same_server(feed.next_url, source):
            break
        url, headers = feed.next_url, {}
        met.add(url)
    if first is not None:
        yield Page(items=(), cursor=msgspec.json.encode(first).decode())


def _is_on_same_server(url: str, source: Source) -> bool:
    """A feed may be written by anybody: it must not choose what is asked for inside one's own network."""
    theirs, ours = urlsplit(url), urlsplit(source.account)
    return theirs.netloc == ours.netloc and theirs.scheme in (ours.scheme, "https")


def _all_before(entries: tuple[Entry, ...], source: Source) -> bool:
    try:
        return all(written_at(entry) < source.since for entry in entries)
    except Malformed:
        return True  # without instants nothing says how far back is far enough


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One entry. An entry without an instant is Malformed: its age would be invented."""
    entry = read(raw, Entry)
    host = urlsplit(source.account).netloc or "feed"
    author = plain_text(entry.author) or host
    conversation = urldefrag(entry.link)[0] if source.option("conversation") == "link" else ""
    yield make_event(
        source,
        id=_native(entry, source),
        conversation=_shortened(conversation) or None,
        parent=_shortened(entry.parent) or None,
        author_id=entry.author_url or f"{host}/{author}",
        handle=author,
        is_team=source.option("by") == "brand",
        text="\n".join(part for part in (plain_text(entry.title), plain_text(entry.body)) if part),
        created_at=written_at(entry),
        kind="reply" if entry.parent else "post",
        language=entry.language or None,
        permalink=entry.link or None,
        edited=_is_edited(entry),
    )


def _native(entry: Entry, source: Source) -> str:
    """The feed's own id; with the host where it is a plain number, or made of link and title where there is none."""
    if not entry.id:
        mark = blake2b(f"{entry.link}\0{entry.title}\0{entry.published}".encode("utf-8", "replace"), digest_size=16)
        return f"{urlsplit(source.account).netloc}/{mark.hexdigest()}"
    return _shortened(entry.id if ":" in entry.id else f"{urlsplit(source.account).netloc}/{entry.id}")


def _shortened(id: str) -> str:
    if len(id) <= LONGEST_ID:
        return id
    return f"{id[:LONGEST_ID]}~{blake2b(id.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def _is_edited(entry: Entry) -> bool:
    """Both instants are there, and differ."""
    if not (entry.published and entry.updated) or entry.published == entry.updated:
        return False
    try:
        return written_at(Entry(published=entry.updated)) > written_at(entry)
    except Malformed:
        return False


CONNECTOR = Connector(
    name="rss",
    title="RSS and Atom feeds",
    reads="every entry of a feed, by the name of its author",
    parse=parse,
    poll=Poll(pages=pages, interval_s=300.0, budget=Budget(calls=60, per_s=60.0)),
    account="the address of the feed",
    options={
        "conversation": '"link": entries with the same address, but for what follows #, are one conversation',
        "by": '"brand": every entry is the brand\'s own, whatever name stands under it',
    },
    terms=Terms(
        note="each site has rules of its own; a feed is published to be read", source="https://www.rssboard.org"
    ),
)
