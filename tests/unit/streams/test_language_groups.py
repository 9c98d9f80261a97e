"""Groups of near-duplicates: what is one storm, what is not, and that memory has a bound."""

import pytest

from streams.lang.groups import Groups

STORM = "@acme three days without any connection and nobody answers, I am done with you"


def grouped(*texts: str) -> list[str]:
    groups = Groups()
    return [groups.group_of(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"RT @ana: {STORM}", id="retweet"),
        pytest.param("RT @ana: @acme three days without any connection and nobody ans…", id="retweet that was cut"),
        pytest.param(f"RT @ana: {STORM} <- exactly the same here", id="retweet with a word of one's own"),
        pytest.param(f"{STORM.upper()}!!! https://t.co/x", id="other case, signs, an address"),
        pytest.param(STORM.replace("three", "four"), id="one word changed"),
        pytest.param(f"{STORM} @brand #fail 2026", id="handle, hashtag, number behind"),
    ],
)
def test_a_text_passed_on_belongs_to_the_group_of_the_first(text: str):
    first, second = grouped(STORM, text)

    assert first == second != ""


def test_the_whole_text_belongs_to_the_group_of_a_retweet_that_was_cut():
    cut, whole = grouped("RT @ana: @acme three days without any connection and nobody ans…", STORM)

    assert cut == whole != ""


@pytest.mark.parametrize(
    "text",
    [
        "@acme three parcels came without any label and nobody knows where they go",
        "@acme how do I change the address of my contract please",
        "RT @ana: a completely different thing about football tonight in town",
    ],
)
def test_another_text_opens_another_group(text: str):
    first, second = grouped(STORM, text)

    assert "" != first != second != ""


@pytest.mark.parametrize("text", ["", "thanks a lot", "merci !", "👍👍👍", "https://t.co/x @ana", "\ud800 a b"])
def test_a_text_too_short_to_tell_has_no_group(text: str):
    assert grouped(text) == [""]


def test_the_same_events_in_the_same_order_give_the_same_groups():
    texts = [STORM, f"RT @x: {STORM}", "something else that has enough words", STORM.replace("done", "finished")] * 3

    assert grouped(*texts) == grouped(*texts)


def test_the_text_that_opens_a_group_names_it_on_every_worker():
    assert grouped("quite another text with many words", STORM)[1] == grouped(STORM)[0]


def test_memory_has_a_bound_and_the_oldest_group_goes_first():
    groups = Groups(size=10)
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]

    for at in range(500):
        groups.group_of(f"word{words[at % 10]} " + " ".join(f"{word}{'x' * (at % 50)}" for word in words[at % 7 :]))

    assert len(groups.leaders) == 10
    assert len(groups.index) <= 60
    assert {key for keys in groups.index.values() for key in keys} == set(groups.leaders)
