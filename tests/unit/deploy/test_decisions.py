"""From a button, a program or a command to an Action; what cannot be one is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest

from deploy.actions.decisions import LONGEST_SNOOZE, SNOOZES, Wrong, asked, pressed, snooze_button
from deploy.actions.limits import Limiter
from deploy.alerts.subject import Subject, subject
from schemas.action import Action
from streams.links import Grant
from tests.support.builders import at

NOW = at("10:00:30")
GRANT = Grant(alert_id="x:1:2:breach", conversation_id="x:1", turn=2, by="Nora Weil")


def body(**fields: Any) -> bytes:
    return json.dumps({"kind": "acknowledge", "by": "bot", "alert_id": "x:1:2:breach", **fields}).encode()


@pytest.mark.parametrize(
    ("named", "about"),
    [
        pytest.param("x:1:2:breach", Subject(conversation_id="x:1", turn=2), id="alert"),
        pytest.param("x:1:2:escalation_3", Subject(conversation_id="x:1", turn=2), id="later step"),
        pytest.param("a:b:c:12:warning_50", Subject(conversation_id="a:b:c", turn=12), id="colons"),
        pytest.param("watch:share:x:1772445600000", Subject(conversation_id="watch:share:x"), id="watch"),
        pytest.param("watch:share:x", Subject(conversation_id="watch:share:x"), id="watch as a whole"),
        pytest.param("mastodon:1", Subject(conversation_id="mastodon:1"), id="conversation"),
        pytest.param("mastodon:1:2", Subject(conversation_id="mastodon:1:2"), id="conversation that looks like more"),
    ],
)
def test_what_a_decision_is_about_follows_from_the_id(named: str, about: Subject):
    assert subject(named) == about


def test_a_button_acts_in_the_name_that_stands_in_the_link():
    action = pressed(GRANT, "token", "assign", now=NOW)

    assert (action.kind, action.conversation_id, action.turn) == ("assign", "x:1", 2)
    assert (action.by, action.to, action.at) == ("Nora Weil", "Nora Weil", NOW)


def test_a_button_pressed_twice_is_one_decision_and_another_button_or_link_another():
    first = pressed(GRANT, "token", "acknowledge", now=NOW)
    again = pressed(GRANT, "token", "acknowledge", now=NOW + timedelta(minutes=5))
    others = [pressed(GRANT, "token", "close", now=NOW), pressed(GRANT, "other", "acknowledge", now=NOW)]

    assert first.action_id == again.action_id
    assert len({first.action_id, *(one.action_id for one in others)}) == 3
    assert "token" not in first.action_id


@pytest.mark.parametrize("length", SNOOZES)
def test_every_snooze_button_of_a_page_works(length: timedelta):
    action = pressed(GRANT, "token", snooze_button(NOW, length), now=NOW + timedelta(seconds=20))

    assert action.kind == "snooze"
    assert action.until == (NOW + length).replace(second=0)


@pytest.mark.parametrize(
    "button",
    [
        pytest.param("", id="none"),
        pytest.param("delete", id="unknown"),
        pytest.param("acknowledge:2026-03-02T11:00:00Z", id="an instant where none belongs"),
        pytest.param("snooze", id="snooze without end"),
        pytest.param("snooze:soon", id="no instant"),
        pytest.param("snooze:2026-03-02T11:00:00", id="no zone"),
        pytest.param("snooze:2026-03-02T10:00:30+00:00", id="now"),
        pytest.param(f"snooze:{(NOW + LONGEST_SNOOZE + timedelta(seconds=1)).isoformat()}", id="for ever"),
    ],
)
def test_what_is_no_button_is_refused(button: str):
    with pytest.raises(Wrong):
        pressed(GRANT, "token", button, now=NOW)


def test_a_button_about_a_watch_is_about_no_turn():
    watch = Grant(alert_id="watch:share:x:1772445600000", conversation_id="watch:share:x", turn=0, by="n")

    assert pressed(watch, "token", "acknowledge", now=NOW).turn is None


def test_a_program_says_what_it_decides_and_may_give_the_id():
    action = asked(body(kind="assign", to="Paul", note="shift", action_id="mine-1"), now=NOW)

    assert action == Action(
        action_id="mine-1", kind="assign", conversation_id="x:1", at=NOW, by="bot", turn=2, to="Paul", note="shift"
    )


@pytest.mark.parametrize(
    ("request_body", "says"),
    [
        pytest.param(b"{", "the body is not JSON", id="no JSON"),
        pytest.param(b"\xff", "the body is not JSON", id="no text"),
        pytest.param(body(kind="delete"), "Invalid kind", id="unknown kind"),
        pytest.param(body(by=""), "by", id="nobody"),
        pytest.param(body(alert_id=""), "name either", id="about nothing"),
        pytest.param(body(conversation_id="x:2"), "name either", id="about two things"),
        pytest.param(body(kind="snooze"), "snooze needs until", id="snooze without end"),
        pytest.param(
            body(kind="snooze", until="2026-03-02T09:00:00Z"), "snooze needs until", id="snooze into the past"
        ),
        pytest.param(body(kind="assign"), "assign needs to", id="assigned to nobody"),
        pytest.param(body(until="tomorrow"), "RFC3339", id="no instant"),
        pytest.param(body(unknown=1), "unknown field", id="unknown field"),
        pytest.param(body(note="x" * 5000), "too long", id="too long"),
    ],
)
def test_a_request_that_says_too_little_is_refused_with_a_sentence(request_body: bytes, says: str):
    with pytest.raises(Wrong, match=says):
        asked(request_body, now=NOW)


def test_an_address_may_ask_so_often_and_then_waits():
    limiter = Limiter(per_minute=3)

    assert [limiter.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert limiter.allows("b", 0.0)
    assert not limiter.allows("a", 19.0)
    assert limiter.allows("a", 20.1)
