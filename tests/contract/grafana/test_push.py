"""Pushing to a Grafana: what is sent, what is left alone, and what a person is told when it fails."""

import copy
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from deploy.grafana.alerting import FOLDER_UID
from deploy.grafana.api import Api, GrafanaError
from deploy.grafana.difference import Change, shown
from deploy.grafana.plan import Plan, plan
from deploy.grafana.push import push
from deploy.grafana.wanted import BOARDS_FOLDER_UID, Wanted, wanted
from schemas.calendar import CalendarSettings
from schemas.grafana import ContactPoint, Grafana
from schemas.settings import Settings
from schemas.units import Secret
from schemas.watch import Watch
from streams.calendars import build
from tests.support.grafana_server import TOKEN, Fault, edit, serving
from tests.support.grafana_server import Grafana as Server

TODAY = date(2026, 11, 23)
HOOK = "https://hooks.slack.com/services/T/B/very-secret"
CONTACTS = (
    ContactPoint(name="care", kind="email", language="fr", quiet_outside="support"),
    ContactPoint(name="night", kind="slack", severities=("critical",), brands=("acme", "l'autre + co")),
    ContactPoint(name="ops", kind="webhook"),
    ContactPoint(name="team", kind="teams", severities=("warning",)),
)
CALENDAR = CalendarSettings(name="support", time_zone="Europe/Paris", hours=("mon-fri 09:00-17:00",), holidays=("FR",))
PROVISIONING = "/v1/provisioning"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as grafana:
        yield grafana


def settings_for(server: Server, **fields: Any) -> Settings:
    grafana = Grafana(
        url=server.url,
        token=Secret(TOKEN),
        clickhouse_url="http://clickhouse:8123",
        clickhouse_password=Secret("reader-secret"),
        addresses={
            "care": Secret("care@example.com;night@example.com"),
            "night": Secret(HOOK),
            "ops": Secret("https://ops.example.com/hook"),
            "team": Secret("https://example.webhook.office.com/secret-too"),
        },
        credentials={"ops": Secret("bearer-secret")},
    )
    return Settings(
        **{
            "grafana": grafana,
            "contact_points": CONTACTS,
            "calendars": (CALENDAR,),
            "clickhouse": Settings().clickhouse,
        }
        | fields
    )


def asked_of(settings: Settings) -> Wanted:
    calendars = build(settings.calendars, lambda name: b"").calendars
    return wanted(settings, calendars, today=TODAY, languages=("en", "fr"))


def run(server: Server, settings: Settings | None = None, *, force: bool = False) -> tuple[Plan, list[Change]]:
    """Plan and push; the plan, and what was said to be done."""
    settings = settings or settings_for(server)
    done: list[Change] = []
    with Api(settings.grafana, sleep=lambda _: None) as api:
        planned = plan(api, asked_of(settings), force=force)
        push(api, planned, say=done.append)
    return planned, done


def planned_for(server: Server, settings: Settings | None = None, *, force: bool = False) -> Plan:
    settings = settings or settings_for(server)
    with Api(settings.grafana, sleep=lambda _: None) as api:
        return plan(api, asked_of(settings), force=force)


def test_everything_of_a_first_push_is_there_in_the_end(server: Server):
    planned, done = run(server)

    state, asked = server.state, asked_of(settings_for(server))
    assert list(planned.changes) == done
    assert {change.action for change in done} == {"create"}
    assert set(state.boards) == {board["uid"] for board in asked.boards}
    assert {board["meta"]["folderUid"] for board in state.boards.values()} == {BOARDS_FOLDER_UID}
    assert {name for _, name in state.groups} == {"vigie every 1m", "vigie every 5m"}
    assert {one["name"] for one in state.contacts.values()} == {"vigie-care", "vigie-night", "vigie-ops", "vigie-team"}
    assert set(state.templates) == {"vigie_en", "vigie_fr"}
    assert set(state.mutes) == {"vigie: support closed"}
    assert state.policies["receiver"] == "grafana-default-email"
    assert state.passwords == {"vigie-clickhouse": "reader-secret"}


def test_what_is_made_stays_editable_in_grafana(server: Server):
    run(server)

    assert all("X-Disable-Provenance" in one.headers for one in server.sent)


def test_a_second_push_sends_nothing(server: Server):
    run(server)
    server.forget()

    planned, _ = run(server)

    assert planned == Plan(changes=(), edited=())
    assert server.writes == []
    assert server.sent != []


def test_what_fails_in_the_middle_says_what_is_done_and_the_next_push_does_the_rest(server: Server):
    total = len(planned_for(server).changes)
    server.faults.append(Fault(method="POST", path=f"{PROVISIONING}/contact-points", after=1, times=99, status=500))

    with pytest.raises(GrafanaError) as error:
        run(server)

    done = len(server.state.boards) + 2 + 1 + 2 + 1  # boards, folders, data source, templates, one contact point
    assert f"create contact point vigie-night; {done} of {total} changes are done, {total - done} are not" in str(
        error.value
    )
    assert "push again" in str(error.value)
    server.faults.clear()
    server.forget()
    planned, _ = run(server)
    assert len(planned.changes) == total - done
    assert not any(" /dashboards" in write for write in server.writes)
    assert planned_for(server).changes == ()


def test_a_renamed_folder_is_found_by_its_uid_and_gets_its_name_back(server: Server):
    run(server)
    server.state.folders[FOLDER_UID]["title"] = "Something else"
    server.forget()

    run(server)

    assert server.writes == [f"PUT /folders/{FOLDER_UID}"]
    assert server.state.folders[FOLDER_UID]["title"] == "Vigie alerts"
    assert len(server.state.folders) == 2


def test_a_board_that_somebody_edited_is_refused_and_nothing_at_all_is_planned_for_it(server: Server):
    run(server)
    edit(server, "vigie-leadership")

    planned = planned_for(server)

    assert planned.changes == ()
    assert [name for name in planned.edited if "vigie-leadership)" in name]


def test_force_overwrites_an_edited_board(server: Server):
    run(server)
    edit(server, "vigie-leadership")
    server.forget()

    run(server, force=True)

    assert server.writes == ["POST /dashboards/db"]
    assert server.state.boards["vigie-leadership"]["dashboard"]["panels"][1]["title"] != "Mine"
    assert planned_for(server) == Plan(changes=(), edited=())


def test_a_board_of_somebody_elses_under_our_uid_is_not_overwritten(server: Server):
    server.state.boards["vigie-leadership"] = {
        "dashboard": {"uid": "vigie-leadership", "title": "x", "version": 1},
        "meta": {},
    }

    assert len(planned_for(server).edited) == 1


def test_a_new_edition_of_a_board_replaces_the_one_that_was_pushed_where_somebody_moved_it(server: Server):
    run(server)
    server.state.folders["theirs"] = {"uid": "theirs", "title": "Theirs", "version": 1}
    server.state.boards["vigie-leadership"]["meta"]["folderUid"] = "theirs"
    settings = settings_for(server, watches=(Watch(name="in-time", kind="share_within_target", floor=0.95),))
    server.forget()

    planned, _ = run(server, settings)

    assert planned.edited == ()
    assert "POST /dashboards/db" in server.writes
    assert server.state.boards["vigie-leadership"]["meta"]["folderUid"] == "theirs"


def test_a_board_that_is_saved_between_the_look_and_the_push_is_not_overwritten(server: Server):
    run(server)
    settings = settings_for(server, watches=(Watch(name="in-time", kind="share_within_target", floor=0.95),))
    with Api(settings.grafana, sleep=lambda _: None) as api:
        planned = plan(api, asked_of(settings))
        edit(server, "vigie-leadership")

        with pytest.raises(GrafanaError, match=r"HTTP 412.*vigie boards diff") as error:
            push(api, planned, say=lambda _: None)

    assert error.value.status == 412
    assert server.state.boards["vigie-leadership"]["dashboard"]["panels"][1]["title"] == "Mine"


def test_other_peoples_routes_rules_templates_and_contact_points_stay(server: Server):
    theirs = {"receiver": "theirs", "object_matchers": [["team", "=", "infra"]], "group_wait": "1m"}
    server.state.contacts["t1"] = {
        "uid": "t1",
        "name": "theirs",
        "type": "email",
        "settings": {"addresses": "a@example.com"},
    }
    server.state.policies |= {"receiver": "theirs", "routes": [theirs], "group_interval": "7m"}
    server.state.templates["theirs"] = {"name": "theirs", "template": "x", "version": "1"}
    run(server)
    group = server.state.groups[FOLDER_UID, "vigie every 1m"]["rules"]
    group.append({**group[0], "uid": "own", "title": "Own"})

    changed = settings_for(server, watches=(), contact_points=CONTACTS[:1])
    run(server, msgspec.structs.replace(changed, grafana=_without_others(changed)))

    tree = server.state.policies
    assert (tree["receiver"], tree["group_interval"]) == ("theirs", "7m")
    assert tree["routes"][1] == theirs
    assert len(tree["routes"]) == 2
    assert {"theirs", "vigie-care"} == {one["name"] for one in server.state.contacts.values()}
    assert "theirs" in server.state.templates
    rules = [rule["uid"] for group in server.state.groups.values() for rule in group["rules"]]
    always = ["vigie-canary", "vigie-dead-letters", "vigie-no-data", "vigie-pipeline-lag", "vigie-workers"]
    assert sorted(rules) == ["own", *always]


def _without_others(settings: Settings) -> Grafana:
    kept = {"care": settings.grafana.addresses["care"]}
    return msgspec.structs.replace(settings.grafana, addresses=kept, credentials={})


def test_without_contact_points_the_policies_are_not_ours(server: Server):
    server.state.policies["routes"] = []
    before = copy.deepcopy(server.state.policies)

    run(server, settings_for(server, contact_points=()))

    assert server.state.policies == before
    assert not any("policies" in write for write in server.writes)


def test_contact_points_that_go_from_the_settings_go_from_grafana_with_their_route(server: Server):
    run(server)

    run(server, settings_for(server, contact_points=()))

    assert server.state.contacts == {}
    assert server.state.mutes == {}
    assert server.state.policies["routes"] == []


def test_a_new_address_replaces_the_contact_point_though_grafana_hides_the_old_one(server: Server):
    run(server)
    settings = settings_for(server)
    moved = msgspec.structs.replace(
        settings.grafana, addresses={**settings.grafana.addresses, "night": Secret("https://hooks.slack.com/other")}
    )
    server.forget()

    run(server, msgspec.structs.replace(settings, grafana=moved))

    (night,) = [one for one in server.state.contacts.values() if one["name"] == "vigie-night"]
    assert night["settings"]["url"] == "https://hooks.slack.com/other"
    assert [write.split()[0] for write in server.writes] == ["POST", "DELETE"]
    server.forget()
    run(server, msgspec.structs.replace(settings, grafana=moved))
    assert server.writes == []


def test_a_new_password_of_the_data_source_is_sent_once(server: Server):
    run(server)
    settings = settings_for(server)
    changed = msgspec.structs.replace(
        settings, grafana=msgspec.structs.replace(settings.grafana, clickhouse_password=Secret("another"))
    )
    server.forget()

    run(server, changed)
    run(server, changed)

    assert server.writes == ["PUT /datasources/uid/vigie-clickhouse"]
    assert server.state.passwords == {"vigie-clickhouse": "another"}


def test_a_rule_that_somebody_paused_stays_paused(server: Server):
    run(server)
    (group,) = [group for (_, name), group in server.state.groups.items() if name == "vigie every 1m"]
    group["rules"][0]["isPaused"] = True
    assert planned_for(server).changes == ()

    run(server, settings_for(server, watches=(*Settings().watches, Watch(name="more", kind="backlog", limit=3))))

    (group,) = [group for (_, name), group in server.state.groups.items() if name == "vigie every 1m"]
    assert sum(rule["isPaused"] for rule in group["rules"]) == 1


def test_what_grafana_adds_by_itself_is_no_difference(server: Server):
    run(server)
    server.state.datasources["vigie-clickhouse"]["jsonData"]["version"] = "4.21.0"
    for group in server.state.groups.values():
        for rule in group["rules"]:
            rule["for"] = rule["for"].replace("m", "m0s")
            rule["data"][0]["model"] |= {"hide": False}
    server.state.policies["routes"][0]["active_time_intervals"] = None

    assert planned_for(server).changes == ()


def test_the_alerts_of_a_brand_go_to_who_asked_for_it_and_warnings_wait_for_the_morning(server: Server):
    run(server)

    (ours,) = server.state.policies["routes"]
    care, care_warning, night = ours["routes"][:3]
    assert ours["object_matchers"] == [["vigie", "=", "true"]]
    assert ours["receiver"] == "vigie-ops" or ours["receiver"] == "vigie-care"
    assert care["object_matchers"] == [["severity", "=", "critical"]]
    assert "mute_time_intervals" not in care
    assert care_warning["mute_time_intervals"] == ["vigie: support closed"]
    assert night["object_matchers"] == [["severity", "=", "critical"], ["brand", "=~", r"acme|l'autre\ \+\ co"]]
    assert all(route["continue"] for route in ours["routes"])


def test_a_difference_is_shown_short_and_without_secrets(server: Server):
    run(server)
    care = next(one for one in server.state.contacts.values() if one["name"] == "vigie-care")
    care["settings"] |= {"addresses": "stranger@example.com", "subject": "x"}
    server.state.folders[FOLDER_UID]["title"] = "Something else"

    text = "\n".join(map(shown, planned_for(server).changes))

    assert "~ folder Vigie alerts" in text
    assert '-  "title": "Something else"' in text
    assert "~ contact point vigie-care" in text
    assert not [
        secret for secret in (HOOK, "stranger@", "care@", "bearer-secret", "reader-secret", TOKEN) if secret in text
    ]


def test_the_plugin_is_asked_for_first_and_nothing_is_sent_without_it(server: Server):
    server.state.plugin = None

    with pytest.raises(GrafanaError, match=r"no plugin for ClickHouse.*GF_PLUGINS_PREINSTALL_SYNC"):
        run(server)

    assert server.writes == []


def test_a_folder_of_the_same_name_that_is_not_ours_is_said(server: Server):
    server.state.folders["theirs"] = {"uid": "theirs", "title": "Vigie", "version": 1}

    with pytest.raises(GrafanaError, match=r"HTTP 409.*It was to create folder Vigie.*rename or delete it") as error:
        run(server)

    assert error.value.status == 409


def test_an_answer_that_is_lost_is_no_second_thing(server: Server):
    """The server did it and the connection broke: what is repeated (PUT) and what a new push finds are the same."""
    lost = Fault(method="PUT", path=f"{PROVISIONING}/policies", status=504, works=True)
    server.faults += [lost, Fault(method="POST", path="/folders", status=504, works=True, times=1)]

    with pytest.raises(GrafanaError, match="HTTP 504"):
        run(server)
    run(server)

    assert len(server.state.folders) == 2
    assert len(server.state.policies["routes"]) == 1
    assert planned_for(server).changes == ()
