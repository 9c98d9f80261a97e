"""What the open slots have counted is kept on disk, whatever the names of the events."""

from pathlib import Path

import pytest

from streams.seen import Seen
from streams.shelf import ShelfError

GREATEST = (1 << 64) - 1


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    return Seen(tmp_path)


def test_what_was_noted_is_found_in_its_slot_and_in_no_other(seen: Seen):
    seen.note(0, 300_000, {0: 1, 7: 5, GREATEST: (1 << 53) + 1})

    assert seen.ranks(0, 300_000, [0, 8, GREATEST]) == {0: 1, GREATEST: (1 << 53) + 1}
    assert seen.ranks(0, 600_000, [7]) == seen.ranks(1, 300_000, [7]) == seen.ranks(0, 300_000, []) == {}


def test_of_an_event_that_is_noted_again_the_greater_rank_stays(seen: Seen):
    for rank in (5, 9, 2):
        seen.note(0, 0, {7: rank})

    assert seen.ranks(0, 0, [7]) == {7: 9}


def test_a_slot_that_is_forgotten_takes_no_other_with_it(seen: Seen):
    seen.note(0, 0, {7: 5})
    seen.note(0, 300_000, {7: 6})

    seen.forget(0, 0)

    assert (seen.ranks(0, 0, [7]), seen.ranks(0, 300_000, [7])) == ({}, {7: 6})


def test_after_a_broken_disk_it_begins_anew(seen: Seen, monkeypatch: pytest.MonkeyPatch):
    seen.note(0, 0, {7: 5})
    with monkeypatch.context() as patch:
        patch.setattr(seen._shelf, "run_many", lambda *_: (_ for _ in ()).throw(seen._shelf.broken("full")))
        with pytest.raises(ShelfError):
            seen.note(0, 0, {8: 5})

    seen.clear()
    seen.note(0, 0, {8: 5})

    assert seen.ranks(0, 0, [7, 8]) == {8: 5}
