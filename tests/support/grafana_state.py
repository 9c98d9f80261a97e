"""What a Grafana remembers, and how it answers: the routes that Vigie uses, as the published description has them."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
PROVISIONING = "/v1/provisioning"
_SECRET_SETTINGS = {"slack": ("url",), "teams": ("url",), "webhook": ("authorization_credentials",), "email": ()}
_REQUIRED_SETTINGS = {"slack": "url", "teams": "url", "webhook": "url", "email": "addresses"}


@dataclass(frozen=True)
class Answer:
    """A status and a body; None: no body at all."""

    status: int
    body: Any = None


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = Answer(code, {"message": message, **more})


@dataclass
class State:
    """The content of one Grafana. `plugin` and `rights` can be set to None and changed by a test."""

    plugin: str | None = "4.20.0"
    version: str = "13.0.0"
    rights: dict[str, list[str]] | None = None
    datasource_health: Json = field(default_factory=lambda: {"status": "OK", "message": "Data source is working"})
    datasources: dict[str, Json] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Json] = field(default_factory=dict)
    boards: dict[str, Json] = field(default_factory=dict)
    templates: dict[str, Json] = field(default_factory=dict)
    contacts: dict[str, Json] = field(default_factory=dict)
    mutes: dict[str, Json] = field(default_factory=dict)
    groups: dict[tuple[str, str], Json] = field(default_factory=dict)
    firing: set[str] = field(default_factory=set)
    policies: Json = field(default_factory=lambda: {"receiver": "grafana-default-email", "group_by": ["alertname"]})
    numbers: int = 0

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers


def _found(kept: dict[Any, Json], key: Any) -> Json:
    if key not in kept:
        raise Refusal(404, f"{key} not found")
    return kept[key]


def health(state: State) -> Answer:
    return Answer(200, {"database": "ok", "version": state.version, "commit": "abc"})


def plugin(state: State, _id: str) -> Answer:
    if state.plugin is None:
        raise Refusal(404, "Plugin not found, no installed plugin with that id")
    return Answer(200, {"id": _id, "enabled": True, "info": {"version": state.plugin}})


def permissions(state: State) -> Answer:
    if state.rights is None:
        raise Refusal(404, "Not found")
    return Answer(200, state.rights)


def get_datasource(state: State, uid: str) -> Answer:
    found = _found(state.datasources, uid)
    return Answer(200, {**found, "secureJsonFields": {"password": bool(state.passwords.get(uid))}})


def add_datasource(state: State, body: Json) -> Answer:
    if body["uid"] in state.datasources or any(one["name"] == body["name"] for one in state.datasources.values()):
        raise Refusal(409, "data source with the same name already exists")
    return _keep_datasource(state, body, {"id": state.next_number(), "version": 1})


def put_datasource(state: State, uid: str, body: Json) -> Answer:
    found = _found(state.datasources, uid)
    if body.get("version") not in (None, found["version"]):
        raise Refusal(409, "Datasource has already been updated by someone else. Please reload and try again")
    return _keep_datasource(state, body, {"id": found["id"], "version": found["version"] + 1})


def _keep_datasource(state: State, body: Json, own: Json) -> Answer:
    kept = {key: value for key, value in body.items() if key != "secureJsonData"}
    server = {"orgId": 1, "typeLogoUrl": "public/plugins/logo.svg", "readOnly": False, "url": "", "user": ""}
    state.datasources[body["uid"]] = {"isDefault": False, **kept, **server, **own}
    state.passwords[body["uid"]] = (body.get("secureJsonData") or {}).get("password", "")
    return Answer(200, {"id": own["id"], "message": "Datasource added", "name": body["name"]})


def datasource_health(state: State, uid: str) -> Answer:
    _found(state.datasources, uid)
    return Answer(200 if state.datasource_health["status"] == "OK" else 400, state.datasource_health)


def get_folder(state: State, uid: str) -> Answer:
    return Answer(200, _found(state.folders, uid))


def add_folder(state: State, body: Json) -> Answer:
    if body["uid"] in state.folders or any(one["title"] == body["title"] for one in state.folders.values()):
        raise Refusal(409, "a folder with the same name or uid already exists")
    state.folders[body["uid"]] = {"id": state.next_number(), "version": 1, **body}
    return Answer(200, state.folders[body["uid"]])


def put_folder(state: State, uid: str, body: Json) -> Answer:
    found = _found(state.folders, uid)
    if not body.get("overwrite") and body.get("version") != found["version"]:
        raise Refusal(412, "the folder has been changed by someone else", status="version-mismatch")
    found |= {"title": body["title"], "version": found["version"] + 1}
    return Answer(200, found)


def get_board(state: State, uid: str) -> Answer:
    return Answer(200, _found(state.boards, uid))


def save_board(state: State, body: Json) -> Answer:
    board = copy.deepcopy(body["dashboard"])
    if not board.get("title"):
        raise Refusal(400, "Dashboard title cannot be empty")
    if body.get("folderUid") and body["folderUid"] not in state.folders:
        raise Refusal(400, "folder not found", status="not-found")
    known = state.boards.get(board["uid"])
    if known and known["meta"].get("provisioned"):
        raise Refusal(400, "Cannot save provisioned dashboard")
    if known and not body.get("overwrite") and board.get("version") != known["dashboard"]["version"]:
        raise Refusal(412, "The dashboard has been changed by someone else", status="version-mismatch")
    before = known["dashboard"] if known else {"id": state.next_number(), "version": 0}
    board |= {"id": before["id"], "version": before["version"] + 1}
    meta = {
        "folderUid": body.get("folderUid", ""),
        "slug": "s",
        "url": f"/d/{board['uid']}/s",
        "version": board["version"],
    }
    state.boards[board["uid"]] = {"dashboard": board, "meta": meta}
    told = {"id": board["id"], "uid": board["uid"], "url": meta["url"], "status": "success", "slug": "s"}
    return Answer(200, {**told, "version": board["version"]})


def get_templates(state: State) -> Answer:
    return Answer(200, list(state.templates.values()))


def put_template(state: State, name: str, body: Json) -> Answer:
    known = state.templates.get(name)
    if known and body.get("version") not in (None, "", known["version"]):
        raise Refusal(
            409, "provided version does not match", messageId="alerting.notifications.conflict", statusCode=409
        )
    text = body["template"]
    if text.count("{{") != text.count("}}"):
        raise Refusal(400, "invalid template", messageId="alerting.notifications.invalid", statusCode=400)
    state.templates[name] = {"name": name, "template": text, "provenance": "", "version": f"v{state.next_number()}"}
    return Answer(202, state.templates[name])


def get_contacts(state: State) -> Answer:
    return Answer(200, [_redacted(one) for one in state.contacts.values()])


def _redacted(contact: Json) -> Json:
    secret = {name: "[REDACTED]" for name in _SECRET_SETTINGS[contact["type"]] if contact["settings"].get(name)}
    return {**contact, "settings": {**contact["settings"], **secret}, "provenance": ""}


def add_contact(state: State, body: Json) -> Answer:
    if body["uid"] in state.contacts:
        raise Refusal(400, "contact point with this uid already exists")
    _check_contact(body)
    state.contacts[body["uid"]] = body
    return Answer(202, _redacted(body))


def put_contact(state: State, uid: str, body: Json) -> Answer:
    _found(state.contacts, uid)
    _check_contact(body)
    state.contacts[uid] = body
    return Answer(202, {"message": "contactpoint updated"})


def _check_contact(body: Json) -> None:
    if not body["settings"].get(_REQUIRED_SETTINGS[body["type"]]):
        raise Refusal(400, f"invalid contact point: {_REQUIRED_SETTINGS[body['type']]} is missing")


def delete_contact(state: State, uid: str) -> Answer:
    name = _found(state.contacts, uid)["name"]
    is_last = sum(one["name"] == name for one in state.contacts.values()) == 1
    if is_last and any(route.get("receiver") == name for route in _routes(state.policies)):
        raise Refusal(409, "contact point is in use by a notification policy", messageId="in-use", statusCode=409)
    del state.contacts[uid]
    return Answer(202, {"message": "contactpoint deleted"})


def _routes(route: Json) -> list[Json]:
    return [route, *(inner for one in route.get("routes") or [] for inner in _routes(one))]


def get_mutes(state: State) -> Answer:
    return Answer(200, [{**one, "provenance": ""} for one in state.mutes.values()])


def add_mute(state: State, body: Json) -> Answer:
    if body["name"] in state.mutes:
        raise Refusal(400, "a mute timing of this name exists")
    state.mutes[body["name"]] = body
    return Answer(201, body)


def put_mute(state: State, name: str, body: Json) -> Answer:
    _found(state.mutes, name)
    state.mutes[name] = body
    return Answer(202, body)


def delete_mute(state: State, name: str) -> Answer:
    if any(name in (route.get("mute_time_intervals") or []) for route in _routes(state.policies)):
        raise Refusal(409, "the mute timing is in use", messageId="in-use", statusCode=409)
    state.mutes.pop(name, None)
    return Answer(204)


def get_policies(state: State) -> Answer:
    return Answer(200, {**state.policies, "provenance": ""})


def put_policies(state: State, body: Json) -> Answer:
    receivers = {"grafana-default-email", *(one["name"] for one in state.contacts.values())}
    if body.get("object_matchers") or body.get("mute_time_intervals"):
        raise Refusal(400, "the root route can have neither matchers nor mute timings")
    for route in _routes(body):
        if route.get("receiver", body["receiver"]) not in receivers:
            raise Refusal(400, f"receiver '{route['receiver']}' does not exist")
        if missing := [one for one in route.get("mute_time_intervals") or [] if one not in state.mutes]:
            raise Refusal(400, f"mute time interval '{missing[0]}' does not exist")
    state.policies = {key: value for key, value in body.items() if key != "provenance"}
    return Answer(202, {"message": "policies updated"})


def get_group(state: State, folder: str, name: str) -> Answer:
    return Answer(200, _found(state.groups, (folder, name)))


def put_group(state: State, folder: str, name: str, body: Json) -> Answer:
    if folder not in state.folders:
        raise Refusal(400, "folder does not exist")
    if body["interval"] % 10:
        raise Refusal(400, "interval should be divided exactly by scheduler interval: 10")
    titles = [rule["title"] for rule in body["rules"]]
    if len(set(titles)) < len(titles):
        raise Refusal(400, "a rule of this title exists in the folder")
    uids = {rule["uid"] for rule in body["rules"]}
    for place, group in state.groups.items():
        if place != (folder, name):  # a rule that is sent with another group moves there
            group["rules"] = [rule for rule in group["rules"] if rule["uid"] not in uids]
    own: Json = {"updated": "2026-11-23T00:00:00Z", "provenance": "", "record": None, "notification_settings": None}
    rules = [{**rule, "id": state.next_number(), **own} for rule in body["rules"]]
    state.groups[folder, name] = {"title": name, "folderUid": folder, "interval": body["interval"], "rules": rules}
    return Answer(200, state.groups[folder, name])


def delete_group(state: State, folder: str, name: str) -> Answer:
    _found(state.groups, (folder, name))
    del state.groups[folder, name]
    return Answer(204)


def get_rules(state: State) -> Answer:
    return Answer(200, [rule for group in state.groups.values() for rule in group["rules"]])


def rule_states(state: State) -> Answer:
    groups = [
        {
            "name": name,
            "rules": [
                {
                    "name": rule["title"],
                    "uid": rule["uid"],
                    "labels": rule["labels"],
                    "state": "firing" if rule["uid"] in state.firing else "inactive",
                    "health": "ok",
                }
                for rule in group["rules"]
            ],
        }
        for (_, name), group in state.groups.items()
    ]
    return Answer(200, {"status": "success", "data": {"groups": groups}})


ROUTES: dict[tuple[str, str], Callable[..., Answer]] = {
    ("GET", "/health"): health,
    ("GET", "/plugins/{id}/settings"): plugin,
    ("GET", "/access-control/user/permissions"): permissions,
    ("GET", "/prometheus/grafana/api/v1/rules"): rule_states,
    ("GET", "/datasources/uid/{uid}"): get_datasource,
    ("POST", "/datasources"): add_datasource,
    ("PUT", "/datasources/uid/{uid}"): put_datasource,
    ("GET", "/datasources/uid/{uid}/health"): datasource_health,
    ("GET", "/folders/{folder_uid}"): get_folder,
    ("POST", "/folders"): add_folder,
    ("PUT", "/folders/{folder_uid}"): put_folder,
    ("GET", "/dashboards/uid/{uid}"): get_board,
    ("POST", "/dashboards/db"): save_board,
    ("GET", f"{PROVISIONING}/templates"): get_templates,
    ("PUT", f"{PROVISIONING}/templates/{{name}}"): put_template,
    ("GET", f"{PROVISIONING}/contact-points"): get_contacts,
    ("POST", f"{PROVISIONING}/contact-points"): add_contact,
    ("PUT", f"{PROVISIONING}/contact-points/{{UID}}"): put_contact,
    ("DELETE", f"{PROVISIONING}/contact-points/{{UID}}"): delete_contact,
    ("GET", f"{PROVISIONING}/mute-timings"): get_mutes,
    ("POST", f"{PROVISIONING}/mute-timings"): add_mute,
    ("PUT", f"{PROVISIONING}/mute-timings/{{name}}"): put_mute,
    ("DELETE", f"{PROVISIONING}/mute-timings/{{name}}"): delete_mute,
    ("GET", f"{PROVISIONING}/policies"): get_policies,
    ("PUT", f"{PROVISIONING}/policies"): put_policies,
    ("GET", f"{PROVISIONING}/alert-rules"): get_rules,
    ("GET", f"{PROVISIONING}/folder/{{FolderUID}}/rule-groups/{{Group}}"): get_group,
    ("PUT", f"{PROVISIONING}/folder/{{FolderUID}}/rule-groups/{{Group}}"): put_group,
    ("DELETE", f"{PROVISIONING}/folder/{{FolderUID}}/rule-groups/{{Group}}"): delete_group,
}
UNPUBLISHED = {"/plugins/{id}/settings", "/access-control/user/permissions", "/prometheus/grafana/api/v1/rules"}
