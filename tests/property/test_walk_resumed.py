"""A walk cut off anywhere, any number of times, while the list moves on: nothing is lost."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Source
from connectors.walk import Listed, Way, newest_first

BEGIN = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
SOURCE = Source(network="reviews", name="reviews", since=BEGIN)
PER_PAGE = 3


def at(number: int) -> datetime:
    return BEGIN + timedelta(minutes=number)


CUTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 40)), max_size=PER_PAGE)


@given(there=st.integers(0, 30), cuts=CUTS)
def test_whatever_stays_in_the_list_is_read(there: int, cuts: list[tuple[int, int, int]]) -> None:
    """After each kill some are new and one is deleted: all in all not more than a page, as the walk promises."""
    numbers = list(range(there))
    found: set[int] = set()
    cursor: str | None = None

    def fetch(position: str) -> Listed:
        start = int(position or 0)
        items = numbers[::-1][start : start + PER_PAGE]
        return Listed(items=items, following=str(start + PER_PAGE) if start + PER_PAGE < len(numbers) else "")

    def read(pages: int | None) -> None:
        """One round, ended by kill -9 after so many pages."""
        nonlocal cursor
        for count, page in enumerate(newest_first(Way(fetch=fetch, at=at), SOURCE, cursor, again=timedelta(0))):
            if count == pages:
                return
            found.update(page.items)
            cursor = page.cursor or cursor

    for pages, new, gone in cuts:
        read(pages)
        top = max(numbers, default=-1)
        numbers = [number for number in numbers if number != gone] + list(range(top + 1, top + 1 + new))
    for _ in range(2):  # what came while a walk was cut off comes with the round after it at the latest
        read(None)

    assert found >= set(numbers)
