"""What the response times board asks. A customer who still waits counts with the wait so far, everywhere."""

from deploy.grafana.macros import literal
from deploy.grafana.sources import QUOTED, TURNS

DIMENSIONS = ("network", "brand", "priority", "policy", "owner", "language")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Upper bounds of the spans of the distribution, and what each is called.
_SPANS = {
    **{"m5": "300", "m15": "900", "m30": "1800", "h1": "3600", "h2": "7200", "h4": "14400", "h8": "28800"},
    **{"d1": "86400", "d3": "259200", "more": "inf"},
}
SPANS = tuple(_SPANS)

COUNTS = f"""
SELECT
    count() AS requests,
    countIf(answered_at IS NOT NULL) AS answered,
    countIf(waiting_seconds IS NOT NULL) AS waiting,
    countIf(within_target = false) AS broken
FROM {TURNS}
"""

_PERCENTILES = """
    quantileExactOrNull(0.5)(age_seconds) AS median,
    quantileExactOrNull(0.75)(age_seconds) AS p75,
    quantileExactOrNull(0.9)(age_seconds) AS p90,
    quantileExactOrNull(0.95)(age_seconds) AS p95"""


def figures(*, first: bool) -> str:
    """The waits of the period for first responses, or for later ones."""
    return f"""
SELECT{_PERCENTILES},
    max(age_seconds) AS slowest
FROM {TURNS}
  AND {_which(first)}
"""


def percentiles(*, first: bool) -> str:
    """The same over time."""
    return f"""
SELECT
    $__timeInterval(started_at) AS time,{_PERCENTILES}
FROM {TURNS}
  AND {_which(first)}
GROUP BY time
ORDER BY time
"""


def _which(first: bool) -> str:
    return "is_first" if first else "NOT is_first"


OUTCOMES = f"""
SELECT
    $__timeInterval(started_at) AS time,
    countIf(outcome = 'in_time') AS in_time,
    countIf(outcome = 'late') AS late,
    countIf(outcome = 'waiting_in_time') AS waiting_in_time,
    countIf(outcome = 'waiting_late') AS waiting_late,
    countIf(outcome = 'closed_without_answer') AS closed_without_answer,
    countIf(outcome IN ('answered', 'waiting')) AS unpromised
FROM {TURNS}
GROUP BY time
ORDER BY time
"""


def by(dimension: str) -> str:
    """First responses, one row per value of a column."""
    return f"""
SELECT
    {dimension},
    count() AS requests,
    avg(within_target) AS in_time,
    quantileExactOrNull(0.5)(age_seconds) AS median,
    quantileExactOrNull(0.9)(age_seconds) AS p90,
    quantileExactOrNull(0.9)(age_seconds / target_seconds) AS of_target,
    countIf(waiting_seconds IS NOT NULL) AS waiting
FROM {TURNS}
  AND is_first
GROUP BY {dimension}
ORDER BY requests DESC, {dimension}
LIMIT 25
"""


def week(figure: str, zone: str) -> str:
    """A figure for every hour of the week, on the clock of a zone: a row per hour, a column per weekday.

    Args:
        figure: an aggregate function that ends in If, with its argument, such as `avgIf(within_target, {})`.
    """
    days = ",\n    ".join(
        figure.format(f"toDayOfWeek(started_at, 0, {literal(zone)}) = {number}") + f" AS {day}"
        for number, day in enumerate(WEEKDAYS, start=1)
    )
    return f"""
SELECT concat(leftPad(toString(hour_of_day), 2, '0'), ':00') AS hour, {", ".join(WEEKDAYS)}
FROM
(
    SELECT
    toHour(started_at, {literal(zone)}) AS hour_of_day,
    {days}
    FROM {TURNS}
    GROUP BY hour_of_day
    ORDER BY hour_of_day WITH FILL FROM 0 TO 24
)
ORDER BY hour_of_day
"""


KEPT_BY_HOUR = "avgIf(within_target, {})"
COUNT_BY_HOUR = "countIf({})"

DISTRIBUTION = f"""
SELECT [{", ".join(literal(span) for span in SPANS)}][place] AS span, answered, waiting
FROM
(
    SELECT
        arrayFirstIndex(bound -> assumeNotNull(age_seconds) < bound, [{", ".join(_SPANS.values())}]) AS place,
        countIf(answered_at IS NOT NULL) AS answered,
        countIf(answered_at IS NULL) AS waiting
    FROM {TURNS}
      AND is_first AND age_seconds IS NOT NULL
    GROUP BY place
    ORDER BY place WITH FILL FROM 1 TO {len(SPANS) + 1}
)
ORDER BY place
"""

_BROKEN = f"""
    SELECT started_at, start_event_id, age_seconds, age_seconds / target_seconds AS of_target, outcome,
        network, policy, owner
    FROM {TURNS}
      AND within_target = false
    ORDER BY of_target DESC, started_at, conversation_id, turn
    LIMIT 50"""

# The words are looked up for these few alone.
BREACHES = f"""
SELECT started_at AS asked, author_handle AS customer, text AS said, age_seconds AS wait, of_target, outcome,
    broken.network AS network, policy, owner, permalink AS post
FROM ({_BROKEN}
) AS broken
LEFT JOIN
(
    SELECT event_id, author_handle, leftUTF8(text, 200) AS text, permalink
    FROM {QUOTED}
      AND event_id IN (SELECT start_event_id FROM ({_BROKEN}
    ))
) AS opened ON opened.event_id = broken.start_event_id
ORDER BY of_target DESC, asked
"""
