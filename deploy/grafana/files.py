"""The same things as files for Grafana's own provisioning: data source, boards and their provider, alerting.

`provisioning/` is mounted at /etc/grafana/provisioning and `dashboards/` at /var/lib/grafana/dashboards. Secrets are
names of variables of Grafana's environment. What Grafana reads in as text with variables has its dollars doubled; the
queries and the annotations of rules it does not read so, and there `$labels` and the macros stand as they are.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from deploy.grafana.wanted import Wanted, wanted
from schemas.settings import Settings

COMMITTED = Path("deploy/grafana/provisioning")
BOARDS_AT = "/var/lib/grafana/dashboards"

_HEADS = {
    "datasources": "Needs VIGIE_GRAFANA__CLICKHOUSE_PASSWORD in the environment of Grafana.",
    "dashboards": f"The boards are the files in {BOARDS_AT}.",
    "contact-points": "Addresses come from the environment of Grafana, as VIGIE_GRAFANA__ADDRESSES__NAME.",
    "policies": "Takes the place of all notification policies there are; `vigie boards push` keeps those of others.",
    "mute-timings": "Dates reach a year ahead: export again before that.",
}


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # no type information upstream
    """Texts of several lines as blocks, without aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def files(asked: Wanted) -> dict[str, str]:
    """Every file by its place; `asked` is made with `for_files`."""
    source = {**asked.datasource, "orgId": 1, "isDefault": False, "editable": False}
    folder, alerts = asked.folders
    provider = {
        "name": "vigie",
        "orgId": 1,
        "folder": folder.title,
        "folderUid": folder.uid,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 30,
        "options": {"path": BOARDS_AT, "foldersFromFilesStructure": False},
    }
    found = {
        "provisioning/datasources/vigie.yaml": _yaml("datasources", {"datasources": [source]}),
        "provisioning/dashboards/vigie.yaml": _yaml("dashboards", {"providers": [provider]}),
        "provisioning/alerting/vigie-rules.yaml": _yaml("", {"groups": _groups(asked.groups, alerts.title)}),
        "provisioning/alerting/vigie-templates.yaml": _yaml("", {"templates": _templates(asked.templates)}),
    }
    if asked.policy:
        for name, section, held in (
            ("contact-points", "contactPoints", _contacts(asked.contacts)),
            ("policies", "policies", [_tree(asked.policy)]),
            ("mute-timings", "muteTimes", [{"orgId": 1, **timing} for timing in asked.mutes]),
        ):
            if held:
                found[f"provisioning/alerting/vigie-{name}.yaml"] = _yaml(name, {section: held})
    for board in asked.boards:
        found[f"dashboards/{board['uid']}.json"] = json.dumps(board, ensure_ascii=False, indent=2) + "\n"
    return found


def _yaml(head: str, tree: Mapping[str, Any]) -> str:
    said = f"# {_HEADS[head]}\n" if head in _HEADS else ""
    text = yaml.dump({"apiVersion": 1, **tree}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return f"# Made by `vigie boards export`.\n{said}{text}"


def _doubled(tree: Any) -> Any:
    """With every dollar twice, which Grafana reads as one."""
    if isinstance(tree, str):
        return tree.replace("$", "$$")
    if isinstance(tree, Mapping):
        return {key: _doubled(value) for key, value in tree.items()}
    return [_doubled(value) for value in tree] if isinstance(tree, list) else tree


def _groups(groups: Sequence[Mapping[str, Any]], folder: str) -> list[dict[str, Any]]:
    return [
        {
            "orgId": 1,
            "name": group["title"],
            "folder": folder,
            "interval": f"{group['interval']}s",
            "rules": [_rule(rule) for rule in group["rules"]],
        }
        for group in groups
    ]


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    annotations = dict(rule["annotations"])
    return {
        "uid": rule["uid"],
        "title": _doubled(rule["title"]),
        "condition": rule["condition"],
        "for": rule["for"],
        "keepFiringFor": rule["keep_firing_for"],
        "noDataState": rule["noDataState"],
        "execErrState": rule["execErrState"],
        "labels": _doubled(rule["labels"]),
        "dashboardUid": annotations.pop("__dashboardUid__"),
        "panelId": int(annotations.pop("__panelId__")),
        "annotations": annotations,
        "data": rule["data"],
    }


def _templates(templates: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"orgId": 1, "name": name, "template": _doubled(text)} for name, text in templates.items()]


def _contacts(contacts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """No dollar is doubled here: the only ones are those of the variables."""
    return [
        {
            "orgId": 1,
            "name": contact["name"],
            "receivers": [{key: value for key, value in contact.items() if key != "name"}],
        }
        for contact in contacts
    ]


def _tree(branch: Mapping[str, Any]) -> dict[str, Any]:
    """A whole tree around our branch: what is not ours goes to the same people."""
    return {"orgId": 1, "receiver": branch["receiver"], "group_by": branch["group_by"], "routes": [_doubled(branch)]}


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Make the folder hold these files; of ours, those that are no longer among them are taken away."""
    for stale in (*folder.glob("provisioning/*/vigie*.yaml"), *folder.glob("dashboards/vigie-*.json")):
        if stale.relative_to(folder).as_posix() not in texts:
            stale.unlink()
    for place, text in texts.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")


def committed() -> dict[str, str]:
    """What lies in deploy/grafana/provisioning, of the default settings. The boards lie in deploy/grafana/json."""
    texts = files(wanted(Settings(), {}, today=datetime.now(UTC).date(), for_files=True))
    return {place: text for place, text in texts.items() if place.startswith("provisioning/")}


if __name__ == "__main__":
    write(COMMITTED.parent, committed())
