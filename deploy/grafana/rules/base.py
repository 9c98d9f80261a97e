"""Rule: what an alert rule asks, when it speaks and what it says; and the parts of SQL that several rules share. Pure.

What holds for the SQL of every rule, since Grafana takes the table as it is: one column of numbers, which is compared,
all others texts, which become labels; only macros that the data source itself expands; rows for whatever the settings
name, so that a brand without posts is a figure and not a gap; and figures that say nothing as long as there are too
few cases for them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from deploy.grafana.macros import literal
from deploy.grafana.said import Said
from schemas.grafana import Severity
from schemas.names import slug
from schemas.settings import Settings
from schemas.watch import ALL, Watch, WatchKind

NoData = Literal["NoData", "OK", "Alerting", "KeepLast"]
Failed = Literal["Error", "OK", "Alerting", "KeepLast"]

# A turn that began two weeks ago and ends only now is in no figure of now. In UTC, as the view reads its period.
SINCE = "toTimeZone($__fromTime - INTERVAL 14 DAY, 'UTC')"
UNTIL = "toTimeZone($__toTime + INTERVAL 1 DAY, 'UTC')"
COUNT = '{{ printf "%.0f" $values.A.Value }}'
OF_ANY_BRAND = Said(
    en='{{ if eq $labels.brand "all" }}all brands{{ else }}{{ $labels.brand }}{{ end }}',
    fr='{{ if eq $labels.brand "all" }}toutes marques{{ else }}{{ $labels.brand }}{{ end }}',
)
ON_ANY_NETWORK = Said(
    en='{{ if eq $labels.network "all" }}all networks{{ else }}{{ $labels.network }}{{ end }}',
    fr='{{ if eq $labels.network "all" }}tous réseaux{{ else }}{{ $labels.network }}{{ end }}',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Where a rule's figure is shown: a board, and the number of one of its panels."""

    board: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alert rule.

    Args:
        kind: the file it comes from, whose name is its heading in RUNBOOK.md.
        sql: one column of numbers, all others texts.
        period_s: how far back `$__fromTime` lies.
        bad_when: it is bad when the figure is above, or below, `bound`, and good again past `good_bound`.
        every_s: how often it is asked: a multiple of 10.
        lasts_s: it must be bad for so long. keeps_s: and is told as over when it was good for so long.
        no_data: what no row means. failed: what it means that the query failed.
        summary: the message's first line, with `$labels` and `$values.A.Value`.
    """

    uid: str
    kind: str
    title: Said
    sql: str
    period_s: int
    bad_when: Literal["gt", "lt"]
    bound: float
    good_bound: float
    severity: Severity
    panel: Panel
    summary: Said
    description: Said
    every_s: int = 60
    lasts_s: int = 300
    keeps_s: int = 300
    no_data: NoData = "NoData"  # a row always comes: none is a fault of ours, and said under a name of its own
    failed: Failed = "KeepLast"  # one rule says that ClickHouse does not answer, not all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What the rows of a rule are about: SQL for brand and network, and the rows that always are there."""

    brand: str
    network: str
    rows: str
    where: str

    @property
    def columns(self) -> str:
        """The two as columns of a subquery. Other names than the view's, which the conditions mean."""
        return f"{self.brand} AS scope_brand, {self.network} AS scope_network"

    @property
    def always(self) -> str:
        """The rows that always are there, as the begin of a SELECT."""
        return (
            f"SELECT scope.1 AS scope_brand, scope.2 AS scope_network{{}} FROM (SELECT arrayJoin({self.rows}) AS scope)"
        )


def watches(settings: Settings, kind: WatchKind) -> Iterator[Watch]:
    """The watches of the settings of one kind, each of which is a rule."""
    return (watch for watch in settings.watches if watch.kind == kind)


def scope(settings: Settings, watch: Watch) -> Scope:
    """What a watch looks at, and by what it tells apart."""
    match = watch.match
    brands = match.brands or tuple(brand.name for brand in settings.brands)
    networks = match.networks or tuple(dict.fromkeys(source.network for source in settings.sources))
    brand_of_all = literal(brands[0] if len(brands) == 1 else ALL)
    by_brand, by_network = watch.by == "brand", watch.by == "network"
    rows = [
        f"({brand}, {network})"
        for brand in ([literal(one) for one in brands] if by_brand and brands else [brand_of_all])
        for network in ([literal(one) for one in networks] if by_network and networks else [literal(ALL)])
    ]
    return Scope(
        brand=f"if(brand = '', {brand_of_all}, toString(brand))" if by_brand else brand_of_all,
        network="toString(network)" if by_network else literal(ALL),
        rows=f"[{', '.join(rows)}]",
        where="".join(
            f" AND {column} IN ({', '.join(map(literal, wanted))})"
            for column, wanted in (("network", match.networks), ("brand", match.brands))
            if wanted
        ),
    )


def by_day(about: Scope, spans: str, counted: str) -> str:
    """Of each scope and span, how many posts came in the same hours of today and of 28 days before: see `on_day`.

    Posts are counted by five minutes first, as the product does, so that a month of them is 8,352 rows. `known` is how
    many days before today hold the whole of the span.

    Args:
        spans: an array of seconds, multiples of 300. counted: an aggregate over `event_findings`.
    """
    return f"""\
        SELECT scope_brand, scope_network, span,
            sumMapIf([toUInt16(intDiv(slot, 288))], [posts], slot >= 0 AND slot % 288 < span / 300) AS came_on,
            toUInt8(greatest(0, least(28, intDiv(max(oldest) - span, 86400)))) AS known
        FROM
        (
            {about.always.format(", toInt64(-1) AS slot, toInt64(0) AS oldest, toUInt64(0) AS posts")}
            UNION ALL
            SELECT {about.columns}, intDiv(date_diff('second', created_at, $__toTime), 300) AS slot,
                max(date_diff('second', created_at, $__toTime)) AS oldest, {counted} AS posts
            FROM event_findings
            WHERE created_at > $__fromTime AND created_at <= $__toTime{about.where}
            GROUP BY scope_brand, scope_network, slot
        )
        ARRAY JOIN {spans} AS span
        GROUP BY scope_brand, scope_network, span"""


def on_day(day: str) -> str:
    """How many came in the span so many days ago; 0 is today."""
    return f"came_on.2[indexOf(came_on.1, {day})]"


def severity(watch: Watch, usually: Severity) -> Severity:
    """That of the rule, unless the watch is urgent or of little weight."""
    return {"urgent": "critical", "low": "warning"}.get(watch.priority, usually)  # type: ignore[return-value]  # a Literal


def uid(watch: Watch, part: str = "") -> str:
    """An id that stays the same as long as the watch has its name; a digest of a name that is no id itself."""
    name = "-".join(filter(None, ["vigie-watch", watch.name, part]))
    if len(name) <= 40 and name.isascii() and slug(watch.name) == watch.name:
        return name
    digest = hashlib.blake2b(watch.name.encode(), digest_size=6).hexdigest()
    return "-".join(filter(None, ["vigie-watch", digest, part]))


def named(title: Said, watch: Watch, kind: WatchKind, settings: Settings) -> Said:
    """The title, with the name of the watch when there are several of its kind: no two rules may be called the same."""
    if len(list(watches(settings, kind))) == 1:
        return title
    return Said(en=f"{title.en} ({watch.name})", fr=f"{title.fr} ({watch.name})")


def spoken_span(seconds: float) -> str:
    """A span as it reads in both languages: `45 min`, `4 h`, `2 d` is said in hours."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes} min"


def number(value: float) -> str:
    """A number as it stands in SQL and in a text: without `.0`."""
    return f"{value:g}"
