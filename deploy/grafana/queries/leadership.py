"""What the leadership board asks. A customer who still waits counts with the wait so far, everywhere."""

from deploy.grafana.sources import COMPARED, OF_BRAND, OF_NETWORK, QUOTED, TURNS, WAITING, WRITTEN


def in_time(goal: float) -> str:
    """Which share of the promises was kept, and how it stood a week earlier."""
    return f"""
SELECT avgIf(kept, is_present) AS in_time, {goal} AS goal, avgIf(kept, NOT is_present) AS earlier_in_time
FROM {COMPARED}
"""


def first_response(share: float) -> str:
    """How long this share of the customers waited at most for a first response, and how it stood a week earlier."""
    return f"""
SELECT
    quantileExactOrNullIf({share})(age, is_present) AS first_response,
    quantileExactOrNullIf({share})(age / target_seconds, is_present) AS of_target,
    quantileExactOrNullIf({share})(age, NOT is_present) AS earlier_first_response
FROM {COMPARED}
WHERE is_first
"""


PACE = f"""
SELECT $__timeInterval(started_at) AS time, avg(within_target) AS in_time
FROM {TURNS}
GROUP BY time
ORDER BY time
"""

HOW_MANY_WAIT = f"""
SELECT
    count() AS waiting,
    countIf(outcome = 'waiting_late') AS late,
    countIf(sentiment_end = 'negative') AS unhappy,
    max(waiting_seconds) AS longest
FROM {WAITING}
"""

# Past the target before the others, the unhappy before the others, then whoever waits longest.
QUEUE = f"""
SELECT
    waiting_seconds AS waiting,
    waiting_seconds / target_seconds AS of_target,
    customer_handle AS customer,
    leftUTF8(last_customer_text, 280) AS said,
    sentiment_end AS feeling,
    network,
    owner,
    permalink AS post
FROM {WAITING}
ORDER BY
    outcome = 'waiting_late' DESC,
    ifNull(sentiment_end = 'negative', false) DESC,
    waiting_since,
    conversation_id
LIMIT 25
"""

# The quote of a topic: the newest negative post, or the newest, of the last week of the period. Text and address are
# looked up for these few alone; of the few, the same rule finds the one of each topic again.
_RANK = "(sentiment = 'negative', created_at, event_id)"
_QUOTES = f"""
SELECT argMax(event_id, {_RANK}) FROM
    (
        SELECT event_id, sentiment, created_at, arrayJoin(topics) AS topic
        FROM {WRITTEN}
          AND created_at >= $__toTime - INTERVAL 7 DAY
    )
    GROUP BY topic"""

TOPICS = f"""
SELECT found.topic AS topic, posts, negative_share, quoted.1 AS quote, quoted.2 AS network, quoted.3 AS post
FROM
(
    SELECT arrayJoin(topics) AS topic, count() AS posts, countIf(sentiment = 'negative') / posts AS negative_share
    FROM {WRITTEN}
    GROUP BY topic
    ORDER BY posts DESC, topic
    LIMIT 10
) AS found
LEFT JOIN
(
    SELECT arrayJoin(topics) AS topic, argMax((said, network, permalink), {_RANK}) AS quoted FROM
    (
        SELECT event_id, created_at, topics, sentiment,
            leftUTF8(text, 280) AS said, toString(network) AS network, permalink
        FROM {QUOTED}
          AND event_id IN ({_QUOTES}
          )
    )
    GROUP BY topic
) AS said ON said.topic = found.topic
ORDER BY posts DESC, topic
"""

FEELINGS_BY_NETWORK = f"""
SELECT
    toString(network) AS network,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM {WRITTEN}
GROUP BY network
ORDER BY count() DESC, network
LIMIT 12
"""

VOLUME = f"""
SELECT
    $__timeInterval(created_at) AS time,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM {WRITTEN}
GROUP BY time
ORDER BY time
"""

# Of one conversation the gravest that came last; warnings before the promise is broken are left out.
ALERTS = f"""
SELECT
    fired_at AS fired,
    level,
    state,
    if(level = 'watch', explanation, concat(customer_handle, ' · ', leftUTF8(text, 200))) AS what,
    network,
    owner,
    permalink AS post
FROM alerts
WHERE $__timeFilter(fired_at) AND level IN ('breach', 'escalation', 'delegation', 'watch')
  AND {OF_BRAND}
  AND {OF_NETWORK}
ORDER BY fired_at DESC, alert_id
LIMIT 1 BY conversation_id
LIMIT 15
"""
