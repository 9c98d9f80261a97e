"""A rehearsal says who would be told what and why, by the rules of the real thing."""

from typing import Any

from deploy.alerts.rehearsal import Rehearsal, Step
from schemas.alert import Alert
from schemas.settings import Channel
from tests.support.builders import at, make_alert
from tests.support.notices import make_route, make_routing, state

NIGHT = Channel(name="care", quiet_hours=("mon-sun 22:00-07:00+1",), time_zone="UTC")


def rehearse(*alerts: Alert, **fields: Any) -> list[Step]:
    routing = make_routing(*fields.pop("routes", ()), **fields)
    return list(Rehearsal(routing=routing, links=None, max_age_s=3600.0).run(alerts))


def fired(number: int, clock: str, level="breach", **fields: Any) -> Alert:
    return make_alert(level, conversation_id=f"x:{number}", fired_at=at(clock), **fields)


def told(steps: list[Step]) -> list[tuple[str, str, int]]:
    return [(f"{one.at:%d %H:%M}", one.what, len(one.alert_ids)) for one in steps if one.what != "routed"]


def test_each_alert_is_shown_with_its_route_and_why_the_ones_before_did_not_take_it():
    routes = (make_route("vip", "boss", priorities=("urgent",)), make_route("rest"))

    step, message = rehearse(fired(1, "10:00"), routes=routes)

    assert (step.what, step.route, step.channels, step.why) == ("routed", "rest", ("care",), "vip: not its priorities")
    assert (message.what, message.title) == ("message", "@ana has been waiting for 1 h on Mastodon")


def test_an_alert_that_no_route_takes_is_shown_with_the_reasons():
    (step,) = rehearse(fired(1, "10:00"), routes=(make_route("vip", networks=("x",)),))

    assert (step.what, step.why) == ("unrouted", "vip: not its networks")


def test_what_comes_at_night_is_held_and_told_in_the_morning_in_one():
    steps = rehearse(fired(1, "22:30"), fired(2, "23:30"), fired(3, "23:45", priority="urgent"), channels=(NIGHT,))

    assert told(steps) == [
        ("02 22:30", "held", 1),
        ("02 23:30", "held", 1),
        ("02 23:45", "message", 1),
        ("03 07:00", "summary", 2),
    ]


def test_what_was_answered_in_the_night_is_not_told_in_the_morning():
    question = fired(1, "22:30")

    steps = rehearse(question, state(question, "resolved", resolved_at=at("23:00")), channels=(NIGHT,))

    assert [(one.what, one.why) for one in steps[1:]] == [("held", "quiet hours"), ("dropped", "over")]


def test_a_storm_is_one_message():
    steps = rehearse(*(fired(number, "10:00") for number in range(50)))

    assert told(steps) == [("02 10:00", "summary", 50)]


def test_alerts_in_any_order_are_rehearsed_in_the_order_of_their_instants():
    forwards = rehearse(fired(1, "10:00"), fired(2, "11:00"))

    assert rehearse(fired(2, "11:00"), fired(1, "10:00")) == forwards
