"""Leader unanswered: customers of a leader, by name or by message, wait for longer than was promised."""

from collections.abc import Iterator

from deploy.grafana.macros import literal
from deploy.grafana.rules.base import COUNT, OF_ANY_BRAND, Panel, Rule, named, number, scope, severity, uid, watches
from deploy.grafana.said import Said
from schemas.settings import Settings
from schemas.watch import Watch, usual

_NOBODY_NAMED = "any"  # the label of mentions of a leader whom the settings do not name


def rules(settings: Settings) -> Iterator[Rule]:
    """One for each watch of this kind."""
    for watch in watches(settings, "leader"):
        yield _rule(settings, watch)


def _rule(settings: Settings, watch: Watch) -> Rule:
    limit = usual(watch).limit
    whose = '{{ if eq $labels.leader "any" }}%s{{ else }}{{ $labels.leader }}{{ end }}'
    return Rule(
        uid=uid(watch),
        kind="leader_unanswered",
        title=named(Said(en="Leader unanswered", fr="Dirigeant sans réponse"), watch, "leader", settings),
        sql=_sql(settings, watch),
        period_s=3600,
        bad_when="gt",
        bound=limit,
        good_bound=limit + 0.5,
        severity=severity(watch, "critical"),
        panel=Panel(board="inbox", number=3),
        summary=Said(
            en=f"{OF_ANY_BRAND.en}: {COUNT} customers who asked for {whose % 'a leader'} wait for longer than promised",
            fr=f"{OF_ANY_BRAND.fr} : {COUNT} clients qui s'adressent à {whose % 'un dirigeant'} "
            "attendent au-delà du délai promis",
        ),
        description=Said(
            en=f"At most {number(limit)} should. Delegates can answer in the leader's name.",
            fr=f"Au plus {number(limit)}. Les délégués peuvent répondre au nom du dirigeant.",
        ),
    )


def _sql(settings: Settings, watch: Watch) -> str:
    about = scope(settings, watch)
    names = ", ".join(literal(leader.name) for leader in settings.leaders) or literal(_NOBODY_NAMED)
    return f"""
SELECT of_leader AS leader, scope_brand AS brand, scope_network AS network, sum(late) AS customers
FROM
(
    {about.always.format(f", arrayJoin([{names}]) AS of_leader, 0 AS late")}
    UNION ALL
    SELECT {about.columns}, if(waiting_customers.leader = '', {literal(_NOBODY_NAMED)},
        toString(waiting_customers.leader)) AS of_leader, 1 AS late
    FROM waiting_customers
    WHERE outcome = 'waiting_late' AND (mentions_leader OR waiting_customers.leader != ''){about.where}
)
GROUP BY leader, brand, network
ORDER BY leader, brand, network""".strip()
