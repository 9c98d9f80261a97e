"""Questions of the Leadership and Response times boards, as their panels would ask them: documented views only."""

_TURNS = "response_turns_between(since = now() - INTERVAL {days} DAY, until = now())"
_WRITTEN = (
    "created_at >= now() - INTERVAL {days} DAY AND created_at <= now() AND author_role = 'customer' AND NOT is_spam"
)
_FRESH = _WRITTEN.replace("{days}", "7")  # a sentence that proves it is of this week
_NEWEST = f"""
SELECT arrayJoin(topics) AS topic, argMax(event_id, created_at) AS event_id
FROM event_findings WHERE {_FRESH} GROUP BY topic"""
_STEP = "toStartOfInterval({column}, toIntervalSecond(greatest(3600, {{days}} * 864)))"  # a hundred points

QUESTIONS: dict[str, str] = {
    "share within target": f"""
SELECT avg(within_target), countIf(within_target), count() FROM {_TURNS}""",
    "first response, median and p90": f"""
SELECT quantileExactOrNull(0.5)(age_seconds), quantileExactOrNull(0.9)(age_seconds), max(age_seconds)
FROM {_TURNS} WHERE is_first""",
    "first response by network": f"""
SELECT network, count(), avg(within_target), quantileExactOrNull(0.5)(age_seconds),
    quantileExactOrNull(0.9)(age_seconds), quantileExactOrNull(0.95)(age_seconds)
FROM {_TURNS} WHERE is_first GROUP BY network ORDER BY network""",
    "first response over time": f"""
SELECT {_STEP.format(column="started_at")} AS time, quantileExactOrNull(0.5)(age_seconds),
    quantileExactOrNull(0.9)(age_seconds) FROM {_TURNS} WHERE is_first
GROUP BY time ORDER BY time""",
    "hour of the week": f"""
SELECT toDayOfWeek(started_at, 0, 'Europe/Paris') AS weekday, toHour(started_at, 'Europe/Paris') AS hour, count(),
    quantileExactOrNull(0.9)(age_seconds) FROM {_TURNS} GROUP BY weekday, hour ORDER BY ALL""",
    "how many wait": """
SELECT count(), countIf(outcome = 'waiting_late'), max(waiting_seconds) FROM waiting_customers""",
    "who waits, oldest and angriest": """
SELECT customer_handle, network, waiting_seconds, outcome, last_customer_text, permalink
FROM waiting_customers ORDER BY outcome = 'waiting_late' DESC, waiting_seconds DESC LIMIT 20""",
    "sentiment by network": f"""
SELECT network, sentiment, count() FROM event_findings WHERE {_WRITTEN} GROUP BY network, sentiment""",
    "volume over time": f"""
SELECT {_STEP.format(column="created_at")} AS time, network, count(), avg(sentiment_score)
FROM event_findings WHERE {_WRITTEN} GROUP BY time, network ORDER BY time""",
    "topics, each with a quote": f"""
SELECT topic, written, negative, text, permalink FROM
(
    SELECT arrayJoin(topics) AS topic, count() AS written, countIf(sentiment = 'negative') AS negative
    FROM event_findings WHERE {_WRITTEN} GROUP BY topic
) AS found
LEFT JOIN
(
    SELECT topic, text, permalink FROM ({_NEWEST}) AS newest
    INNER JOIN
    (
        SELECT event_id, text, permalink FROM events WHERE event_id IN (SELECT event_id FROM ({_NEWEST}))
    ) AS quote USING event_id
) AS said USING topic ORDER BY written DESC LIMIT 10""",
    "customers and conversations, about": f"""
SELECT uniq(network, author_id), uniq(conversation_id), count() FROM event_findings WHERE {_WRITTEN}""",
    "the view response_times_by_day": """
SELECT day, value, median_seconds, p90_seconds, share_within_target FROM response_times_by_day
WHERE day >= today() - {days} AND dimension = 'network' AND response = 'first' ORDER BY day""",
    "the view activity_by_day": """
SELECT day, sum(events), sum(turns), sum(turns_answered) FROM activity_by_day WHERE day >= today() - {days}
GROUP BY day ORDER BY day""",
    "last alerts": "SELECT level, customer_handle, text FROM alerts ORDER BY fired_at DESC LIMIT 20",
}
