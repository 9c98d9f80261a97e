"""Workers: some of an agent are silent, stuck or stopped themselves, and no other took their place.

As the view `workers` says, which leaves out who was told to stop. When the sink itself is down no word comes through,
and every agent is silent: that too is an alert, since ClickHouse counts the silence by its own clock.
"""

from collections.abc import Iterator

from deploy.grafana.macros import literal
from deploy.grafana.rules.base import COUNT, Panel, Rule
from deploy.grafana.said import Said
from schemas.settings import Settings
from streams.worker import AGENTS

_WINDOW_S = 900


def rules(settings: Settings) -> Iterator[Rule]:
    """One, whatever the settings."""
    yield Rule(
        uid="vigie-workers",
        kind="workers",
        title=Said(en="Workers", fr="Processus"),
        sql=_sql(),
        period_s=_WINDOW_S,
        bad_when="gt",
        bound=0.5,
        good_bound=0.5,
        lasts_s=120,
        keeps_s=120,
        severity="critical",
        panel=Panel(board="pipeline", number=15),
        summary=Said(
            en="All brands, all networks: " + COUNT + " workers of {{ $labels.agent }} are silent, stuck or stopped",
            fr="Toutes marques, tous réseaux : " + COUNT + " processus « {{ $labels.agent }} » silencieux, bloqués "
            "ou arrêtés",
        ),
        description=Said(
            en="Nothing is lost, but it is late. `vigie doctor` says which, why, and what to do.",
            fr="Rien n'est perdu, mais tout prend du retard. `vigie doctor` dit lesquels, pourquoi et que faire.",
        ),
    )


def _sql() -> str:
    agents = ", ".join(map(literal, AGENTS))
    return f"""
SELECT 'all' AS brand, 'all' AS network, of_agent AS agent, sum(is_bad) AS workers
FROM
(
    SELECT arrayJoin([{agents}]) AS of_agent, 0 AS is_bad
    UNION ALL
    SELECT toString(workers.agent) AS of_agent, toUInt8(workers.state IN ('silent', 'stalled', 'failed')) AS is_bad
    FROM workers
)
GROUP BY agent
ORDER BY agent""".strip()
