"""A shelf gives back what was put on it, in memory that does not grow, and never hides that its file is broken."""

import os
from pathlib import Path

import pytest

from streams.shelf import Page, Shelf, ShelfError


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "state")


def test_a_map_gives_back_what_was_put_last(shelf: Shelf):
    page = shelf.page(3)

    page.set(b"c1", b"old")
    page.set(b"c1", b"new")
    page.set(b"c2", b"")

    assert (page.get(b"c1"), page.get(b"c2"), page.get(b"c3")) == (b"new", b"", None)
    assert (len(page), len(shelf)) == (2, 2)


def test_what_is_taken_off_is_gone(shelf: Shelf):
    page = shelf.page(0)
    page.set(b"c1", b"1")

    page.pop(b"c1")
    page.pop(b"c1")

    assert (page.get(b"c1"), len(page)) == (None, 0)


def test_partitions_do_not_see_each_other(shelf: Shelf):
    shelf.page(0).set(b"c1", b"0")
    shelf.page(1).set(b"c1", b"1")

    shelf.drop(0)

    assert (shelf.page(0).get(b"c1"), shelf.page(1).get(b"c1")) == (None, b"1")


def test_all_of_a_map_comes_in_chunks_while_it_is_changed(shelf: Shelf):
    page = shelf.page(0)
    names = [b"c%04d" % number for number in range(1_200)]
    for name in names:
        page.set(name, name)

    seen = []
    for chunk in page.chunks():
        seen += [key for key, _ in chunk]
        page.set(chunk[0][0], b"changed")
        page.pop(chunk[-1][0])

    assert seen == names


def waiting(shelf: Shelf, **due: int | None) -> Page:
    page = shelf.page(0)
    for name, due_ms in due.items():
        page.set(name.encode(), b"value", due_ms)
    return page


def test_what_is_due_comes_with_the_oldest_first(shelf: Shelf):
    assert waiting(shelf, c=30, a=10, b=20, never=None).due(100) == [b"a", b"b", b"c"]


def test_what_is_due_at_the_instant_itself_is_not_due_yet(shelf: Shelf):
    page = waiting(shelf, a=10)

    assert (page.due(10), page.due(11), page.next_ms()) == ([], [b"a"], 10)


def test_what_is_due_stays_due_until_it_is_set_anew(shelf: Shelf):
    page = waiting(shelf, a=10)

    assert (page.due(20), page.due(20)) == ([b"a"], [b"a"])
    page.set(b"a", b"value", 40)
    assert (page.due(20), page.due(50), page.waiting) == ([], [b"a"], 1)


def test_what_is_not_due_any_more_or_gone_is_not_waited_for(shelf: Shelf):
    page = waiting(shelf, a=10, b=20, c=None)

    page.set(b"a", b"value")
    page.pop(b"b")

    assert (page.due(100), page.next_ms(), page.waiting) == ([], None, 0)


def test_what_is_due_goes_with_its_partition(shelf: Shelf):
    waiting(shelf, a=10)

    shelf.drop(0)

    assert (shelf.pages, shelf.page(0).due(100)) == ({}, [])


def test_an_instant_that_the_disk_has_changed_is_an_error(shelf: Shelf):
    page = waiting(shelf, a=10)

    shelf.run("UPDATE of_0 SET due = 1000000")

    with pytest.raises(ShelfError, match="not what was written"):
        page.get(b"a")


def test_no_file_is_left_whatever_becomes_of_the_process(shelf: Shelf):
    shelf.page(0).set(b"c1", b"1")

    assert list(shelf.folder.iterdir()) == []


def test_a_full_disk_is_an_error_that_says_what_to_do(shelf: Shelf):
    page = shelf.page(0)
    shelf.run("PRAGMA max_page_count = 20")

    with pytest.raises(ShelfError, match=r"full.*responses\.state_dir"):
        _fill(page, 1_000)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path):
    (tmp_path / "state").write_text("a file")

    with pytest.raises(ShelfError, match="state"):
        Shelf(tmp_path / "state").page(0)


def test_a_value_that_came_back_otherwise_than_it_was_written_is_an_error(shelf: Shelf):
    page = shelf.page(0)
    page.set(b"c1", b"a customer who waits")
    shelf.run("UPDATE of_0 SET value = CAST(replace(value, 'waits', 'naits') AS BLOB)")

    with pytest.raises(ShelfError, match="not what was written"):
        page.get(b"c1")


def test_a_file_that_was_overwritten_is_an_error_and_a_shelf_that_was_thrown_away_begins_anew(shelf: Shelf):
    page = shelf.page(0)
    shelf.run("PRAGMA cache_size = 10")
    _fill(page, 2_000)
    _overwrite(shelf)

    with pytest.raises(ShelfError):
        list(page.chunks())
    shelf.throw_away()
    shelf.page(0).set(b"c1", b"1")

    assert (shelf.page(0).get(b"c1"), len(shelf)) == (b"1", 1)


def _fill(page: Page, count: int) -> None:
    for number in range(count):
        page.set(b"c%04d" % number, bytes(1_000))


def _overwrite(shelf: Shelf) -> None:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            name = os.readlink(entry)
        except OSError:
            continue  # that of the listing itself
        if name.startswith(str(shelf.folder)):
            with entry.open("r+b") as file:
                file.seek(8_192)
                file.write(b"\xff" * 1_000_000)
