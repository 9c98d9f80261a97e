"""Silence: a network sends nothing, although the same hours of earlier days brought enough to tell.

As `vigie worker watch` reckons it: for each of seven spans from half an hour to a day in which nothing came, what the
same hours brought at least: the lower of the middle of seven days and of the same weekday of four weeks, or as long as
only one week is known, the least of the days. So a quiet night, and a Sunday, are no silence.
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
    uid,
    watches,
)
from deploy.grafana.said import Said
from schemas.settings import Settings
from schemas.watch import Watch, usual
from streams.storm import MIN_WEEKS
from streams.windows import SILENCES_S

_LEAST_DAYS = 2
_LOWER_MIDDLE = "arraySort({0})[intDiv(length({0}) + 1, 2)]"


def rules(settings: Settings) -> Iterator[Rule]:
    """One for each watch of this kind."""
    for watch in watches(settings, "silence"):
        yield _rule(settings, watch)


def _rule(settings: Settings, watch: Watch) -> Rule:
    limit = usual(watch).limit
    return Rule(
        uid=uid(watch),
        kind="silence",
        title=named(Said(en="Silence", fr="Silence"), watch, "silence", settings),
        sql=_sql(settings, watch),
        period_s=29 * 86_400,
        bad_when="gt",
        bound=limit - 0.5,
        good_bound=0.5,
        every_s=300,
        lasts_s=600,
        keeps_s=300,
        severity=severity(watch, "warning"),
        panel=Panel(board="pipeline", number=5),
        summary=Said(
            en=f"{ON_ANY_NETWORK.en}, {OF_ANY_BRAND.en}: nothing comes any more, where {COUNT} posts should have come",
            fr=f"{ON_ANY_NETWORK.fr}, {OF_ANY_BRAND.fr} : plus rien n'arrive, alors que {COUNT} "
            "messages étaient attendus",
        ),
        description=Said(
            en=f"It is a silence when at least {number(limit)} are missing. The connector may have lost its access.",
            fr=f"C'est un silence s'il en manque au moins {number(limit)}. Le connecteur a peut-être perdu son accès.",
        ),
    )


def _sql(settings: Settings, watch: Watch) -> str:
    about, limit = scope(settings, watch), usual(watch).limit
    spans = f"[{', '.join(str(round(span)) for span in SILENCES_S)}]"
    days = f"arrayMap(day -> {on_day('day')}, range(1, 1 + least(7, known)))"
    weeks = f"arrayMap(day -> {on_day('7 * day')}, range(1, 1 + least(4, intDiv(known, 7))))"
    return f"""
SELECT scope_brand AS brand, scope_network AS network, if(max(missing) >= {number(limit)}, max(missing), 0) AS posts
FROM
(
    SELECT scope_brand, scope_network, {days} AS days, {weeks} AS weeks,
        multiIf({on_day("0")} > 0 OR known < {_LEAST_DAYS}, 0, length(weeks) < {MIN_WEEKS}, arrayMin(days),
            least({_LOWER_MIDDLE.format("days")}, {_LOWER_MIDDLE.format("weeks")})) AS missing
    FROM
    (
{by_day(about, spans, "count()")}
    )
)
GROUP BY brand, network
ORDER BY brand, network""".strip()
