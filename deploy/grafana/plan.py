"""plan(api, wanted): what would have to change in Grafana. Only reads.

Everything is looked up by uid or name of ours, so other people's boards, rules, contact points, templates and routes
are never touched, and nothing is planned where nothing differs. The order is that in which Grafana takes it: what is
named comes before what names it, and what is no longer named goes last.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.grafana.alerting import FOLDER_UID, OURS, OWN_UIDS
from deploy.grafana.api import Api, GrafanaError, part
from deploy.grafana.datasource import TYPE, UID
from deploy.grafana.difference import Action, Call, Change, fingerprint, is_as_pushed, same, stamped
from deploy.grafana.wanted import BOARDS_FOLDER_UID, FINGERPRINT, Folder, Wanted

_PROVISIONING = "/v1/provisioning"
_MESSAGE = "vigie boards push"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be sent, in order, and the boards that somebody has edited, which stay as they are."""

    changes: tuple[Change, ...]
    edited: tuple[str, ...]


def plan(api: Api, wanted: Wanted, *, force: bool = False, datasource: bool = True) -> Plan:
    """Compare Grafana with what is wanted.

    Args:
        force: overwrite boards that somebody has edited too.
        datasource: whether the data source is ours to make; asking for it takes a right of its own.
    Raises:
        GrafanaError: it refuses or does not answer, or its ClickHouse plugin is missing.
    """
    require_plugin(api)
    edited: list[str] = []
    changes = (
        *(_datasource(api, wanted.datasource) if datasource else ()),
        *(change for folder in wanted.folders for change in _folder(api, folder)),
        *(change for board in wanted.boards for change in _board(api, board, edited, force=force)),
        *_templates(api, wanted),
        *_contacts(api, wanted),
        *_mutes(api, wanted),
        *_policy(api, wanted.policy),
        *_groups(api, wanted),
    )
    last = sorted(changes, key=lambda change: change.action == "delete")
    return Plan(changes=tuple(last), edited=tuple(edited))


def require_plugin(api: Api) -> str:
    """The version of the ClickHouse plugin.

    Raises:
        GrafanaError: it is not there.
    """
    found = api.get(f"/plugins/{TYPE}/settings")
    if found is None:
        raise GrafanaError(
            "Grafana has no plugin for ClickHouse",
            where=f"{api.url}, plugin {TYPE}",
            fix=f"Start Grafana with GF_PLUGINS_PREINSTALL_SYNC={TYPE}@4.20.0, or install the plugin there",
            status=404,
        )
    return str((found.get("info") or {}).get("version") or "")


def _datasource(api: Api, wanted: Json) -> Iterator[Change]:
    found = api.get(f"/datasources/uid/{UID}")
    told = {key: value for key, value in wanted.items() if key != "secureJsonData"}
    if found is None:
        yield Change(
            kind="data source",
            name=wanted["name"],
            action="create",
            call=Call(method="POST", path="/datasources", body=wanted),
        )
        return
    if same(_without_plugins_own(found, wanted), told):
        return
    body = {**wanted, "isDefault": bool(found.get("isDefault")), "version": found.get("version")}
    call = Call(method="PUT", path=f"/datasources/uid/{UID}", body=body)
    yield Change(kind="data source", name=wanted["name"], action="update", call=call, before=found, after=told)


def _without_plugins_own(found: Json, wanted: Json) -> Json:
    """What the plugin's editor in Grafana adds to the settings of a data source does not count."""
    known = {*wanted["jsonData"], FINGERPRINT}
    return {**found, "jsonData": {key: value for key, value in (found.get("jsonData") or {}).items() if key in known}}


def _folder(api: Api, folder: Folder) -> Iterator[Change]:
    found = api.get(f"/folders/{folder.uid}")
    if found is None:
        body: Json = {"uid": folder.uid, "title": folder.title}
        yield Change(
            kind="folder", name=folder.title, action="create", call=Call(method="POST", path="/folders", body=body)
        )
    elif found.get("title") != folder.title:
        body = {"title": folder.title, "version": found.get("version"), "overwrite": True}
        call = Call(method="PUT", path=f"/folders/{folder.uid}", body=body)
        title = {"title": found.get("title")}, {"title": folder.title}
        yield Change(kind="folder", name=folder.title, action="update", call=call, before=title[0], after=title[1])


def _board(api: Api, board: Json, edited: list[str], *, force: bool) -> Iterator[Change]:
    answer = api.get(f"/dashboards/uid/{board['uid']}")
    name = f"{board['title']} ({board['uid']})"
    body: Json = {"dashboard": stamped(board), "folderUid": BOARDS_FOLDER_UID, "overwrite": force, "message": _MESSAGE}
    if answer is None:
        body["dashboard"]["id"] = None
        yield Change(
            kind="board", name=name, action="create", call=Call(method="POST", path="/dashboards/db", body=body)
        )
        return
    found, meta = answer["dashboard"], answer.get("meta") or {}
    if fingerprint(found) == fingerprint(board):
        return
    if not (force or is_as_pushed(found)):
        edited.append(name)
        return
    body["dashboard"] |= {"id": found.get("id"), "version": found.get("version")}
    body["folderUid"] = meta.get("folderUid") or BOARDS_FOLDER_UID  # whoever moved it wanted it there
    call = Call(method="POST", path="/dashboards/db", body=body)
    yield Change(kind="board", name=name, action="update", call=call, before=found, after=stamped(board))


def _templates(api: Api, wanted: Wanted) -> Iterator[Change]:
    found = {one["name"]: one for one in api.get(f"{_PROVISIONING}/templates") or []}
    for name, text in wanted.templates.items():
        there = found.get(name)
        if there is not None and there["template"].strip() == text.strip():
            continue
        body: Json = {"template": text} | ({"version": there["version"]} if there and there.get("version") else {})
        call = Call(method="PUT", path=f"{_PROVISIONING}/templates/{part(name)}", body=body)
        before = there["template"] if there else None
        action = _action(there)
        yield Change(kind="message template", name=name, action=action, call=call, before=before, after=text)


def _contacts(api: Api, wanted: Wanted) -> Iterator[Change]:
    path = f"{_PROVISIONING}/contact-points"
    found = {one["uid"]: one for one in api.get(path) or [] if one.get("uid")}
    for contact in wanted.contacts:
        uid, there = contact["uid"], found.get(contact["uid"])
        if there is not None and same(there, contact):
            continue
        call = (
            Call(method="POST", path=path, body=contact)
            if there is None
            else Call(method="PUT", path=f"{path}/{part(uid)}", body=contact)
        )
        yield Change(
            kind="contact point", name=contact["name"], action=_action(there), call=call, before=there, after=contact
        )
    kept = {contact["uid"] for contact in wanted.contacts}
    for uid, there in found.items():
        if uid.startswith(OWN_UIDS) and uid not in kept:
            call = Call(method="DELETE", path=f"{path}/{part(uid)}")
            yield Change(kind="contact point", name=f"{there['name']} ({uid})", action="delete", call=call)


def _mutes(api: Api, wanted: Wanted) -> Iterator[Change]:
    path = f"{_PROVISIONING}/mute-timings"
    found = {one["name"]: one for one in api.get(path) or []}
    for timing in wanted.mutes:
        name, there = timing["name"], found.get(timing["name"])
        if there is not None and same(there, timing):
            continue
        call = (
            Call(method="POST", path=path, body=timing)
            if there is None
            else Call(method="PUT", path=f"{path}/{part(name)}", body=timing)
        )
        yield Change(kind="mute timing", name=name, action=_action(there), call=call, before=there, after=timing)
    kept = {timing["name"] for timing in wanted.mutes}
    for name in found:
        if name.startswith("vigie: ") and name not in kept:
            call = Call(method="DELETE", path=f"{path}/{part(name)}")
            yield Change(kind="mute timing", name=name, action="delete", call=call)


def _policy(api: Api, wanted: Json | None) -> Iterator[Change]:
    """Grafana takes the whole tree only, so all of it is sent back with our branch exchanged."""
    tree = api.get(f"{_PROVISIONING}/policies") or {}
    routes = list(tree.get("routes") or [])
    places = [place for place, route in enumerate(routes) if _is_ours(route)]
    found = routes[places[0]] if places else None
    if (found is None and wanted is None) or (wanted and found and len(places) == 1 and same(found, wanted)):
        return
    others = [_without_nulls(route) for route in routes if not _is_ours(route)]
    # first, so that no route of others that takes everything hides it; where somebody has put it, it stays
    at = min(places[0], len(others)) if places else 0
    kept = {key: value for key, value in _without_nulls(tree).items() if key != "provenance"}
    body = {**kept, "routes": [*others[:at], *([wanted] if wanted else []), *others[at:]]}
    call = Call(method="PUT", path=f"{_PROVISIONING}/policies", body=body)
    action: Action = _action(found) if wanted else "update"
    yield Change(kind="notification policy", name=OURS, action=action, call=call, before=found, after=wanted or {})


def _is_ours(route: Mapping[str, Any]) -> bool:
    return [OURS, "=", "true"] in (route.get("object_matchers") or [])


def _groups(api: Api, wanted: Wanted) -> Iterator[Change]:
    rules = [rule for rule in api.get(f"{_PROVISIONING}/alert-rules") or [] if rule.get("folderUID") == FOLDER_UID]
    paused = {rule.get("uid") for rule in rules if rule.get("isPaused")}
    names = [group["title"] for group in wanted.groups]
    for group in wanted.groups:
        found = api.get(_group_path(group["title"]))
        others = _others((found or {}).get("rules") or [])
        ours = [{**rule, "isPaused": rule["uid"] in paused} for rule in group["rules"]]  # who paused it wanted it so
        body = {**group, "rules": [*ours, *others]}
        if found is not None and same(_by_uid(found), _by_uid(body)):
            continue
        call = Call(method="PUT", path=_group_path(group["title"]), body=body)
        before = _by_uid(found) if found else None
        yield Change(
            kind="rule group", name=group["title"], action=_action(found), call=call, before=before, after=_by_uid(body)
        )
    for name in dict.fromkeys(rule["ruleGroup"] for rule in rules):
        of_it = [rule for rule in rules if rule["ruleGroup"] == name]
        if name not in names and len(_others(of_it)) < len(of_it):
            yield _emptied(api, name)


def _emptied(api: Api, name: str) -> Change:
    """A group that we no longer fill goes, unless somebody has put rules of their own into it."""
    found = api.get(_group_path(name)) or {}
    others = _others(found.get("rules") or [])
    path = _group_path(name)
    call = (
        Call(method="PUT", path=path, body={**found, "rules": others}) if others else Call(method="DELETE", path=path)
    )
    return Change(kind="rule group", name=name, action="delete", call=call)


def _others(rules: list[Json]) -> list[Json]:
    """Rules of other people, as they can be sent back: Grafana tells absent things as null, and takes no null."""
    return [_without_nulls(rule) for rule in rules if not str(rule.get("uid", "")).startswith(OWN_UIDS)]


def _without_nulls(tree: Json) -> Json:
    return {key: value for key, value in tree.items() if value is not None}


def _by_uid(group: Json) -> Json:
    """Without regard to the order of the rules."""
    return {"interval": group.get("interval"), "rules": {rule.get("uid"): rule for rule in group.get("rules") or []}}


def _group_path(name: str) -> str:
    return f"{_PROVISIONING}/folder/{FOLDER_UID}/rule-groups/{part(name)}"


def _action(found: object) -> Action:
    return "create" if found is None else "update"
