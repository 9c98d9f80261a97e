"""Canary: test events arrived within the last day, and none that was sent lately did.

Where none was ever sent there is nothing to miss. The only rule that sees, at a quiet hour, that the path is broken.
"""

from collections.abc import Iterator

from deploy.grafana.rules.base import Panel, Rule, number
from deploy.grafana.said import Said
from schemas.settings import Settings

_DAY_S = 86_400


def rules(settings: Settings) -> Iterator[Rule]:
    """One, unless no test events are wanted."""
    every, late_after = float(settings.canary.every), float(settings.canary.late_after)
    if not every:
        return
    limit = 3 * every + late_after
    ago = "{{ humanizeDuration $values.A.Value }}"
    yield Rule(
        uid="vigie-canary",
        kind="canary",
        title=Said(en="Canary", fr="Événements de test"),
        sql=_sql(),
        period_s=_DAY_S,
        bad_when="gt",
        bound=limit,
        good_bound=limit / 2,
        lasts_s=60,
        severity="critical",
        panel=Panel(board="pipeline", number=20),
        summary=Said(
            en=f"All brands, all networks: the last test event that arrived was sent {ago} ago",
            fr=f"Toutes marques, tous réseaux : le dernier événement de test arrivé a été envoyé il y a {ago}",
        ),
        description=Said(
            en=f"One is sent every {number(every)} s; {number(limit)} s without any is the limit. Posts do not arrive "
            "either, or nobody sends test events any more.",
            fr=f"Il en part un toutes les {number(every)} s ; la limite est de {number(limit)} s sans aucun. Les "
            "messages n'arrivent pas non plus, ou plus personne n'envoie d'événements de test.",
        ),
    )


def _sql() -> str:
    return """
SELECT 'all' AS brand, 'all' AS network,
    if(countIf(arrived_at IS NOT NULL) = 0, 0,
        greatest(0, date_diff('second', maxIf(sent_at, arrived_at IS NOT NULL), $__toTime))) AS seconds
FROM canaries
WHERE sent_at > $__fromTime AND sent_at <= $__toTime""".strip()
