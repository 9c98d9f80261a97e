"""What an alert leaves to tell, and what it takes away: once per occasion, the highest level, nothing that is over."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Alert
from streams.instants import to_ms
from streams.notices import KEPT_MS, Change, Notices, done_of, is_over, pack, settle, unpack
from tests.support.builders import at, make_alert
from tests.support.notices import heard, make_route, make_routing, state

NOW = at("10:00:05")


def waiting(change: Change) -> list[tuple[str, str, str]]:
    return [(one.alert.level, one.occasion, one.target) for one in change.notices.waiting]


def dropped(change: Change) -> list[tuple[str, str]]:
    return [(entry.level, entry.reason) for entry in change.log if entry.state == "dropped"]


def told(change: Change, *, at_ms: int = to_ms(NOW)) -> Notices:
    return settle(change.notices, [one.key for one in change.notices.waiting], "sent", now_ms=at_ms).notices


def test_an_alert_waits_for_every_channel_of_its_route():
    change = heard(make_alert(), by=make_routing(make_route("r", "care", "boss")), at=NOW)

    assert waiting(change) == [("breach", "fired", "boss"), ("breach", "fired", "care")]


def test_an_alert_that_no_route_takes_leaves_nothing():
    before = Notices(conversation_id="mastodon:1", partition=0)

    change = heard(make_alert(), by=make_routing(make_route("r", networks=("x",))), at=NOW, notices=before)

    assert change.notices == before


def test_the_same_alert_is_told_once_however_often_it_comes():
    change = heard(make_alert(), make_alert(), at=NOW)
    again = heard(make_alert(version=2), at=NOW, notices=told(change))

    assert len(change.notices.waiting) == 1
    assert again.notices.waiting == ()


@pytest.mark.parametrize(
    ("age", "count"),
    [
        pytest.param(timedelta(minutes=59, seconds=59), 1, id="young enough"),
        pytest.param(timedelta(hours=1), 0, id="too old"),
    ],
)
def test_an_alert_that_fired_long_ago_is_not_told(age: timedelta, count: int):
    assert len(heard(make_alert(), at=at("10:00") + age).notices.waiting) == count


@pytest.mark.parametrize(
    ("levels", "left", "gone"),
    [
        pytest.param(["warning_50", "breach"], ["breach"], ["warning_50"], id="the lower came first"),
        pytest.param(["breach", "warning_90"], ["breach"], ["warning_90"], id="the lower came late"),
        pytest.param(
            ["warning_75", "breach", "escalation"], ["escalation"], ["warning_75", "breach"], id="a whole ladder"
        ),
        pytest.param(["delegation", "breach"], ["delegation", "breach"], [], id="an offer to a delegate stays"),
    ],
)
def test_of_the_levels_of_a_turn_that_wait_only_the_highest_is_told(levels: list, left: list, gone: list):
    change = heard(*(make_alert(level) for level in levels), at=NOW)

    assert [level for level, _, _ in waiting(change)] == left
    assert dropped(change) == [(level, "superseded") for level in gone]


def test_a_lower_level_is_not_told_after_a_higher_one():
    change = heard(make_alert("warning_90"), at=NOW, notices=told(heard(make_alert("breach"), at=NOW)))

    assert dropped(change) == [("warning_90", "superseded")]


def test_a_level_of_the_next_turn_has_nothing_to_do_with_it():
    change = heard(make_alert("breach"), make_alert("warning_50", turn=2), at=NOW)

    assert len(change.notices.waiting) == 2


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        pytest.param(state(make_alert(), "resolved"), "over", id="answered"),
        pytest.param(state(make_alert(), "acknowledged"), "acknowledged", id="acknowledged"),
        pytest.param(state(make_alert(), "snoozed", snoozed_until=at("11:00")), "snoozed", id="snoozed"),
    ],
)
def test_what_is_over_before_it_was_told_is_not_told(after: Alert, reason: str):
    change = heard(make_alert(), after, at=NOW)

    assert waiting(change) == []
    assert dropped(change) == [("breach", reason)]


def test_a_snoozed_alert_that_fires_again_is_told_again_once():
    first = told(heard(make_alert(), at=NOW))
    snoozed = state(make_alert(), "snoozed", snoozed_until=at("12:00"))

    change = heard(snoozed, make_alert(version=9), make_alert(version=10), at=at("12:00:01"), notices=first)
    later = heard(make_alert(version=11), at=at("12:00:09"), notices=told(change))

    assert waiting(change) == [("breach", "again", "care")]
    assert later.notices.waiting == ()


def test_states_from_before_a_snooze_that_come_again_neither_break_nor_outlive_it():
    first, snoozed = make_alert(), state(make_alert(), "snoozed", snoozed_until=at("12:00"))
    before = told(heard(first, at=NOW))

    during = heard(snoozed, first, snoozed, at=at("11:00"), notices=before)
    after = heard(make_alert(version=9), at=at("12:00:01"), notices=during.notices)

    assert waiting(during) == []
    assert waiting(after) == [("breach", "again", "care")]


def test_a_firing_alert_that_says_itself_that_its_snooze_ended_is_told_again():
    first = told(heard(make_alert(), at=NOW))

    change = heard(make_alert(version=9, snoozed_until=at("12:00")), at=at("12:00:01"), notices=first)

    assert waiting(change) == [("breach", "again", "care")]


def test_the_end_is_told_to_who_was_told_of_the_begin_where_the_route_says_so():
    by = make_routing(make_route("r", resolved=True))
    over = state(make_alert(), "resolved", resolved_at=at("10:20"))

    asked = heard(over, by=by, at=at("10:20"), notices=told(heard(make_alert(), by=by, at=NOW)))
    never_told = heard(make_alert(), over, by=by, at=at("10:20"))
    not_asked = heard(over, at=at("10:20"), notices=told(heard(make_alert(), at=NOW)))

    assert waiting(asked) == [("breach", "resolved", "care")]
    assert (waiting(never_told), waiting(not_asked)) == ([], [])


def test_the_end_of_a_turn_is_told_once_and_not_for_each_level():
    by = make_routing(make_route("r", resolved=True))
    levels = ("warning_90", "breach", "escalation")
    both = Notices(conversation_id="mastodon:1", partition=0)
    for level in levels:
        both = told(heard(make_alert(level), by=by, at=NOW, notices=both))

    ends = heard(*(state(make_alert(level), "resolved") for level in levels), by=by, at=NOW, notices=both)
    late = heard(state(make_alert("breach"), "resolved"), by=by, at=NOW, notices=told(ends))

    assert waiting(ends) == [("escalation", "resolved", "care")]
    assert late.notices.waiting == ()


def test_what_the_log_says_was_settled_is_not_told_again():
    change = heard(make_alert(), at=NOW)
    entries = settle(change.notices, [change.notices.waiting[0].key], "sent", now_ms=to_ms(NOW)).log
    restored = Notices(conversation_id="mastodon:1", partition=0, done=tuple(done_of(entry) for entry in entries))

    assert restored.done == told(change).done
    assert heard(make_alert(), at=NOW, notices=restored).notices.waiting == ()


def test_a_conversation_is_forgotten_once_nothing_of_it_can_come_again():
    notices = told(heard(make_alert(), at=NOW))

    assert not is_over(notices, to_ms(NOW) + KEPT_MS - 1)
    assert is_over(notices, to_ms(NOW) + KEPT_MS)
    assert not is_over(heard(make_alert(), at=NOW).notices, to_ms(NOW) + KEPT_MS)


_STATES = st.sampled_from(["firing", "acknowledged", "snoozed", "resolved"])
_LEVELS = st.sampled_from(["warning_50", "warning_90", "delegation", "breach", "escalation"])
_ALERTS = st.builds(
    lambda level, now, turn: make_alert(level, state=now, turn=turn, snoozed_until=None),
    _LEVELS,
    _STATES,
    st.integers(1, 2),
)


@given(st.lists(_ALERTS, min_size=1, max_size=12), st.data())
def test_whatever_comes_an_alert_is_told_at_most_once_and_the_table_keeps_it_all(alerts: list[Alert], data):
    by = make_routing(make_route("r", "care", "boss", resolved=True))
    notices, seen = Notices(conversation_id="mastodon:1", partition=3), []
    for alert in alerts:
        notices = unpack(pack(heard(alert, by=by, at=NOW, notices=notices).notices))
        if data.draw(st.booleans()):
            seen += [one.key for one in notices.waiting]
            notices = told(Change(notices=notices))

    keys = [one.key for one in (*notices.waiting, *notices.done)]
    assert len(set(keys)) == len(keys)
    assert len(set(seen)) == len(seen)
    assert {one.key for one in notices.done if one.told} == set(seen)
