"""What can be wrong with boards and rules, told from the settings alone, or by asking Grafana. No writing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.doctor.finding import Finding, failed, ok
from deploy.grafana.alerting import OWN_UIDS
from deploy.grafana.api import Api, GrafanaError
from deploy.grafana.boards import BOARDS, board
from deploy.grafana.contacts import unset
from deploy.grafana.datasource import PLUGIN_VERSION, UID
from deploy.grafana.macros import expand
from deploy.grafana.plan import plan, require_plugin
from deploy.grafana.rules import rules
from deploy.grafana.rules.base import Rule
from deploy.grafana.wanted import Wanted
from schemas.errors import ProvisionError
from schemas.settings import Settings

OLDEST_GRAFANA = "11.6.0"  # the plugin needs it
SCHEDULER_S = 10
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")

# Of several in one line one is enough: the first is the narrowest, the others are those of the basic roles.
RIGHTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "data source": (("datasources:read",), ("datasources:create",), ("datasources:write",)),
    "folders": (("folders:read",), ("folders:create",), ("folders:write",)),
    "boards": (("dashboards:read",), ("dashboards:create",), ("dashboards:write",)),
    "alert rules": (
        ("alert.rules.provisioning:read", "alert.provisioning:read"),
        ("alert.rules.provisioning:write", "alert.provisioning:write"),
    ),
    "contact points, templates, mute timings, policies": (
        ("alert.notifications.provisioning:read", "alert.provisioning:read"),
        ("alert.notifications.provisioning:write", "alert.provisioning:write"),
    ),
    "to leave all of it editable in Grafana": (("alert.provisioning.provenance:write",),),
    "states of rules, for the doctor": (("alert.rules:read",),),
}


def offline(settings: Settings, wanted: Wanted) -> Iterator[Finding]:
    """Boards, rules and contact points, without asking anybody."""
    made = rules(settings)
    wrong = [*rule_faults(made), *_repeated("title", [rule.title.en for rule in made])]
    yield _judged("alert rules", wrong, f"{len(made)} rules", "This is a fault of Vigie, or of names in [[watches]]")
    wrong = [f"{one['uid']!r} is no uid" for one in wanted.boards if not _UID.fullmatch(one["uid"])]
    yield _judged("boards", wrong, f"{len(wanted.boards)} boards", "This is a fault of Vigie")
    absent = [f"{variable} is not set" for variable in unset(settings)]
    yield _judged("contact points", absent, f"{len(wanted.contacts)} contact points", "Set it in the environment")
    for note in wanted.notes:
        yield Finding(name="mute timings", verdict="warn", cause=note, repair="Silence by hand, or accept it")


def rule_faults(made: Sequence[Rule]) -> Iterator[str]:
    """What Grafana would refuse, or run and misread."""
    now = datetime.now(UTC)
    for rule in made:
        if not _UID.fullmatch(rule.uid):
            yield f"{rule.uid!r} is no uid"
        if rule.every_s % SCHEDULER_S or rule.lasts_s % rule.every_s or not 1 <= len(rule.title.en) <= 190:
            yield f"{rule.uid} has an interval, a wait or a title that Grafana refuses"
        try:
            expand(rule.sql, since=now - timedelta(seconds=rule.period_s), until=now, interval_ms=60_000)
        except ProvisionError as error:
            yield f"{rule.uid}: {error.what}"
        if not shows(rule):
            yield f"{rule.uid} links to panel {rule.panel.number} of {rule.panel.board}, which is not there"
    yield from _repeated("uid", [rule.uid for rule in made])


def shows(rule: Rule) -> bool:
    """Whether the panel that a rule links to is there."""
    panels: list[dict[str, Any]] = board(rule.panel.board, "en")["panels"] if rule.panel.board in BOARDS else []
    return any(panel["id"] == rule.panel.number and panel["type"] != "row" for panel in panels)


def _repeated(what: str, names: Sequence[str]) -> list[str]:
    return [f"the {what} {name!r} comes twice" for name in sorted({one for one in names if names.count(one) > 1})]


def _judged(name: str, wrong: Sequence[str], well: str, repair: str) -> Finding:
    return Finding(name=name, verdict="fail", cause="; ".join(wrong), repair=repair) if wrong else ok(name, well)


def online(api: Api, wanted: Wanted, *, datasource: bool = True) -> Iterator[Finding]:
    """Whether a push would succeed, and what it would do."""
    yield from health(api)
    yield from _caught("rights of the token", lambda: rights(api, datasource=datasource))
    yield from _caught("difference", lambda: _waiting(api, wanted, datasource=datasource))


def health(api: Api) -> Iterator[Finding]:
    """Grafana, its plugin, the data source and the rules as they are."""
    first = list(_caught("grafana", lambda: _version(api)))
    yield from first
    if any(finding.verdict == "fail" for finding in first):
        return
    yield from _caught("grafana plugin", lambda: _plugin(api))
    yield from _caught("grafana data source", lambda: _datasource(api))
    yield from _caught("grafana rules", lambda: _rules(api))


def _caught(name: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    try:
        yield look()
    except GrafanaError as error:
        yield failed(name, error)


def _version(api: Api) -> Finding:
    found = api.send("GET", "/health") or {}
    version = str(found.get("version") or "")
    if found.get("database") != "ok":
        repair = "Look into Grafana's log"
        return Finding(name="grafana", verdict="fail", cause="Grafana's own database does not answer", repair=repair)
    if version and _number(version) < _number(OLDEST_GRAFANA):
        cause = f"version {version}, and {OLDEST_GRAFANA} is the oldest that the plugin works with"
        return Finding(name="grafana", verdict="fail", cause=cause, repair="Update Grafana")
    return ok("grafana", f"{api.url} answers, version {version or 'hidden'}")


def _plugin(api: Api) -> Finding:
    version = require_plugin(api)
    if _number(version) < _number(PLUGIN_VERSION):
        cause = f"version {version or 'unknown'}, and {PLUGIN_VERSION} is the oldest that expands our queries"
        return Finding(
            name="grafana plugin", verdict="fail", cause=cause, repair="Update the ClickHouse plugin in Grafana"
        )
    return ok("grafana plugin", f"ClickHouse, version {version}")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0].split("-")[0])[:3])


def _datasource(api: Api) -> Finding:
    name = "grafana data source"
    if api.get(f"/datasources/uid/{UID}") is None:
        return Finding(name=name, verdict="warn", cause="not there yet", repair="Run `vigie boards push`")
    answer = api.send("GET", f"/datasources/uid/{UID}/health") or {}
    if answer.get("status") == "OK":
        return ok(name, str(answer.get("message") or "works"))
    repair = "Correct grafana.clickhouse_url and the user and password of it, and push; its user may only read"
    return Finding(name=name, verdict="fail", cause=str(answer.get("message") or "does not work"), repair=repair)


def _rules(api: Api) -> Finding:
    name, answer = "grafana rules", api.get("/prometheus/grafana/api/v1/rules") or {}
    found = [
        rule
        for group in (answer.get("data") or {}).get("groups") or []
        for rule in group.get("rules") or []
        if str(rule.get("uid", "")).startswith(OWN_UIDS) or (rule.get("labels") or {}).get("vigie") == "true"
    ]
    if not found:
        return Finding(name=name, verdict="warn", cause="none of ours is there", repair="Run `vigie boards push`")
    broken = [
        f"{rule.get('name')}: {rule.get('lastError') or 'error'}" for rule in found if rule.get("health") == "error"
    ]
    if broken:
        return Finding(name=name, verdict="fail", cause="; ".join(broken), repair="Look at the data source first")
    firing = [str(rule.get("name")) for rule in found if rule.get("state") == "firing"]
    if firing:
        repair = "See deploy/RUNBOOK.md"
        return Finding(name=name, verdict="warn", cause=f"firing: {', '.join(firing)}", repair=repair)
    return ok(name, f"{len(found)} rules, none fires")


def rights(api: Api, *, datasource: bool = True) -> Finding:
    """Whether the token may do what a push does."""
    name, held = "rights of the token", api.get("/access-control/user/permissions")
    if not isinstance(held, dict):
        repair = "A push will show it"
        return Finding(name=name, verdict="warn", cause="Grafana does not tell them", repair=repair)
    missing = [
        f"{one_of[0]} ({what})"
        for what, needed in RIGHTS.items()
        for one_of in needed
        if not any(right in held for right in one_of) and (datasource or what != "data source")
    ]
    if missing:
        repair = "Give them to the service account, or to a role that it has; without the first use --no-datasource"
        return Finding(name=name, verdict="fail", cause=f"missing: {', '.join(missing)}", repair=repair)
    return ok(name, "enough")


def _waiting(api: Api, wanted: Wanted, *, datasource: bool) -> Finding:
    planned = plan(api, wanted, datasource=datasource)
    if planned.edited:
        cause = f"edited in Grafana: {', '.join(planned.edited)}"
        repair = "Keep it by saving it under another name, or overwrite it with `vigie boards push --force`"
        return Finding(name="difference", verdict="warn", cause=cause, repair=repair)
    if planned.changes:
        cause = f"{len(planned.changes)} changes wait: {', '.join(map(str, planned.changes))}"
        return Finding(name="difference", verdict="warn", cause=cause, repair="Run `vigie boards push`")
    return ok("difference", "Grafana has what it should have")
