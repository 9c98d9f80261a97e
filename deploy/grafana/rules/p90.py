"""p90 over target: the slowest tenth waits for too many times what was promised.

Counted are answers within the window and who became overdue in it and waits still, with the wait so far, as
`vigie worker watch` counts them; in open hours where the promise has a calendar.
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
    number,
    scope,
    severity,
    spoken_span,
    uid,
    watches,
)
from deploy.grafana.said import Said
from schemas.settings import Settings
from schemas.watch import Watch, usual

_RECOVERED = 0.9  # of the limit


def rules(settings: Settings) -> Iterator[Rule]:
    """One for each watch of this kind."""
    for watch in watches(settings, "p90"):
        yield _rule(settings, watch)


def _rule(settings: Settings, watch: Watch) -> Rule:
    figures, span = usual(watch), spoken_span(usual(watch).window_s)
    times = '{{ printf "%.1f" $values.A.Value }}'
    return Rule(
        uid=uid(watch),
        kind="p90",
        title=named(Said(en="p90 over target", fr="p90 au-delà de la cible"), watch, "p90", settings),
        sql=_sql(settings, watch),
        period_s=round(figures.window_s),
        bad_when="gt",
        bound=figures.limit,
        good_bound=_RECOVERED * figures.limit,
        severity=severity(watch, "warning"),
        panel=Panel(board="response-times", number=4),
        summary=Said(
            en=f"{OF_ANY_BRAND.en}, {ON_ANY_NETWORK.en}: the slowest tenth waits {times} times what was promised",
            fr=f"{OF_ANY_BRAND.fr}, {ON_ANY_NETWORK.fr} : le dixième le plus lent attend {times} fois le délai promis",
        ),
        description=Said(
            en=f"At most {number(figures.limit)} times, over {span}. Of fewer than {figures.min_sample} waits "
            "nothing is said.",
            fr=f"Au plus {number(figures.limit)} fois, sur {span}. En dessous de {figures.min_sample} attentes, "
            "rien n'est dit.",
        ),
    )


def _sql(settings: Settings, watch: Watch) -> str:
    about, figures = scope(settings, watch), usual(watch)
    return f"""
SELECT scope_brand AS brand, scope_network AS network,
    if(count(times) >= {figures.min_sample},
        arraySort(groupArray(times))[toUInt32(greatest(1, ceil(0.9 * count(times))))], 0) AS times_of_promise
FROM
(
    {about.always.format(", CAST(NULL, 'Nullable(Float64)') AS times")}
    UNION ALL
    SELECT {about.columns}, if(answered_at IS NOT NULL, coalesce(waited_business_seconds, waited_seconds),
        target_seconds + greatest(0, date_diff('second', due_at, $__toTime))) / target_seconds AS times
    FROM response_turns_between(since = {SINCE}, until = {UNTIL})
    WHERE state != 'quiet' AND target_seconds > 0 AND due_at IS NOT NULL{about.where}
      AND if(answered_at IS NOT NULL, answered_at, due_at) > $__fromTime
      AND if(answered_at IS NOT NULL, answered_at, due_at) <= $__toTime
      AND (answered_at IS NOT NULL OR outcome = 'waiting_late')
)
GROUP BY brand, network
ORDER BY brand, network""".strip()
