"""Bluesky: every public post as it is written, by Jetstream.

Source: https://github.com/bluesky-social/jetstream (read November 2026)
Guarantee: at least once. The cursor is Jetstream's own instant in microseconds, so that it holds on every host;
after a break the stream begins some seconds earlier, and what repeats is dropped.
Limit: 36 hours back. People are known by their DID: a brand's account is written `bluesky:did:plc:…`.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode

from msgspec import Struct

from connectors.base import Connector, Deletion, Page, Parsed, Raw, Source, Stream, Terms
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import instant, read, unix_instant
from schemas.errors import Malformed

POSTS = "app.bsky.feed.post"
HOSTS = tuple(f"jetstream{number}.us-{coast}.bsky.network" for coast in ("east", "west") for number in (1, 2))
REWIND_US = 5_000_000
BELIEVED = timedelta(hours=1)
GONE = frozenset({"deleted", "takendown"})  # "deactivated" comes back


class Link(Struct):
    uri: str


class Reply(Struct):
    root: Link
    parent: Link


class Record(Struct, rename="camel"):
    created_at: str = ""
    text: str = ""
    langs: tuple[str, ...] | None = None
    reply: Reply | None = None


class Commit(Struct):
    operation: str
    collection: str
    rkey: str
    record: Record | None = None


class Account(Struct):
    active: bool = True
    status: str = ""


class Frame(Struct):
    did: str
    time_us: int
    kind: str
    commit: Commit | None = None
    account: Account | None = None


class Head(Struct):
    time_us: int


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    start_us = int(cursor) - REWIND_US if cursor else round(source.since.timestamp() * 1_000_000)
    base = source.option("url") or f"wss://{random.choice(HOSTS)}/subscribe"
    for frame in http.websocket(f"{base}?{urlencode({'wantedCollections': POSTS, 'cursor': start_us})}"):
        if frame is None:
            yield Page(items=())
            continue
        try:
            cursor = str(read(frame, Head).time_us)
        except Malformed:
            cursor = None
        yield Page(items=(frame,), cursor=cursor)


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """One frame. Likes, identities and other collections are nothing to us."""
    frame = read(raw, Frame)
    if frame.account is not None and not frame.account.active and frame.account.status in GONE:
        yield Deletion(author=frame.did)
    commit = frame.commit
    if commit is None or commit.collection != POSTS:
        return
    id = f"at://{frame.did}/{POSTS}/{commit.rkey}"
    if commit.operation == "delete":
        yield Deletion(id=id)
    elif commit.operation in ("create", "update"):
        if commit.record is None:
            raise Malformed("a post without its record")
        reply, record = commit.record.reply, commit.record
        edited = commit.operation == "update"
        yield make_event(
            source,
            id=id,
            conversation=reply.root.uri if reply else None,
            parent=reply.parent.uri if reply else None,
            author_id=frame.did,
            text=record.text,
            created_at=_created_at(record.created_at, unix_instant(frame.time_us, per_second=1_000_000), edited),
            kind="reply" if reply else "post",
            language=record.langs[0] if record.langs else None,
            permalink=f"https://bsky.app/profile/{frame.did}/post/{commit.rkey}",
            edited=edited,
        )


def _created_at(claimed: str, seen_at: datetime, edited: bool) -> datetime:
    """The author's program says when; anybody can make it say anything, so it is believed only near the truth."""
    try:
        claimed_at = instant(claimed)
    except Malformed:
        return seen_at
    is_believed = claimed_at <= seen_at and (edited or seen_at - claimed_at <= BELIEVED)
    return claimed_at if is_believed else seen_at


def matches(raw: Raw, source: Source) -> bool:
    """Whether a frame names an account of the brand: a mention, or an answer to one of its posts."""
    dids = [account for account in source.people.accounts_on("bluesky") if account.startswith("did:")]
    if not dids:
        return False
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    return any(did in text for did in dids)


CONNECTOR = Connector(
    name="bluesky",
    title="Bluesky",
    reads="public posts with a tracked word or a mention of the brand, its own posts, and what is answered to them",
    parse=parse,
    stream=Stream(pages=pages, everything=True),
    matches=matches,
    account="not needed",
    options={"url": "another Jetstream: wss://host/subscribe"},
    terms=Terms(
        note="deletions and removed accounts are to be honoured; there is no limit of time",
        source="https://docs.bsky.app/docs/support/developer-guidelines",
    ),
)
