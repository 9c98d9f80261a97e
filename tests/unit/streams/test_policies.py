"""Which promise takes an event, and why the others do not."""

import pytest

from schemas.enriched import Enriched, Language, Sentiment, Topic
from schemas.policy import Match, ResponsePolicy, policy_version
from schemas.units import PositiveDuration
from streams.policies import choose, facts, refusals
from tests.support.builders import make_author, make_enriched, make_event

REVIEW = make_enriched(
    make_event(
        "1",
        kind="review",
        rating=2,
        visibility="public",
        author=make_author(followers=5000),
        text="Remboursé ? Toujours rien : ni réponse, ni geste commercial.",
    ),
    language=Language(code="fr", confidence=0.9),
    sentiment=Sentiment(label="negative", score=-0.8, confidence=0.9),
    topics=(Topic(name="refund"), Topic(name="delay")),
    intent="complaint",
)


def promise(name: str, *, first: float = 3600, **match: object) -> ResponsePolicy:
    return ResponsePolicy(
        name=name,
        first=PositiveDuration(first),
        next=PositiveDuration(3600),
        match=Match(**match),  # type: ignore[arg-type]
    )


def chosen(policies: list[ResponsePolicy], event: Enriched = REVIEW, *, mentions_leader: bool = False) -> str | None:
    place = choose(policies, facts(event, mentions_leader=mentions_leader))
    return None if place is None else policies[place].name


@pytest.mark.parametrize(
    ("match", "why_not"),
    [
        pytest.param({}, [], id="no condition"),
        pytest.param({"networks": ("mastodon", "x")}, [], id="one of its networks"),
        pytest.param({"networks": ("x", "line")}, ["network is mastodon, not x or line"], id="another network"),
        pytest.param({"brands": ("acme",)}, [], id="one of its brands"),
        pytest.param({"brands": ("acme home",)}, ["brand is acme, not acme home"], id="another brand"),
        pytest.param({"kinds": ("review",)}, [], id="its kind"),
        pytest.param({"kinds": ("message",)}, ["kind is review, not message"], id="another kind"),
        pytest.param({"visibility": ("private",)}, ["visibility is public, not private"], id="public, not private"),
        pytest.param({"languages": ("fr", "en")}, [], id="one of its languages"),
        pytest.param({"languages": ("de",)}, ["language is fr, not de"], id="another language"),
        pytest.param({"sentiments": ("negative",)}, [], id="its feeling"),
        pytest.param({"sentiments": ("positive",)}, ["sentiment is negative, not positive"], id="another feeling"),
        pytest.param({"intents": ("complaint", "request")}, [], id="one of its intents"),
        pytest.param({"intents": ("praise",)}, ["intent is complaint, not praise"], id="another intent"),
        pytest.param({"topics": ("delay",)}, [], id="one of the event's topics"),
        pytest.param({"topics": ("app",)}, ["topics are delay, refund, not app"], id="other topics"),
        pytest.param({"keywords": ("REMBOURSE",)}, [], id="a word, whatever its case and accents"),
        pytest.param({"keywords": ("geste  commercial",)}, [], id="a phrase, whatever its spaces"),
        pytest.param({"keywords": ("rembours",)}, ["the text has none of rembours"], id="part of a word is no word"),
        pytest.param({"min_followers": 5000}, [], id="just enough followers"),
        pytest.param({"min_followers": 5001}, ["followers is 5000, not at least 5001"], id="too few followers"),
        pytest.param({"max_followers": 4999}, ["followers is 5000, not at most 4999"], id="too many followers"),
        pytest.param({"min_rating": 1, "max_rating": 2}, [], id="its rating"),
        pytest.param({"min_rating": 3}, ["rating is 2, not at least 3"], id="a better rating"),
        pytest.param({"mentions_leader": False}, [], id="it asks that no leader is mentioned"),
        pytest.param({"mentions_leader": True}, ["no leader is mentioned"], id="it asks for a leader"),
        pytest.param(
            {"networks": ("x",), "kinds": ("review",), "languages": ("de",)},
            ["network is mastodon, not x", "language is fr, not de"],
            id="two of three conditions fail",
        ),
    ],
)
def test_a_policy_takes_an_event_when_all_its_conditions_hold_and_says_which_do_not(match, why_not):
    known = facts(REVIEW, mentions_leader=False)

    assert list(refusals(Match(**match), known)) == why_not
    assert chosen([promise("p", **match)]) == (None if why_not else "p")


@pytest.mark.parametrize("fact", ["followers", "rating"])
def test_a_count_that_the_network_does_not_tell_meets_no_bound(fact: str):
    silent = make_enriched(make_event("1"))

    assert chosen([promise("at least", **{f"min_{fact}": 0})], silent) is None
    assert chosen([promise("at most", **{f"max_{fact}": 10**6})], silent) is None


def test_first_policy_that_matches_holds():
    policies = [promise("x only", networks=("x",)), promise("fast"), promise("slow")]

    assert chosen(policies) == "fast"


def test_a_policy_for_leaders_takes_what_a_leader_is_mentioned_in():
    policies = [promise("leaders", mentions_leader=True), promise("everybody")]

    assert chosen(policies, mentions_leader=True) == "leaders"
    assert chosen(policies, mentions_leader=False) == "everybody"


def test_without_policies_there_is_no_promise():
    assert chosen([]) is None


def test_version_of_a_promise_changes_with_the_promise_only():
    assert policy_version(promise("p")) == policy_version(promise("p"))
    assert policy_version(promise("p")) != policy_version(promise("p", first=3601))
    assert policy_version(promise("p")) != policy_version(promise("p", networks=("x",)))
