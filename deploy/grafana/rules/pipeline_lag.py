"""Pipeline lag: posts take too long from the connector's hand to their row in ClickHouse.

Of what was stored within the last quarter of an hour, so that rows still on their way change nothing; nine in ten must
keep within `grafana.lag_limit`. What was written more than two days ago is history that is loaded, and not looked at.
"""

from collections.abc import Iterator

from deploy.grafana.rules.base import Panel, Rule, number
from deploy.grafana.said import Said
from schemas.settings import Settings

_LEAST_POSTS = 5
_WINDOW_S = 900


def rules(settings: Settings) -> Iterator[Rule]:
    """One, whatever the settings."""
    limit = float(settings.grafana.lag_limit)
    took = "{{ humanizeDuration $values.A.Value }}"
    yield Rule(
        uid="vigie-pipeline-lag",
        kind="pipeline_lag",
        title=Said(en="Pipeline lag", fr="Retard de la chaîne"),
        sql=_sql(),
        period_s=_WINDOW_S,
        bad_when="gt",
        bound=limit,
        good_bound=limit / 2,
        severity="warning",
        panel=Panel(board="pipeline", number=6),
        summary=Said(
            en=f"All brands, all networks: posts reach the boards {took} after they were read",
            fr=f"Toutes marques, tous réseaux : les messages arrivent sur les tableaux {took} après leur lecture",
        ),
        description=Said(
            en=f"One in ten took longer, of those stored within a quarter of an hour; {number(limit)} s is the limit. "
            "Every figure is as old as that.",
            fr=f"Un sur dix a mis plus longtemps, sur le dernier quart d'heure ; la limite est {number(limit)} s. "
            "Tous les chiffres ont cet âge.",
        ),
    )


def _sql() -> str:
    return f"""
SELECT 'all' AS brand, 'all' AS network,
    if(count() >= {_LEAST_POSTS},
        quantileExact(0.9)(greatest(0, date_diff('millisecond', published_at, stored_at) / 1000)), 0) AS seconds
FROM events
WHERE created_at > $__fromTime - INTERVAL 2 DAY AND stored_at > $__fromTime AND stored_at <= $__toTime""".strip()
