"""Comparing with Grafana: what means the same is no difference, what a person changed is one."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.grafana.boards import board
from deploy.grafana.difference import Call, Change, fingerprint, is_as_pushed, same, shown, stamped

BOARD = board("leadership", "en")


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        pytest.param({"a": 1, "id": 7, "version": 3, "provenance": "api"}, {"a": 1}, id="what the server adds"),
        pytest.param({"a": 1, "b": None, "c": [], "d": "", "e": False}, {"a": 1}, id="empties"),
        pytest.param({"for": "5m0s"}, {"for": "5m"}, id="another spelling of a duration"),
        pytest.param({"for": "1h0m0s"}, {"for": "60m"}, id="another unit of a duration"),
        pytest.param({"url": "[REDACTED]"}, {"url": "https://hooks"}, id="a secret that is hidden"),
        pytest.param([{"a": 1.0}], [{"a": 1}], id="a whole number"),
    ],
)
def test_what_means_the_same_is_the_same(found: Any, wanted: Any):
    assert same(found, wanted)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1, "b": "more"}, {"a": 1}),
        ({}, {"a": 1}),
        ({"for": "5m"}, {"for": "6m"}),
        ({"for": "0s"}, {"for": "x"}),
        ([1, 2], [1]),
        ([1, 2], [2, 1]),
        ({"a": {"b": 1}}, {"a": []}),
        ({"a": "1"}, {"a": 1}),
    ],
    ids=repr,
)
def test_what_differs_is_seen(found: Any, wanted: Any):
    assert not same(found, wanted)


def test_a_board_that_was_pushed_is_known_again_with_what_grafana_adds():
    there = {**copy.deepcopy(stamped(BOARD)), "id": 12, "version": 4, "gnetId": None, "snapshot": {}}

    assert is_as_pushed(there)
    assert fingerprint(there) == fingerprint(BOARD)


@given(st.data())
def test_whatever_a_person_changes_on_a_board_is_seen(data: st.DataObject):
    there = copy.deepcopy(stamped(BOARD))
    panel = data.draw(st.sampled_from(there["panels"]))
    key = data.draw(st.sampled_from(sorted(panel)))
    panel[key] = data.draw(st.sampled_from([5, "changed", [1], {"x": 2}]).filter(lambda value: value != panel[key]))

    assert not is_as_pushed(there)


def test_a_board_without_our_stamp_is_not_as_pushed():
    assert not is_as_pushed(BOARD)
    assert not is_as_pushed({**stamped(BOARD), "tags": None})


def test_a_long_difference_is_cut_and_says_so():
    before, after = ({"lines": [f"{side}{place}" for place in range(90)]} for side in "ab")
    change = Change(
        kind="rule group", name="g", action="update", call=Call(method="PUT", path="/"), before=before, after=after
    )

    text = shown(change).splitlines()
    assert text[0] == "~ rule group g"
    assert len(text) == 42
    assert text[-1].strip().endswith("lines more")
