"""rendered(board): the JSON of Grafana's classic dashboard format, in one language. Pure."""

from collections.abc import Sequence
from typing import Any

from deploy.grafana.annotations import annotations
from deploy.grafana.datasource import reference, target
from deploy.grafana.house import House
from deploy.grafana.panels import Board, Lines, Panel, Section
from deploy.grafana.said import Language, Said, spoken
from deploy.grafana.shapes import drawn, override
from deploy.grafana.variables import variable

SCHEMA_VERSION = 42  # the last of this format
COLUMNS = 24
TAG = "vigie"
_FIRST_SECTION = 1000  # ids of section headings, clear of those of panels
_REFRESH = "30s"
_REFRESHES = ("5s", "30s", "1m", "5m", "15m", "1h")
_POINTS = 100  # in a series: as many as a phone can show


def uid(name: str, language: Language) -> str:
    """The id of a board's edition in a language."""
    return f"vigie-{name}" + ("" if language == "en" else f"-{language}")


def rendered(
    name: str, board: Board, language: Language, *, house: House, others: Sequence[tuple[str, Said]]
) -> dict[str, Any]:
    """The board as Grafana imports and stores it.

    Args:
        others: name and title of every board, in the order of the links between them.
    """
    tree = {
        "uid": uid(name, language),
        "title": board.title,
        "description": board.about,
        "tags": [TAG, f"{TAG}-{language}"],
        "timezone": "browser",
        "editable": True,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        "weekStart": "",
        "liveNow": False,
        "preload": False,
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "refresh": _REFRESH,
        "time": {"from": board.since, "to": "now"},
        "timepicker": {"refresh_intervals": list(_REFRESHES), "quick_ranges": _RANGES},
        "templating": {"list": [variable(one, language) for one in board.variables]},
        "annotations": {"list": annotations(board.marks, house)},
        "links": [_link(other, title, language) for other, title in others if other != name],
        "panels": _placed(board.sections, language),
    }
    plain: dict[str, Any] = spoken(tree, language)
    return plain


def _range(since: str, en: str, fr: str) -> dict[str, Any]:
    return {"from": since, "to": "now", "display": Said(en=en, fr=fr)}


_RANGES = [
    _range("now-1h", "Last hour", "Dernière heure"),
    _range("now/d", "Today", "Aujourd'hui"),
    _range("now-24h", "Last 24 hours", "Dernières 24 heures"),
    _range("now-7d", "Last 7 days", "7 derniers jours"),
    _range("now-30d", "Last 30 days", "30 derniers jours"),
    _range("now-90d", "Last 90 days", "90 derniers jours"),
    _range("now-1y", "Last 12 months", "12 derniers mois"),
    _range("now-2y", "Last two years", "Deux dernières années"),
]


def _link(name: str, title: Said, language: Language) -> dict[str, Any]:
    return {
        "title": title,
        "type": "link",
        "icon": "dashboard",
        "tooltip": "",
        "url": f"/d/{uid(name, language)}",
        "tags": [],
        "asDropdown": False,
        "targetBlank": False,
        "includeVars": True,
        "keepTime": True,
    }


def _placed(sections: Sequence[Section], language: Language) -> list[dict[str, Any]]:
    """Headings and panels from the top, left to right while there is room: a phone stacks them in this order."""
    placed: list[dict[str, Any]] = []
    y = 0
    for number, section in enumerate(sections):
        placed.append(_heading(_FIRST_SECTION + number, section.title, y))
        y += 1
        x = tallest = 0
        for panel in section.panels:
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            placed.append(_panel(panel, language, x, y))
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
    return placed


def _heading(number: int, title: Said, y: int) -> dict[str, Any]:
    grid = {"h": 1, "w": COLUMNS, "x": 0, "y": y}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": grid}


def _panel(panel: Panel, language: Language, x: int, y: int) -> dict[str, Any]:
    shown = drawn(panel.shape)
    found: dict[str, Any] = {
        "id": panel.number,
        "type": shown.type,
        "title": panel.title,
        "gridPos": {"h": panel.height, "w": panel.width, "x": x, "y": y},
        "options": shown.options,
        "fieldConfig": {
            "defaults": shown.defaults,
            "overrides": [override(field, panel.shape) for field in panel.fields],
        },
    }
    if panel.about is not None:
        found["description"] = panel.about
    sql = panel.sql if isinstance(panel.sql, str) else panel.sql(language)
    asked = target(sql.strip(), series=isinstance(panel.shape, Lines))
    found |= {"datasource": reference(), "targets": [asked], "maxDataPoints": _POINTS}
    if isinstance(panel.shape, Lines):
        found["interval"] = panel.shape.step
    return found
