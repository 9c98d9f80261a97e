"""An instant is judged once every partition has reached it, and what is still needed is not acknowledged."""

from datetime import timedelta

import pytest

from schemas.window import Window
from streams.gather import Gathering
from streams.instants import to_ms
from tests.support.builders import at


def window(partition: int, seconds: int) -> Window:
    return Window(partition=partition, at=at("09:00") + timedelta(seconds=seconds))


NINE = to_ms(at("09:00"))


def gathered(*windows: Window, partitions: int = 2, live: bool = True) -> Gathering:
    """Each window came when it says."""
    return heard(*[(to_ms(one.at), one) for one in windows], partitions=partitions, live=live)


def heard(*windows: tuple[int, Window], partitions: int = 2, live: bool = True) -> Gathering:
    gathering = Gathering(range(partitions), live=live)
    for offset, (now_ms, one) in enumerate(windows):
        gathering.add(one, offset, now_ms)
    return gathering


def instants(gathering: Gathering, after: int = 0, now_s: int = 0) -> list[int]:
    return [(one.at_ms - NINE) // 1000 for one in gathering.complete(after, NINE + now_s * 1000)]


def both(ahead_s: int, seconds: range) -> list[tuple[int, Window]]:
    """Windows of two partitions every so many seconds; the clock of the second is ahead."""
    return [(NINE + now * 1000, one) for now in seconds for one in (window(0, now), window(1, now + ahead_s))]


def test_an_instant_waits_for_every_partition():
    assert instants(gathered(window(0, 10), window(0, 20), window(1, 10))) == [10]


def test_the_first_instant_waits_for_partitions_that_were_never_heard_of():
    assert instants(gathered(window(0, 10))) == []


def test_live_a_partition_that_is_long_silent_is_not_waited_for():
    gathering = gathered(window(0, 0), window(1, 0), *[window(0, second) for second in range(10, 80, 10)])

    assert instants(gathering, NINE, now_s=70)[-1] == 70


def test_live_a_partition_is_waited_for_until_it_was_silent_for_a_minute():
    gathering = gathered(window(0, 0), window(1, 0), *[window(0, second) for second in range(10, 60, 10)])

    assert instants(gathering, NINE, now_s=50) == []


def test_nobody_is_taken_for_dead_after_a_pause_of_the_judge_itself():
    gathering = gathered(window(0, 0), window(1, 0), window(0, 10))

    assert instants(gathering, NINE, now_s=600) == []


@pytest.mark.parametrize("ahead_s", [90, -90, 600, -600])
def test_a_worker_whose_clock_differs_by_minutes_is_waited_for_and_counted(ahead_s: int):
    gathering = heard(*both(ahead_s, range(0, 1200, 10)))
    now_ms = NINE + 1_190_000

    complete = gathering.complete(NINE + 300_000, now_ms)

    assert complete[-1].at_ms == NINE + (1190 + min(0, ahead_s)) * 1000
    assert {len(one.windows) for one in complete if one.at_ms >= NINE + max(0, ahead_s) * 1000} == {2}
    assert gathering.strays(now_ms) == set()


@pytest.mark.parametrize("ahead_s", [7200, -7200])
def test_a_worker_whose_clock_is_hours_off_holds_up_nobody_and_is_named(ahead_s: int):
    gathering = heard(*both(ahead_s, range(0, 300, 10)))

    assert instants(gathering, NINE, now_s=290)[-1] == 290
    assert gathering.strays(NINE + 290_000) == {1}


def test_windows_of_hours_ago_are_judged_when_a_judge_takes_them_up():
    late = [(NINE + 7_200_000, one) for second in range(0, 60, 10) for one in (window(0, second), window(1, second))]

    assert instants(heard(*late), NINE, now_s=7200) == [10, 20, 30, 40, 50]


def test_a_partition_whose_clock_was_set_back_is_waited_for_again():
    gathering = heard(*both(600, range(0, 100, 10)), (NINE + 100_000, window(1, 100)), (NINE + 110_000, window(0, 110)))

    assert instants(gathering, NINE + 80_000, now_s=110) == [90, 100]


def test_it_is_judged_again_from_where_all_are_when_all_clocks_were_set_back():
    gathering = heard(*both(0, range(0, 30, 10)))

    assert gathering.taken_back(NINE + 7_200_000, NINE + 20_000) == NINE + 19_999
    assert gathering.taken_back(NINE + 20_000, NINE + 20_000) is None


def test_nothing_is_judged_again_while_one_clock_is_still_ahead():
    gathering = heard(*both(600, range(0, 30, 10)))

    assert gathering.taken_back(NINE + 620_000, NINE + 20_000) is None


def test_in_a_replay_every_partition_is_waited_for():
    gathering = gathered(window(0, 0), window(1, 0), *[window(0, second) for second in range(10, 80, 10)], live=False)

    assert instants(gathering, NINE) == []


def test_a_partition_stands_as_its_last_window_says():
    gathering = gathered(window(0, 10), window(1, 20), window(0, 30), window(1, 30), live=False)

    complete = gathering.complete(to_ms(at("09:00:10")), NINE)

    assert [[one.at.second for one in each.windows] for each in complete] == [[10, 20], [30, 30]]


def test_a_window_that_comes_twice_is_one():
    once = gathered(window(0, 10), window(1, 10))
    twice = gathered(window(0, 10), window(1, 10), window(0, 10))

    assert once.complete(0, NINE) == twice.complete(0, NINE)


def test_only_what_nothing_is_needed_of_is_acknowledged():
    gathering = gathered(window(0, 10), window(1, 10), window(0, 20), window(0, 30), window(1, 20))

    assert (
        gathering.judged(to_ms(at("09:00:20"))) == 1
    )  # the windows of 20 are the present state, that of 30 is to come


def test_a_worker_that_reads_again_from_there_judges_the_same():
    windows = [window(0, 10), window(1, 10), window(0, 20), window(1, 20), window(0, 30), window(1, 30)]
    whole = gathered(*windows)
    acknowledged = gathered(*windows[:5]).judged(to_ms(at("09:00:20")))
    after = Gathering(range(2), live=True)
    for offset in range(acknowledged + 1, len(windows)):
        after.add(windows[offset], offset, NINE)

    assert after.complete(to_ms(at("09:00:20")), NINE) == whole.complete(to_ms(at("09:00:20")), NINE)
