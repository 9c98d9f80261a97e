"""Files for Grafana's own provisioning: the same things as over the network, without its two traps."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana.files import committed, files, write
from deploy.grafana.wanted import wanted
from schemas.calendar import CalendarSettings
from schemas.grafana import ContactPoint, Grafana
from schemas.settings import ClickHouse, Settings
from schemas.units import Secret
from schemas.watch import Watch
from streams.calendars import build

ROOT = Path(__file__).parents[3]
CALENDAR = CalendarSettings(name="support", time_zone="Europe/Paris", hours=("mon-fri 09:00-17:00",))
FULL = Settings(
    language="fr",
    calendars=(CALENDAR,),
    watches=(Watch(name="cash $HOME", kind="backlog"), Watch(name="other", kind="backlog")),
    contact_points=(
        ContactPoint(name="care", kind="email", quiet_outside="support"),
        ContactPoint(name="ops", kind="webhook"),
    ),
    clickhouse=ClickHouse(url="https://store.example.com:8443", password=Secret("secret-0")),
    grafana=Grafana(
        token=Secret("secret-1"),
        clickhouse_password=Secret("secret-2"),
        addresses={"care": Secret("secret-3@example.com"), "ops": Secret("https://secret-4")},
        credentials={"ops": Secret("secret-5")},
    ),
)


def texts(settings: Settings) -> dict[str, str]:
    calendars = build(settings.calendars, lambda name: b"").calendars
    return files(wanted(settings, calendars, today=date(2026, 11, 23), for_files=True))


@pytest.fixture(scope="module")
def full() -> dict[str, str]:
    return texts(FULL)


def read(found: dict[str, str], name: str) -> Any:
    return yaml.safe_load(found[f"provisioning/{name}.yaml"])


def test_the_committed_files_are_those_of_the_default_settings():
    folder = ROOT / "deploy" / "grafana"
    there = {path.relative_to(folder).as_posix() for path in (folder / "provisioning").rglob("*") if path.is_file()}

    assert there == set(committed())
    for place, text in committed().items():
        assert (folder / place).read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_file_is_yaml_that_grafana_begins_to_read(full: dict[str, str]):
    provisioning = {place: yaml.safe_load(text) for place, text in full.items() if place.endswith(".yaml")}

    assert {tree["apiVersion"] for tree in provisioning.values()} == {1}
    assert {Path(place).stem for place in provisioning} == {
        *("vigie", "vigie-rules", "vigie-templates", "vigie-contact-points", "vigie-policies", "vigie-mute-timings"),
    }
    assert [place for place in full if place.startswith("dashboards/")]


def test_no_secret_is_in_any_file(full: dict[str, str]):
    assert [place for place, text in full.items() if "secret-" in text] == []


def test_secrets_are_variables_of_grafanas_environment(full: dict[str, str]):
    care, ops = read(full, "alerting/vigie-contact-points")["contactPoints"]
    (source,) = read(full, "datasources/vigie")["datasources"]

    assert care["receivers"][0]["settings"]["addresses"] == "$VIGIE_GRAFANA__ADDRESSES__CARE"
    assert ops["receivers"][0]["settings"]["authorization_credentials"] == "$VIGIE_GRAFANA__CREDENTIALS__OPS"
    assert source["secureJsonData"] == {"password": "$VIGIE_GRAFANA__CLICKHOUSE_PASSWORD"}


def test_dollars_are_doubled_where_grafana_would_read_a_variable_and_nowhere_else(full: dict[str, str]):
    (group,) = read(full, "alerting/vigie-rules")["groups"][:1]
    rule = next(rule for rule in group["rules"] if "cash" in rule["title"])

    assert "(cash $$HOME)" in rule["title"]
    assert "$labels.brand" in rule["annotations"]["summary"]
    assert "$$" not in rule["annotations"]["summary"]
    assert "$__fromTime" in rule["data"][0]["model"]["rawSql"]
    assert "$$" not in rule["data"][0]["model"]["rawSql"]


def test_rules_have_the_names_of_fields_that_files_have(full: dict[str, str]):
    for group in read(full, "alerting/vigie-rules")["groups"]:
        assert group["folder"] == "Vigie alerts"
        for rule in group["rules"]:
            assert "keepFiringFor" in rule
            assert "keep_firing_for" not in rule
            assert rule["dashboardUid"].startswith("vigie-")
            assert isinstance(rule["panelId"], int)
            assert "__panelId__" not in rule["annotations"]


def test_the_tree_of_policies_names_only_what_the_files_make(full: dict[str, str]):
    (tree,) = read(full, "alerting/vigie-policies")["policies"]
    names = {one["name"] for one in read(full, "alerting/vigie-contact-points")["contactPoints"]}
    timings = {one["name"] for one in read(full, "alerting/vigie-mute-timings")["muteTimes"]}
    (branch,) = tree["routes"]

    assert {tree["receiver"], branch["receiver"], *(route["receiver"] for route in branch["routes"])} == names
    assert {name for route in branch["routes"] for name in route.get("mute_time_intervals", [])} == timings
    assert "object_matchers" not in tree


def test_what_is_no_longer_asked_for_is_taken_away_and_other_files_stay(tmp_path: Path, full: dict[str, str]):
    write(tmp_path, full)
    other = tmp_path / "provisioning" / "alerting" / "theirs.yaml"
    other.write_text("apiVersion: 1\n")

    write(tmp_path, texts(Settings()))

    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*texts(Settings()), other.relative_to(tmp_path).as_posix()}
