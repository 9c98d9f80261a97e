"""Conversations are the same whatever the order of rows, and as a search from post to post finds them."""

from array import array
from collections import Counter, deque
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from connectors.files.conversations import Links, brands_of, first_rows
from connectors.files.history import by_time

NAMES = ("Zulu", "Alpha", "Mike")


@dataclass(frozen=True)
class Post:
    number: int
    created_ms: int
    author: int
    linked: tuple[int, ...]


posts = st.lists(
    st.builds(
        Post,
        number=st.integers(0, 30),
        created_ms=st.integers(0, 9),
        author=st.integers(-1, len(NAMES) - 1),
        linked=st.lists(st.integers(0, 40), max_size=3).map(tuple),
    ),
    max_size=25,
    unique_by=lambda post: post.number,
)


def rebuilt(rows: list[Post]) -> dict[int, tuple[int, str]]:
    """For each post, the number that opens its conversation, and its brand."""
    links = Links()
    for post in rows:
        for other in post.linked:
            links.link(post.number, other)
    ids = array("q", [post.number for post in rows])
    order = by_time(array("q", [post.created_ms for post in rows]), ids)
    firsts = first_rows(array("q", map(links.root, ids)), order)
    brands = brands_of(firsts, array("i", [post.author for post in rows]), NAMES)
    return {
        ids[row]: (ids[first], NAMES[brands[first]] if brands[first] >= 0 else "") for row, first in enumerate(firsts)
    }


def searched(rows: list[Post]) -> dict[int, tuple[int, str]]:
    """The same, breadth first over neighbours."""
    neighbours: dict[int, set[int]] = {}
    for post in rows:
        for other in post.linked:
            neighbours.setdefault(post.number, set()).add(other)
            neighbours.setdefault(other, set()).add(post.number)
    found: dict[int, tuple[int, str]] = {}
    for post in sorted(rows, key=lambda post: (post.created_ms, post.number)):
        if post.number in found:
            continue
        reached, queue = {post.number}, deque([post.number])
        while queue:
            for other in neighbours.get(queue.popleft(), set()) - reached:
                reached.add(other)
                queue.append(other)
        members = [one for one in rows if one.number in reached]
        counts = Counter(NAMES[one.author] for one in members if one.author >= 0)
        brand = min(counts, key=lambda name: (-counts[name], name), default="")
        found.update({one.number: (post.number, brand) for one in members})
    return found


@given(posts)
def test_union_of_links_finds_what_a_search_finds(rows):
    assert rebuilt(rows) == searched(rows)


@given(posts, st.randoms())
def test_order_of_rows_changes_no_conversation(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)

    assert rebuilt(shuffled) == rebuilt(rows)


@given(posts)
def test_repeated_rows_change_no_conversation(rows):
    customers = [Post(post.number, post.created_ms, -1, post.linked) for post in rows]  # repeats weigh on a brand

    assert rebuilt(customers + customers[:3]) == rebuilt(customers)


def test_very_long_conversation_is_found_in_both_directions():
    for numbers in (range(200_000), range(199_999, -1, -1)):
        links = Links()
        for number in numbers:
            links.link(number, number + 1)

        assert links.root(200_000) == links.root(0) == 0
