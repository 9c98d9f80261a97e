"""A list that a network gives newest first, walked down page by page; a walk that was cut off goes on where it was.

While it is on its way, the cursor is the walk itself: how far down it goes, and the page it had come to. Whoever goes
on reads first what is new, so that one page that never answers holds up nothing but what lies below it, and then that
page again, since what was deleted meanwhile, up to a page of it, has moved others up. A network that does not know the
page any more (tokens of pages may expire) is walked from its top. What is read again becomes the same events, and is
dropped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.base import Page, Raw, Source
from connectors.reading import instant, read
from schemas.errors import Malformed, Missing, Refused


class Walk(Struct, frozen=True, kw_only=True):
    """A walk on its way down to `start`: the newest instant it has met, and the page it has come to; "" is the top."""

    start: datetime
    newest: datetime
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page. `following` is the position of the next one, empty when this is the last."""

    items: Sequence[Raw]
    following: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a list is asked.

    Args:
        fetch: the page at a position; "" is the first page.
        at: the instant that the list is sorted by; None for an item that has none.
        edge: of the instants of a page, the one that must lie before the end for the walk to be over; None walks to
            the last page.
    """

    fetch: Callable[[str], Listed]
    at: Callable[[Raw], datetime | None]
    edge: Callable[[Iterable[datetime]], datetime] | None = min


def newest_first(way: Way, source: Source, cursor: str | None, *, again: timedelta) -> Iterator[Page]:
    """The pages of a poll: down to `source.since` at first, then to `again` before the newest that was read."""
    if cursor and cursor.startswith("{"):
        walk = read(cursor, Walk)
        yield from what_is_new(way, walk)
    elif cursor:
        walk = Walk(start=instant(cursor) - again, newest=instant(cursor))
    else:
        walk = Walk(start=source.since, newest=source.since)
    for items, at in steps(way, walk):
        walk = at
        yield Page(items=items, cursor=msgspec.json.encode(walk).decode())
    yield Page(items=(), cursor=walk.newest.isoformat())


def what_is_new(way: Way, walk: Walk) -> Iterator[Page]:
    """What came since a walk was cut off. The walk stays as it was: the next round begins with its `newest`."""
    if walk.position:
        for _, items, _ in _down(way, "", way.fetch(""), walk.newest):
            yield Page(items=items)


def steps(way: Way, walk: Walk) -> Iterator[tuple[Sequence[Raw], Walk]]:
    """Each page from where the walk is on, and the walk as it stands when that page is published."""
    position = walk.position
    try:
        first = way.fetch(position)
    except (Refused, Missing, Malformed):
        if not position:
            raise
        position, first = "", way.fetch("")
    for place, items, instants in _down(way, position, first, walk.start):
        walk = msgspec.structs.replace(walk, newest=max([walk.newest, *instants]), position=place)
        yield items, walk


def _down(
    way: Way, position: str, listed: Listed, end: datetime
) -> Iterator[tuple[str, Sequence[Raw], list[datetime]]]:
    """Page after page, with its position and its instants, to the last one or to what is older than `end`."""
    seen = {position}
    while True:
        instants = [at for at in map(way.at, listed.items) if at is not None]
        yield position, listed.items, instants
        is_past = way.edge is not None and bool(instants) and way.edge(instants) < end
        if is_past or not listed.following or listed.following in seen:
            return
        position, before = listed.following, listed.items
        seen.add(position)
        listed = way.fetch(position)
        if listed.items and listed.items == before:
            return  # a network that gives the same page whatever is asked
