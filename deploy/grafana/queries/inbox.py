"""What the leader inbox asks: conversations that name an executive or were written to one."""

from deploy.grafana.sources import CHOSEN, OF_BRAND, OF_NETWORK, QUOTED, TURNS, WAITING, WRITTEN

_MINE = "(mentions_leader OR leader != '')"

COUNTS = f"""
SELECT
    count() AS waiting,
    countIf(outcome = 'waiting_late') AS late,
    countIf(acknowledged_by = '') AS unseen,
    max(waiting_seconds) AS longest
FROM {WAITING}
  AND {_MINE}
"""

# Kept promises and waits of what came in the period; answered_by_role tells whether the executive answered in person.
ANSWERS = f"""
SELECT
    count() AS requests,
    avg(within_target) AS in_time,
    quantileExactOrNull(0.5)(age_seconds) AS median,
    countIf(answered_by_role = 'leader') AS in_person
FROM {TURNS}
  AND mentions_leader
"""

QUEUE = f"""
SELECT
    waiting_seconds AS waiting,
    waiting_seconds / target_seconds AS of_target,
    leader,
    customer_handle AS customer,
    leftUTF8(last_customer_text, 280) AS said,
    sentiment_end AS feeling,
    network,
    owner,
    arrayStringConcat(delegates, ', ') AS deputies,
    acknowledged_by AS seen_by,
    snoozed_until AS snoozed,
    permalink AS post
FROM {WAITING}
  AND {_MINE}
ORDER BY
    outcome = 'waiting_late' DESC,
    ifNull(sentiment_end = 'negative', false) DESC,
    waiting_since,
    conversation_id
LIMIT 50
"""

DELEGATED = f"""
SELECT
    fired_at AS fired,
    state,
    on_behalf_of AS leader,
    addressee AS offered_to,
    acknowledged_by AS seen_by,
    customer_handle AS customer,
    leftUTF8(text, 240) AS said,
    waited_seconds AS wait,
    network,
    permalink AS post
FROM alerts
WHERE $__timeFilter(fired_at) AND level = 'delegation'
  AND {CHOSEN}
ORDER BY fired_at DESC, alert_id
LIMIT 50
"""

MENTIONS_OVER_TIME = f"""
SELECT
    $__timeInterval(created_at) AS time,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM {WRITTEN}
  AND mentions_leader
GROUP BY time
ORDER BY time
"""

_NEWEST = f"""
    SELECT event_id FROM {WRITTEN}
      AND mentions_leader
    ORDER BY created_at DESC, event_id
    LIMIT 40"""

MENTIONS = f"""
SELECT created_at AS written, sentiment AS feeling, author_handle AS customer, leftUTF8(text, 400) AS said, network,
    permalink AS post
FROM {QUOTED}
  AND event_id IN ({_NEWEST}
  )
ORDER BY created_at DESC, event_id
"""

# What people decided about conversations, the watches left out.
DECISIONS = f"""
SELECT
    acted_at AS decided,
    kind AS decision,
    acted_by AS who,
    assigned_to AS new_owner,
    snoozed_until AS snoozed,
    note,
    told.customer AS customer,
    told.network AS network,
    told.post AS post
FROM actions
INNER JOIN
(
    SELECT conversation_id, customer_handle AS customer, network, brand, permalink AS post
    FROM conversations
    WHERE conversation_id IN (SELECT conversation_id FROM actions WHERE $__timeFilter(acted_at))
      AND {_MINE}
      AND {OF_BRAND}
      AND {OF_NETWORK}
) AS told ON told.conversation_id = actions.conversation_id
WHERE $__timeFilter(acted_at)
ORDER BY acted_at DESC, action_id
LIMIT 50
"""
