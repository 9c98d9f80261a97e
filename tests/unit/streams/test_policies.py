"""Which promise holds for a conversation."""

import pytest

from schemas.policy import Match, ResponsePolicy, policy_version
from schemas.units import Duration
from streams.policies import choose


def promise(name: str, *, first: float = 3600, **match: object) -> ResponsePolicy:
    return ResponsePolicy(name=name, first=Duration(first), next=Duration(3600), match=Match(**match))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        pytest.param({}, True, id="no condition"),
        pytest.param({"networks": ("mastodon", "x")}, True, id="one of its networks"),
        pytest.param({"networks": ("x",)}, False, id="another network"),
        pytest.param({"brands": ("acme",)}, True, id="one of its brands"),
        pytest.param({"brands": ("acme home",)}, False, id="another brand"),
        pytest.param({"mentions_leader": True}, True, id="a leader is mentioned, as it asks"),
        pytest.param({"mentions_leader": False}, False, id="it asks that no leader is mentioned"),
        pytest.param({"networks": ("mastodon",), "brands": ("other",)}, False, id="one of two conditions"),
    ],
)
def test_a_policy_holds_when_all_its_conditions_do(match: dict[str, object], holds: bool):
    policy = promise("p", **match)

    chosen = choose([policy], network="mastodon", brand="acme", mentions_leader=True)

    assert chosen == (policy if holds else None)


def test_first_policy_that_matches_holds():
    policies = [promise("x only", networks=("x",)), promise("fast"), promise("slow")]

    chosen = choose(policies, network="mastodon", brand="acme", mentions_leader=False)

    assert chosen is not None
    assert chosen.name == "fast"


def test_a_policy_for_leaders_does_not_hold_where_none_is_mentioned():
    policies = [promise("leaders", mentions_leader=True), promise("everybody")]

    chosen = choose(policies, network="x", brand="", mentions_leader=False)

    assert chosen is not None
    assert chosen.name == "everybody"


def test_without_policies_there_is_no_promise():
    assert choose([], network="x", brand="", mentions_leader=False) is None


def test_version_of_a_promise_changes_with_the_promise_only():
    assert policy_version(promise("p")) == policy_version(promise("p"))
    assert policy_version(promise("p")) != policy_version(promise("p", first=3601))
    assert policy_version(promise("p")) != policy_version(promise("p", networks=("x",)))
