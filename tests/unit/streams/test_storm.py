"""A storm of negative posts: no false alarm on noise, an alarm within minutes on a burst, never on a few posts."""

import itertools
import math
import random

import pytest

from streams.storm import History, storm

HOUR, QUARTER, DAY = 12, 3, 288  # in slots of five minutes
WEEKS = (7, 14, 21, 28)


def judge(latest: int, days: list[int], weeks: list[int] | None = None, before: list[int] | None = None):
    return storm(History(came=latest, days=days, weeks=weeks or [], before=before or []), times=2.0, min_sample=10)


def noise(daily: float, days: int, seed: int) -> list[int]:
    """Poisson counts of five minutes, three quarters of them between eight and twenty o'clock, Sundays half as many."""
    chance = random.Random(seed)
    return [
        poisson(chance, daily / DAY * (1.5 if 96 <= slot % DAY < 240 else 0.5) * (0.5 if slot // DAY % 7 == 6 else 1.0))
        for slot in range(days * DAY)
    ]


def poisson(chance: random.Random, mean: float) -> int:
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def sums(counts: list[int]) -> list[int]:
    return [0, *itertools.accumulate(counts)]


def is_storm(total: list[int], at: int) -> bool:
    """Judge the hour that ends at a slot, and its last quarter, as the watch does."""

    def came(end: int, length: int) -> int:
        return total[end] - total[end - length]

    return any(
        storm(
            History(
                came=came(at, length),
                days=[came(at - DAY * day, length) for day in range(1, 8)],
                weeks=[came(at - DAY * day, length) for day in WEEKS],
            ),
            times=2.0,
            min_sample=10,
        ).is_storm
        for length in (HOUR, QUARTER)
    )


@pytest.mark.parametrize("daily", [5, 60, 600])
def test_sixty_days_of_noise_raise_no_alarm(daily: int):
    total = sums(noise(daily, 95, seed=daily))

    alarms = [at for at in range(35 * DAY, 95 * DAY, 2) if is_storm(total, at)]

    assert alarms == []


@pytest.mark.parametrize(("daily", "within_minutes"), [(240, 25), (600, 15), (2400, 10)])
def test_five_times_the_usual_is_an_alarm_within_minutes(daily: int, within_minutes: int):
    counts, burst = noise(daily, 36, seed=1), 35 * DAY + 132  # eleven o'clock
    chance = random.Random(2)
    for slot in range(burst, burst + HOUR):
        counts[slot] = poisson(chance, 5 * 1.5 * daily / DAY)
    total = sums(counts)

    first = next(at for at in range(burst, burst + HOUR + 1) if is_storm(total, at))

    assert (first - burst) * 5 <= within_minutes


@pytest.mark.parametrize("latest", range(10))
def test_a_few_posts_are_never_a_storm(latest: int):
    assert not judge(latest, [0] * 7, [0] * 4).is_storm


def test_one_bad_day_does_not_hide_the_next_storm():
    assert judge(60, [300, 5, 6, 4, 5, 6, 5], [5, 6, 5, 4]).is_storm


def test_a_weekday_that_is_always_busy_is_no_storm():
    assert not judge(60, [5, 6, 4, 5, 6, 5, 58], [58, 61, 57, 60]).is_storm


def test_the_threshold_is_the_smallest_count_that_is_a_storm():
    threshold = judge(0, [20] * 7).threshold

    assert [judge(threshold - 1, [20] * 7).is_storm, judge(threshold, [20] * 7).is_storm] == [False, True]


def test_a_storm_is_over_only_when_it_is_clearly_over():
    threshold = judge(0, [20] * 7).threshold

    almost, calm = judge(threshold - 1, [20] * 7), judge(threshold // 2, [20] * 7)

    assert (almost.is_storm, almost.is_calm, calm.is_calm) == (False, False, True)


def test_with_two_days_of_history_the_busiest_window_of_the_last_day_is_the_measure():
    verdict = judge(45, [3, 4], before=[2, 10, 14, 9, 3, 2, 1, 0])

    assert (verdict.basis, verdict.usual, verdict.is_storm) == ("last day", pytest.approx(14), True)
    assert not judge(41, [3, 4], before=[2, 10, 14, 9, 3, 2, 1, 0]).is_storm


def test_without_history_nothing_is_a_storm():
    assert not judge(1000, [], before=[3, 2]).is_storm
