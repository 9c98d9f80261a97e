"""What the leadership board asks. A customer who still waits counts with the wait so far, everywhere."""

from deploy.grafana.sources import EARLIER, OF_BRAND, OF_NETWORK, QUOTED, TURNS, WAITING, WRITTEN


def in_time(goal: float) -> str:
    """Which share of the promises was kept, and how it stood a week earlier."""
    return f"""
SELECT present.share AS in_time, {goal} AS goal, earlier.share AS earlier_in_time
FROM (SELECT avg(within_target) AS share FROM {TURNS}) AS present
CROSS JOIN (SELECT avg(within_target) AS share FROM {EARLIER}) AS earlier
"""


def first_response(share: float) -> str:
    """How long this share of the customers waited at most for a first response, and how it stood a week earlier."""
    return f"""
SELECT present.seconds AS first_response, present.used AS of_target, earlier.seconds AS earlier_first_response
FROM
(
    SELECT
        quantileExactOrNull({share})(age_seconds) AS seconds,
        quantileExactOrNull({share})(age_seconds / target_seconds) AS used
    FROM {TURNS}
      AND is_first
) AS present
CROSS JOIN
(
    SELECT quantileExactOrNull({share})(age_seconds) AS seconds FROM {EARLIER} WHERE is_first
) AS earlier
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

# The quote of a topic: the newest negative post, or the newest, of the last week of the period; text and address are
# looked up for these few alone.
_QUOTES = f"""
    SELECT arrayJoin(topics) AS topic, argMax(event_id, (sentiment = 'negative', created_at)) AS event_id
    FROM {WRITTEN}
      AND created_at >= $__toTime - INTERVAL 7 DAY
    GROUP BY topic"""

TOPICS = f"""
SELECT found.topic AS topic, posts, negative_share, text AS quote, network, permalink AS post
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
    SELECT chosen.topic AS topic, text, network, permalink
    FROM ({_QUOTES}
    ) AS chosen
    INNER JOIN
    (
        SELECT event_id, leftUTF8(text, 280) AS text, network, permalink
        FROM {QUOTED}
          AND event_id IN (SELECT event_id FROM ({_QUOTES}
        ))
    ) AS quoted USING event_id
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
