"""What a week was like: the questions as SQL over the views, and their answers as values.

A request counts in the week in which it began. Who waits still counts with the wait so far, so that nobody is left
out because they were never answered; both weeks are therefore measured now, and an old report can differ by this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.board.questions import Client
from deploy.report.weeks import Week
from streams.store import mapped

_YEAR = 52

_PACE = """
SELECT {dimension} AS value, count() AS requests, uniqExact(network, customer_id) AS customers,
    avg(within_target) AS share, countIf(within_target = false) AS late,
    quantileExactOrNullIf(0.5)(age_seconds, is_first) AS median,
    quantileExactOrNullIf(0.9)(age_seconds, is_first) AS p90
FROM response_turns_between(since = {{since:DateTime64(3, 'UTC')}}, until = {{until:DateTime64(3, 'UTC')}})
WHERE started_at < {{until:DateTime64(3, 'UTC')}} AND (brand = {{brand:String}} OR {{brand:String}} = '')
GROUP BY value ORDER BY requests DESC, value"""

_WAITING = """
SELECT count() OVER () AS waiting, countIf(outcome = 'waiting_late') OVER () AS late, customer_handle, network,
    waiting_seconds, over_seconds, owner, last_customer_text, permalink
FROM waiting_customers
WHERE brand = {brand:String} OR {brand:String} = ''
ORDER BY outcome = 'waiting_late' DESC, ifNull(sentiment_score_end < -0.2, 0) DESC, waiting_seconds DESC,
    conversation_id
LIMIT 5"""

# A quote can be read whole, was public, and is of those with the strongest feeling; several, since one post may be
# about several topics.
_TOPICS = """
SELECT topic, countIf(created_at >= {since:DateTime64(3, 'UTC')}) AS posts,
    countIf(created_at < {since:DateTime64(3, 'UTC')}) AS before,
    countIf(sentiment = 'negative' AND created_at >= {since:DateTime64(3, 'UTC')}) AS negative,
    arrayMap(found -> found.3, groupArraySortedIf(6)((-abs(sentiment_score), event_id, text),
        created_at >= {since:DateTime64(3, 'UTC')} AND visibility = 'public'
        AND lengthUTF8(trim(text)) BETWEEN 20 AND 200)) AS quotes
FROM events ARRAY JOIN topics AS topic
WHERE created_at >= {before:DateTime64(3, 'UTC')} AND created_at < {until:DateTime64(3, 'UTC')}
  AND author_role = 'customer' AND NOT deleted AND NOT is_spam AND (brand = {brand:String} OR {brand:String} = '')
GROUP BY topic HAVING posts > 0 ORDER BY posts DESC, topic LIMIT 6"""

_ALERTS = """
SELECT level, if(level = 'watch', watch, '') AS watch, count() AS alerts
FROM alerts
WHERE fired_at >= {since:DateTime64(3, 'UTC')} AND fired_at < {until:DateTime64(3, 'UTC')}
  AND level NOT LIKE 'warning%' AND (brand = {brand:String} OR {brand:String} = '')
GROUP BY level, watch ORDER BY level, alerts DESC, watch"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast the requests of a week were answered. Shares are 0 to 1, waits in seconds; None when there is none."""

    value: str = ""
    requests: int = 0
    customers: int = 0
    late: int = 0
    share: float | None = None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Someone who waits at the moment of the report."""

    customer_handle: str
    network: str
    waiting_seconds: float
    over_seconds: float | None
    owner: str
    last_customer_text: str
    permalink: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What customers wrote about; `before` is the number of posts a week earlier, the best of `quotes` comes first."""

    topic: str
    posts: int
    before: int
    negative: int
    quotes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    """So many alerts of a level; `watch` is the name of the watch for that level."""

    level: str
    watch: str
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that a report tells."""

    week: Week
    asked_at: datetime
    brand: str
    pace: Pace
    before: Pace
    year_ago: Pace
    networks: tuple[Pace, ...]
    brands: tuple[Pace, ...]
    waiting: int
    waiting_late: int
    first_of_waiting: tuple[Waiting, ...]
    topics: tuple[Topic, ...]
    alerts: tuple[Alerted, ...]


def figures(client: Client, week: Week, *, brand: str, now: datetime) -> Figures:
    """Ask the views.

    Args:
        brand: this one alone; empty: all.
    Raises:
        StoreError: the server does not answer, or refuses.
    """
    waiting = _ask(client, _WAITING, {"brand": brand})
    period = {"since": _utc(week.start), "until": _utc(week.end), "brand": brand}
    topics = _ask(client, _TOPICS, {**period, "before": _utc(week.before(1).start)})
    return Figures(
        week=week,
        asked_at=now,
        brand=brand,
        pace=_whole(client, week, brand),
        before=_whole(client, week.before(1), brand),
        year_ago=_whole(client, week.before(_YEAR), brand),
        networks=_paces(client, week, brand, "network"),
        brands=_paces(client, week, brand, "brand"),
        waiting=int(waiting[0]["waiting"]) if waiting else 0,
        waiting_late=int(waiting[0]["late"]) if waiting else 0,
        first_of_waiting=tuple(Waiting(**_without(row, "waiting", "late")) for row in waiting),
        topics=tuple(Topic(**row) for row in topics),
        alerts=tuple(Alerted(**row) for row in _ask(client, _ALERTS, period)),
    )


def _whole(client: Client, week: Week, brand: str) -> Pace:
    return next(iter(_paces(client, week, brand, "''")), Pace())


def _paces(client: Client, week: Week, brand: str, dimension: str) -> tuple[Pace, ...]:
    period = {"since": _utc(week.start), "until": _utc(week.end), "brand": brand}
    return tuple(Pace(**row) for row in _ask(client, _PACE.format(dimension=dimension), period))


def _ask(client: Client, query: str, parameters: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    with mapped("ClickHouse"):
        return [dict(row) for row in client.query(query, parameters=dict(parameters)).named_results()]


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
