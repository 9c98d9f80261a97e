"""What the voice of the customer board asks. Of what customers wrote, spam left out."""

from deploy.grafana.sources import CHOSEN_EVENTS, OF_BRAND, SHIFT, WORDS, WRITTEN

_EARLIER = f"""event_findings
WHERE created_at >= $__fromTime - {SHIFT} AND created_at <= $__toTime - {SHIFT}
  AND author_role = 'customer' AND NOT is_spam
  AND {CHOSEN_EVENTS}"""

COUNTS = f"""
SELECT present.posts AS posts, earlier.posts AS earlier_posts, customers, negative_share, earlier_negative_share,
    complaint_share
FROM
(
    SELECT
        count() AS posts,
        uniq(network, author_id) AS customers,
        countIf(sentiment = 'negative') / nullIf(posts, 0) AS negative_share,
        countIf(intent = 'complaint') / nullIf(posts, 0) AS complaint_share
    FROM {WRITTEN}
) AS present
CROSS JOIN
(
    SELECT count() AS posts, countIf(sentiment = 'negative') / nullIf(posts, 0) AS earlier_negative_share
    FROM {_EARLIER}
) AS earlier
"""

TOPICS = f"""
SELECT present.topic AS topic, present.posts AS posts, earlier.posts AS earlier_posts, negative_share, positive_share
FROM
(
    SELECT
        arrayJoin(topics) AS topic,
        count() AS posts,
        countIf(sentiment = 'negative') / posts AS negative_share,
        countIf(sentiment = 'positive') / posts AS positive_share
    FROM {WRITTEN}
    GROUP BY topic
) AS present
LEFT JOIN
(
    SELECT arrayJoin(topics) AS topic, count() AS posts
    FROM {_EARLIER}
    GROUP BY topic
) AS earlier ON earlier.topic = present.topic
ORDER BY posts DESC, topic
LIMIT 25
"""

_TOP_TOPICS = f"""
    SELECT topic FROM
    (
        SELECT arrayJoin(topics) AS topic, count() AS posts
        FROM {WRITTEN}
        GROUP BY topic
        ORDER BY posts DESC, topic
        LIMIT 6
    )"""


def topics_over_time(name: str) -> str:
    """The largest topics.

    Args:
        name: of the topic, worked out of the column `topic`.
    """
    return f"""
SELECT time, {name} AS topic_name, posts
FROM
(
    SELECT $__timeInterval(created_at) AS time, arrayJoin(topics) AS topic, count() AS posts
    FROM {WRITTEN}
    GROUP BY time, topic
    HAVING topic IN ({_TOP_TOPICS}
    )
)
ORDER BY time, topic_name
"""


SHARES = f"""
SELECT
    $__timeInterval(created_at) AS time,
    avg(sentiment = 'negative') AS negative_share,
    avg(intent = 'complaint') AS complaint_share
FROM {WRITTEN}
GROUP BY time
ORDER BY time
"""

NETWORKS = f"""
SELECT present.network AS network, posts, negative_share, earlier_negative_share
FROM
(
    SELECT network, count() AS posts, avg(sentiment = 'negative') AS negative_share
    FROM {WRITTEN}
    GROUP BY network
) AS present
LEFT JOIN
(
    SELECT network, avgOrNull(sentiment = 'negative') AS earlier_negative_share
    FROM {_EARLIER}
    GROUP BY network
) AS earlier ON earlier.network = present.network
ORDER BY posts DESC, network
LIMIT 25
"""

FEELINGS = f"""
SELECT
    $__timeInterval(created_at) AS time,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM {WRITTEN}
GROUP BY time
ORDER BY time
"""

INTENTS = f"""
SELECT intent, count() AS posts
FROM {WRITTEN}
GROUP BY intent
ORDER BY posts DESC, intent
"""

LANGUAGES = f"""
SELECT
    language,
    countIf(sentiment = 'negative') AS negative,
    countIf(sentiment = 'neutral') AS neutral,
    countIf(sentiment = 'positive') AS positive
FROM {WRITTEN}
GROUP BY language
ORDER BY count() DESC, language
LIMIT 12
"""

# A name has two letters in a row and is no elision such as J'. The latest spelling stands for the rest.
NAMES = f"""
SELECT
    argMax(spelling, created_at) AS name,
    any(label) AS kind,
    uniqExact(event_id) AS posts,
    uniqExactIf(event_id, sentiment = 'negative') / posts AS negative_share
FROM
(
    SELECT
        event_id,
        created_at,
        sentiment,
        arrayJoin(arrayZip(`entities.text`, `entities.label`, `entities.canonical`)) AS entity,
        entity.1 AS spelling,
        toString(entity.2) AS label,
        toString(entity.3) AS canonical
    FROM {WORDS}
)
WHERE label != 'BRAND' AND match(spelling, '[\\\\pL\\\\pN]{{2}}') AND NOT match(spelling, '[''’]$')
GROUP BY if(canonical = '', lowerUTF8(spelling), canonical)
ORDER BY posts DESC, name
LIMIT 25
"""


def storms(names: str) -> str:
    """What the watches over storms told.

    Args:
        names: of the watches, as literals with commas between them.
    """
    return f"""
SELECT fired_at AS fired, resolved_at AS ended, state, explanation AS what, scope
FROM alerts
WHERE $__timeFilter(fired_at) AND level = 'watch' AND watch IN ({names})
  AND {OF_BRAND}
ORDER BY fired_at DESC
LIMIT 20
"""


# Near-duplicates: retweets and copies of one text.
COPIES = f"""
SELECT
    count() AS copies,
    uniq(network, author_id) AS authors,
    argMin(said, created_at) AS said,
    min(created_at) AS first_seen,
    max(created_at) AS last_seen,
    argMin(link, created_at) AS post
FROM
(
    SELECT group_id, network, author_id, created_at, leftUTF8(text, 280) AS said, ifNull(permalink, '') AS link
    FROM {WORDS}
)
WHERE group_id != ''
GROUP BY group_id
HAVING copies >= 3
ORDER BY copies DESC, first_seen
LIMIT 10
"""

LATEST = f"""
SELECT created_at AS written, sentiment AS feeling, network, leftUTF8(text, 400) AS said,
    permalink AS post
FROM {WORDS}
  AND lengthUTF8(text) >= 20
ORDER BY created_at DESC, event_id
LIMIT 30
"""

MOST_SEEN = f"""
SELECT views + likes + shares AS reach, sentiment AS feeling, network, leftUTF8(text, 400) AS said,
    created_at AS written, permalink AS post
FROM {WORDS}
  AND reach > 0
ORDER BY reach DESC, created_at DESC, event_id
LIMIT 15
"""
