"""Ids that are the same in every run, so that nothing is told twice."""

from schemas.alert import LEVELS, alert_id
from schemas.deadletter import dead_letter_id


def test_each_level_of_each_turn_has_one_id():
    ids = [
        alert_id(conversation, turn, level, step)
        for conversation in ("x:1", "x:2")
        for turn in (1, 2)
        for level in LEVELS
        for step in (1, 2)
    ]

    assert ids[:2] == ["x:1:1:warning_50", "x:1:1:warning_50_2"]
    assert len(set(ids)) == 2 * 2 * len(LEVELS) * 2


def test_a_dead_letter_has_one_id_in_every_run():
    assert dead_letter_id("enrich", "signal.events.v1", 3, 41, b"x") == "0f701a2ff8532899745989fc6cbf55e7"


def test_a_dead_letter_elsewhere_has_another_id():
    places = [
        ("enrich", "signal.events.v1", 3, 41, b"x"),
        ("sink", "signal.events.v1", 3, 41, b"x"),
        ("enrich", "signal.enriched.v1", 3, 41, b"x"),
        ("enrich", "signal.events.v1", 4, 41, b"x"),
        ("enrich", "signal.events.v1", 3, 42, b"x"),
        ("enrich", "signal.events.v1", 3, 41, b"y"),
    ]

    assert len({dead_letter_id(*place) for place in places}) == len(places)  # type: ignore[arg-type]
