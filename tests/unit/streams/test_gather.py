"""An instant is judged once every partition has reached it, and what is still needed is not acknowledged."""

from datetime import timedelta

from schemas.window import Window
from streams.gather import Gathering
from streams.instants import to_ms
from tests.support.builders import at


def window(partition: int, seconds: int) -> Window:
    return Window(partition=partition, at=at("09:00") + timedelta(seconds=seconds))


def gathered(*windows: Window, partitions: int = 2, live: bool = True) -> Gathering:
    gathering = Gathering(range(partitions), live=live)
    for offset, one in enumerate(windows):
        gathering.add(one, offset)
    return gathering


def instants(gathering: Gathering, after: int = 0) -> list[int]:
    return [(one.at_ms - to_ms(at("09:00"))) // 1000 for one in gathering.complete(after)]


def test_an_instant_waits_for_every_partition():
    assert instants(gathered(window(0, 10), window(0, 20), window(1, 10))) == [10]


def test_the_first_instant_waits_for_partitions_that_were_never_heard_of():
    assert instants(gathered(window(0, 10))) == []


def test_live_a_partition_that_is_long_silent_is_not_waited_for():
    gathering = gathered(window(0, 0), window(1, 0), *[window(0, second) for second in range(10, 80, 10)])

    assert instants(gathering, to_ms(at("09:00")))[-1] == 70


def test_in_a_replay_every_partition_is_waited_for():
    gathering = gathered(window(0, 0), window(1, 0), *[window(0, second) for second in range(10, 80, 10)], live=False)

    assert instants(gathering, to_ms(at("09:00"))) == []


def test_a_partition_stands_as_its_last_window_says():
    gathering = gathered(window(0, 10), window(1, 20), window(0, 30), window(1, 30), live=False)

    complete = gathering.complete(to_ms(at("09:00:10")))

    assert [[one.at.second for one in each.windows] for each in complete] == [[10, 20], [30, 30]]


def test_a_window_that_comes_twice_is_one():
    once = gathered(window(0, 10), window(1, 10))
    twice = gathered(window(0, 10), window(1, 10), window(0, 10))

    assert once.complete(0) == twice.complete(0)


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
        after.add(windows[offset], offset)

    assert after.complete(to_ms(at("09:00:20"))) == whole.complete(to_ms(at("09:00:20")))
