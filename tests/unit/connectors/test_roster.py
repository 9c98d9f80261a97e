"""Which sources a process reads, with which credentials."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.catalogue import catalogue, state
from connectors.registry import connector_of, connectors, terms
from connectors.roster import Job, Wish, roster, share_of
from schemas.errors import ConfigError
from schemas.load import load
from schemas.settings import Settings

NOW = datetime(2026, 11, 3, tzinfo=UTC)
TOML = """
[[brands]]
name = "lumora"
aliases = ["Lumora Coffee"]
[[sources]]
network = "mastodon"
account = "one.example"
brand = "lumora"
[[sources]]
network = "mastodon"
name = "second"
account = "two.example"
track = ["grinder"]
interval = "5m"
credentials = "fr"
[[sources]]
network = "line"
name = "support"
"""
SETTINGS = load(TOML, {})
ENVIRON = {"LINE_CHANNEL_SECRET": " secret-of-line ", "MASTODON_TOKEN_FR": "of the second"}


def jobs(*names: str, settings: Settings = SETTINGS, environ: dict[str, str] = ENVIRON, **wish: Any) -> list[Job]:
    return roster(settings, environ, Wish(names=names, since=NOW, **wish))


def test_a_network_means_all_its_sources_and_a_source_itself():
    assert [job.source.name for job in jobs("mastodon")] == ["mastodon:one.example", "second"]
    assert [job.source.name for job in jobs("second", "mastodon")] == ["second", "mastodon:one.example"]


def test_words_are_those_of_the_source_else_of_the_brand():
    one, second = jobs("mastodon")

    assert one.source.track == ("lumora", "Lumora Coffee")
    assert second.source.track == ("grinder",)
    assert jobs("second", track=("lid",))[0].source.track == ("lid",)


def test_the_interval_is_the_network_s_unless_it_is_set():
    assert [job.interval_s for job in jobs("mastodon")] == [60.0, 300.0]


def test_credentials_come_from_the_environment_by_their_ending():
    one, second = jobs("mastodon")

    assert not one.source.has("MASTODON_TOKEN")
    assert second.source.secret("MASTODON_TOKEN") == "of the second"
    assert jobs("line")[0].source.secret("LINE_CHANNEL_SECRET") == "secret-of-line"
    assert "secret-of-line" not in repr(jobs("line"))


def test_a_credential_that_is_missing_is_named_with_what_it_is():
    with pytest.raises(ConfigError, match="LINE_CHANNEL_SECRET: the channel secret") as caught:
        jobs("line", environ={})

    assert "source support" in str(caught.value)


def test_a_network_without_settings_gets_a_source():
    (job,) = jobs("bluesky", settings=Settings(), environ={}, track=("lumora",))

    assert (job.source.name, job.source.track, job.source.account) == ("bluesky", ("lumora",), "")


def test_another_account_is_another_source_with_a_cursor_of_its_own():
    (job,) = jobs("second", account="three.example")

    assert (job.source.name, job.source.account) == ("mastodon:three.example", "three.example")


@pytest.mark.parametrize(
    ("name", "said"),
    [("blusky", "Did you mean bluesky"), ("nothing-like-it", "`vigie connectors list` shows all")],
)
def test_a_wrong_name_is_answered_with_a_right_one(name: str, said: str):
    with pytest.raises(ConfigError, match=said):
        jobs(name, settings=Settings())


def test_a_wrong_name_among_sources_is_answered_with_theirs():
    with pytest.raises(ConfigError, match=r"mastodon:one\.example, second, support"):
        jobs("third")


def test_two_sources_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="two sources are called"):
        jobs("a", settings=load('[[sources]]\nnetwork="line"\nname="a"\n[[sources]]\nnetwork="line"\nname="a"', {}))


def test_an_option_that_the_network_does_not_know_is_refused():
    with pytest.raises(ConfigError, match="line knows no option 'colour'"):
        jobs("line", settings=load('[[sources]]\nnetwork="line"\noptions={colour="red"}', {}))


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_machines_share_every_source_and_none_twice(of: int):
    all_jobs = jobs("mastodon") + jobs("line")

    shares = [share_of(all_jobs, number, of) for number in range(1, of + 1)]

    assert sorted(job.source.name for share in shares for job in share) == sorted(job.source.name for job in all_jobs)


def test_every_connector_says_what_it_is():
    for entry in catalogue():
        assert entry["shapes"]
        assert entry["reads"]
        assert entry["state"]
        assert entry["terms"]["note"] or entry["terms"]["keep"], entry["name"]
        assert all(one["why"] and not one["name"].startswith("VIGIE_") for one in entry["credentials"])


def test_terms_are_listed_for_every_network():
    assert set(terms()) == set(connectors())


def test_the_state_tells_what_was_never_read_live():
    assert state(connector_of("line")) == "needs credentials; tested on recorded shapes only"
    assert state(connector_of("bluesky")).startswith("works without credentials")


def test_the_name_of_a_module_is_that_of_its_network():
    for name, connector in connectors().items():
        module = connector.parse.__module__
        if module.startswith("connectors.networks."):
            assert module == f"connectors.networks.{name}"
