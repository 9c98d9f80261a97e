"""findings(watches, windows): which watch sees what, at one instant, over all partitions together. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.settings import Leader
from schemas.watch import ALL, SEVERAL, Scope, Usual, Watch, usual
from schemas.window import Cell, Window
from streams.arrivals import DAY_MS, slot_start
from streams.instants import to_ms
from streams.storm import MIN_WEEKS, History, Verdict, storm
from streams.waits import PACE_STEP
from streams.watchwords import Words
from streams.windows import BEFORE, DAYS, HOWEVER_LONG_S, SILENCES_S, WEEKS

Condition = Literal["bad", "good", "between", "unknown"]

_RECOVERED_SHARE = 0.05  # above the floor before it is said that all is well
_RECOVERED_LIMIT = 0.9  # of the limit
_OFFER_EVERY_S = 1800.0
_SILENCE_DAYS = 2
OFFER = "offer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a watch sees in one scope. `value` against `threshold`, over `sample` cases, in `window_s`.

    `delegates` are those to whom the answer is offered, one more every `offer_every_s`, `leader` in whose name.
    `members` are the scopes that it stands for when it stands for several.
    """

    watch: Watch
    scope: str
    condition: Condition
    value: float
    threshold: float
    sample: int
    window_s: float
    explanation: str
    leader: str = ""
    delegates: tuple[str, ...] = ()
    offer_every_s: float = _OFFER_EVERY_S
    members: tuple[str, ...] = ()


def findings(
    watches: Sequence[Watch], leaders: Sequence[Leader], windows: Sequence[Window], at_ms: int, words: Words
) -> list[Finding]:
    """Every watch in every scope, from one window of each partition."""
    found: list[Finding] = []
    for watch in watches:
        if watch.kind == "leader":
            found += _leaders(watch, leaders, windows, at_ms, words)
            continue
        for scope, cells in _scopes(watch, windows):
            found += _JUDGES[watch.kind](watch, usual(watch), scope, cells, at_ms, words)
    return found


def together(watch: Watch, scopes: Sequence[Finding], words: Words) -> Finding:
    """One finding in the place of many of the same watch."""
    bad = [one for one in scopes if one.condition == "bad"]
    good = all(one.condition in ("good", "unknown") for one in scopes)
    first = (bad or list(scopes))[0]
    return Finding(
        watch=watch,
        scope=SEVERAL,
        condition="bad" if bad else "good" if good else "between",
        value=float(len(bad)),
        threshold=1.0,
        sample=len(scopes),
        window_s=first.window_s,
        explanation=words.several([one.scope for one in bad or scopes], first.explanation),
        members=tuple(sorted(one.scope for one in scopes)),
    )


def _matches(watch: Watch, network: str, brand: str) -> bool:
    match = watch.match
    return (not match.networks or network in match.networks) and (not match.brands or brand in match.brands)


def _scope(by: Scope, cell: Cell) -> str:
    return {"all": ALL, "network": cell.network, "brand": cell.brand or "-"}[by]


def _scopes(watch: Watch, windows: Iterable[Window]) -> Iterator[tuple[str, list[Cell]]]:
    cells: dict[str, list[Cell]] = {ALL: []} if watch.by == "all" else {}
    for window in windows:
        for cell in window.cells:
            if _matches(watch, cell.network, cell.brand):
                cells.setdefault(_scope(watch.by, cell), []).append(cell)
    return iter(sorted(cells.items()))


def _condition(bad: bool, good: bool) -> Condition:
    return "bad" if bad else "good" if good else "between"


def _in_time(watch: Watch, figures: Usual, scope: str, cells: list[Cell], _: int, words: Words) -> Iterator[Finding]:
    outcomes = [one for cell in cells for one in cell.outcomes if one.window_s == figures.window_s]
    in_time, sample = sum(one.in_time for one in outcomes), sum(one.in_time + one.late for one in outcomes)
    share = in_time / sample if sample else 1.0
    enough = sample >= figures.min_sample
    yield Finding(
        watch=watch,
        scope=scope,
        condition=_condition(share < figures.floor, share >= min(1.0, figures.floor + _RECOVERED_SHARE))
        if enough
        else "unknown",
        value=share,
        threshold=figures.floor,
        sample=sample,
        window_s=figures.window_s,
        explanation=words.in_time(figures.window_s, in_time, sample, figures.floor),
    )


def _slowest(watch: Watch, figures: Usual, scope: str, cells: list[Cell], _: int, words: Words) -> Iterator[Finding]:
    wanted = (figures.window_s, figures.limit)
    paces = [one for cell in cells for one in cell.paces if (one.window_s, one.limit) == wanted]
    sample, over = sum(one.sample for one in paces), sum(one.over for one in paces)
    counts = sum((Counter(one.counts) for one in paces), Counter[int]())
    rank = math.ceil(0.9 * sample)
    p90 = _ranked(counts, rank)
    enough = sample >= figures.min_sample
    # nearest rank: the 90th percentile is over the limit when so many are that it must be one of them
    condition = _condition(over > sample - rank, p90 <= _RECOVERED_LIMIT * figures.limit)
    yield Finding(
        watch=watch,
        scope=scope,
        condition=condition if enough else "unknown",
        value=round(p90, 2),
        threshold=figures.limit,
        sample=sample,
        window_s=figures.window_s,
        explanation=words.slowest(figures.window_s, p90, over, sample, figures.limit),
    )


def _ranked(counts: Counter[int], rank: int) -> float:
    passed = 0
    for step in sorted(counts):
        passed += counts[step]
        if passed >= rank:
            return PACE_STEP**step
    return 0.0


def _backlog(watch: Watch, figures: Usual, scope: str, cells: list[Cell], at: int, words: Words) -> Iterator[Finding]:
    recent = [one for cell in cells for one in cell.queues if one.window_s == figures.window_s]
    ever = [one for cell in cells for one in cell.queues if one.window_s == HOWEVER_LONG_S]
    waiting, overdue = sum(one.waiting for one in recent), sum(one.overdue for one in recent)
    oldest = min((one.oldest_at for one in recent if one.oldest_at), default=None)
    limit = figures.limit
    yield Finding(
        watch=watch,
        scope=scope,
        condition=_condition(waiting > limit, waiting <= _RECOVERED_LIMIT * limit),
        value=waiting,
        threshold=limit,
        sample=waiting,
        window_s=figures.window_s,
        explanation=words.backlog(
            figures.window_s, waiting, overdue, limit, _age_s(oldest, at), sum(one.waiting for one in ever) - waiting
        ),
    )


def _age_s(instant: datetime | None, at_ms: int) -> float:
    return (at_ms - to_ms(instant)) / 1000 if instant else 0.0


def _storm(watch: Watch, figures: Usual, scope: str, cells: list[Cell], at: int, words: Words) -> Iterator[Finding]:
    """The window, and its last quarter: what has just begun is a small part of a whole hour."""
    judged = [
        (window_s, storm(_history(cells, window_s, at), times=figures.limit, min_sample=figures.min_sample))
        for window_s in (figures.window_s, figures.window_s / 4)
    ]
    window_s, shown = next((one for one in judged if one[1].is_storm), judged[0])
    yield Finding(
        watch=watch,
        scope=scope,
        condition=_stormy([verdict for _, verdict in judged]),
        value=shown.came,
        threshold=shown.threshold,
        sample=shown.came,
        window_s=window_s,
        explanation=words.storm(window_s, shown, figures.limit, figures.min_sample),
    )


def _stormy(verdicts: Sequence[Verdict]) -> Condition:
    return _condition(any(one.is_storm for one in verdicts), all(one.is_calm for one in verdicts))


def _known_days(cells: Iterable[Cell], window_s: float, at_ms: int) -> int:
    """How many days before today hold the whole of this window."""
    since = min((to_ms(cell.since) for cell in cells if cell.since), default=at_ms)
    return max(0, int((slot_start(at_ms) - window_s * 1000 - since) // DAY_MS))


def _history(cells: list[Cell], window_s: float, at_ms: int, *, negative: bool = True) -> History:
    arrivals = [one for cell in cells for one in cell.arrivals if (one.window_s, one.negative) == (window_s, negative)]
    days = _known_days(cells, window_s, at_ms)
    since = min((to_ms(cell.since) for cell in cells if cell.since), default=at_ms)
    before = max(0, int((slot_start(at_ms) - since) // (window_s * 1000)) - 1)
    return History(
        came=sum(one.came for one in arrivals),
        days=_summed([one.days for one in arrivals], min(days, len(DAYS))),
        weeks=_summed([one.weeks for one in arrivals], min(days // 7, len(WEEKS))),
        before=_summed([one.before for one in arrivals], min(before, BEFORE)),
    )


def _summed(rows: Sequence[Sequence[int]], known: int) -> list[int]:
    """Column by column, as many as are known; an empty row stands for zeros."""
    return [sum(row[place] for row in rows if row) for place in range(known)]


def _silence(watch: Watch, figures: Usual, scope: str, cells: list[Cell], at: int, words: Words) -> Iterator[Finding]:
    """Nothing came, and the same hours of earlier days brought enough to tell: a quiet night is no silence."""
    last = max((to_ms(cell.last_at) for cell in cells if cell.last_at), default=0)
    if not last:
        return  # it never sent anything
    histories = [(span, _history(cells, span, at, negative=False)) for span in SILENCES_S]
    expected, window_s = max((_least_usual(history) if not history.came else 0.0, span) for span, history in histories)
    yield Finding(
        watch=watch,
        scope=scope,
        condition=_condition(expected >= figures.limit, histories[0][1].came > 0),
        value=0.0 if not histories[0][1].came else float(histories[0][1].came),
        threshold=figures.limit,
        sample=round(expected),
        window_s=window_s,
        explanation=words.silence(scope, (at - last) / 1000, expected, window_s),
    )


def _least_usual(history: History) -> float:
    """What at least should have come: the lower of the last days and of the same weekdays.

    As long as no two of the same weekdays are known, the least of the last days: one of them may have been a Sunday.
    """
    if len(history.days) < _SILENCE_DAYS:
        return 0.0
    if len(history.weeks) < MIN_WEEKS:
        return float(min(history.days))
    return float(min(sorted(group)[(len(group) - 1) // 2] for group in (history.days, history.weeks)))


def _leaders(
    watch: Watch, leaders: Sequence[Leader], windows: Sequence[Window], at_ms: int, words: Words
) -> Iterator[Finding]:
    limit = usual(watch).limit
    for leader in leaders:
        queues = [
            one
            for window in windows
            for one in window.leaders
            if one.leader == leader.name and _matches(watch, one.network, one.brand)
        ]
        waiting, overdue = sum(one.waiting for one in queues), sum(one.overdue for one in queues)
        oldest_s = _age_s(min((one.oldest_at for one in queues if one.oldest_at), default=None), at_ms)
        yield Finding(
            watch=watch,
            scope=leader.name,
            condition=_condition(overdue > limit, overdue <= limit),
            value=overdue,
            threshold=limit,
            sample=waiting,
            window_s=oldest_s,
            explanation=words.leader(leader.name, waiting, overdue, oldest_s),
            leader=leader.name,
        )
        if leader.offer_above:
            yield Finding(
                watch=watch,
                scope=f"{leader.name} {OFFER}",
                condition=_condition(waiting > leader.offer_above, waiting <= leader.offer_above),
                value=waiting,
                threshold=leader.offer_above,
                sample=waiting,
                window_s=oldest_s,
                explanation=words.offer(leader.name, waiting, overdue, leader.offer_above, oldest_s),
                leader=leader.name,
                delegates=leader.delegates,
                offer_every_s=float(leader.offer_after) or _OFFER_EVERY_S,
            )


_JUDGES = {
    "share_within_target": _in_time,
    "p90": _slowest,
    "backlog": _backlog,
    "storm": _storm,
    "silence": _silence,
}
