"""Ended turns are counted by the instants at which something of them became known, and can be taken back."""

import pytest

from streams.tally import Tally, has_ended
from streams.waits import TurnFacts, Waits

MINUTE = 60_000
HOUR_S = 3600.0


def turn(answered: int, *, started: int = 0, closed: int = 0, due: int = 60) -> TurnFacts:
    """A turn with a promise of an hour; in minutes."""
    return TurnFacts(
        started_ms=started * MINUTE,
        due_ms=due * MINUTE,
        answered_ms=answered * MINUTE,
        closed_ms=closed * MINUTE,
        target_s=HOUR_S,
        waited_s=60.0 * (answered - started),
    )


def tally(*turns: TurnFacts) -> Tally:
    found = Tally([2.0])
    for one in turns:
        found.add(one)
    return found


def figures(one: Tally, at: int) -> tuple[int, int, dict[int, int], int]:
    """In time, late, paces and over twice the promise, of the four hours before."""
    window_s, at_ms = 4 * HOUR_S, at * MINUTE
    counts, over = one.paced(window_s, 2.0, at_ms)
    return one.outcomes(True, window_s, at_ms), one.outcomes(False, window_s, at_ms), dict(counts), over


def test_each_turn_counts_from_the_instant_at_which_it_was_known():
    found = tally(turn(30), turn(150))

    assert figures(found, 29) == (0, 0, {}, 0)
    assert figures(found, 30) == (1, 0, {-7: 1}, 0)
    assert figures(found, 61) == (1, 1, {-7: 1}, 0)  # overdue is known before the answer
    assert figures(found, 150) == (1, 1, {-7: 1, 10: 1}, 1)
    assert figures(found, 270) == (0, 1, {10: 1}, 1)  # four hours after the first answer it is out of the window


def test_what_is_taken_back_counts_no_more_and_nothing_else_goes():
    found = tally(turn(30), turn(150), turn(150))

    found.take_back(turn(150))
    found.take_back(turn(45))  # never added

    assert figures(found, 200) == (1, 1, {-7: 1, 10: 1}, 1)


def test_taking_back_all_leaves_nothing():
    turns = [turn(30), turn(150), turn(0, closed=90), turn(0, closed=30)]
    found = tally(*turns)

    for one in turns:
        found.take_back(one)

    assert len(found) == 0
    assert figures(found, 200) == (0, 0, {}, 0)


def test_what_is_forgotten_can_be_taken_back_without_harm():
    found = tally(turn(30), turn(150))

    found.forget(100 * MINUTE)
    found.take_back(turn(30))

    assert figures(found, 200) == (0, 0, {10: 1}, 1)


def test_a_turn_that_was_closed_in_time_counts_nowhere():
    assert len(tally(turn(0, closed=30))) == 0


@pytest.mark.parametrize(
    ("turns", "ended"),
    [
        pytest.param([turn(30), turn(50)], True, id="all answered"),
        pytest.param([turn(30), turn(0)], False, id="one waits"),
        pytest.param([turn(30), turn(70)], False, id="one is answered later"),
        pytest.param([turn(0, closed=20)], True, id="closed"),
        pytest.param([], True, id="none"),
    ],
)
def test_a_conversation_has_ended_when_nobody_waits_in_it(turns: list[TurnFacts], ended: bool):
    waits = Waits("x:1", 0, 1, "x", "acme", "", 0, tuple(turns))

    assert has_ended(waits, 60 * MINUTE) is ended
