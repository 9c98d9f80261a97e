"""Editions of the rules: what was measured stays, what comes later goes by the later edition."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.calendar import CalendarSettings
from schemas.policy import Match, ResponsePolicy
from schemas.rules import Rules
from schemas.settings import Settings
from schemas.units import PositiveDuration
from streams.assess import assess
from streams.instants import to_ms
from streams.rules import Rulebook, distinct, present, rulebook
from streams.timeline import Timeline, add
from tests.support.builders import DAY, at, make_enriched, make_event


def promise(name: str, minutes: float, **fields: object) -> ResponsePolicy:
    span = PositiveDuration(60 * minutes)
    return ResponsePolicy(name=name, first=span, next=span, warnings=(), **fields)  # type: ignore[arg-type]


def calendar(hours: str) -> CalendarSettings:
    return CalendarSettings(name="support", time_zone="UTC", hours=(hours,))


def edition(clock: str, *policies: ResponsePolicy, calendars: tuple[CalendarSettings, ...] = ()) -> Rules:
    return Rules(since=at(clock), policies=policies, calendars=calendars)


def book(*editions: Rules) -> Rulebook:
    return rulebook(Settings(), editions)


def asked(clock: str, *, native: str = "1", received: str = "", timeline: Timeline | None = None, rules: Rulebook):
    event = make_event(native, created_at=at(clock), received_at=at(received or clock))
    told = add(timeline, make_enriched(event), 0, rules)
    assert told is not None
    return told


def due(timeline: Timeline, rules: Rulebook) -> list[tuple[str, datetime | None]]:
    turns = assess(timeline, rules, watermark_ms=0, version=1).conversation.turns
    return [(turn.policy, turn.due_at) for turn in turns]


def test_a_turn_keeps_the_promise_under_which_its_event_was_received():
    before = book(edition("00:00", promise("slow", 120)))
    timeline = asked("09:00", rules=before)

    after = book(edition("00:00", promise("slow", 120)), edition("10:00", promise("fast", 5)))

    assert due(timeline, after) == [("slow", at("11:00"))]
    assert due(asked("10:30", rules=after), after) == [("fast", at("10:35"))]


def test_a_copy_that_comes_after_a_change_is_still_measured_as_the_first_one_was():
    both = book(edition("00:00", promise("slow", 120)), edition("10:00", promise("fast", 5)))
    timeline = asked("09:00", rules=both)

    edited = asked("09:00", received="10:30", timeline=timeline, rules=both)

    assert due(edited, both) == [("slow", at("11:00"))]


def test_the_first_edition_holds_for_all_time_before_it():
    rules = book(edition("12:00", promise("slow", 120)))

    assert due(asked("09:00", rules=rules), rules) == [("slow", at("11:00"))]


def test_history_that_is_received_after_a_change_goes_by_the_change():
    rules = book(edition("00:00", promise("slow", 120)), edition("10:00", promise("fast", 5)))

    assert due(asked("03:00", received="11:00", rules=rules), rules) == [("fast", at("03:05"))]


def test_a_change_of_hours_moves_the_deadline_and_keeps_the_time_that_was_used():
    policy = promise("p", 120, calendar="support")
    before = edition("00:00", policy, calendars=(calendar("mon-sun 09:00-17:00"),))
    timeline = asked("09:00", rules=book(before))
    assert due(timeline, book(before)) == [("p", at("11:00"))]

    after = book(before, edition("10:00", policy, calendars=(calendar("mon-sun 13:00-17:00"),)))

    assert due(timeline, after) == [("p", at("14:00"))]


def test_hours_of_a_turn_that_ended_before_the_change_are_counted_as_they_were():
    policy = promise("p", 120, calendar="support")
    before = edition("00:00", policy, calendars=(calendar("mon-sun 09:00-17:00"),))
    answer = make_enriched(make_event("2", role="brand", created_at=at("09:30")))
    timeline = add(asked("09:00", rules=book(before)), answer, 0, book(before))
    assert timeline is not None

    after = book(before, edition("10:00", policy, calendars=(calendar("mon-sun 13:00-17:00"),)))

    (turn,) = assess(timeline, after, watermark_ms=0, version=1).conversation.turns
    assert turn.waited_business_s == 1800.0


def test_old_history_that_comes_after_a_change_of_hours_goes_by_the_new_ones():
    policy = promise("p", 60, calendar="support")
    rules = book(
        edition("00:00", policy, calendars=(calendar("mon-sun 09:00-17:00"),)),
        edition("10:00", policy, calendars=(calendar("mon-sun 13:00-17:00"),)),
    )

    assert due(asked("09:00", received="11:00", rules=rules), rules) == [("p", at("14:00"))]


def test_hours_that_a_later_edition_no_longer_has_go_on_for_the_turns_that_were_promised_them():
    policy = promise("p", 120, calendar="support")
    rules = book(
        edition("00:00", policy, calendars=(calendar("mon-sun 09:00-10:00"),)), edition("10:00", promise("q", 5))
    )

    assert due(asked("09:30", rules=rules), rules) == [("p", at("09:30") + timedelta(days=2))]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0, 2)])
def test_editions_are_the_same_in_any_order_and_with_repeats(order: tuple[int, ...]):
    said = [edition("00:00", promise("a", 1)), edition("09:00", promise("b", 1)), edition("10:00", promise("a", 1))]

    assert distinct([said[place] for place in order]) == said


def test_two_workers_that_say_the_same_are_one_edition_since_the_earlier():
    said = [edition("10:00", promise("a", 1)), edition("10:01", promise("a", 1))]

    assert distinct(said) == said[:1]


def test_of_the_policies_that_take_events_of_a_turn_the_first_in_the_list_holds():
    vip = promise("vip", 5, match=Match(min_followers=1000))
    rules = book(edition("00:00", vip, promise("everybody", 60)))
    known = make_event(
        "2", created_at=at("09:10"), author=make_event().author.__class__(id="u1", role="customer", followers=5000)
    )
    timeline = add(asked("09:00", rules=rules), make_enriched(known), 0, rules)
    assert timeline is not None

    assert due(timeline, rules) == [("vip", at("09:05"))]


def test_what_the_settings_say_now_is_an_edition_with_its_calendar_files():
    settings = Settings(
        policies=(promise("p", 1, calendar="support"),),
        calendars=(CalendarSettings(name="support", time_zone="UTC", icalendars=("b.ics", "a.ics")),),
    )

    rules = present(settings, lambda name: name.encode(), now=DAY + timedelta(microseconds=1500))

    assert rules.files == {"a.ics": b"a.ics", "b.ics": b"b.ics"}
    assert rules.since == DAY + timedelta(milliseconds=1)
    assert to_ms(rules.since) == to_ms(datetime(2026, 3, 2, tzinfo=UTC)) + 1
