-- Who waits longest? The oldest and the angriest first.
SELECT customer_handle, network, round(waiting_seconds / 60) AS minutes, outcome, owner, last_customer_text AS says,
       permalink
FROM waiting_customers
ORDER BY outcome = 'waiting_late' DESC, waiting_seconds DESC, sentiment_score_end ASC
LIMIT 20;

-- How fast is the first answer? Median, nine in ten, and the share within the target, per brand and network.
-- A customer who still waits counts with the wait so far, or the slowest answers would be missing.
SELECT brand, network, count() AS turns, countIf(waiting_seconds IS NOT NULL) AS waiting,
       round(quantileExactOrNull(0.5)(age_seconds)) AS median_seconds,
       round(quantileExactOrNull(0.9)(age_seconds)) AS p90_seconds,
       round(avg(within_target), 3) AS share_within_target
FROM response_turns
WHERE is_first AND started_at >= now() - INTERVAL 30 DAY
GROUP BY brand, network
ORDER BY turns DESC;

-- Which hours are the worst? By weekday (1 is Monday) and hour on the clock in Paris; name your own zone.
SELECT toDayOfWeek(started_at, 0, 'Europe/Paris') AS weekday, toHour(started_at, 'Europe/Paris') AS hour,
       count() AS turns, countIf(within_target = false) AS late, round(avg(within_target), 3) AS share_within_target
FROM response_turns
WHERE started_at >= now() - INTERVAL 30 DAY
GROUP BY weekday, hour
ORDER BY late DESC, turns DESC
LIMIT 20;

-- What do they complain of? Topics of complaints, with a sentence that proves each.
SELECT topic, count() AS complaints, uniqExact(author_id) AS customers, argMin(text, sentiment_score) AS for_example
FROM events
ARRAY JOIN topics AS topic
WHERE intent = 'complaint' AND author_role = 'customer' AND NOT deleted AND NOT is_spam
  AND created_at >= now() - INTERVAL 7 DAY
GROUP BY topic
ORDER BY complaints DESC
LIMIT 20;

-- How do they feel? Sentiment of customers by network and hour, from -1 to 1.
SELECT network, toStartOfHour(created_at) AS hour, count() AS events, round(avg(sentiment_score), 2) AS mean_sentiment,
       countIf(sentiment = 'negative') AS negative
FROM event_findings
WHERE author_role = 'customer' AND NOT is_spam AND created_at >= now() - INTERVAL 24 HOUR
GROUP BY network, hour
ORDER BY network, hour;

-- Who speaks of our leaders? The latest mentions, and whether they got an answer.
SELECT created_at, network, author_handle, sentiment, text, state, permalink
FROM events
INNER JOIN (SELECT conversation_id, state FROM conversations) AS conversation USING (conversation_id)
WHERE mentions_leader AND author_role = 'customer' AND NOT deleted
ORDER BY created_at DESC
LIMIT 20;

-- What could not be handled, and is still open? Dead letters by stage and error.
SELECT stage, error, any(reason) AS for_example, count() AS letters, max(failed_at) AS latest
FROM dead_letters
WHERE state = 'open'
GROUP BY stage, error
ORDER BY letters DESC;

-- How long from the network to a row? Seconds from Kafka to ClickHouse, and from the post to ClickHouse.
SELECT network, count() AS events,
       quantile(0.5)(date_diff('millisecond', published_at, stored_at)) / 1000 AS pipeline_median_seconds,
       quantile(0.99)(date_diff('millisecond', published_at, stored_at)) / 1000 AS pipeline_p99_seconds,
       quantile(0.5)(date_diff('millisecond', created_at, stored_at)) / 1000 AS post_to_row_median_seconds
FROM events
WHERE stored_at >= now() - INTERVAL 1 HOUR
GROUP BY network
ORDER BY events DESC;

-- Which languages do they write in, and who answers in them?
SELECT language, countIf(author_role = 'customer') AS from_customers,
       countIf(author_role IN ('brand', 'leader')) AS from_us, round(avg(language_confidence), 2) AS confidence
FROM events
WHERE created_at >= now() - INTERVAL 30 DAY AND NOT deleted
GROUP BY language
ORDER BY from_customers DESC;

-- What was said in one conversation? All of it; here the one that changed last, name another in its place.
SELECT created_at, author_role, author_handle, text, sentiment, topics
FROM events
WHERE conversation_id = (SELECT conversation_id FROM conversations ORDER BY last_event_at DESC LIMIT 1)
ORDER BY created_at, event_id;
