"""Share within target: of the promises whose time came within the window, too few were kept.

A promise is kept at the answer and broken at the instant it is due, as `vigie worker watch` counts it, so one that is
overdue and open counts as broken.
"""

from collections.abc import Iterator

from deploy.grafana.rules.base import (
    OF_ANY_BRAND,
    ON_ANY_NETWORK,
    SINCE,
    UNTIL,
    Panel,
    Rule,
    named,
    scope,
    severity,
    spoken_span,
    uid,
    watches,
)
from deploy.grafana.said import Said
from schemas.settings import Settings
from schemas.watch import Watch, usual

_RECOVERED = 0.05  # as the watch does it: so much above the floor before all is well


def rules(settings: Settings) -> Iterator[Rule]:
    """One for each watch of this kind."""
    for watch in watches(settings, "share_within_target"):
        yield _rule(settings, watch)


def _rule(settings: Settings, watch: Watch) -> Rule:
    figures, span = usual(watch), spoken_span(usual(watch).window_s)
    floor = f"{figures.floor * 100:.0f}"
    return Rule(
        uid=uid(watch),
        kind="share_within_target",
        title=named(Said(en="Share within target", fr="Part dans les délais"), watch, "share_within_target", settings),
        sql=_sql(settings, watch),
        period_s=round(figures.window_s),
        bad_when="lt",
        bound=figures.floor,
        good_bound=min(0.999, figures.floor + _RECOVERED),
        severity=severity(watch, "warning"),
        panel=Panel(board="leadership", number=4),
        summary=Said(
            en=f"{OF_ANY_BRAND.en}, {ON_ANY_NETWORK.en}: only {{{{ humanizePercentage $values.A.Value }}}} of "
            f"customers were answered in time within {span}",
            fr=f"{OF_ANY_BRAND.fr}, {ON_ANY_NETWORK.fr} : seulement {{{{ humanizePercentage $values.A.Value }}}} des "
            f"clients ont eu leur réponse à temps en {span}",
        ),
        description=Said(
            en=f"At least {floor}% should be. Of fewer than {figures.min_sample} promises nothing is said.",
            fr=f"Il en faut au moins {floor} %. En dessous de {figures.min_sample} promesses, rien n'est dit.",
        ),
    )


def _sql(settings: Settings, watch: Watch) -> str:
    about, figures = scope(settings, watch), usual(watch)
    return f"""
SELECT scope_brand AS brand, scope_network AS network,
    if(sum(decided) >= {figures.min_sample}, sum(kept) / sum(decided), 1) AS share
FROM
(
    {about.always.format(", 0 AS kept, 0 AS decided")}
    UNION ALL
    SELECT {about.columns}, toUInt8(assumeNotNull(within_target)) AS kept, 1 AS decided
    FROM response_turns_between(since = {SINCE}, until = {UNTIL})
    WHERE state != 'quiet' AND within_target IS NOT NULL{about.where}
      AND if(within_target, answered_at, due_at) > $__fromTime AND if(within_target, answered_at, due_at) <= $__toTime
)
GROUP BY brand, network
ORDER BY brand, network""".strip()
