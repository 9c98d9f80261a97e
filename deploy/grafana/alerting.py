"""Alert rules as groups, as Grafana's interface takes them; files.py makes files of the same. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from deploy.grafana.datasource import UID as DATASOURCE
from deploy.grafana.datasource import target
from deploy.grafana.render import uid as board_uid
from deploy.grafana.rules.base import Rule
from deploy.grafana.said import LANGUAGES, Language, spoken
from schemas.grafana import Grafana

FOLDER_UID = "vigie-alerts"
OURS = "vigie"  # the label of every alert of ours, by which the notification policy knows them
OWN_UIDS = "vigie-"  # rules and contact points of ours begin so

_EXPRESSIONS = "__expr__"
_MOST_POINTS = 43_200
_OPPOSITE = {"gt": "lt", "lt": "gt"}


def groups(rules: Sequence[Rule], grafana: Grafana, language: Language) -> list[dict[str, Any]]:
    """The rules in groups: those that are asked equally often are one, and Grafana asks one group after the other."""
    return [
        {
            "title": _group(every_s),
            "folderUid": FOLDER_UID,
            "interval": every_s,
            "rules": [_rule(rule, grafana, language) for rule in rules if rule.every_s == every_s],
        }
        for every_s in sorted({rule.every_s for rule in rules})
    ]


def _group(every_s: int) -> str:
    return f"vigie every {duration(every_s)}"


def duration(seconds: float) -> str:
    """As Grafana writes it: 90 s are `1m30s`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count) or "0s"


def _rule(rule: Rule, grafana: Grafana, language: Language) -> dict[str, Any]:
    return {
        "uid": rule.uid,
        "orgID": 1,
        "folderUID": FOLDER_UID,
        "ruleGroup": _group(rule.every_s),
        "title": spoken(rule.title, language),
        "condition": "B",
        "data": [_query(rule), _threshold(rule)],
        "for": duration(rule.lasts_s),
        "keep_firing_for": duration(rule.keeps_s),
        "noDataState": rule.no_data,
        "execErrState": rule.failed,
        "isPaused": False,
        "labels": {OURS: "true", "severity": rule.severity, "rule": rule.kind},
        "annotations": _annotations(rule, grafana, language),
    }


def _query(rule: Rule) -> dict[str, Any]:
    model = {**target(rule.sql), "intervalMs": 60_000, "maxDataPoints": _MOST_POINTS}
    return _node("A", {"from": rule.period_s, "to": 0}, DATASOURCE, model)


def _threshold(rule: Rule) -> dict[str, Any]:
    model = {
        "refId": "B",
        "type": "threshold",
        "datasource": {"type": _EXPRESSIONS, "uid": _EXPRESSIONS},
        "expression": "A",
        "conditions": [
            {
                "evaluator": {"type": rule.bad_when, "params": [rule.bound]},
                "unloadEvaluator": {"type": _OPPOSITE[rule.bad_when], "params": [rule.good_bound]},
            }
        ],
        "intervalMs": 1000,
        "maxDataPoints": _MOST_POINTS,
    }
    return _node("B", {"from": 0, "to": 0}, _EXPRESSIONS, model)


def _node(ref: str, period: dict[str, int], source: str, model: dict[str, Any]) -> dict[str, Any]:
    return {"refId": ref, "queryType": "", "relativeTimeRange": period, "datasourceUid": source, "model": model}


def _annotations(rule: Rule, grafana: Grafana, language: Language) -> dict[str, str]:
    """Both languages, since the readers of one contact point may have another than those of the next."""
    of_each: Iterable[tuple[str, str]] = (
        (f"{part}_{other}", spoken(getattr(rule, part), other))
        for part in ("summary", "description")
        for other in LANGUAGES
    )
    found = dict(of_each)
    place = f"RUNBOOK.md#{rule.kind.replace('_', '-')}"
    page = grafana.runbook_url.split("#")[0]
    return {
        "summary": found[f"summary_{language}"],
        "description": found[f"description_{language}"],
        **found,
        **({"runbook_url": f"{page}#{rule.kind.replace('_', '-')}"} if page else {"runbook": f"deploy/{place}"}),
        "__dashboardUid__": board_uid(rule.panel.board, language),
        "__panelId__": str(rule.panel.number),
    }
