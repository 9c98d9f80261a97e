"""summarise(partition, at_ms): what one partition shows at an instant. Pure.

Everything is told from instants in the messages: an event or an answer that came after `at_ms` does not count, so a
worker that was away works out the same windows when it is back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.action import Action
from schemas.watch import Watch, usual
from schemas.window import Arrivals, Cell, LeaderQueue, Outcomes, Pace, Queue, Window
from streams.arrivals import DAY_MS, SLOT_MS, Counts, Slot, slot_start, total
from streams.instants import to_ms
from streams.storm import MIN_DAYS
from streams.tally import Tally, has_ended
from streams.waits import TurnFacts, Waits, outcome, pace_class, times_of_promise

SILENCES_S = (1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 57_600.0, 86_400.0)
DAYS = tuple(range(1, 8))
WEEKS = (7, 14, 21, 28)
BEFORE = 24
HOWEVER_LONG_S = 0.0
_ACTIONS_MS = DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What the watches need of every window, in seconds and times of the promise."""

    queues: tuple[float, ...] = ()
    outcomes: tuple[float, ...] = ()
    paces: tuple[tuple[float, float], ...] = ()
    storms: tuple[float, ...] = ()
    silences: tuple[float, ...] = ()

    @property
    def keep_ms(self) -> int:
        """How long a turn that has ended still counts somewhere."""
        longest = max([3600.0, *self.outcomes, *(window_s for window_s, _ in self.paces)])
        return round(longest * 1000) + 3_600_000


@dataclass(slots=True, kw_only=True)
class Partition:
    """What is remembered of one partition. The names of cells are those of `arrivals.cell_name`.

    A conversation stands in `waits`, or is counted in `tallies`.
    """

    number: int
    waits: dict[str, Waits] = field(default_factory=dict)
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()


def demand(watches: Iterable[Watch]) -> Demand:
    """What these watches need."""
    windows: defaultdict[str, set[float]] = defaultdict(set)
    paces: set[tuple[float, float]] = set()
    for watch in watches:
        figures = usual(watch)
        windows[watch.kind].add(figures.window_s)
        if watch.kind == "p90":
            paces.add((figures.window_s, figures.limit))
        if watch.kind == "storm":
            windows["storm"].add(figures.window_s / 4)
    return Demand(
        queues=tuple(sorted(windows["backlog"])),
        outcomes=tuple(sorted(windows["share_within_target"])),
        paces=tuple(sorted(paces)),
        storms=tuple(sorted(windows["storm"])),
        silences=SILENCES_S if windows["silence"] else (),
    )


def fold(partition: Partition, sent_ms: int, wanted: Demand) -> None:
    """Count what had ended when the last window was sent, and hold it no longer: each later window stays the same."""
    ended = [name for name, waits in partition.waits.items() if has_ended(waits, sent_ms)]
    for name in ended:
        count(partition, partition.waits.pop(name), wanted)
    for cell, tally in list(partition.tallies.items()):
        tally.forget(sent_ms - wanted.keep_ms)
        if not len(tally):
            del partition.tallies[cell]


def count(partition: Partition, waits: Waits, wanted: Demand) -> None:
    """Count a conversation that has ended."""
    for turn in waits.turns:
        _tally(partition, waits, wanted).add(turn)


def unfold(partition: Partition, waits: Waits, wanted: Demand) -> None:
    """Count it no more: it is about to stand in `waits` in a newer version."""
    for turn in waits.turns:
        _tally(partition, waits, wanted).take_back(turn)


def _tally(partition: Partition, waits: Waits, wanted: Demand) -> Tally:
    cell = (waits.network, waits.brand)
    if cell not in partition.tallies:
        partition.tallies[cell] = _empty(wanted)
    return partition.tallies[cell]


def _empty(wanted: Demand) -> Tally:
    return Tally(limit for _, limit in wanted.paces)


def summarise(partition: Partition, at_ms: int, wanted: Demand) -> Window:
    """One partition as it stood at that instant."""
    turns: defaultdict[tuple[str, str], list[TurnFacts]] = defaultdict(list)
    led: defaultdict[tuple[str, str, str], list[TurnFacts]] = defaultdict(list)
    for waits in partition.waits.values():
        for turn in waits.turns:
            turns[waits.network, waits.brand].append(turn)
            if waits.leader and turn.is_open(at_ms):
                led[waits.leader, waits.network, waits.brand].append(turn)
    end_ms = slot_start(at_ms)
    bounds = _bounds(partition.slots, end_ms)
    young = {name for name, (first, _) in bounds.items() if first > end_ms - (MIN_DAYS + 2) * DAY_MS}
    arrivals = _arrivals(partition.slots, end_ms, wanted, young)
    nothing = _empty(wanted)
    names = sorted(set(turns) | set(partition.tallies) | {_split(name) for name in bounds})
    return Window(
        partition=partition.number,
        at=instant(at_ms),
        cells=tuple(
            _cell(
                name,
                turns[name],
                partition.tallies.get(name, nothing),
                tuple(arrivals.get("|".join(name), ())),
                bounds.get("|".join(name)),
                at_ms,
                wanted,
            )
            for name in names
        ),
        leaders=tuple(_led(name, open_turns, at_ms) for name, open_turns in sorted(led.items())),
        actions=tuple(one for one in partition.actions if at_ms - _ACTIONS_MS < to_ms(one.at) <= at_ms),
    )


def _split(name: str) -> tuple[str, str]:
    network, _, brand = name.partition("|")
    return network, brand


def _led(name: tuple[str, str, str], turns: Sequence[TurnFacts], at_ms: int) -> LeaderQueue:
    leader, network, brand = name
    return LeaderQueue(
        leader=leader,
        network=network,
        brand=brand,
        waiting=len(turns),
        overdue=sum(0 < turn.due_ms < at_ms for turn in turns),
        oldest_at=instant(min(turn.started_ms for turn in turns)),
    )


def _cell(
    name: tuple[str, str],
    turns: Sequence[TurnFacts],
    ended: Tally,
    arrivals: tuple[Arrivals, ...],
    bounds: tuple[int, int] | None,
    at_ms: int,
    wanted: Demand,
) -> Cell:
    waiting = [turn for turn in turns if turn.is_open(at_ms)]
    known = [one for turn in turns if (one := outcome(turn)) is not None and one.at_ms <= at_ms]
    outcomes = []
    for window_s in wanted.outcomes:
        within = Counter(one.in_time for one in known if one.at_ms > at_ms - window_s * 1000)
        in_time, late = (within[one] + ended.outcomes(one, window_s, at_ms) for one in (True, False))
        outcomes.append(Outcomes(window_s=window_s, in_time=in_time, late=late))
    return Cell(
        network=name[0],
        brand=name[1],
        queues=tuple(
            _queue(waiting, window_s, at_ms) for window_s in (*wanted.queues, HOWEVER_LONG_S) if wanted.queues
        ),
        outcomes=tuple(outcomes),
        paces=tuple(_pace(turns, ended, window_s, limit, at_ms) for window_s, limit in wanted.paces),
        arrivals=arrivals,
        since=instant(bounds[0]) if bounds else None,
        last_at=instant(bounds[1]) if bounds else None,
    )


def _queue(waiting: Sequence[TurnFacts], window_s: float, at_ms: int) -> Queue:
    since_ms = at_ms - window_s * 1000 if window_s != HOWEVER_LONG_S else 0
    within = [turn for turn in waiting if turn.started_ms > since_ms]
    return Queue(
        window_s=window_s,
        waiting=len(within),
        overdue=sum(0 < turn.due_ms < at_ms for turn in within),
        oldest_at=instant(min(turn.started_ms for turn in within)) if within else None,
    )


def _pace(turns: Sequence[TurnFacts], ended: Tally, window_s: float, limit: float, at_ms: int) -> Pace:
    """Answered within the window, or open and due within it: a wait that goes on is not hidden."""
    since_ms = at_ms - window_s * 1000
    waited = [
        times_of_promise(turn, at_ms)
        for turn in turns
        if turn.target_s > 0
        and turn.due_ms
        and (since_ms < turn.answered_ms <= at_ms or (turn.is_open(at_ms) and since_ms < turn.due_ms < at_ms))
    ]
    before = ended.paced(window_s, limit, at_ms)
    counts = before.counts + Counter(map(pace_class, waited))
    return Pace(
        window_s=window_s,
        limit=limit,
        sample=counts.total(),
        over=before.over + sum(times > limit for times in waited),
        counts=dict(sorted(counts.items())),
    )


def _bounds(slots: Mapping[int, Slot], end_ms: int) -> dict[str, tuple[int, int]]:
    """Of every cell the first slot and the last event before an instant."""
    found: dict[str, tuple[int, int]] = {}
    for start, slot in slots.items():
        if start >= end_ms:
            continue
        for name, one in slot.counts.items():
            first, last = found.get(name, (start, one.last_ms))
            found[name] = (min(first, start), max(last, one.last_ms))
    return found


def _arrivals(slots: Mapping[int, Slot], end_ms: int, wanted: Demand, young: Set[str]) -> dict[str, list[Arrivals]]:
    """What came, kept small: zeros are left out, and so is a past that nobody will look at.

    Args:
        young: cells of which too few days are known to compare with, so that the last hours are needed.
    """
    found: defaultdict[str, list[Arrivals]] = defaultdict(list)
    for spans, negative in ((wanted.storms, True), (wanted.silences, False)):
        if not spans:
            continue
        lagged = {lag: _nested(slots, end_ms - lag * DAY_MS, spans) for lag in {0, *DAYS, *WEEKS}}
        for place, window_s in enumerate(spans):
            sums = {lag: nested[place] for lag, nested in lagged.items()}
            before = _before(slots, end_ms, window_s) if negative and young else []
            for name in sorted(set[str]().union(*sums.values(), *before)):
                came = _of(sums[0], name, negative)
                past = negative or not came  # a network that sends is not silent, whatever is usual
                found[name].append(
                    Arrivals(
                        window_s=window_s,
                        negative=negative,
                        came=came,
                        days=_column([sums[day] for day in DAYS if past], name, negative),
                        weeks=_column([sums[day] for day in WEEKS if past], name, negative),
                        before=_column(before if name in young else [], name, negative),
                    )
                )
    return found


def _column(past: Sequence[Counts], name: str, negative: bool) -> tuple[int, ...]:
    counts = tuple(_of(one, name, negative) for one in past)
    return counts if any(counts) else ()


def _of(counts: Counts, name: str, negative: bool) -> int:
    both = counts.get(name)
    return both[negative] if both else 0


def _nested(slots: Mapping[int, Slot], end_ms: int, spans: Sequence[float]) -> list[Counts]:
    """The counts of several windows that end together, the shortest first: each is the one before and some more."""
    found: list[Counts] = []
    until = end_ms
    counts: Counts = {}
    for span in spans:
        begin = end_ms - round(span * 1000)
        counts = total(slots, range(begin, until, SLOT_MS), {name: list(both) for name, both in counts.items()})
        found.append(counts)
        until = begin
    return found


def _before(slots: Mapping[int, Slot], end_ms: int, window_s: float) -> list[Counts]:
    length = round(window_s * 1000)
    ends = [end_ms - length * place for place in range(1, BEFORE + 1)]
    return [total(slots, range(end - length, end, SLOT_MS)) for end in ends]


def instant(ms: int) -> datetime:
    """Milliseconds since 1970 as an instant."""
    return datetime.fromtimestamp(ms / 1000, UTC)
