-- Statistics: how long customers waited, with those who wait still, by everything a leader asks for.
--
-- A percentile is the wait of a real turn, never a value between two: sorted upwards and counted from 0, the one at place
-- floor(share × how many), as quantileExact picks it. Nothing is divided by zero: a group without a figure has NULL.
--
-- response_times_by_day is a plain view for boards: the filter on its day prunes, the filter on its dimension drops the
-- other groupings. Percentiles of days do not add up to those of a week: for one figure over any period and any filter
-- aggregate response_turns_between(since, until), which a board's variables can filter, since it adds nothing up; or read
-- response_times(since, until), which has.

CREATE VIEW IF NOT EXISTS {{database}}.response_times_by_day{{on_cluster}}
(
    day Date COMMENT 'Day on which the turns started, in UTC',
    dimension String COMMENT 'What the turns are grouped by: all, network, brand, priority, policy, language, owner or hour of week (weekday and hour in UTC, 1 is Monday)',
    value String COMMENT 'Which network, brand and so on; empty for all',
    response String COMMENT 'first (the first answer of a thread) or next (any later one)',
    turns UInt64 COMMENT 'How many turns started',
    conversations UInt64 COMMENT 'Of how many conversations',
    customers UInt64 COMMENT 'Of how many customers',
    answered UInt64 COMMENT 'How many were answered',
    waiting UInt64 COMMENT 'How many wait now',
    waiting_late UInt64 COMMENT 'How many of these are past their target',
    closed_without_answer UInt64 COMMENT 'How many were settled without an answer',
    in_time UInt64 COMMENT 'How many were answered in time',
    late UInt64 COMMENT 'How many broke the promise: answered late, waiting past the target, or closed past it',
    share_within_target Nullable(Float64) COMMENT 'in_time out of in_time and late, 0 to 1; NULL when nothing is decided',
    answered_share_within_target Nullable(Float64) COMMENT 'The same of answered turns only',
    median_seconds Nullable(Float64) COMMENT 'Half waited no longer, in seconds; who waits still counts with their wait so far',
    p75_seconds Nullable(Float64) COMMENT 'Three in four waited no longer',
    p90_seconds Nullable(Float64) COMMENT 'Nine in ten waited no longer',
    p95_seconds Nullable(Float64) COMMENT 'Nineteen in twenty waited no longer',
    slowest_seconds Nullable(Float64) COMMENT 'The longest wait, answered or not',
    answered_median_seconds Nullable(Float64) COMMENT 'The same of answered turns only: it hides who waits',
    answered_p90_seconds Nullable(Float64) COMMENT 'The same of answered turns only: it hides who waits',
    business_median_seconds Nullable(Float64) COMMENT 'In open hours; who waits still counts with business_seconds_at_least, so it is at least this',
    business_p75_seconds Nullable(Float64) COMMENT 'The same for three in four',
    business_p90_seconds Nullable(Float64) COMMENT 'The same for nine in ten',
    business_p95_seconds Nullable(Float64) COMMENT 'The same for nineteen in twenty',
    business_slowest_seconds Nullable(Float64) COMMENT 'The longest wait in open hours, at least',
    answered_business_median_seconds Nullable(Float64) COMMENT 'In open hours, of answered turns only',
    answered_business_p90_seconds Nullable(Float64) COMMENT 'In open hours, of answered turns only'
)
COMMENT 'How long the customers of each day waited for an answer, by one dimension at a time'
AS SELECT
    toDate(started_at) AS day,
    dimension,
    value,
    if(is_first, 'first', 'next') AS response,
    count() AS turns,
    uniqExact(conversation_id) AS conversations,
    uniqExactIf((network, customer_id), customer_id != '') AS customers,
    countIf(answered_at IS NOT NULL) AS answered,
    countIf(waiting_seconds IS NOT NULL) AS waiting,
    countIf(outcome = 'waiting_late') AS waiting_late,
    countIf(outcome = 'closed_without_answer') AS closed_without_answer,
    countIf(within_target = true) AS in_time,
    countIf(within_target = false) AS late,
    avg(within_target) AS share_within_target,
    avgIf(within_target, answered_at IS NOT NULL) AS answered_share_within_target,
    quantileExactOrNull(0.5)(age_seconds) AS median_seconds,
    quantileExactOrNull(0.75)(age_seconds) AS p75_seconds,
    quantileExactOrNull(0.9)(age_seconds) AS p90_seconds,
    quantileExactOrNull(0.95)(age_seconds) AS p95_seconds,
    max(age_seconds) AS slowest_seconds,
    quantileExactOrNull(0.5)(waited_seconds) AS answered_median_seconds,
    quantileExactOrNull(0.9)(waited_seconds) AS answered_p90_seconds,
    quantileExactOrNull(0.5)(business_seconds_at_least) AS business_median_seconds,
    quantileExactOrNull(0.75)(business_seconds_at_least) AS business_p75_seconds,
    quantileExactOrNull(0.9)(business_seconds_at_least) AS business_p90_seconds,
    quantileExactOrNull(0.95)(business_seconds_at_least) AS business_p95_seconds,
    max(business_seconds_at_least) AS business_slowest_seconds,
    quantileExactOrNull(0.5)(waited_business_seconds) AS answered_business_median_seconds,
    quantileExactOrNull(0.9)(waited_business_seconds) AS answered_business_p90_seconds
FROM
(
    SELECT 'all' AS dimension, CAST('', 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'network' AS dimension, CAST(network, 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'brand' AS dimension, CAST(brand, 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'priority' AS dimension, CAST(priority, 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'policy' AS dimension, CAST(policy, 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'language' AS dimension, CAST(language, 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'owner' AS dimension, CAST(owner, 'String') AS value, * FROM {{database}}.response_turns
    UNION ALL
    SELECT 'hour of week' AS dimension, CAST(concat(toString(weekday), ' ', leftPad(toString(hour), 2, '0')), 'String') AS value, * FROM {{database}}.response_turns
)
GROUP BY day, dimension, value, response;

CREATE VIEW IF NOT EXISTS {{database}}.response_times{{on_cluster}}
(
    dimension String COMMENT 'What the turns are grouped by: all, network, brand, priority, policy, language, owner or hour of week (weekday and hour in UTC, 1 is Monday)',
    value String COMMENT 'Which network, brand and so on; empty for all',
    response String COMMENT 'first (the first answer of a thread) or next (any later one)',
    turns UInt64 COMMENT 'How many turns started',
    conversations UInt64 COMMENT 'Of how many conversations',
    customers UInt64 COMMENT 'Of how many customers',
    answered UInt64 COMMENT 'How many were answered',
    waiting UInt64 COMMENT 'How many wait now',
    waiting_late UInt64 COMMENT 'How many of these are past their target',
    closed_without_answer UInt64 COMMENT 'How many were settled without an answer',
    in_time UInt64 COMMENT 'How many were answered in time',
    late UInt64 COMMENT 'How many broke the promise: answered late, waiting past the target, or closed past it',
    share_within_target Nullable(Float64) COMMENT 'in_time out of in_time and late, 0 to 1; NULL when nothing is decided',
    answered_share_within_target Nullable(Float64) COMMENT 'The same of answered turns only',
    median_seconds Nullable(Float64) COMMENT 'Half waited no longer, in seconds; who waits still counts with their wait so far',
    p75_seconds Nullable(Float64) COMMENT 'Three in four waited no longer',
    p90_seconds Nullable(Float64) COMMENT 'Nine in ten waited no longer',
    p95_seconds Nullable(Float64) COMMENT 'Nineteen in twenty waited no longer',
    slowest_seconds Nullable(Float64) COMMENT 'The longest wait, answered or not',
    answered_median_seconds Nullable(Float64) COMMENT 'The same of answered turns only: it hides who waits',
    answered_p90_seconds Nullable(Float64) COMMENT 'The same of answered turns only: it hides who waits',
    business_median_seconds Nullable(Float64) COMMENT 'In open hours; who waits still counts with business_seconds_at_least, so it is at least this',
    business_p75_seconds Nullable(Float64) COMMENT 'The same for three in four',
    business_p90_seconds Nullable(Float64) COMMENT 'The same for nine in ten',
    business_p95_seconds Nullable(Float64) COMMENT 'The same for nineteen in twenty',
    business_slowest_seconds Nullable(Float64) COMMENT 'The longest wait in open hours, at least',
    answered_business_median_seconds Nullable(Float64) COMMENT 'In open hours, of answered turns only',
    answered_business_p90_seconds Nullable(Float64) COMMENT 'In open hours, of answered turns only'
)
COMMENT 'How long customers waited whose turn started in a period: response_times(since = now() - INTERVAL 7 DAY, until = now())'
AS SELECT
    dimension,
    value,
    if(is_first, 'first', 'next') AS response,
    count() AS turns,
    uniqExact(conversation_id) AS conversations,
    uniqExactIf((network, customer_id), customer_id != '') AS customers,
    countIf(answered_at IS NOT NULL) AS answered,
    countIf(waiting_seconds IS NOT NULL) AS waiting,
    countIf(outcome = 'waiting_late') AS waiting_late,
    countIf(outcome = 'closed_without_answer') AS closed_without_answer,
    countIf(within_target = true) AS in_time,
    countIf(within_target = false) AS late,
    avg(within_target) AS share_within_target,
    avgIf(within_target, answered_at IS NOT NULL) AS answered_share_within_target,
    quantileExactOrNull(0.5)(age_seconds) AS median_seconds,
    quantileExactOrNull(0.75)(age_seconds) AS p75_seconds,
    quantileExactOrNull(0.9)(age_seconds) AS p90_seconds,
    quantileExactOrNull(0.95)(age_seconds) AS p95_seconds,
    max(age_seconds) AS slowest_seconds,
    quantileExactOrNull(0.5)(waited_seconds) AS answered_median_seconds,
    quantileExactOrNull(0.9)(waited_seconds) AS answered_p90_seconds,
    quantileExactOrNull(0.5)(business_seconds_at_least) AS business_median_seconds,
    quantileExactOrNull(0.75)(business_seconds_at_least) AS business_p75_seconds,
    quantileExactOrNull(0.9)(business_seconds_at_least) AS business_p90_seconds,
    quantileExactOrNull(0.95)(business_seconds_at_least) AS business_p95_seconds,
    max(business_seconds_at_least) AS business_slowest_seconds,
    quantileExactOrNull(0.5)(waited_business_seconds) AS answered_business_median_seconds,
    quantileExactOrNull(0.9)(waited_business_seconds) AS answered_business_p90_seconds
FROM
(
    SELECT 'all' AS dimension, CAST('', 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'network' AS dimension, CAST(network, 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'brand' AS dimension, CAST(brand, 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'priority' AS dimension, CAST(priority, 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'policy' AS dimension, CAST(policy, 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'language' AS dimension, CAST(language, 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'owner' AS dimension, CAST(owner, 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'hour of week' AS dimension, CAST(concat(toString(weekday), ' ', leftPad(toString(hour), 2, '0')), 'String') AS value, * FROM {{database}}.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
)
GROUP BY dimension, value, response;

CREATE VIEW IF NOT EXISTS {{database}}.activity_by_day{{on_cluster}}
(
    day Date COMMENT 'Day, in UTC',
    network LowCardinality(String) COMMENT 'Network',
    brand LowCardinality(String) COMMENT 'Brand; empty when there is only one',
    events UInt64 COMMENT 'Events written on that day, deleted ones and spam left out',
    customer_events UInt64 COMMENT 'Of these, by customers',
    answers UInt64 COMMENT 'Of these, by people of the brand: not by its robots',
    conversations UInt64 COMMENT 'Conversations in which something was written; one of two days counts on both',
    customers UInt64 COMMENT 'Customers who wrote; one who wrote on two days counts on both',
    turns UInt64 COMMENT 'Turns that started',
    first_turns UInt64 COMMENT 'Of these, first ones of a thread',
    turns_answered UInt64 COMMENT 'Of the turns that started, how many have been answered, then or later'
)
COMMENT 'How many events, turns, conversations and customers a day had, beside each other'
AS SELECT
    day,
    network,
    brand,
    countIf(is_event) AS events,
    countIf(is_event AND author_role = 'customer') AS customer_events,
    countIf(is_event AND author_role IN ('brand', 'leader')) AS answers,
    uniqExactIf(conversation_id, is_event) AS conversations,
    uniqExactIf(author_id, is_event AND author_role = 'customer') AS customers,
    countIf(NOT is_event) AS turns,
    countIf(NOT is_event AND is_first) AS first_turns,
    countIf(NOT is_event AND answered) AS turns_answered
FROM
(
    SELECT toDate(created_at) AS day, network, brand, conversation_id, author_role, author_id,
        true AS is_event, false AS is_first, false AS answered
    FROM {{database}}.event_findings
    WHERE NOT is_spam
    UNION ALL
    SELECT toDate(started_at) AS day, network, brand, conversation_id, '' AS author_role, '' AS author_id,
        false AS is_event, is_first, answered_at IS NOT NULL AS answered
    FROM {{database}}.response_turns
    WHERE state != 'quiet'
)
GROUP BY day, network, brand;
