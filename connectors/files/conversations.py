"""Conversations from reply links: which rows hang together, and which brand they talk to. Pure."""

from __future__ import annotations  # array[int] is a type for the checker alone

from array import array
from collections.abc import Callable, Sequence


class Links:
    """Reply links between ids; ids that are not in the file link too. Cycles and self-links are harmless."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}  # a union-find forest; an id without links is not in it

    def link(self, one: int, other: int) -> None:
        """These two belong to one conversation."""
        parents = self._parents
        parents.setdefault(one, one)
        parents.setdefault(other, other)
        root, other_root = self.root(one), self.root(other)
        if root != other_root:
            # the smaller id stays root: the result depends on no order, and paths stay short enough (measured)
            parents[max(root, other_root)] = min(root, other_root)

    def root(self, one: int) -> int:
        """The id that stands for everything linked with this one."""
        parents = self._parents
        parent = parents.get(one, one)
        while parent != one:
            grandparent = parents[parent]
            parents[one] = grandparent
            one, parent = parent, grandparent
        return one


def first_rows(roots: array[int], order: array[int]) -> array[int]:
    """For each row, the row that opens its conversation: the first in `order` of those with the same root."""
    opening: dict[int, int] = {}
    firsts = array("I", bytes(4 * len(roots)))
    for row in order:
        firsts[row] = opening.setdefault(roots[row], row)
    return firsts


def brands_of(firsts: array[int], authors: array[int], names: Sequence[str]) -> array[int]:
    """The brand author of each conversation, at its opening row: most events, then by name; -1 without one.

    Args:
        authors: for each row the index of its brand author in `names`, or -1 for a customer.
    """
    by_name = sorted(range(len(names)), key=names.__getitem__)
    ranks = array("q", bytes(8 * len(names)))
    for rank, author in enumerate(by_name):
        ranks[author] = rank
    width = len(names)
    pairs = [first * width + ranks[author] for first, author in zip(firsts, authors, strict=True) if author >= 0]
    pairs.sort()
    brands = array("i", b"\xff" * (4 * len(firsts)))
    most = array("I", bytes(4 * len(firsts)))
    start = 0
    for end in range(1, len(pairs) + 1):
        if end == len(pairs) or pairs[end] != pairs[start]:
            first, rank = divmod(pairs[start], width)
            if end - start > most[first]:  # the first of equals has the smaller name
                most[first], brands[first] = end - start, by_name[rank]
            start = end
    return brands


def mentioned_brands(
    firsts: array[int],
    order: array[int],
    brands: array[int],
    mentions_of: Callable[[int], Sequence[str]],
    names: Sequence[str],
) -> None:
    """Give each conversation without a brand author the first brand that it mentions, in `order`.

    Args:
        mentions_of: the handles that a row mentions; asked only for rows of conversations without a brand.
    """
    known = {name.lower(): index for index, name in reversed(list(enumerate(names)))}
    for row in order:
        if brands[firsts[row]] < 0:
            for handle in mentions_of(row):
                brand = known.get(handle.lower(), -1)
                if brand >= 0:
                    brands[firsts[row]] = brand
                    break
