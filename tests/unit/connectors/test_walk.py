"""A walk down a list that is newest first: where it goes on, where it ends, and what it does about odd networks."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Page, Source
from connectors.walk import Listed, Way, newest_first
from schemas.errors import Refused, Unavailable

BEGIN = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
SOURCE = Source(network="reviews", name="reviews", since=BEGIN)
AGAIN = timedelta(minutes=10)


def at(number: int) -> datetime:
    return BEGIN + timedelta(minutes=number)


class Site:
    """Items numbered by their minute, two a page, newest first."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = sorted(numbers, reverse=True)
        self.asked: list[str] = []
        self.faults: dict[str, Exception] = {}

    def fetch(self, position: str) -> Listed:
        self.asked.append(position)
        if position in self.faults:
            raise self.faults[position]
        start = int(position or 0)
        following = str(start + 2) if start + 2 < len(self.numbers) else ""
        return Listed(items=self.numbers[start : start + 2], following=following)

    def read(self, cursor: str | None, *, pages: int | None = None) -> tuple[list[int], str | None]:
        """What a round gives, cut off after so many pages, and the cursor that is saved then."""
        found: list[int] = []
        for count, page in enumerate(newest_first(Way(fetch=self.fetch, at=at), SOURCE, cursor, again=AGAIN), start=1):
            found += page.items
            cursor = page.cursor or cursor
            if count == pages:
                break
        return found, cursor


def test_a_walk_that_was_cut_off_reads_what_is_new_and_then_its_page_again():
    site = Site(range(1, 11))
    first, cursor = site.read(None, pages=3)
    site.asked.clear()
    site.numbers.insert(0, 11)

    second, cursor = site.read(cursor)

    assert first == [10, 9, 8, 7, 6, 5]
    assert site.asked == ["", "2", "4", "6", "8", "10"]
    assert set(second) >= {11, 4, 3, 2, 1}
    assert cursor == at(10).isoformat(), "the next round begins with what the walk met first"


def test_reviews_that_are_deleted_while_a_walk_is_cut_off_hide_no_other():
    site = Site(range(1, 11))
    _, cursor = site.read(None, pages=3)
    site.numbers.remove(9)
    site.numbers.remove(8)

    second, _ = site.read(cursor)

    assert set(second) >= {4, 3, 2, 1}


def test_a_page_that_never_answers_does_not_hold_up_what_is_new():
    site = Site(range(1, 11))
    _, cursor = site.read(None, pages=3)
    site.faults["4"] = Unavailable("again and again", where="page 3")
    site.numbers.insert(0, 11)
    pages = newest_first(Way(fetch=site.fetch, at=at), SOURCE, cursor, again=AGAIN)

    new = next(pages)

    assert (new.items, new.cursor) == ([11, 10], None), "published, while the walk stays where it was"
    with pytest.raises(Unavailable):
        list(pages)


def test_a_refusal_at_the_top_is_no_reason_to_walk_anew():
    site = Site(range(1, 5))
    site.faults[""] = Refused("the key is wrong", where="page 1")

    with pytest.raises(Refused):
        site.read(None)

    assert site.asked == [""]


def test_a_cursor_of_a_finished_round_reads_again_what_may_have_been_answered_since():
    site = Site(range(1, 41))

    found, cursor = site.read(at(38).isoformat())

    assert found[:2] == [40, 39]
    assert found[-1] == 27, "the first page that holds something older than the ten minutes ends the walk"
    assert cursor == at(40).isoformat()


def test_an_item_at_the_very_end_of_the_walk_is_still_read():
    site = Site([10, 9, 8, 7])
    source_end = Source(network="reviews", name="reviews", since=at(9))

    pages = list(newest_first(Way(fetch=site.fetch, at=at), source_end, None, again=AGAIN))

    assert [number for page in pages for number in page.items] == [10, 9, 8, 7]


@pytest.mark.parametrize(
    "fetch",
    [
        pytest.param(
            lambda position: Listed(items=[5, position], following="b" if position == "a" else "a"),
            id="pages that go round in a circle",
        ),
        pytest.param(lambda position: Listed(items=[5], following=f"{position}x"), id="the same items for ever"),
    ],
)
def test_a_network_whose_pages_do_not_end_ends_the_walk(fetch: Any):
    pages: list[Page] = []
    way = Way(fetch=fetch, at=lambda item: at(item) if isinstance(item, int) else None)
    for page in newest_first(way, SOURCE, None, again=AGAIN):
        pages.append(page)
        assert len(pages) < 10

    assert pages[-1].cursor == at(5).isoformat()


def test_an_item_without_an_instant_neither_ends_the_walk_nor_moves_the_cursor():
    site = Site(range(1, 5))
    way = Way(fetch=site.fetch, at=lambda number: None if number > 2 else at(number))

    pages = list(newest_first(way, SOURCE, None, again=AGAIN))

    assert [number for page in pages for number in page.items] == [4, 3, 2, 1]
    assert pages[-1].cursor == at(2).isoformat()
