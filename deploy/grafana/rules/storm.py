"""Storm: many more unhappy posts than the same hours usually bring.

As streams/storm.py reckons it: on square roots, where chance spreads alike at every size, against the median of the
same hours of seven days, or of the same weekday of four weeks where that is more. With less than three days of history
this rule says nothing, while `vigie worker watch` then compares with the last day.
"""

from collections.abc import Iterator

from deploy.grafana.rules.base import (
    COUNT,
    OF_ANY_BRAND,
    ON_ANY_NETWORK,
    Panel,
    Rule,
    by_day,
    named,
    number,
    on_day,
    scope,
    severity,
    spoken_span,
    uid,
    watches,
)
from deploy.grafana.said import Said
from schemas.settings import Settings
from schemas.watch import Watch, usual
from streams.storm import MIN_DAYS, MIN_WEEKS, SPREADS

_MEDIAN = "arrayReduce('quantileExactInclusive(0.5)', {})"
_FOUR_FIFTHS = 1.2816  # standard deviations, within which four fifths of what chance brings lie


def rules(settings: Settings) -> Iterator[Rule]:
    """One for each watch of this kind."""
    for watch in watches(settings, "storm"):
        yield _rule(settings, watch)


def _rule(settings: Settings, watch: Watch) -> Rule:
    figures, span = usual(watch), spoken_span(usual(watch).window_s)
    return Rule(
        uid=uid(watch),
        kind="storm",
        title=named(Said(en="Storm", fr="Tempête"), watch, "storm", settings),
        sql=_sql(settings, watch),
        period_s=29 * 86_400,
        bad_when="gt",
        bound=0,
        good_bound=0.5,
        lasts_s=60,
        keeps_s=900,
        severity=severity(watch, "critical"),
        panel=Panel(board="voice", number=9),
        summary=Said(
            en=f"{OF_ANY_BRAND.en}, {ON_ANY_NETWORK.en}: a storm, {COUNT} unhappy posts within "
            f"{span} or its last quarter",
            fr=f"{OF_ANY_BRAND.fr}, {ON_ANY_NETWORK.fr} : tempête, {COUNT} messages mécontents en "
            f"{span}, ou dans son dernier quart",
        ),
        description=Said(
            en=f"More than {number(figures.limit)} times what the same hours bring, beyond chance, and "
            f"{figures.min_sample} at least.",
            fr=f"Plus de {number(figures.limit)} fois ce que ces heures apportent, au-delà du hasard, et au moins "
            f"{figures.min_sample}.",
        ),
    )


def _sql(settings: Settings, watch: Watch) -> str:
    about, figures = scope(settings, watch), usual(watch)
    spans = f"[{round(figures.window_s)}, {round(figures.window_s / 4)}]"
    roots = "arrayMap(day -> 2 * sqrt({} + 0.375), {})"
    days = roots.format(on_day("day"), "range(1, 1 + least(7, known))")
    weeks = roots.format(on_day("7 * day"), "range(1, 1 + least(4, intDiv(known, 7)))")
    far_days = f"arrayMap(root -> abs(root - {_MEDIAN.format('days')}), days)"
    far_weeks = f"arrayMap(root -> abs(root - {_MEDIAN.format('weeks')}), weeks)"
    of_weeks = f"length(weeks) >= {MIN_WEEKS}"
    negative = "author_role = 'customer' AND sentiment = 'negative' AND NOT is_spam"
    return f"""
SELECT scope_brand AS brand, scope_network AS network, max(storm) AS posts
FROM
(
    SELECT scope_brand, scope_network,
        {days} AS days,
        {weeks} AS weeks,
        {_MEDIAN.format("days")} AS usual_day,
        if({of_weeks}, greatest(usual_day, {_MEDIAN.format("weeks")}), usual_day) AS center,
        arraySort(if({of_weeks}, arrayConcat({far_days}, {far_weeks}), {far_days})) AS far,
        greatest(1, far[toUInt32(ceil(0.8 * length(far)))] / {_FOUR_FIFTHS}) AS spread,
        {on_day("0")} AS came,
        greatest({figures.min_sample}, ceil({number(figures.limit)} * greatest(0, pow(center / 2, 2) - 0.375)),
            ceil(pow((center + {SPREADS} * spread) / 2, 2) - 0.375)) AS least_of_a_storm,
        if(known >= {MIN_DAYS} AND came >= least_of_a_storm, came, 0) AS storm
    FROM
    (
{by_day(about, spans, f"countIf({negative})")}
    )
)
GROUP BY brand, network
ORDER BY brand, network""".strip()
