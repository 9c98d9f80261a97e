"""What `vigie doctor` and `vigie boards check` find in a Grafana, and that they write nothing."""

from collections.abc import Iterator
from datetime import date

import pytest

from deploy.doctor.finding import Finding, Subject
from deploy.doctor.grafana import examine
from deploy.grafana import checks
from deploy.grafana.api import Api
from deploy.grafana.plan import plan
from deploy.grafana.push import push
from deploy.grafana.wanted import Wanted, wanted
from schemas.grafana import ContactPoint, Grafana
from schemas.settings import Settings
from schemas.units import Secret
from tests.support.grafana_server import TOKEN, Fault, edit, serving
from tests.support.grafana_server import Grafana as Server

TODAY = date(2026, 11, 23)
EVERY_RIGHT = {one_of[-1]: ["*"] for needed in checks.RIGHTS.values() for one_of in needed}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as grafana:
        grafana.state.rights = dict(EVERY_RIGHT)
        yield grafana
        assert grafana.writes == []


def settings_for(server: Server) -> Settings:
    held = Grafana(url=server.url, token=Secret(TOKEN), clickhouse_url="http://clickhouse:8123")
    return Settings(grafana=held)


def asked(server: Server) -> Wanted:
    return wanted(settings_for(server), {}, today=TODAY)


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with Api(settings_for(server).grafana, sleep=lambda _: None) as api:
        yield api


@pytest.fixture
def pushed(server: Server, api: Api) -> Server:
    push(api, plan(api, asked(server)), say=lambda _: None)
    server.forget()
    return server


def online(server: Server, api: Api, *, datasource: bool = True) -> dict[str, Finding]:
    return {one.name: one for one in checks.online(api, asked(server), datasource=datasource)}


def verdicts(found: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.verdict for name, finding in found.items() if finding.verdict != "ok"}


def test_a_grafana_that_has_everything_is_well(pushed: Server, api: Api):
    found = online(pushed, api)

    assert verdicts(found) == {}
    assert found["grafana rules"].cause == "14 rules, none fires"
    assert found["difference"].cause == "Grafana has what it should have"


def test_before_the_first_push_it_says_what_waits(server: Server, api: Api):
    found = online(server, api)

    assert verdicts(found) == {"grafana data source": "warn", "grafana rules": "warn", "difference": "warn"}
    assert "create folder Vigie" in found["difference"].cause
    assert found["difference"].repair == "Run `vigie boards push`"


def test_a_plugin_that_is_missing_or_old_fails_with_the_repair(pushed: Server, api: Api):
    pushed.state.plugin = "4.19.9"
    assert "4.20.0 is the oldest" in online(pushed, api)["grafana plugin"].cause

    pushed.state.plugin = None
    missing = online(pushed, api)["grafana plugin"]
    assert missing.verdict == "fail"
    assert "GF_PLUGINS_PREINSTALL_SYNC=grafana-clickhouse-datasource@4.20.0" in missing.repair


@pytest.mark.parametrize(("version", "verdict"), [("11.5.9", "fail"), ("11.6.0", "ok"), ("13.2.3+security-01", "ok")])
def test_the_version_of_grafana_is_looked_at(pushed: Server, api: Api, version: str, verdict: str):
    pushed.state.version = version

    assert online(pushed, api)["grafana"].verdict == verdict


def test_a_data_source_that_does_not_work_says_what_clickhouse_said(pushed: Server, api: Api):
    pushed.faults.append(
        Fault(
            path="/datasources/uid/vigie-clickhouse/health",
            status=400,
            body='{"status": "ERROR", "message": "Access denied"}',
        )
    )

    found = online(pushed, api)["grafana data source"]

    assert found.verdict == "fail"
    assert "Access denied" in found.cause


def test_rules_that_fire_are_named(pushed: Server, api: Api):
    pushed.state.firing.add("vigie-watch-storm")

    assert online(pushed, api)["grafana rules"].cause == "firing: Storm"


def test_rights_that_the_token_lacks_are_listed(pushed: Server, api: Api):
    pushed.state.rights = {"folders:read": ["*"], "alert.provisioning:read": [""]}

    found = online(pushed, api)["rights of the token"]

    assert found.verdict == "fail"
    assert "datasources:write (data source)" in found.cause
    assert "dashboards:create (boards)" in found.cause
    assert "folders:read" not in found.cause
    assert "alert.rules.provisioning:read" not in found.cause


def test_without_the_data_source_its_rights_are_not_needed(pushed: Server, api: Api):
    pushed.state.rights = {right: ["*"] for right in EVERY_RIGHT if not right.startswith("datasources:")}

    assert online(pushed, api)["rights of the token"].verdict == "fail"
    assert online(pushed, api, datasource=False)["rights of the token"].verdict == "ok"


def test_a_grafana_that_does_not_tell_rights_is_a_warning(pushed: Server, api: Api):
    pushed.state.rights = None

    assert online(pushed, api)["rights of the token"].verdict == "warn"


def test_an_edited_board_is_a_warning_with_the_choice(pushed: Server, api: Api):
    edit(pushed, "vigie-leadership")

    found = online(pushed, api)["difference"]

    assert found.verdict == "warn"
    assert "Leadership (vigie-leadership)" in found.cause
    assert "--force" in found.repair


def test_an_expired_token_fails_each_check_with_the_repair_and_is_not_shown(pushed: Server, api: Api):
    pushed.token = "another"

    found = online(pushed, api)

    assert found["grafana"].verdict == "ok"
    assert found["grafana plugin"].verdict == "fail"
    assert "Make a new token" in found["grafana plugin"].repair
    assert not [finding for finding in found.values() if TOKEN in finding.cause + finding.repair]


def test_a_grafana_that_is_not_there_is_one_finding(tmp_path):
    settings = Settings(grafana=Grafana(url="http://127.0.0.1:9", token=Secret("t")))
    with Api(settings.grafana, sleep=lambda _: None) as api:
        (found,) = checks.health(api)

    assert (found.name, found.verdict) == ("grafana", "fail")
    assert "cannot be reached" in found.cause


def test_the_doctor_says_when_there_is_no_grafana(tmp_path):
    (found,) = examine(Subject(settings=Settings(), folder=tmp_path))

    assert (found.verdict, found.cause) == ("ok", "not configured")


def test_the_doctor_says_when_the_token_is_missing(tmp_path):
    (found,) = examine(Subject(settings=Settings(grafana=Grafana(url="http://grafana")), folder=tmp_path))

    assert found.verdict == "fail"
    assert "VIGIE_GRAFANA__TOKEN" in found.cause


def test_offline_an_address_that_is_not_set_fails():
    settings = Settings(contact_points=(ContactPoint(name="care", kind="email"),))
    found = list(checks.offline(settings, wanted(settings, {}, today=TODAY, for_files=True)))

    assert [(one.name, one.cause) for one in found if one.verdict == "fail"] == [
        ("contact points", "VIGIE_GRAFANA__ADDRESSES__CARE is not set")
    ]
