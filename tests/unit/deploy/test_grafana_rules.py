"""Alert rules, contact points and policies: what every one of them has, and what follows from the settings."""

import re
from datetime import date
from pathlib import Path

import jsonschema
import msgspec
import pytest

from deploy.grafana.alerting import duration, groups
from deploy.grafana.checks import rule_faults, shows
from deploy.grafana.contacts import contact_points, policy, problems
from deploy.grafana.rules import kinds, rules
from deploy.grafana.rules.base import Rule
from deploy.grafana.said import LANGUAGES
from deploy.grafana.templates import templates
from deploy.grafana.wanted import wanted
from schemas.errors import ConfigError
from schemas.grafana import ContactPoint, Grafana
from schemas.settings import Canary, DeadLetters, Settings
from schemas.units import Duration, PositiveDuration, Secret
from schemas.watch import USUAL, Watch
from tests.support.grafana_server import DEFINITIONS

RUNBOOK = (Path(__file__).parents[3] / "deploy" / "RUNBOOK.md").read_text(encoding="utf-8")
RULES = rules(Settings())
BY_UID = {rule.uid: rule for rule in RULES}


def validate(value: object, definition: str) -> None:
    jsonschema.validate(
        value, {"$ref": f"#/definitions/{definition}", "definitions": DEFINITIONS}, jsonschema.Draft4Validator
    )


def heading(kind: str) -> str:
    """As a heading becomes the end of an address."""
    return kind.replace("_", "-")


def test_every_rule_file_has_a_heading_in_the_runbook_with_what_a_person_needs():
    sections = re.split(r"(?m)^## ", RUNBOOK)[1:]
    found = {
        heading(title.strip().lower().replace(" ", "_")): text
        for title, _, text in (s.partition("\n") for s in sections)
    }

    assert set(map(heading, kinds())) == set(found) - {"datasourceerror-and-datasourcenodata"}
    for text in found.values():
        assert [part for part in ("**Means:**", "**First look:**", "**First action:**") if part not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_is_as_grafana_publishes_it(language):
    for group in groups(RULES, Grafana(runbook_url="https://wiki/runbook"), language):
        validate(group, "AlertRuleGroup")


def test_no_rule_is_one_that_grafana_refuses_or_misreads():
    assert list(rule_faults(RULES)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.uid)
def test_a_rule_links_to_a_panel_that_is_there(rule: Rule):
    assert shows(rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.uid)
def test_a_rule_has_a_way_back_that_is_not_the_way_there(rule: Rule):
    assert rule.good_bound > rule.bound if rule.bad_when == "lt" else rule.good_bound <= max(rule.bound, 0.5) + 0.5
    assert rule.severity in ("critical", "warning")
    assert rule.lasts_s >= 60


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.uid)
def test_a_message_names_brand_or_network_and_the_figure_in_both_languages(rule: Rule):
    for text in (rule.summary.en, rule.summary.fr):
        assert "$values.A.Value" in text
        assert "$labels.network" in text or "$labels.brand" in text or re.match("All brands|Toutes marques", text)
        assert text.count("{{") == text.count("}}")
    assert rule.summary.en != rule.summary.fr
    assert rule.description.en != rule.description.fr
    assert all(" :" in rule.summary.fr or ":" not in rule.summary.fr for _ in [0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_alert_carries_both_languages_a_link_and_the_runbook(language):
    for group in groups(RULES, Grafana(runbook_url="https://wiki/runbook#top"), language):
        for rule in group["rules"]:
            notes = rule["annotations"]
            assert notes["summary"] == notes[f"summary_{language}"]
            assert notes["__dashboardUid__"].endswith("-fr") == (language == "fr")
            assert notes["__panelId__"].isdigit()
            assert notes["runbook_url"] == f"https://wiki/runbook#{heading(rule['labels']['rule'])}"
            assert rule["labels"]["vigie"] == "true"


def test_without_an_address_of_the_runbook_its_file_is_named():
    ((group, *_),) = [groups(RULES[:1], Grafana(), "en")]

    assert group["rules"][0]["annotations"]["runbook"] == "deploy/RUNBOOK.md#backlog"


def test_only_the_rule_about_missing_data_speaks_when_clickhouse_does_not_answer():
    assert [uid for uid, rule in BY_UID.items() if rule.failed != "KeepLast"] == ["vigie-no-data"]
    assert [uid for uid, rule in BY_UID.items() if rule.no_data == "Alerting"] == ["vigie-no-data"]


def test_thresholds_are_those_of_the_products_own_watches():
    assert BY_UID["vigie-watch-in-time"].bound == USUAL["share_within_target"].floor
    assert BY_UID["vigie-watch-slowest-tenth"].bound == USUAL["p90"].limit
    assert BY_UID["vigie-watch-backlog-normal"].bound == USUAL["backlog"].limit
    assert BY_UID["vigie-watch-leader"].bound == USUAL["leader"].limit


def test_thresholds_follow_the_settings():
    settings = Settings(
        watches=(
            Watch(name="in-time", kind="share_within_target", floor=0.95, window=PositiveDuration(7200), min_sample=7),
        ),
        dead_letters=DeadLetters(min_events=99),
        grafana=Grafana(lag_limit=PositiveDuration(300)),
        canary=Canary(every=Duration(10), late_after=PositiveDuration(5)),
    )
    made = {rule.uid: rule for rule in rules(settings)}

    without_a_watch = {"vigie-dead-letters", "vigie-pipeline-lag", "vigie-no-data", "vigie-workers", "vigie-canary"}
    assert set(made) == {"vigie-watch-in-time"} | without_a_watch
    assert (made["vigie-watch-in-time"].bound, made["vigie-watch-in-time"].period_s) == (0.95, 7200)
    assert ">= 7," in made["vigie-watch-in-time"].sql
    assert made["vigie-dead-letters"].bound == 99
    assert made["vigie-pipeline-lag"].bound == 300
    assert made["vigie-canary"].bound == 3 * 10 + 5


def test_without_test_events_none_is_missed():
    assert "vigie-canary" not in {rule.uid for rule in rules(Settings(canary=Canary(every=Duration(0))))}


def test_a_floor_of_one_can_be_left_behind_again():
    (rule, *_) = [
        rule
        for rule in rules(Settings(watches=(Watch(name="all", kind="share_within_target", floor=1.0),)))
        if rule.kind == "share_within_target"
    ]

    assert rule.good_bound < 1.0


def test_several_watches_of_a_kind_are_several_rules_of_different_names():
    names = ("A", "a", "é" * 90, "中文", "x" * 90)
    made = rules(Settings(watches=tuple(Watch(name=name, kind="p90") for name in names)))

    assert list(rule_faults(made)) == []
    assert len({rule.title.fr for rule in made if rule.kind == "p90"}) == len(names)


@pytest.mark.parametrize(("priority", "severity"), [("urgent", "critical"), ("high", "warning"), ("low", "warning")])
def test_an_urgent_watch_is_critical(priority, severity):
    (rule,) = [
        rule
        for rule in rules(Settings(watches=(Watch(name="w", kind="p90", priority=priority),)))
        if rule.kind == "p90"
    ]

    assert rule.severity == severity


@pytest.mark.parametrize(("seconds", "written"), [(0, "0s"), (30, "30s"), (60, "1m"), (90, "1m30s"), (3660, "1h1m")])
def test_durations_are_written_as_grafana_does(seconds, written):
    assert duration(seconds) == written


CONTACTS = (
    ContactPoint(name="mail", kind="email", language="fr"),
    ContactPoint(name="chat", kind="slack", severities=("critical",), brands=("acme",)),
    ContactPoint(name="team", kind="teams"),
    ContactPoint(name="program_of_ours_with_a_very_long_name_indeed", kind="webhook"),
)
HELD = Settings(
    contact_points=CONTACTS,
    grafana=Grafana(
        addresses={one.name: Secret(f"https://{one.name}.example.com") for one in CONTACTS},
        credentials={CONTACTS[3].name: Secret("bearer")},
    ),
)


def test_contact_points_are_as_grafana_publishes_them():
    for contact in contact_points(HELD):
        validate(contact, "EmbeddedContactPoint")


def test_a_contact_point_speaks_the_language_of_its_readers():
    mail, chat, _, program = contact_points(HELD)

    assert mail["settings"]["subject"] == '{{ template "vigie_fr.title" . }}'
    assert chat["settings"]["text"] == '{{ template "vigie_en.message" . }}'
    assert program["settings"]["authorization_credentials"] == "bearer"
    assert {'define "vigie_en.title"', 'define "vigie_en.message"'} < set(
        re.findall(r'define "[\w.]+"', templates("UTC")["vigie_en"])
    )


def test_the_policy_is_as_grafana_publishes_it_and_loses_no_alert():
    branch = policy(CONTACTS)

    assert branch is not None
    validate(branch, "Route")
    assert branch["receiver"] == "vigie-mail", "the first that wants everything takes what nobody wants"


def test_what_is_wrong_with_contact_points_is_named():
    settings = Settings(
        contact_points=(
            ContactPoint(name="a", kind="email", quiet_outside="nights"),
            ContactPoint(name="a", kind="email"),
        ),
        grafana=Grafana(addresses={"b": Secret("x")}),
    )

    assert problems(settings) == [
        "contact_points[0].quiet_outside holds 'nights', which is no calendar; there are none",
        "contact_points[1].name holds 'a', the name of another; give each its own name",
        "VIGIE_GRAFANA__ADDRESSES__B (environment) is of no contact point; add one named 'b', or unset it",
    ]


@pytest.mark.parametrize(
    ("address", "host", "port", "protocol", "secure"),
    [
        ("http://ch:8123", "ch", 8123, "http", False),
        ("https://ch", "ch", 8443, "http", True),
        ("native://ch", "ch", 9000, "native", False),
        ("natives://ch:9441", "ch", 9441, "native", True),
    ],
)
def test_the_data_source_is_reached_as_its_address_says(address, host, port, protocol, secure):
    settings = Settings(grafana=Grafana(clickhouse_url=address))
    source = wanted(settings, {}, today=date(2026, 11, 23)).datasource

    held = source["jsonData"]
    assert (held["host"], held["port"], held["protocol"], held["secure"]) == (host, port, protocol, secure)
    validate(source, "AddDataSourceCommand")


@pytest.mark.parametrize("address", ["", "ch:8123", "ftp://ch", "http://", "http://ch:port"])
def test_an_address_of_clickhouse_that_cannot_be_read_is_said(address):
    settings = msgspec.structs.replace(Settings(), grafana=Grafana(clickhouse_url=address))

    with pytest.raises(ConfigError, match=r"grafana\.clickhouse_url"):
        wanted(settings, {}, today=date(2026, 11, 23))
