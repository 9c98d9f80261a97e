"""No data: nothing has been stored for a while in which something should have been, or for `grafana.no_data_after`.

Something should have been when that stretch brought enough posts on each of the last seven days. The one rule that
speaks when there is no row, as in a store that is empty, and when ClickHouse does not answer.
"""

from collections.abc import Iterator

from deploy.grafana.rules.base import Panel, Rule, number
from deploy.grafana.said import Said
from schemas.settings import Settings
from schemas.watch import USUAL

_DAYS = 9
_DAY_S = 86_400


def rules(settings: Settings) -> Iterator[Rule]:
    """One, whatever the settings."""
    always, enough = float(settings.grafana.no_data_after), USUAL["silence"].limit
    yield Rule(
        uid="vigie-no-data",
        kind="no_data",
        title=Said(en="No data", fr="Plus de données"),
        sql=_sql(always, enough),
        period_s=_DAYS * _DAY_S,
        bad_when="gt",
        bound=0,
        good_bound=0.5,
        severity="critical",
        panel=Panel(board="pipeline", number=4),
        no_data="Alerting",
        failed="Alerting",
        summary=Said(
            en="All brands, all networks: the boards stand still"
            "{{ if gt $values.A.Value 0.0 }}, nothing stored for {{ humanizeDuration $values.A.Value }}{{ end }}",
            fr="Toutes marques, tous réseaux : les tableaux sont figés"
            "{{ if gt $values.A.Value 0.0 }}, rien d'enregistré depuis {{ humanizeDuration $values.A.Value }}{{ end }}",
        ),
        description=Said(
            en=f"At least {number(enough)} posts came at these hours on each of the last 7 days, or it is longer than "
            f"{number(always / 3600)} h, or ClickHouse does not answer.",
            fr=f"Au moins {number(enough)} messages arrivaient à ces heures chacun des 7 derniers jours, ou cela dure "
            f"depuis plus de {number(always / 3600)} h, ou ClickHouse ne répond pas.",
        ),
    )


def _sql(always_s: float, enough: float) -> str:
    on_each_day = ", ".join(f"countIf(age >= {day * _DAY_S} AND age < {day * _DAY_S} + silent)" for day in range(1, 8))
    return f"""
SELECT 'all' AS brand, 'all' AS network,
    if(silent >= {number(always_s)} OR arrayMin([{on_each_day}]) >= {number(enough)}, silent, 0) AS seconds
FROM
(
    SELECT date_diff('second', created_at, $__toTime) AS age,
        assumeNotNull((
            SELECT greatest(0, date_diff('second', max(stored_at), $__toTime))
            FROM event_findings
            WHERE created_at > $__fromTime
        )) AS silent
    FROM event_findings
    WHERE created_at > $__fromTime
)
GROUP BY silent""".strip()
