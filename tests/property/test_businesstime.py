"""Business time loses and invents nothing: additive, bounded, equal to a plain walk, and undone by its inverse."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.businesstime import (
    Calendar,
    Day,
    Period,
    Span,
    add_business_ms,
    business_ms,
    is_open,
    next_open_ms,
)

MINUTE = 60_000
DAY = 1440 * MINUTE
CHANGES = {  # the days on which clocks change in 2026; Kolkata keeps its time and is watched on the days of Paris
    "Europe/Paris": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),
}
CHANGE_DAYS = [(zone, changed) for zone, days in CHANGES.items() for changed in days]


def noon_ms(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)


# Minutes of the small hours are tried most: there clocks change, shifts cross midnight and periods meet.
minutes = st.sampled_from([0, 90, 105, 120, 135, 150, 165, 180, 210, 720, 1320, 1439]) | st.integers(0, 1439)
lengths = st.sampled_from([1, 15, 30, 60, 150, 480, 1440]) | st.integers(1, 1440)
periods = st.builds(
    lambda start, length: Period(start_minute=start, end_minute=start + length), start=minutes, length=lengths
)
schedules = st.lists(periods, max_size=3).map(tuple)


@st.composite
def calendars(draw, zone=None, around=None):
    """Any calendar, its exceptions around a change of clocks: overlaps, night shifts, closed days and all."""
    drawn_zone, drawn_day = draw(st.sampled_from(CHANGE_DAYS))
    zone, around = zone or drawn_zone, around or drawn_day
    near = st.integers(-3, 3).map(lambda ahead: around + timedelta(days=ahead))
    spans = st.builds(
        lambda start, length: Span(
            start_ms=noon_ms(around) + start * MINUTE, end_ms=noon_ms(around) + (start + length) * MINUTE
        ),
        start=st.integers(-2000, 2000),
        length=st.integers(0, 900),
    )
    return Calendar(
        zone=ZoneInfo(zone),
        week=draw(st.tuples(*[schedules] * 7)),
        closed=draw(st.frozensets(near, max_size=2)),
        days=tuple(
            draw(st.lists(st.builds(Day, date=near, periods=schedules), max_size=2, unique_by=lambda day: day.date))
        ),
        closures=tuple(draw(st.lists(spans, max_size=3))),
    )


instants = st.sampled_from(CHANGE_DAYS).flatmap(
    lambda change: st.integers(-4 * DAY, 4 * DAY).map(lambda ahead: noon_ms(change[1]) + ahead)
) | st.integers(noon_ms(date(2020, 1, 1)), noon_ms(date(2039, 12, 31)))  # a deadline is looked for 20 years ahead
steps = st.integers(0, 6 * 1440)
walks = st.just([0, 6 * 1440]) | st.tuples(steps, steps).map(sorted)
amounts = st.integers(0, 3 * DAY) | st.sampled_from([0, 1, MINUTE, 60 * MINUTE])


@lru_cache(maxsize=16)
def clock_on_the_wall(zone: str, changed: date) -> tuple[list[int], list[tuple[date, int]]]:
    """Each minute of six days around a change of clocks, and what the clock on the wall shows at it."""
    first_ms = noon_ms(changed) - 3 * DAY
    walked = [first_ms + step * MINUTE for step in range(6 * 1440)]
    local = [datetime.fromtimestamp(at_ms // 1000, ZoneInfo(zone)) for at_ms in walked]
    return walked, [(time.date(), time.hour * 60 + time.minute) for time in local]


def naively_open(calendar: Calendar, at_ms: int, day: date, minute: int) -> bool:
    """The rule, word by word, for one minute."""
    own = {own_day.date: own_day.periods for own_day in calendar.days}

    def hours(of: date) -> tuple[Period, ...]:
        return own.get(of, () if of in calendar.closed else calendar.week[of.weekday()])

    return (
        any(period.start_minute <= minute < period.end_minute for period in hours(day))
        or any(minute + 1440 < period.end_minute for period in hours(day - timedelta(days=1)))
    ) and not any(span.start_ms <= at_ms < span.end_ms for span in calendar.closures)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(CHANGE_DAYS), walks)
def test_business_time_equals_a_walk_minute_by_minute(data, change, walk):
    zone, changed = change
    calendar = data.draw(calendars(zone, changed))
    walked, shown = clock_on_the_wall(zone, changed)
    first, last = walk

    opened = [
        at_ms
        for at_ms, (day, minute) in zip(walked[first:last], shown[first:last], strict=True)
        if naively_open(calendar, at_ms, day, minute)
    ]

    start_ms, end_ms = walked[0] + first * MINUTE, walked[0] + last * MINUTE
    assert business_ms(start_ms, end_ms, calendar) == len(opened) * MINUTE
    if opened:
        assert next_open_ms(start_ms, calendar) == opened[0]
        assert add_business_ms(start_ms, len(opened) * MINUTE, calendar) == opened[-1] + MINUTE


@settings(max_examples=100, deadline=None)
@given(calendars() | st.none(), st.lists(instants, min_size=3, max_size=3).map(sorted))
def test_business_time_is_additive_over_a_split_at_any_instant(calendar, three):
    start_ms, split_ms, end_ms = three

    parts = business_ms(start_ms, split_ms, calendar) + business_ms(split_ms, end_ms, calendar)

    assert parts == business_ms(start_ms, end_ms, calendar)


@settings(max_examples=100, deadline=None)
@given(calendars() | st.none(), instants, instants)
def test_business_time_is_neither_negative_nor_longer_than_what_passed(calendar, start_ms, end_ms):
    assert 0 <= business_ms(start_ms, end_ms, calendar) <= max(0, end_ms - start_ms)


@settings(max_examples=100, deadline=None)
@given(calendars() | st.none(), instants, amounts)
def test_a_deadline_is_the_earliest_instant_at_which_the_amount_has_passed(calendar, start_ms, amount_ms):
    due_ms = add_business_ms(start_ms, amount_ms, calendar)

    if due_ms is None:
        assert calendar is not None
        assert business_ms(start_ms, start_ms + 20 * 365 * DAY, calendar) < amount_ms
    else:
        assert business_ms(start_ms, due_ms, calendar) == amount_ms
        assert due_ms == start_ms or business_ms(start_ms, due_ms - 1, calendar) == amount_ms - 1


@settings(max_examples=100, deadline=None)
@given(calendars() | st.none(), instants, instants)
def test_time_used_until_an_instant_was_due_by_then(calendar, start_ms, end_ms):
    due_ms = add_business_ms(start_ms, business_ms(start_ms, end_ms, calendar), calendar)

    assert due_ms is not None
    assert due_ms <= max(start_ms, end_ms)
    assert business_ms(due_ms, end_ms, calendar) == 0


@settings(max_examples=100, deadline=None)
@given(calendars() | st.none(), st.tuples(instants, instants).map(sorted), st.tuples(amounts, amounts).map(sorted))
def test_more_time_or_a_later_start_is_never_due_sooner(calendar, starts, two_amounts):
    due = [add_business_ms(start_ms, amount, calendar) for start_ms in starts for amount in two_amounts]
    never = max(starts) + 100 * 365 * DAY
    (less, more), (later_less, later_more) = [
        [never if due_ms is None else due_ms for due_ms in pair] for pair in (due[:2], due[2:])
    ]

    assert less <= more
    assert later_less <= later_more
    assert less <= later_less
    assert more <= later_more


@settings(max_examples=100, deadline=None)
@given(calendars() | st.none(), instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar, at_ms):
    next_ms = next_open_ms(at_ms, calendar)

    if next_ms is not None:
        assert is_open(next_ms, calendar)
        assert business_ms(at_ms, next_ms, calendar) == 0
        assert (next_ms == at_ms) == is_open(at_ms, calendar)


@given(calendars(), calendars(), instants, instants, instants)
def test_hours_that_changed_are_counted_by_each_calendar_on_its_side_of_the_change(before, after, since, one, other):
    start, end = sorted((one, other))
    changed = replace(after, earlier=before, since_ms=since)
    middle = min(max(since, start), end)

    assert business_ms(start, end, changed) == business_ms(start, middle, before) + business_ms(middle, end, after)
