"""From findings to alerts: said once, ended once, named after its beginning, and never a storm of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.action import Action
from schemas.alert import Alert
from schemas.settings import Leader
from schemas.units import Duration, PositiveDuration
from schemas.watch import Watch
from streams.episodes import Memory, advance, pack, unpack
from streams.instants import to_ms
from streams.watch import Condition, Finding
from streams.watchwords import words
from streams.windows import Partition
from tests.support.builders import at
from tests.support.watching import alerts_over, turn_at, with_turns

BACKLOG = Watch(name="backlog", kind="backlog", limit=2, to="head of care")
STEP = timedelta(seconds=10)


def seen(condition: Condition = "bad", scope: str = "all", **fields: Any) -> Finding:
    defaults: dict[str, Any] = {
        "watch": BACKLOG,
        "scope": scope,
        "condition": condition,
        "value": 3.0,
        "threshold": 2.0,
        "sample": 3,
        "window_s": 86_400.0,
        "explanation": "3 customers wait.",
    }
    return Finding(**{**defaults, **fields})


def over(
    spans: list[tuple[float, list[Finding]]], *, actions: list[Action] | None = None, watch: Watch = BACKLOG
) -> list[Alert]:
    """Show these findings for so many minutes each, from nine o'clock on, and collect what is said."""
    memory, said, now = Memory(), list[Alert](), at("09:00")
    for minutes, found in spans:
        until = now + timedelta(minutes=minutes)
        while now < until:
            taken = [one for one in actions or [] if one.at <= now]
            memory, alerts = advance(unpack(pack(memory)), [watch], found, taken, to_ms(now), words("en"))
            said += alerts
            now += STEP
    return said


def short(alerts: list[Alert]) -> list[tuple[str, str]]:
    return [
        (alert.state, f"{alert.fired_at if alert.state == 'firing' else alert.resolved_at:%H:%M:%S}")
        for alert in alerts
    ]


def acted(kind: Any, when: datetime, **fields: Any) -> Action:
    return Action(action_id=f"{kind}-{when}", kind=kind, conversation_id="watch:backlog:all", at=when, **fields)


def test_it_is_said_once_when_it_has_lasted_and_once_when_it_is_over():
    said = over([(20, [seen("bad")]), (20, [seen("good")])])

    assert short(said) == [("firing", "09:00:30"), ("resolved", "09:20:00")]


def test_the_alert_is_named_after_the_instant_at_which_it_began():
    said = over([(1, [seen("good")]), (20, [seen("bad")]), (20, [seen("good")])])

    assert {alert.alert_id for alert in said} == {f"watch:backlog:all:{to_ms(at('09:01'))}"}
    assert [alert.conversation_id for alert in said] == ["watch:backlog:all"] * 2


def test_an_alert_carries_the_figures_and_who_is_told():
    (fired,) = over([(5, [seen("bad")])])

    assert (fired.level, fired.turn, fired.network, fired.priority, fired.to) == (
        "watch",
        0,
        "all",
        "high",
        "head of care",
    )
    assert (fired.watch, fired.scope, fired.value, fired.threshold, fired.sample) == ("backlog", "all", 3.0, 2.0, 3)
    assert fired.explanation == "3 customers wait."


def test_what_is_over_says_so():
    said = over([(5, [seen("bad")]), (6, [seen("good", explanation="1 customer waits.")])])

    assert said[-1].explanation == "Back within its bounds. 1 customer waits."


def test_a_blip_is_not_said():
    assert over([(0.3, [seen("bad")]), (10, [seen("good")])]) == []


def test_a_figure_near_its_bound_is_not_said_again_and_again():
    said = over([(2, [seen("bad")]), *[(2, [seen("between")]), (2, [seen("good")]), (2, [seen("bad")])] * 10])

    assert len(said) == 1


def test_nothing_is_said_again_before_the_cooldown_is_over():
    again = [(10, [seen("bad")]), (10, [seen("good")])] * 3

    said = over([*again, (70, [seen("bad")])])

    # over and said so at a quarter past nine; again only an hour after that
    assert short(said) == [("firing", "09:00:30"), ("resolved", "09:10:00"), ("firing", "10:15:00")]


def test_an_alert_that_began_while_it_was_cooling_down_is_named_after_that():
    said = over([(10, [seen("bad")]), (10, [seen("good")]), (90, [seen("bad")])])

    assert said[-1].alert_id == f"watch:backlog:all:{to_ms(at('09:20'))}"


def test_what_is_not_seen_any_more_is_over():
    said = over([(10, [seen("bad")]), (10, [])])

    assert short(said) == [("firing", "09:00:30"), ("resolved", "09:10:00")]


def test_too_few_cases_end_an_alert_too():
    assert [alert.state for alert in over([(5, [seen("bad")]), (6, [seen("unknown")])])] == ["firing", "resolved"]


def test_an_instant_that_was_judged_before_says_nothing():
    memory, _ = advance(Memory(), [BACKLOG], [seen()], [], to_ms(at("09:00")), words("en"))
    memory, said = advance(memory, [BACKLOG], [seen()], [], to_ms(at("09:01")), words("en"))

    assert len(said) == 1
    assert advance(memory, [BACKLOG], [seen("good")], [], to_ms(at("09:01")), words("en")) == (memory, [])
    assert advance(memory, [BACKLOG], [seen("good")], [], to_ms(at("09:00")), words("en")) == (memory, [])


def test_many_scopes_at_once_are_one_alert_until_all_are_well():
    networks = ("x", "facebook", "bluesky", "mastodon", "instagram")
    bad, one_left = [seen("bad", name) for name in networks], [seen("good", name) for name in networks[1:]]

    said = over([(5, bad), (10, [seen("bad", "x"), *one_left]), (10, [seen("good", name) for name in networks])])

    assert [(alert.scope, alert.state) for alert in said] == [("several", "firing"), ("several", "resolved")]
    assert said[0].explanation.startswith("5 at once: ")


def test_a_scope_that_was_said_alone_does_not_join_the_others():
    networks = ("x", "facebook", "bluesky", "mastodon", "instagram")

    said = over([(5, [seen("bad", "x")]), (5, [seen("bad", name) for name in networks])])

    assert [alert.scope for alert in said] == ["x", "several"]
    assert "x" not in said[1].explanation.split(".")[0].replace("explanation", "")


def test_three_scopes_are_said_one_by_one():
    said = over([(5, [seen("bad", name) for name in ("x", "facebook", "bluesky")])])

    assert sorted(alert.scope for alert in said) == ["bluesky", "facebook", "x"]


def test_an_acknowledged_alert_says_by_whom_and_ends_by_itself():
    actions = [acted("acknowledge", at("09:03"), by="Nora")]

    said = over([(10, [seen("bad")]), (10, [seen("good")])], actions=actions)

    assert [alert.state for alert in said] == ["firing", "acknowledged", "resolved"]
    assert (said[1].acknowledged_by, said[1].acknowledged_at) == ("Nora", at("09:03"))


def test_a_snoozed_alert_comes_back_when_it_is_still_bad():
    said = over([(30, [seen("bad")])], actions=[acted("snooze", at("09:03"), until=at("09:20"))])

    assert [alert.state for alert in said] == ["firing", "snoozed", "firing"]
    assert {alert.alert_id for alert in said} == {said[0].alert_id}
    assert said[2].version == to_ms(at("09:20"))


def test_an_action_on_an_earlier_alert_does_not_touch_the_next():
    spans = [(10, [seen("bad")]), (80, [seen("good")]), (10, [seen("bad")])]

    said = over(spans, actions=[acted("acknowledge", at("09:03"), by="Nora")])

    assert [alert.state for alert in said] == ["firing", "acknowledged", "resolved", "firing"]


def test_an_alert_that_a_person_closes_is_over_and_cools_down():
    said = over([(30, [seen("bad")])], actions=[acted("close", at("09:03"))])

    assert short(said) == [("firing", "09:00:30"), ("resolved", "09:03:00")]


def test_who_acknowledged_stays_known_when_it_is_assigned():
    actions = [acted("acknowledge", at("09:03"), by="Nora"), acted("assign", at("09:05"), by="Lin", to="Paul")]

    said = over([(10, [seen("bad")])], actions=actions)

    assert (said[-1].owner, said[-1].acknowledged_by, said[-1].acknowledged_at) == ("Paul", "Nora", at("09:03"))


def test_an_assigned_alert_has_an_owner():
    said = over([(10, [seen("bad")])], actions=[acted("assign", at("09:03"), to="Paul")])

    assert [alert.owner for alert in said] == ["", "Paul"]


@pytest.mark.parametrize("acknowledged", [False, True])
def test_the_answer_is_offered_to_the_delegates_one_after_the_other(acknowledged: bool):
    leader = Leader(name="Ada", delegates=("Nora", "Paul", "Lin"), offer_above=1, offer_after=Duration(600))
    watch = Watch(name="leader", kind="leader", cooldown=PositiveDuration(60))
    partition = Partition(number=0)
    for _ in range(2):
        with_turns(partition, turn_at("08:59"), leader="Ada")
    taken = Action(action_id="a", kind="acknowledge", conversation_id="watch:leader:Ada offer", at=at("09:05"))
    instants = [at("09:00") + STEP * place for place in range(300)]

    said = alerts_over(instants, watch, partition, leaders=[leader], actions=[taken] if acknowledged else [])

    offered = [(alert.to, alert.on_behalf_of, alert.step) for alert in said if alert.state == "firing"]
    expected = [("Nora", "Ada", 1), ("Paul", "Ada", 2), ("Lin", "Ada", 3)]
    assert offered == (expected[:1] if acknowledged else expected)
    assert len({alert.alert_id for alert in said}) == len(offered)


def test_every_delegate_who_was_asked_hears_that_it_is_over():
    offer = {"scope": "Ada offer", "leader": "Ada", "delegates": ("Nora", "Paul"), "offer_every_s": 60.0}

    said = over([(5, [seen("bad", **offer)]), (6, [seen("good", **offer)])])

    assert [(alert.to, alert.state) for alert in said] == [
        ("Nora", "firing"),
        ("Paul", "firing"),
        ("Nora", "resolved"),
        ("Paul", "resolved"),
    ]
