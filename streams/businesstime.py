"""Open hours: how much open time lies between two instants, and when so much of it has passed. Pure.

The one rule: an instant is open when the clock on the wall of the calendar's zone shows a time inside a period.
All else follows. An hour that daylight saving repeats counts each time it passes; an hour that it skips never comes,
so a period inside it is not open on that day; a night shift lasts seven or nine hours on those two nights.
A period belongs to the day on which it begins: a closed day loses the shift that begins on it, to its end after
midnight, and not the rest of the shift of the evening before.

Source: PEP 495: every instant shows exactly one time on the wall, though a time may come twice or never. RFC 5545
§3.3.5 (a time that comes twice is the first) settles single times; taken for both ends of a period it would move a
period out of the skipped hour into the next one, and close a shop in the middle of the repeated one.

Instants are milliseconds since 1970 in UTC. Without a calendar (None) it is always open.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_DAY_MINUTES = 1440
_BLOCK_MS = 128 * _DAY_MS  # open hours are laid out by the block: 0.2 to 0.4 ms each, once; short spans touch one
_HORIZON_BLOCKS = 58  # a little more than 20 years
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = date(1970, 1, 1).weekday()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Period:
    """Open from `start_minute` to before `end_minute` of a day; past 1440 it ends on the next day."""

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < _DAY_MINUTES or not self.start_minute < self.end_minute <= 2 * _DAY_MINUTES:
            raise ValueError(f"a period begins within its day and ends after that, by the end of the next: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The periods of one date, in place of those of its weekday; none: closed."""

    date: date
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From one instant to before another."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The open spans of one block in order, apart from each other, and the open time up to the end of each."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    passed: tuple[int, ...]

    @property
    def total_ms(self) -> int:
        return self.passed[-1] if self.passed else 0

    def passed_ms(self, at_ms: int) -> int:
        """Open time from the begin of the block to an instant in it."""
        index = bisect_right(self.starts, at_ms) - 1
        return 0 if index < 0 else self.passed[index] - max(0, self.ends[index] - at_ms)

    def instant_ms(self, passed_ms: int) -> int:
        """The earliest instant at which so much open time, more than none, has passed in the block."""
        index = bisect_left(self.passed, passed_ms)
        return self.ends[index] - (self.passed[index] - passed_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When somebody is there to answer. A value: equal fields are equal calendars.

    Args:
        zone: whose clock on the wall the periods are read from.
        week: the periods of each weekday, Monday first.
        closed: dates on which no period begins.
        days: dates with periods of their own; they come before `closed`.
        closures: spans cut out of whatever is open.
        earlier: the calendar that held before the instant `since_ms`: what it counted until then stays counted.
    Guarantee: periods that overlap count once. A calendar that is never open is allowed: its deadlines are None.
    """

    zone: ZoneInfo
    week: tuple[tuple[Period, ...], ...]
    closed: frozenset[date] = frozenset()
    days: tuple[Day, ...] = ()
    closures: tuple[Span, ...] = ()
    earlier: "Calendar | None" = None
    since_ms: int = 0
    _blocks: dict[int, _Block] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"a week has seven days, Monday first, not {len(self.week)}")


def business_ms(start_ms: int, end_ms: int, calendar: Calendar | None) -> int:
    """Open milliseconds in [start, end); 0 when the end is not after the start: clocks of networks disagree.

    Guarantee: additive over adjacent spans; never more than the time that passed.
    """
    if end_ms <= start_ms:
        return 0
    if calendar is None:
        return end_ms - start_ms
    first, last = start_ms // _BLOCK_MS, end_ms // _BLOCK_MS
    whole = sum(_block(calendar, number).total_ms for number in range(first, last))
    return whole + _block(calendar, last).passed_ms(end_ms) - _block(calendar, first).passed_ms(start_ms)


def add_business_ms(start_ms: int, amount_ms: int, calendar: Calendar | None) -> int | None:
    """The earliest instant at which so much open time has passed since the start: a deadline.

    Time used up exactly at closing is due at closing, not at the next opening; no time at all is due at the start.

    Returns: None when it does not come within 20 years: the calendar is never open, or too rarely.
    """
    if amount_ms <= 0:
        return start_ms
    if calendar is None:
        return start_ms + amount_ms
    first = start_ms // _BLOCK_MS
    missing = amount_ms + _block(calendar, first).passed_ms(start_ms)
    for number in range(first, first + _HORIZON_BLOCKS):
        block = _block(calendar, number)
        if missing <= block.total_ms:
            return block.instant_ms(missing)
        missing -= block.total_ms
    return None


def is_open(at_ms: int, calendar: Calendar | None) -> bool:
    """Whether somebody is there at this instant: at opening yes, at closing no."""
    return business_ms(at_ms, at_ms + 1, calendar) == 1


def next_open_ms(at_ms: int, calendar: Calendar | None) -> int | None:
    """The instant itself when it is open, else the next opening; None when there is none within 20 years."""
    after_first_ms = add_business_ms(at_ms, 1, calendar)
    return None if after_first_ms is None else after_first_ms - 1


def _block(calendar: Calendar, number: int) -> _Block:
    block = calendar._blocks.get(number)
    if block is None:
        calendar._blocks[number] = block = _lay_out(calendar, number)
    return block


def _lay_out(calendar: Calendar, number: int) -> _Block:
    whole = Span(start_ms=number * _BLOCK_MS, end_ms=(number + 1) * _BLOCK_MS)
    spans = _open_spans(calendar, whole)
    return _Block(
        starts=tuple(span.start_ms for span in spans),
        ends=tuple(span.end_ms for span in spans),
        passed=tuple(accumulate(span.end_ms - span.start_ms for span in spans)),
    )


def _open_spans(calendar: Calendar, whole: Span) -> list[Span]:
    """What is open in this stretch of time: before `since_ms` by the earlier calendar, from then on by this one."""
    if calendar.earlier is not None and whole.start_ms < calendar.since_ms:
        before = Span(start_ms=whole.start_ms, end_ms=min(calendar.since_ms, whole.end_ms))
        after = Span(start_ms=before.end_ms, end_ms=whole.end_ms)
        alone = replace(calendar, earlier=None)
        later = _open_spans(alone, whole) if after.start_ms < after.end_ms else []
        return _joined([*_clipped(_open_spans(calendar.earlier, whole), before), *_clipped(later, after)])
    opened = _joined(_opened(calendar, whole))
    closures = _joined(sorted(_clipped(calendar.closures, whole), key=lambda span: span.start_ms))
    return list(_without(opened, closures)) if closures else opened


def _opened(calendar: Calendar, whole: Span) -> Iterator[Span]:
    """What the periods say, in order of start; spans may touch and overlap."""
    own = {day.date: day.periods for day in calendar.days}
    week = tuple(tuple(sorted(periods)) for periods in calendar.week)
    for stretch, offset_ms in _stretches(calendar.zone, whole):
        first = (stretch.start_ms + offset_ms) // _DAY_MS - 1  # a shift of the evening before may still go on
        last = (stretch.end_ms + offset_ms) // _DAY_MS
        for number in range(first, last + 1):
            day = date.fromordinal(_EPOCH_ORDINAL + number)
            if day in own:
                periods = tuple(sorted(own[day]))
            else:
                periods = () if day in calendar.closed else week[(_EPOCH_WEEKDAY + number) % 7]
            midnight_ms = number * _DAY_MS - offset_ms
            for period in periods:
                start_ms = max(midnight_ms + period.start_minute * _MINUTE_MS, stretch.start_ms)
                end_ms = min(midnight_ms + period.end_minute * _MINUTE_MS, stretch.end_ms)
                if start_ms < end_ms:
                    yield Span(start_ms=start_ms, end_ms=end_ms)


def _stretches(zone: ZoneInfo, whole: Span) -> Iterator[tuple[Span, int]]:
    """The span cut where the zone's clock is put forward or back, each part with how far it is ahead of UTC.

    No zone has changed twice within two days since 1970 (tz database 2026f), so a look at each day finds all.
    """
    start_ms, offset_ms = whole.start_ms, _offset_ms(zone, whole.start_ms)
    for day_ms in range(whole.start_ms, whole.end_ms, _DAY_MS):
        end_ms = day_ms + _DAY_MS
        if _offset_ms(zone, end_ms) == offset_ms:
            continue
        seconds = range(day_ms // 1000, end_ms // 1000 + 1)  # clocks change on a whole second
        changed_ms = 1000 * seconds[bisect_left(seconds, True, key=lambda at: _offset_ms(zone, at * 1000) != offset_ms)]
        yield Span(start_ms=start_ms, end_ms=changed_ms), offset_ms
        start_ms, offset_ms = changed_ms, _offset_ms(zone, changed_ms)
    yield Span(start_ms=start_ms, end_ms=whole.end_ms), offset_ms


def _offset_ms(zone: ZoneInfo, at_ms: int) -> int:
    ahead = datetime.fromtimestamp(at_ms // 1000, zone).utcoffset()
    assert ahead is not None  # a ZoneInfo always knows
    return ahead // _MILLISECOND


def _clipped(spans: Iterable[Span], whole: Span) -> Iterator[Span]:
    for span in spans:
        start_ms, end_ms = max(span.start_ms, whole.start_ms), min(span.end_ms, whole.end_ms)
        if start_ms < end_ms:
            yield Span(start_ms=start_ms, end_ms=end_ms)


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_ms <= joined[-1].end_ms:
            joined[-1] = Span(start_ms=joined[-1].start_ms, end_ms=max(joined[-1].end_ms, span.end_ms))
        else:
            joined.append(span)
    return joined


def _without(opened: list[Span], closures: list[Span]) -> Iterator[Span]:
    """What is left of the open spans; both lists are in order and apart."""
    for span in opened:
        start_ms = span.start_ms
        for closure in _clipped(closures, span):
            if start_ms < closure.start_ms:
                yield Span(start_ms=start_ms, end_ms=closure.start_ms)
            start_ms = closure.end_ms
        if start_ms < span.end_ms:
            yield Span(start_ms=start_ms, end_ms=span.end_ms)
