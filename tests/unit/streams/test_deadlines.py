"""The index the tick walks."""

from streams.deadlines import Deadlines


def index(**due: int) -> Deadlines:
    deadlines = Deadlines()
    for conversation_id, due_ms in due.items():
        deadlines.set(conversation_id, due_ms)
    return deadlines


def test_the_oldest_comes_first():
    assert index(c=30, a=10, b=20).due(100) == ["a", "b", "c"]


def test_what_is_due_at_the_watermark_itself_is_not_due_yet():
    deadlines = index(a=10)

    assert deadlines.due(10) == []
    assert deadlines.due(11) == ["a"]


def test_what_was_taken_out_is_not_due_again():
    deadlines = index(a=10, b=50)

    deadlines.due(20)

    assert deadlines.due(20) == []
    assert len(deadlines) == 1


def test_a_conversation_has_one_deadline_the_last_that_was_set():
    deadlines = index(a=10)

    deadlines.set("a", 40)

    assert deadlines.due(20) == []
    assert deadlines.due(50) == ["a"]


def test_a_deadline_moved_away_and_back_is_due_once():
    deadlines = index(a=10)

    deadlines.set("a", 40)
    deadlines.set("a", 10)

    assert deadlines.due(100) == ["a"]


def test_a_conversation_without_a_deadline_is_never_due():
    deadlines = index(a=10)

    deadlines.set("a", None)
    deadlines.set("never seen", None)

    assert deadlines.due(100) == []
    assert len(deadlines) == 0


def test_an_emptied_index_forgets_everything():
    deadlines = index(a=10, b=20)

    deadlines.clear()

    assert deadlines.due(100) == []
    assert len(deadlines) == 0
