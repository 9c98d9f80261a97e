"""Settings that contradict themselves are refused, with where and how to repair them."""

from pathlib import Path

import pytest

from schemas.errors import ConfigError
from schemas.policy import Match, ResponsePolicy
from schemas.settings import Settings
from schemas.units import PositiveDuration
from streams.checks import checked, takes_all_of

HOUR = PositiveDuration(3600)


def promise(name: str, **match: object) -> ResponsePolicy:
    return ResponsePolicy(name=name, first=HOUR, next=HOUR, match=Match(**match))  # type: ignore[arg-type]


def problems(*policies: ResponsePolicy) -> str:
    with pytest.raises(ConfigError) as caught:
        checked(Settings(policies=policies), Path())
    return str(caught.value)


def test_a_policy_behind_one_that_takes_everything_is_refused():
    said = problems(promise("everybody"), promise("x", networks=("x",)))

    assert "policies[1] ('x') can never match: policies[0] ('everybody') comes first" in said
    assert "put it before that one" in said


@pytest.mark.parametrize(
    ("wide", "narrow", "takes"),
    [
        pytest.param({}, {"networks": ("x",)}, True, id="everything, and one network"),
        pytest.param({"networks": ("x", "line")}, {"networks": ("x",)}, True, id="two networks, and one of them"),
        pytest.param({"networks": ("x",)}, {"networks": ("x", "line")}, False, id="one network, and two"),
        pytest.param({"networks": ("x",)}, {}, False, id="one network, and all"),
        pytest.param(
            {"networks": ("x",)}, {"networks": ("x",), "languages": ("fr",)}, True, id="and one language of it"
        ),
        pytest.param({"min_followers": 100}, {"min_followers": 1000}, True, id="more followers"),
        pytest.param({"min_followers": 1000}, {"min_followers": 100}, False, id="fewer followers"),
        pytest.param({"max_rating": 3}, {"max_rating": 2}, True, id="worse ratings"),
        pytest.param({"max_rating": 2}, {"max_rating": 3}, False, id="better ratings too"),
        pytest.param({"mentions_leader": True}, {"mentions_leader": True}, True, id="both ask for a leader"),
        pytest.param({"mentions_leader": True}, {"mentions_leader": False}, False, id="a leader, and none"),
        pytest.param({"mentions_leader": True}, {}, False, id="a leader, and whatever"),
        pytest.param({"topics": ("delay", "refund")}, {"topics": ("delay",)}, True, id="one of its topics"),
        pytest.param({"keywords": ("refund",)}, {"keywords": ("refund", "money")}, False, id="more words"),
    ],
)
def test_one_match_takes_all_of_another_when_each_of_its_conditions_is_wider(wide, narrow, takes):
    assert takes_all_of(Match(**wide), Match(**narrow)) is takes


def test_bounds_that_exclude_each_other_are_refused():
    assert "policies[0].match.min_rating holds 4, more than max_rating, 2" in problems(
        promise("p", min_rating=4, max_rating=2)
    )


def test_two_policies_of_one_name_are_refused():
    assert "policies[1].name holds 'p', the name of policies[0]" in problems(
        promise("p", networks=("x",)), promise("p", networks=("line",))
    )


def test_policies_that_each_take_something_are_accepted():
    checked(
        Settings(policies=(promise("x", networks=("x",)), promise("leader", mentions_leader=True), promise("rest"))),
        Path(),
    )
