"""The rules by which turns are measured: every edition of the policies and calendars, and which promise takes an event.

An event is measured under the edition that held when it was first received, for ever: a later edition takes
what comes later. A promise counts hours of its calendar; when the calendar changes while a clock runs, the time used
until then stays used and the rest is counted in the new hours. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zlib import crc32

import msgspec

from schemas import codec
from schemas.calendar import CalendarSettings
from schemas.enriched import Enriched
from schemas.policy import ResponsePolicy
from schemas.rules import Rules, edition
from schemas.settings import Leader, Settings
from streams.businesstime import Calendar
from streams.calendars import build
from streams.instants import to_ms
from streams.measure import Entry, Promise
from streams.policies import choose, facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The policies that hold from an instant on."""

    since_ms: int
    policies: tuple[ResponsePolicy, ...]

    @property
    def depends_on_leaders(self) -> bool:
        """Whether a policy asks if a leader is mentioned."""
        return any(policy.match.mentions_leader is not None for policy in self.policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All that measuring depends on besides the events. `promises` are found by the stamp of an event.

    `reopen_ms` is the silence after an answer from which on a customer opens a new thread, `quiet_after_ms` the
    silence that closes a conversation.
    """

    editions: tuple[Edition, ...]
    promises: Mapping[str, Promise]
    leaders: Mapping[str, Leader]
    reopen_ms: int
    quiet_after_ms: int

    def edition_at(self, ms: int) -> Edition:
        """The edition in force at an instant; the first one for all time before."""
        return next((one for one in reversed(self.editions) if one.since_ms <= ms), self.editions[0])

    def stamps(self, enriched: Enriched, *, received_ms: int, mentions_leader: bool) -> tuple[str, str]:
        """Which promise takes the event, and which one if its conversation is about a leader; empty for none."""
        holding = self.edition_at(received_ms)
        own = _stamp(holding, enriched, mentions_leader=mentions_leader)
        if mentions_leader or not holding.depends_on_leaders:
            return own, own
        return own, _stamp(holding, enriched, mentions_leader=True)

    def promised(self, customer_entries: Sequence[Entry], about_leader: bool) -> Promise | None:
        """The promise for a turn: of those that take one of its events the one that comes first in its list."""
        stamps = (entry.led_stamp if about_leader else entry.stamp for entry in customer_entries)
        taken = [promise for stamp in stamps if (promise := self.promises.get(stamp)) is not None]
        return min(taken, key=lambda promise: promise.place, default=None)


def _stamp(holding: Edition, enriched: Enriched, *, mentions_leader: bool) -> str:
    place = choose(holding.policies, facts(enriched, mentions_leader=mentions_leader))
    return "" if place is None else _name(holding.since_ms, place)


def _name(since_ms: int, place: int) -> str:
    return f"{since_ms}:{place}"


def present(settings: Settings, read: Callable[[str], bytes], *, now: datetime) -> Rules:
    """What the settings say, as an edition that begins now.

    Args:
        read: the bytes of the iCalendar file of that name.
    """
    names = {name for calendar in settings.calendars for name in calendar.icalendars}
    return Rules(
        since=now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000),
        policies=settings.policies,
        calendars=settings.calendars,
        files={name: read(name) for name in sorted(names)},
    )


def rulebook(settings: Settings, rules: Sequence[Rules]) -> Rulebook:
    """What holds by these editions, in any order and with repeats, the newest of which the settings made.

    Settings that are wrong were refused before they became an edition: a calendar that cannot be built any more
    counts as always open in the past that it held for.
    """
    kept = distinct(rules)
    hours = _hours(kept)
    promises = {
        _name(to_ms(one.since), place): Promise(
            policy=policy, place=place, calendar=hours[number].get(policy.calendar) if policy.calendar else None
        )
        for number, one in enumerate(kept)
        for place, policy in enumerate(one.policies)
    }
    options = settings.responses
    return Rulebook(
        editions=tuple(Edition(since_ms=to_ms(one.since), policies=one.policies) for one in kept),
        promises=promises,
        leaders={leader.name: leader for leader in settings.leaders},
        reopen_ms=round(min(options.idle_gap, options.quiet_after) * 1000),
        quiet_after_ms=round(options.quiet_after * 1000),
    )


def mark(book: Rulebook, *, code_version: str) -> int:
    """A number for all that says when a timeline is due: the same for the same rules, read by the same code."""
    editions = [one.since_ms for one in book.editions]
    leaders = sorted(book.leaders.items())
    told = (code_version, editions, leaders, book.reopen_ms, book.quiet_after_ms)
    written = msgspec.json.encode(told, enc_hook=codec.plain)
    return crc32(written) or 1  # 0 stands for rules that are not known


def distinct(rules: Sequence[Rules]) -> list[Rules]:
    """The editions in order of time, without those that say again what held already."""
    kept: list[Rules] = []
    for one in sorted(rules, key=lambda one: (one.since, edition(one))):
        if not kept or edition(kept[-1]) != edition(one):
            kept.append(one)
    return kept


def _hours(kept: Sequence[Rules]) -> list[dict[str, Calendar]]:
    """For each edition the calendars by name: its own hours until the next edition, then those of the next, and so on.

    A name that a later edition does not have keeps the hours it had last.
    """
    built = [_build(one.calendars, one.files) for one in kept]
    following: dict[str, list[tuple[int, Calendar]]] = {}
    result: list[dict[str, Calendar]] = []
    for one, own in zip(reversed(kept), reversed(built), strict=True):
        chained = {}
        for name, calendar in own.items():
            chain, last = calendar, calendar
            for since_ms, later in following.get(name, ()):
                if later != last:
                    chain, last = replace(later, earlier=chain, since_ms=since_ms), later
            chained[name] = chain
            following[name] = [(to_ms(one.since), calendar), *following.get(name, ())]
        result.insert(0, chained)
    return result


def _build(calendars: Sequence[CalendarSettings], files: Mapping[str, bytes]) -> Mapping[str, Calendar]:
    return build(calendars, lambda name: files[name]).calendars
