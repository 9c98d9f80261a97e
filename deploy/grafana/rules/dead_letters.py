"""Dead letters growing: within the last hour more inputs than usual could not be handled, at one stage of one network.

The figure that counts is the least number that lets a worker judge itself, `dead_letters.min_events`.
"""

from collections.abc import Iterator

from deploy.grafana.macros import literal
from deploy.grafana.rules.base import COUNT, Panel, Rule
from deploy.grafana.said import Said
from schemas.settings import Settings

_STAGES = ("connect", "enrich", "notify", "responses", "sink", "watch")
_WINDOW_S = 3600


def rules(settings: Settings) -> Iterator[Rule]:
    """One, whatever the settings."""
    limit = settings.dead_letters.min_events
    yield Rule(
        uid="vigie-dead-letters",
        kind="dead_letters",
        title=Said(en="Dead letters growing", fr="Lettres mortes en hausse"),
        sql=_sql(),
        period_s=_WINDOW_S,
        bad_when="gt",
        bound=limit,
        good_bound=limit / 2,
        keeps_s=900,
        severity="warning",
        panel=Panel(board="pipeline", number=10),
        summary=Said(
            en="{{ $labels.network }}, stage {{ $labels.stage }}: "
            + COUNT
            + " inputs of the last hour could not be handled",
            fr="{{ $labels.network }}, étape {{ $labels.stage }} : "
            + COUNT
            + " entrées de la dernière heure n'ont pas pu "
            "être traitées",
        ),
        description=Said(
            en=f"More than {limit} within an hour. They are kept whole and can be sent again; nothing is lost.",
            fr=f"Plus de {limit} en une heure. Conservées entières, elles peuvent être rejouées ; rien n'est perdu.",
        ),
    )


def _sql() -> str:
    stages = ", ".join(map(literal, _STAGES))
    return f"""
SELECT 'all' AS brand, of_network AS network, at_stage AS stage, sum(failed) AS letters
FROM
(
    SELECT 'all' AS of_network, arrayJoin([{stages}]) AS at_stage, 0 AS failed
    UNION ALL
    SELECT if(dead_letters.network = '', 'unknown', toString(dead_letters.network)) AS of_network,
        toString(dead_letters.stage) AS at_stage, 1 AS failed
    FROM dead_letters
    WHERE failed_at > $__fromTime AND failed_at <= $__toTime
)
GROUP BY network, stage
ORDER BY network, stage""".strip()
