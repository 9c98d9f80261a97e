"""When windows are due: on a grid, live by the clock on the wall, in a replay by the time of the events."""

import pytest

from streams.pulse import HISTORY_EVENTS, LIVE_STEP_MS, STREAM_STEP_MS, Pulse

NOW = 1_772_442_000_000  # ten o'clock, on the grid
MINUTE = 60_000


def live() -> Pulse:
    return Pulse(NOW, live=True)


def test_live_the_first_window_is_that_of_the_present():
    assert live().due(0, [0], NOW + 3_000) == [NOW]


def test_an_instant_waits_for_what_is_on_its_way():
    pulse = live()
    pulse.sent(0, NOW - LIVE_STEP_MS)

    assert (pulse.due(0, [0], NOW + 1_000), pulse.due(0, [0], NOW + 2_000)) == ([], [NOW])


def test_a_worker_that_was_away_works_out_what_was_missed():
    pulse = live()
    pulse.sent(0, NOW - MINUTE)

    assert pulse.due(0, [0], NOW + 2_000) == [NOW - MINUTE + LIVE_STEP_MS * place for place in range(1, 7)]


def test_what_was_missed_for_hours_is_left_out():
    pulse = live()
    pulse.sent(0, NOW - 120 * MINUTE)

    assert pulse.due(0, [0], NOW + 2_000) == [NOW]


@pytest.mark.parametrize(("age_ms", "held"), [(30 * MINUTE, False), (2 * 86_400_000, True)])
def test_while_history_is_loaded_nothing_is_judged(age_ms: int, held: bool):
    pulse = live()
    for _ in range(HISTORY_EVENTS):
        pulse.arrived(0, NOW - age_ms, NOW)

    assert (pulse.due(0, [0], NOW + 5_000) == []) is held
    assert pulse.due(0, [0], NOW + 40_000) != []


def test_history_that_never_ends_is_waited_for_ten_minutes():
    pulse = live()
    for second in range(0, 900, 1):
        pulse.arrived(0, NOW - 2 * 86_400_000, NOW + second * 1000)

    assert pulse.due(0, [0], NOW + 899_000) != []


def test_a_replay_waits_for_the_slower_of_the_two_topics():
    pulse = Pulse(NOW, live=False)
    pulse.event(0, NOW)
    pulse.event(0, NOW + 180 * MINUTE)
    pulse.conversation(0, NOW + 60 * MINUTE)

    due = pulse.due(0, [0], NOW)

    assert due == list(range(NOW + STREAM_STEP_MS, NOW + 45 * MINUTE + 1, STREAM_STEP_MS))


def test_a_replay_that_is_over_is_judged_to_its_end():
    pulse = Pulse(NOW, live=False)
    pulse.event(0, NOW)
    pulse.event(1, NOW + 60 * MINUTE)

    due = [pulse.due(number, [0, 1, 2], NOW + 21_000)[-1] for number in (0, 1, 2)]

    assert due == [NOW + 60 * MINUTE] * 3


def test_nothing_is_due_in_a_replay_that_has_not_begun():
    assert Pulse(NOW, live=False).due(0, [0], NOW + MINUTE) == []
