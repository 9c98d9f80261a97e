"""Vine: a closed network, read from files of an archive.

Source: https://wiki.archiveteam.org/index.php?title=Vine (read November 2026)
Guarantee: every line of a file at least once, again when the file has changed.
Limit: nothing new is written: Vine closed on 17 January 2017. The archive is to be brought into JSON lines first, at
most 32 MB a file and one post a line: postId, username, created, description, permalinkUrl, comments[{commentId,
username, comment, created}].
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from connectors.base import Budget, Connector, Page, Parsed, Poll, Raw, Source, Terms
from connectors.exports import file_pages
from connectors.http import Http
from connectors.normalize import make_event
from connectors.reading import NativeId, instant, read


class Comment(Struct, rename="camel"):
    comment_id: NativeId
    username: str
    created: str
    comment: str = ""


class Post(Struct, rename="camel"):
    post_id: NativeId
    username: str
    created: str
    description: str = ""
    permalink_url: str = ""
    comments: tuple[Comment, ...] = ()


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    return file_pages(http, source, cursor, lines, source.account)


def lines(body: bytes) -> Sequence[Raw]:
    """The lines that hold something."""
    return [line for line in body.splitlines() if line.strip()]


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A post and the comments under it. A comment's number is its own, apart from those of posts."""
    post = read(raw, Post)
    yield make_event(
        source,
        id=post.post_id,
        author_id=post.username,
        handle=post.username,
        text=post.description,
        created_at=instant(post.created),
        permalink=post.permalink_url or None,
    )
    for comment in post.comments:
        yield make_event(
            source,
            id=f"c{comment.comment_id}",
            conversation=post.post_id,
            parent=post.post_id,
            author_id=comment.username,
            handle=comment.username,
            text=comment.comment,
            created_at=instant(comment.created),
            kind="comment",
        )


CONNECTOR = Connector(
    name="vine",
    title="Vine",
    reads="posts and comments from files of an archive",
    parse=parse,
    poll=Poll(pages=pages, interval_s=86_400.0, budget=Budget(calls=60, per_s=60.0)),
    account="the addresses of the files, with spaces between them",
    closed="Vine closed on 17 January 2017; left are archives, to be brought into JSON lines",
    terms=Terms(
        note="an archive; what people ask to be removed is to be removed",
        source="https://wiki.archiveteam.org/index.php?title=Vine",
    ),
)
