"""What is marked in every drawing: promises broken for long, and storms. Pure."""

from collections.abc import Sequence
from typing import Any

from deploy.grafana import looks, sources, terms
from deploy.grafana.datasource import reference, target
from deploy.grafana.house import House
from deploy.grafana.macros import literal
from deploy.grafana.said import Said

_MOST = 40  # newest; more would hide the drawing

_NETWORK = terms.in_sql("network", terms.NETWORK_NAMES, "en")  # names of networks are the same in every language

_ESCALATIONS = f"""
SELECT time, text FROM
(
    SELECT fired_at AS time, concat(if(customer_handle = '', '–', customer_handle), ' · ', {_NETWORK}) AS text
    FROM alerts
    WHERE $__timeFilter(fired_at) AND level = 'escalation' AND step <= 1 AND {sources.OF_BRAND} AND {sources.OF_NETWORK}
    ORDER BY fired_at DESC
    LIMIT {_MOST}
)
ORDER BY time
"""

_STORMS = """
SELECT time, timeEnd, text FROM
(
    SELECT fired_at AS time, coalesce(resolved_at, now64(3, 'UTC')) AS timeEnd, explanation AS text
    FROM alerts
    WHERE $__timeFilter(fired_at) AND level = 'watch' AND watch IN ({storms})
    ORDER BY fired_at DESC
    LIMIT {most}
)
ORDER BY time
"""


def annotations(marks: Sequence[str], house: House) -> list[dict[str, Any]]:
    """Grafana's own first, which it wants kept, then ours.

    Args:
        marks: of `escalations` and `storms` those that the board shows.
    """
    storms = ", ".join(literal(name) for name in house.storms) or "''"
    ours = {
        "escalations": _ours(Said(en="Escalations", fr="Escalades"), looks.FAIR, _ESCALATIONS),
        "storms": _ours(Said(en="Storms", fr="Tempêtes"), looks.BAD, _STORMS.format(storms=storms, most=_MOST)),
    }
    grafanas_own = {
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "hide": True,
        "iconColor": "rgba(0, 211, 255, 1)",
        "name": "Annotations & Alerts",
        "type": "dashboard",
    }
    return [grafanas_own, *(ours[mark] for mark in marks)]


def _ours(name: Said, color: str, sql: str) -> dict[str, Any]:
    return {
        "name": name,
        "datasource": reference(),
        "enable": True,
        "hide": False,
        "iconColor": color,
        "target": target(sql.strip(), ref="annotation"),
    }
