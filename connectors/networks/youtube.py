"""YouTube: comments under everything of a channel, and their answers.

Source: https://developers.google.com/youtube/v3/docs/commentThreads/list (known November 2026)
Guarantee: at least once. Threads are read from the newest down to `recheck_days` before the newest that was published,
since a new answer does not lift an old thread.
Limit: 10,000 units a day by default, one for each page; deletions are not told; comments elsewhere that name the brand
are not searched for, since one search costs 100 units. Answers to threads older than `recheck_days` are missed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Keep, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Answer, Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, plain_text, read
from schemas.errors import ConnectorError, Malformed, Missing, Refused, Unavailable
from schemas.event import Reach

API = "https://www.googleapis.com/youtube/v3"
RECHECK_DAYS = 7
MOST_PAGES = 100
SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})

Item = dict[str, object]


class Channel(Struct, frozen=True):
    value: str = ""


class Said(Struct, rename="camel"):
    published_at: str
    updated_at: str = ""
    text_original: str | None = None
    text_display: str = ""
    author_display_name: str = ""
    author_channel_id: Channel = Channel()
    author_channel_url: str = ""
    video_id: str | None = None
    channel_id: str | None = None
    parent_id: str | None = None
    like_count: int = 0


class Comment(Struct):
    id: NativeId
    snippet: Said


class Threaded(Struct, rename="camel"):
    top_level_comment: Item
    total_reply_count: int = 0
    video_id: str | None = None


class Answers(Struct, frozen=True):
    comments: tuple[Item, ...] = ()


class Thread(Struct):
    id: NativeId
    snippet: Threaded
    replies: Answers = Answers()


class Found(Struct, rename="camel"):
    items: list[Item] = []  # msgspec copies it
    next_page_token: str = ""


class Place(Struct):
    """The newest instant that was published, and how many answers each young thread had."""

    newest: str
    counts: dict[str, int] = {}  # msgspec copies it


class Fault(Struct):
    reason: str = ""


class Faults(Struct, frozen=True):
    errors: tuple[Fault, ...] = ()


class Failed(Struct):
    error: Faults = Faults()


def judge(answer: Answer) -> ConnectorError | None:
    """A spent quota comes as 403, like a refusal."""
    if answer.status != 403:
        return None
    try:
        reasons = {fault.reason for fault in read(answer.body, Failed).error.errors}
    except Malformed:
        return None
    if reasons & SPENT:
        return Unavailable("the quota of the day is spent", where=answer.where, retry_after_s=3_600.0)
    return Unavailable("too many calls", where=answer.where, retry_after_s=60.0) if reasons & TOO_FAST else None


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Threads newest first, each page with all answers; the place is saved at the end of the walk.

    Raises:
        Refused: the source names no channel.
    """
    if not source.account:
        raise Refused("no channel is named", where=f"source {source.name}", fix="Set account to its id: UC….")
    before = read(cursor, Place) if cursor else None
    start = instant(before.newest) - _recheck(source) if before else source.since
    newest, counts, token = before.newest if before else "", dict[str, int](), ""
    for _ in range(MOST_PAGES):
        found = _get(http, source, "commentThreads", _threads(source, token))
        for item in found.items:
            try:
                thread = read(item, Thread)
                newest = max(newest, read(thread.snippet.top_level_comment, Comment).snippet.published_at)
            except Malformed:
                yield Page(items=[item])  # parse says what is wrong with it
                continue
            counts[thread.id] = thread.snippet.total_reply_count
            known = before.counts.get(thread.id, 0) if before else 0
            yield Page(items=[_with_video(item, thread) for item in _comments(http, source, thread, known)])
        token = found.next_page_token
        if not token or not any(_published(item) >= start for item in found.items):
            break
    yield Page(items=(), cursor=msgspec.json.encode(Place(newest, counts)).decode() if newest else None)


def _threads(source: Source, token: str) -> dict[str, str | int]:
    asked: dict[str, str | int] = {
        "part": "snippet,replies",
        "allThreadsRelatedToChannelId": source.account,
        "order": "time",
        "maxResults": 100,
    }
    return asked | ({"pageToken": token} if token else {})


def _comments(http: Http, source: Source, thread: Thread, known: int) -> Iterator[Item]:
    """The comment and its answers; only some of them stand in the thread, and the rest costs a call."""
    yield thread.snippet.top_level_comment
    total, there = thread.snippet.total_reply_count, thread.replies.comments
    if total <= len(there) or total == known:
        yield from there[::-1]
        return
    token = ""
    for _ in range(MOST_PAGES):
        asked: dict[str, str | int] = {"part": "snippet", "parentId": thread.id, "maxResults": 100}
        try:
            found = _get(http, source, "comments", asked | ({"pageToken": token} if token else {}))
        except Missing:
            return  # taken down meanwhile
        yield from found.items
        token = found.next_page_token
        if not token:
            return


def _get(http: Http, source: Source, path: str, params: dict[str, str | int]) -> Found:
    headers = {"x-goog-api-key": source.secret("YOUTUBE_API_KEY")}
    return read(http.get(f"{API}/{path}", params=params, headers=headers).body, Found)


def _with_video(item: Item, thread: Thread) -> Item:
    """Answers do not say under which video they stand."""
    snippet = item.get("snippet")
    if not isinstance(snippet, dict) or snippet.get("videoId") or not thread.snippet.video_id:
        return item
    return {**item, "snippet": {**snippet, "videoId": thread.snippet.video_id}}


def _published(item: Item) -> datetime:
    try:
        return instant(read(read(item, Thread).snippet.top_level_comment, Comment).snippet.published_at)
    except Malformed:
        return datetime.min.replace(tzinfo=UTC)


def _recheck(source: Source) -> timedelta:
    days = source.option("recheck_days", str(RECHECK_DAYS))
    return timedelta(days=int(days) if days.isdigit() else RECHECK_DAYS)


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A comment or an answer to one."""
    comment = read(raw, Comment)
    said = comment.snippet
    author = said.author_channel_id.value or said.author_display_name
    yield make_event(
        source,
        id=comment.id,
        conversation=said.parent_id or comment.id,
        parent=said.parent_id,
        author_id=author,
        handle=said.author_display_name,
        is_team=author == source.account,
        text=said.text_original if said.text_original is not None else plain_text(said.text_display),
        created_at=instant(said.published_at),
        kind="reply" if said.parent_id else "comment",
        permalink=f"https://www.youtube.com/watch?v={said.video_id}&lc={comment.id}" if said.video_id else None,
        reach=Reach(likes=said.like_count),
        edited=bool(said.updated_at) and said.updated_at != said.published_at,
    )


CONNECTOR = Connector(
    name="youtube",
    title="YouTube",
    reads="comments under the videos of a channel, and their answers; what the channel writes is the brand's",
    parse=parse,
    poll=Poll(pages=pages, interval_s=300.0, budget=Budget(calls=9_000, per_s=86_400.0), judge=judge),
    account="the id of the brand's channel: UC…",
    options={"recheck_days": f"how many days back threads are read again for answers, {RECHECK_DAYS} by default"},
    credentials=(
        Credential(name="YOUTUBE_API_KEY", why="a key for the YouTube Data API v3, in the Google Cloud console"),
    ),
    terms=Terms(
        keep=(Keep(fields=("text", "author", "reach"), days=30),),
        note="after 30 days content is to be fetched again or dropped",
        source="https://developers.google.com/youtube/terms/developer-policies",
    ),
)
