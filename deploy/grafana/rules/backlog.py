"""Backlog past target, a rule for each priority: too many customers of it wait for longer than was promised.

The limit of the watch holds for normal and low. Of the urgent a tenth of it is too many, of the high two fifths.
"""

from collections.abc import Iterator
from math import floor

from deploy.grafana.macros import literal
from deploy.grafana.rules.base import (
    COUNT,
    OF_ANY_BRAND,
    ON_ANY_NETWORK,
    Panel,
    Rule,
    named,
    number,
    scope,
    severity,
    spoken_span,
    uid,
    watches,
)
from deploy.grafana.said import Said
from schemas.grafana import Severity
from schemas.policy import Priority
from schemas.settings import Settings
from schemas.watch import Watch, usual

_SHARES: dict[Priority, float] = {"urgent": 0.1, "high": 0.4, "normal": 1.0, "low": 1.0}
_SEVERITIES: dict[Priority, Severity] = {
    "urgent": "critical",
    "high": "critical",
    "normal": "warning",
    "low": "warning",
}
_NAMES: dict[Priority, Said] = {
    "urgent": Said(en="urgent", fr="urgente"),
    "high": Said(en="high", fr="haute"),
    "normal": Said(en="normal", fr="normale"),
    "low": Said(en="low", fr="basse"),
}
_RECOVERED = 0.9


def rules(settings: Settings) -> Iterator[Rule]:
    """One for each priority and watch of this kind."""
    for watch in watches(settings, "backlog"):
        for priority in _SHARES:
            yield _rule(settings, watch, priority)


def _rule(settings: Settings, watch: Watch, priority: Priority) -> Rule:
    figures, name = usual(watch), _NAMES[priority]
    limit = floor(figures.limit * _SHARES[priority])
    title = named(Said(en="Backlog past target", fr="File d'attente hors délai"), watch, "backlog", settings)
    return Rule(
        uid=uid(watch, priority),
        kind="backlog",
        title=Said(en=f"{title.en}, priority {name.en}", fr=f"{title.fr}, priorité {name.fr}"),
        sql=_sql(settings, watch, priority),
        period_s=round(figures.window_s),
        bad_when="gt",
        bound=limit,
        good_bound=floor(_RECOVERED * limit) + 0.5 if limit else 0.5,
        lasts_s=600,
        severity=severity(watch, _SEVERITIES[priority]),
        panel=Panel(board="leadership", number=6),
        summary=Said(
            en=f"{OF_ANY_BRAND.en}, {ON_ANY_NETWORK.en}: {COUNT} customers of priority {name.en} "
            "wait for longer than promised",
            fr=f"{OF_ANY_BRAND.fr}, {ON_ANY_NETWORK.fr} : {COUNT} clients de priorité {name.fr} "
            "attendent au-delà du délai promis",
        ),
        description=Said(
            en=f"At most {number(limit)} of those who wrote within {spoken_span(figures.window_s)} should.",
            fr=f"Au plus {number(limit)} parmi ceux qui ont écrit depuis {spoken_span(figures.window_s)}.",
        ),
    )


def _sql(settings: Settings, watch: Watch, priority: Priority) -> str:
    about = scope(settings, watch)
    return f"""
SELECT scope_brand AS brand, scope_network AS network, {literal(priority)} AS priority, sum(late) AS customers
FROM
(
    {about.always.format(", 0 AS late")}
    UNION ALL
    SELECT {about.columns}, 1 AS late
    FROM waiting_customers
    WHERE outcome = 'waiting_late' AND waiting_since > $__fromTime{about.where}
      AND waiting_customers.priority = {literal(priority)}
)
GROUP BY brand, network
ORDER BY brand, network""".strip()
