-- Facts: a row per turn with every figure that it adds to a statistic, and a row per event in order of time.
--
-- No sum is kept anywhere, so nothing is left wrong when a conversation changes later: statistics are worked out from
-- the rows that hold when they are asked for, and percentiles are exact over any period.
--
-- What that takes, `python -m tests.bench.store` prints. Three things keep it low:
-- Conditions on the key of a table are checked before its other columns are read and its copies collapsed
-- (optimize_move_to_prewhere_if_final; ClickHouse moves no condition on another column, which a newer copy may not meet).
-- response_turns_between first finds, by the index on started_at and without collapsing, every conversation of which any
-- copy of any turn began in the period, then collapses these alone: whatever holds is among them, wherever a late event
-- has moved it. Over seven of 730 days that takes a quarter of what collapsing everything takes; over more than a hundred
-- days it would take longer, so there it collapses everything.
-- Events are ten times as many as turns, and have a copy in order of time, fed as rows are inserted, without the words.
-- In it a row's place is its instant. When a network corrects the instant of an event, the old place is swept away in
-- the next night; the view events has it in its new place at once.

CREATE OR REPLACE VIEW {{database}}.response_turns{{on_cluster}}
(
    conversation_id String COMMENT 'Conversation to which the turn belongs',
    turn UInt32 COMMENT 'Number of the turn in its conversation, from 1',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    state LowCardinality(String) COMMENT 'State of the conversation: waiting, answered, closed or quiet',
    start_event_id String COMMENT 'First event of the turn',
    started_at DateTime64(3, 'UTC') COMMENT 'Instant of that event, at which the clock starts',
    customer_events UInt32 COMMENT 'How many events of the customer the turn has',
    answer_event_id Nullable(String) COMMENT 'Event that answered; NULL while waiting',
    answered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the answer; NULL while waiting',
    waited_seconds Nullable(Float64) COMMENT 'Seconds from the start of the turn to the answer; NULL while waiting',
    waited_business_seconds Nullable(Float64) COMMENT 'The same, open hours only; NULL while waiting',
    answered_by_role LowCardinality(Nullable(String)) COMMENT 'Side of who answered: brand or leader; NULL while waiting',
    answered_by String COMMENT 'Account that answered; empty while waiting',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled without an answer: the turn waits no longer; else NULL',
    handed_over_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the last automatic reply in the turn: from then on the customer waited for a person alone; NULL without one',
    target_seconds Nullable(Float64) COMMENT 'Seconds that the turn may wait; NULL without a policy',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target is used up; NULL without a policy',
    breached Bool COMMENT 'Whether the turn used more than its target',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    policy_version LowCardinality(String) COMMENT 'Fingerprint of the response policy under which it is measured',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned in the conversation',
    sentiment_score Nullable(Float64) COMMENT 'Feeling of the customer in their last event of the conversation, -1 to 1; NULL when unknown',
    customer_id String COMMENT 'The network''s id of the customer; empty in rows stored before this column was there',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    thread UInt32 COMMENT 'Which coming of the customer the turn belongs to, from 1',
    is_first Bool COMMENT 'Whether it is the first turn of its thread, whose answer is a first response',
    waiting_seconds Nullable(Float64) COMMENT 'Seconds that the customer has waited until now; NULL when nobody waits',
    outcome LowCardinality(String) COMMENT 'in_time or late (answered); waiting_in_time or waiting_late; closed_without_answer (settled, or spam); answered or waiting when nothing was promised',
    within_target Nullable(Bool) COMMENT 'true in time, false late, whether answered, waiting or closed; NULL where nothing is decided: it waits and is not late, was closed before it was late, or nothing was promised',
    age_seconds Nullable(Float64) COMMENT 'waited_seconds, or waiting_seconds while it waits: with this the slowest are never left out; NULL when closed without answer',
    business_seconds_at_least Nullable(Float64) COMMENT 'waited_business_seconds; while it waits a floor: target_seconds once due_at is past, else 0, since SQL does not know the opening hours; NULL when closed without answer',
    weekday UInt8 COMMENT 'Day of the week on which it started, in UTC: 1 is Monday. In another zone toDayOfWeek(started_at, 0, ''Europe/Paris'')',
    hour UInt8 COMMENT 'Hour at which it started, in UTC, 0 to 23. In another zone toHour(started_at, ''Europe/Paris'')',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every turn once, in its present state: who asked, who answered, how long it took'
AS SELECT
    conversation_id,
    turn,
    network,
    brand,
    state,
    start_event_id,
    started_at,
    customer_events,
    answer_event_id,
    answered_at,
    waited_seconds,
    waited_business_seconds,
    answered_by_role,
    answered_by,
    closed_at,
    handed_over_at,
    target_seconds,
    due_at,
    breached,
    policy,
    policy_version,
    priority,
    owner,
    language,
    mentions_leader,
    sentiment_score,
    customer_id,
    customer_handle,
    thread,
    is_first,
    if(answered_at IS NULL AND closed_at IS NULL AND state = 'waiting',
        greatest(0, date_diff('millisecond', started_at, now64(3, 'UTC')) / 1000), NULL) AS waiting_seconds,
    CAST(multiIf(
        answered_at IS NULL AND waiting_seconds IS NULL, 'closed_without_answer',
        target_seconds IS NULL, if(answered_at IS NULL, 'waiting', 'answered'),
        answered_at IS NULL, if(ifNull(due_at < now64(3, 'UTC'), false), 'waiting_late', 'waiting_in_time'),
        if(breached, 'late', 'in_time')), 'LowCardinality(String)') AS outcome,
    CAST(multiIf(outcome = 'in_time', true, outcome IN ('late', 'waiting_late') OR breached, false, NULL), 'Nullable(Bool)')
        AS within_target,
    coalesce(waited_seconds, waiting_seconds) AS age_seconds,
    multiIf(answered_at IS NOT NULL, waited_business_seconds, waiting_seconds IS NULL, NULL,
        outcome = 'waiting_late', target_seconds, 0) AS business_seconds_at_least,
    toDayOfWeek(started_at) AS weekday,
    toHour(started_at) AS hour,
    stored_at
FROM {{database}}.raw_turns FINAL
SETTINGS optimize_move_to_prewhere_if_final = 1;

CREATE VIEW IF NOT EXISTS {{database}}.response_turns_between{{on_cluster}}
(
    conversation_id String COMMENT 'Conversation to which the turn belongs',
    turn UInt32 COMMENT 'Number of the turn in its conversation, from 1',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    state LowCardinality(String) COMMENT 'State of the conversation: waiting, answered, closed or quiet',
    start_event_id String COMMENT 'First event of the turn',
    started_at DateTime64(3, 'UTC') COMMENT 'Instant of that event, at which the clock starts',
    customer_events UInt32 COMMENT 'How many events of the customer the turn has',
    answer_event_id Nullable(String) COMMENT 'Event that answered; NULL while waiting',
    answered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the answer; NULL while waiting',
    waited_seconds Nullable(Float64) COMMENT 'Seconds from the start of the turn to the answer; NULL while waiting',
    waited_business_seconds Nullable(Float64) COMMENT 'The same, open hours only; NULL while waiting',
    answered_by_role LowCardinality(Nullable(String)) COMMENT 'Side of who answered: brand or leader; NULL while waiting',
    answered_by String COMMENT 'Account that answered; empty while waiting',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled without an answer: the turn waits no longer; else NULL',
    target_seconds Nullable(Float64) COMMENT 'Seconds that the turn may wait; NULL without a policy',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target is used up; NULL without a policy',
    breached Bool COMMENT 'Whether the turn used more than its target',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    policy_version LowCardinality(String) COMMENT 'Fingerprint of the response policy under which it is measured',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned in the conversation',
    sentiment_score Nullable(Float64) COMMENT 'Feeling of the customer in their last event of the conversation, -1 to 1; NULL when unknown',
    customer_id String COMMENT 'The network''s id of the customer; empty in rows stored before this column was there',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    thread UInt32 COMMENT 'Which coming of the customer the turn belongs to, from 1',
    is_first Bool COMMENT 'Whether it is the first turn of its thread, whose answer is a first response',
    waiting_seconds Nullable(Float64) COMMENT 'Seconds that the customer has waited until now; NULL when nobody waits',
    outcome LowCardinality(String) COMMENT 'in_time or late (answered); waiting_in_time or waiting_late; closed_without_answer (settled, or spam); answered or waiting when nothing was promised',
    within_target Nullable(Bool) COMMENT 'true in time, false late, whether answered, waiting or closed; NULL where nothing is decided: it waits and is not late, was closed before it was late, or nothing was promised',
    age_seconds Nullable(Float64) COMMENT 'waited_seconds, or waiting_seconds while it waits: with this the slowest are never left out; NULL when closed without answer',
    business_seconds_at_least Nullable(Float64) COMMENT 'waited_business_seconds; while it waits a floor: target_seconds once due_at is past, else 0, since SQL does not know the opening hours; NULL when closed without answer',
    weekday UInt8 COMMENT 'Day of the week on which it started, in UTC: 1 is Monday. In another zone toDayOfWeek(started_at, 0, ''Europe/Paris'')',
    hour UInt8 COMMENT 'Hour at which it started, in UTC, 0 to 23. In another zone toHour(started_at, ''Europe/Paris'')',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'The turns that started in a period, read faster than with a condition: response_turns_between(since = now() - INTERVAL 7 DAY, until = now())'
AS SELECT
    conversation_id,
    turn,
    network,
    brand,
    state,
    start_event_id,
    started_at,
    customer_events,
    answer_event_id,
    answered_at,
    waited_seconds,
    waited_business_seconds,
    answered_by_role,
    answered_by,
    closed_at,
    target_seconds,
    due_at,
    breached,
    policy,
    policy_version,
    priority,
    owner,
    language,
    mentions_leader,
    sentiment_score,
    customer_id,
    customer_handle,
    thread,
    is_first,
    waiting_seconds,
    outcome,
    within_target,
    age_seconds,
    business_seconds_at_least,
    weekday,
    hour,
    stored_at
FROM {{database}}.response_turns
WHERE started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
  AND date_diff('day', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) <= 100
  AND conversation_id {{global}}IN
(
    SELECT conversation_id
    FROM {{database}}.raw_turns
    WHERE started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
      AND date_diff('day', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) <= 100
)
UNION ALL
SELECT
    conversation_id,
    turn,
    network,
    brand,
    state,
    start_event_id,
    started_at,
    customer_events,
    answer_event_id,
    answered_at,
    waited_seconds,
    waited_business_seconds,
    answered_by_role,
    answered_by,
    closed_at,
    target_seconds,
    due_at,
    breached,
    policy,
    policy_version,
    priority,
    owner,
    language,
    mentions_leader,
    sentiment_score,
    customer_id,
    customer_handle,
    thread,
    is_first,
    waiting_seconds,
    outcome,
    within_target,
    age_seconds,
    business_seconds_at_least,
    weekday,
    hour,
    stored_at
FROM {{database}}.response_turns
WHERE started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
  AND date_diff('day', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) > 100;

CREATE TABLE IF NOT EXISTS {{database}}.events_by_time{{local}}{{on_cluster}}
(
    created_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was written, as the network says; response times use this one only' CODEC(Delta(8), ZSTD(1)),
    event_id String COMMENT 'Stable and unique id of the event: network, colon, the network''s own id' CODEC(ZSTD(1)),
    conversation_id String COMMENT 'Conversation to which the event belongs' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network on which it was written',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    kind LowCardinality(String) COMMENT 'What it is: post, comment, reply, review or message',
    visibility LowCardinality(String) COMMENT 'Who can read it on the network: public or private',
    author_role LowCardinality(String) COMMENT 'Side of the author: customer, brand, leader or automation',
    author_id String COMMENT 'The network''s id of the author' CODEC(ZSTD(1)),
    language LowCardinality(String) COMMENT 'Language that was found: ISO 639-1 code, or und when the text does not say',
    sentiment LowCardinality(String) COMMENT 'How the author feels: negative, neutral or positive',
    sentiment_score Float32 COMMENT 'How the author feels, from -1 (negative) to 1 (positive)' CODEC(ZSTD(1)),
    topics Array(LowCardinality(String)) COMMENT 'Subjects that the event is about',
    intent LowCardinality(String) COMMENT 'What the author wants: complaint, question, praise, request or other',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    is_spam Bool COMMENT 'Whether it looks like spam',
    deleted Bool COMMENT 'Whether it was deleted on the network; its text, entities and display name are then empty',
    version UInt64 COMMENT 'Which copy holds; the greatest wins' CODEC(ZSTD(1)),
    is_deleted UInt8 COMMENT '1 for a place in time where the event no longer stands',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX stored_at_range stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}version, is_deleted)
PARTITION BY toYYYYMM(created_at)
ORDER BY (created_at, event_id)
SETTINGS {{deduplication}} = 1000, min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1
COMMENT 'What was found in every event, in order of time; read the view event_findings';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.events_by_time{{on_cluster}}
AS {{database}}.events_by_time_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'events_by_time_local', cityHash64(conversation_id))
COMMENT 'What was found in every event, in order of time; read the view event_findings';

CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.events_by_time_feed{{on_cluster}} TO {{database}}.events_by_time{{local}}
COMMENT 'Copies what is inserted into raw_events into events_by_time'
AS SELECT
    created_at,
    event_id,
    conversation_id,
    network,
    brand,
    kind,
    visibility,
    author_role,
    author_id,
    language,
    sentiment,
    sentiment_score,
    topics,
    intent,
    mentions_leader,
    is_spam,
    deleted,
    version,
    stored_at
FROM {{database}}.raw_events{{local}};

CREATE MATERIALIZED VIEW IF NOT EXISTS {{database}}.events_by_time_sweep{{on_cluster}}
REFRESH EVERY 1 DAY OFFSET 2 HOUR APPEND TO {{database}}.events_by_time{{local}}
EMPTY
COMMENT 'Takes events whose instant was corrected out of their old place in events_by_time, each night'
AS SELECT
    stale.created_at AS created_at,
    stale.event_id AS event_id,
    moved.latest AS version,
    1 AS is_deleted,
    stale.stored_at AS stored_at
FROM {{database}}.events_by_time{{local}} AS stale
INNER JOIN
(
    SELECT cityHash64(event_id) AS event, argMax(created_at, version) AS holds_at, max(version) AS latest
    FROM {{database}}.events_by_time{{local}}
    WHERE NOT is_deleted AND event IN
    (
        SELECT cityHash64(event_id)
        FROM {{database}}.events_by_time{{local}}
        WHERE stored_at >= now() - INTERVAL 3 DAY
    )
    GROUP BY event
    HAVING min(created_at) != max(created_at)
) AS moved ON moved.event = cityHash64(stale.event_id)
WHERE stale.created_at != moved.holds_at AND NOT stale.is_deleted
SETTINGS max_bytes_before_external_group_by = 500000000;

INSERT INTO {{database}}.events_by_time
(
    created_at,
    event_id,
    conversation_id,
    network,
    brand,
    kind,
    visibility,
    author_role,
    author_id,
    language,
    sentiment,
    sentiment_score,
    topics,
    intent,
    mentions_leader,
    is_spam,
    deleted,
    version,
    stored_at
)
SELECT
    created_at,
    event_id,
    conversation_id,
    network,
    brand,
    kind,
    visibility,
    author_role,
    author_id,
    language,
    sentiment,
    sentiment_score,
    topics,
    intent,
    mentions_leader,
    is_spam,
    deleted,
    version,
    stored_at
FROM {{database}}.raw_events FINAL
SETTINGS max_partitions_per_insert_block = 0, distributed_foreground_insert = 1;

CREATE VIEW IF NOT EXISTS {{database}}.event_findings{{on_cluster}}
(
    created_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was written, as the network says; response times use this one only',
    event_id String COMMENT 'Stable and unique id of the event: network, colon, the network''s own id',
    conversation_id String COMMENT 'Conversation to which the event belongs',
    network LowCardinality(String) COMMENT 'Network on which it was written',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    kind LowCardinality(String) COMMENT 'What it is: post, comment, reply, review or message',
    visibility LowCardinality(String) COMMENT 'Who can read it on the network: public or private',
    author_role LowCardinality(String) COMMENT 'Side of the author: customer, brand, leader or automation',
    author_id String COMMENT 'The network''s id of the author',
    language LowCardinality(String) COMMENT 'Language that was found: ISO 639-1 code, or und when the text does not say',
    sentiment LowCardinality(String) COMMENT 'How the author feels: negative, neutral or positive',
    sentiment_score Float32 COMMENT 'How the author feels, from -1 (negative) to 1 (positive)',
    topics Array(LowCardinality(String)) COMMENT 'Subjects that the event is about',
    intent LowCardinality(String) COMMENT 'What the author wants: complaint, question, praise, request or other',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    is_spam Bool COMMENT 'Whether it looks like spam',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'What was found in every event that was not deleted, without its words: for figures over days or years; join events by event_id for the words'
AS SELECT
    created_at,
    event_id,
    conversation_id,
    network,
    brand,
    kind,
    visibility,
    author_role,
    author_id,
    language,
    sentiment,
    sentiment_score,
    topics,
    intent,
    mentions_leader,
    is_spam,
    stored_at
FROM {{database}}.events_by_time FINAL
WHERE NOT deleted;

CREATE VIEW IF NOT EXISTS {{database}}.waiting_customers{{on_cluster}}
(
    conversation_id String COMMENT 'Id of the conversation',
    turn UInt32 COMMENT 'Number of the turn that waits, from 1',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    customer_id String COMMENT 'The network''s id of the customer',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    waiting_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant since which the customer waits',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target is used up; NULL without a policy',
    waiting_seconds Nullable(Float64) COMMENT 'Seconds that the customer has waited until now',
    outcome LowCardinality(String) COMMENT 'waiting_in_time or waiting_late; waiting when nothing was promised',
    over_seconds Nullable(Float64) COMMENT 'Seconds past the deadline on the clock of the wall, negative before it; NULL without a policy',
    target_seconds Nullable(Float64) COMMENT 'Seconds that the turn may wait; NULL without a policy',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned in the conversation',
    sentiment_end LowCardinality(Nullable(String)) COMMENT 'Feeling of the customer in their last event: negative, neutral or positive; NULL when unknown',
    sentiment_score_end Nullable(Float64) COMMENT 'Feeling of the customer in their last event, -1 to 1; NULL when unknown',
    leader LowCardinality(String) COMMENT 'Leader that it is about or was written to; empty when it is none',
    delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    acknowledged_by LowCardinality(String) COMMENT 'Who has seen that the customer waits; empty when nobody said so',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed',
    permalink Nullable(String) COMMENT 'Address of the conversation on the network; NULL when it has none',
    last_customer_text String COMMENT 'What the customer wrote last, after redaction'
)
COMMENT 'Everybody who waits now, with what they wrote last'
AS SELECT
    conversation_id,
    turns AS turn,
    network,
    brand,
    customer_id,
    customer_handle,
    waiting_since,
    due_at,
    greatest(0, date_diff('millisecond', waiting_since, now64(3, 'UTC')) / 1000) AS waiting_seconds,
    CAST(multiIf(target_seconds IS NULL, 'waiting', ifNull(due_at < now64(3, 'UTC'), false), 'waiting_late',
        'waiting_in_time'), 'LowCardinality(String)') AS outcome,
    date_diff('millisecond', due_at, now64(3, 'UTC')) / 1000 AS over_seconds,
    target_seconds,
    policy,
    priority,
    owner,
    language,
    mentions_leader,
    sentiment_end,
    sentiment_score_end,
    leader,
    delegates,
    acknowledged_by,
    snoozed_until,
    permalink,
    last_customer_text
FROM {{database}}.conversations
WHERE state = 'waiting'
  AND conversation_id {{global}}IN (SELECT conversation_id FROM {{database}}.raw_conversations WHERE state = 'waiting');
