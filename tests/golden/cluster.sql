-- What was applied: made before the first numbered file, on a cluster as one table that every server holds.

CREATE DATABASE IF NOT EXISTS vigie ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS vigie.schema_migrations ON CLUSTER '{cluster}'
(
    number UInt32 COMMENT 'Number of the migration, from 1 without gaps',
    name String COMMENT 'Name of its file',
    sha256 String COMMENT 'Fingerprint of the file when it was applied, in hexadecimal',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which it was applied; of several the latest'
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', applied_at)
ORDER BY number
COMMENT 'Migrations that this database has seen; read with FINAL';

-- 0001_events.sql

-- Events: what was written, with what was found in it.
--
-- Ordered by event_id alone, so that copies of an event meet in a merge. The version makes a deletion stay:
-- 2^62 is more than any received_at, whatever copy comes later.
--
-- The view collapses with FINAL and not with argMax: filters reach the table, so on a million events with a fifth of
-- them stored twice (2 cores, ClickHouse 26.9, 2026) a day by network takes 109 ms against 256, the last twenty events
-- 81 against 2149, one conversation 448 against 3313, and with the index on conversation_id 295.

CREATE TABLE IF NOT EXISTS vigie.raw_events_local ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Stable and unique id of the event: network, colon, the network''s own id' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network on which it was written',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    conversation_id String COMMENT 'Conversation to which the event belongs' CODEC(ZSTD(1)),
    parent_id Nullable(String) COMMENT 'Event that it answers; NULL when it opens a conversation' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'What it is: post, comment, reply, review or message',
    visibility LowCardinality(String) COMMENT 'Who can read it on the network: public or private',
    author_id String COMMENT 'The network''s id of the author' CODEC(ZSTD(1)),
    author_handle String COMMENT 'The author''s account name on the network; may be empty' CODEC(ZSTD(1)),
    author_name String COMMENT 'The author''s display name; empty when unknown or when the event was deleted' CODEC(ZSTD(1)),
    author_role LowCardinality(String) COMMENT 'Side of the author: customer, brand, leader or automation',
    author_followers Nullable(Int64) COMMENT 'How many accounts followed the author when the event was fetched; NULL when unknown' CODEC(ZSTD(1)),
    author_verified Bool COMMENT 'Whether the network had verified the author',
    text String COMMENT 'What was written, after redaction of personal data; empty when the event was deleted' CODEC(ZSTD(3)),
    language_hint LowCardinality(Nullable(String)) COMMENT 'Language that the network gave, as it gave it; NULL when it gave none',
    permalink Nullable(String) COMMENT 'Address of the event on the network; NULL when it has none' CODEC(ZSTD(1)),
    rating Nullable(Int64) COMMENT 'Stars of a review; NULL for all else',
    likes Int64 COMMENT 'Likes, as counted by the network when the event was fetched' CODEC(ZSTD(1)),
    shares Int64 COMMENT 'Shares, as counted by the network when the event was fetched' CODEC(ZSTD(1)),
    views Int64 COMMENT 'Views, as counted by the network when the event was fetched' CODEC(ZSTD(1)),
    edited Bool COMMENT 'Whether the author changed it after writing it',
    deleted Bool COMMENT 'Whether it was deleted on the network; its text, entities and display name are then empty',
    language LowCardinality(String) COMMENT 'Language that was found: ISO 639-1 code, or und when the text does not say',
    language_confidence Float32 COMMENT 'Confidence in the language, 0 to 1',
    sentiment LowCardinality(String) COMMENT 'How the author feels: negative, neutral or positive',
    sentiment_score Float32 COMMENT 'How the author feels, from -1 (negative) to 1 (positive)',
    sentiment_confidence Float32 COMMENT 'Confidence in the sentiment, 0 to 1',
    `entities.text` Array(String) COMMENT 'Names found in the text, as written' CODEC(ZSTD(1)),
    `entities.label` Array(LowCardinality(String)) COMMENT 'Kind of each name: person, place, product and so on',
    `entities.start` Array(UInt32) COMMENT 'First character of each name in the text, counted from 0' CODEC(ZSTD(1)),
    `entities.end` Array(UInt32) COMMENT 'Character after the last one of each name in the text' CODEC(ZSTD(1)),
    `entities.canonical` Array(LowCardinality(String)) COMMENT 'What each name stands for whatever its spelling; empty when not known',
    topics Array(LowCardinality(String)) COMMENT 'Subjects that the event is about',
    topic_confidences Array(Float32) COMMENT 'Confidence in each topic, 0 to 1, in the order of topics' CODEC(ZSTD(1)),
    intent LowCardinality(String) COMMENT 'What the author wants: complaint, question, praise, request or other',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    is_spam Bool COMMENT 'Whether it looks like spam',
    pii Map(LowCardinality(String), UInt32) COMMENT 'How many pieces of personal data were redacted, by kind',
    failed_steps Array(LowCardinality(String)) COMMENT 'Enrichment steps that failed, so that their finding is missing',
    model_version LowCardinality(String) COMMENT 'Version of the models that enriched the event',
    created_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was written, as the network says; response times use this one only' CODEC(Delta(8), ZSTD(1)),
    received_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector fetched it' CODEC(Delta(8), ZSTD(1)),
    published_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector handed it to Kafka' CODEC(Delta(8), ZSTD(1)),
    processed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was enriched' CODEC(Delta(8), ZSTD(1)),
    kafka_topic LowCardinality(String) COMMENT 'Topic of the record that became this row',
    kafka_partition Int32 COMMENT 'Partition of that record' CODEC(ZSTD(1)),
    kafka_offset Int64 COMMENT 'Offset of that record' CODEC(Delta(8), ZSTD(1)),
    version UInt64 COMMENT 'Which copy holds: received_at in milliseconds, plus 2^62 when deleted; the greatest wins' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX created_at_range created_at TYPE minmax GRANULARITY 1,
    INDEX conversation_id_in conversation_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
PARTITION BY toYYYYMM(created_at)
ORDER BY event_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every event as often as it arrived; read the view events';

CREATE TABLE IF NOT EXISTS vigie.raw_events ON CLUSTER '{cluster}'
AS vigie.raw_events_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_events_local', cityHash64(conversation_id))
COMMENT 'Every event as often as it arrived; read the view events';

CREATE VIEW IF NOT EXISTS vigie.events ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Stable and unique id of the event: network, colon, the network''s own id',
    network LowCardinality(String) COMMENT 'Network on which it was written',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    conversation_id String COMMENT 'Conversation to which the event belongs',
    parent_id Nullable(String) COMMENT 'Event that it answers; NULL when it opens a conversation',
    kind LowCardinality(String) COMMENT 'What it is: post, comment, reply, review or message',
    visibility LowCardinality(String) COMMENT 'Who can read it on the network: public or private',
    author_id String COMMENT 'The network''s id of the author',
    author_handle String COMMENT 'The author''s account name on the network; may be empty',
    author_name String COMMENT 'The author''s display name; empty when unknown or when the event was deleted',
    author_role LowCardinality(String) COMMENT 'Side of the author: customer, brand, leader or automation',
    author_followers Nullable(Int64) COMMENT 'How many accounts followed the author when the event was fetched; NULL when unknown',
    author_verified Bool COMMENT 'Whether the network had verified the author',
    text String COMMENT 'What was written, after redaction of personal data; empty when the event was deleted',
    language_hint LowCardinality(Nullable(String)) COMMENT 'Language that the network gave, as it gave it; NULL when it gave none',
    permalink Nullable(String) COMMENT 'Address of the event on the network; NULL when it has none',
    rating Nullable(Int64) COMMENT 'Stars of a review; NULL for all else',
    likes Int64 COMMENT 'Likes, as counted by the network when the event was fetched',
    shares Int64 COMMENT 'Shares, as counted by the network when the event was fetched',
    views Int64 COMMENT 'Views, as counted by the network when the event was fetched',
    edited Bool COMMENT 'Whether the author changed it after writing it',
    deleted Bool COMMENT 'Whether it was deleted on the network; its text, entities and display name are then empty',
    language LowCardinality(String) COMMENT 'Language that was found: ISO 639-1 code, or und when the text does not say',
    language_confidence Float32 COMMENT 'Confidence in the language, 0 to 1',
    sentiment LowCardinality(String) COMMENT 'How the author feels: negative, neutral or positive',
    sentiment_score Float32 COMMENT 'How the author feels, from -1 (negative) to 1 (positive)',
    sentiment_confidence Float32 COMMENT 'Confidence in the sentiment, 0 to 1',
    `entities.text` Array(String) COMMENT 'Names found in the text, as written',
    `entities.label` Array(LowCardinality(String)) COMMENT 'Kind of each name: person, place, product and so on',
    `entities.start` Array(UInt32) COMMENT 'First character of each name in the text, counted from 0',
    `entities.end` Array(UInt32) COMMENT 'Character after the last one of each name in the text',
    `entities.canonical` Array(LowCardinality(String)) COMMENT 'What each name stands for whatever its spelling; empty when not known',
    topics Array(LowCardinality(String)) COMMENT 'Subjects that the event is about',
    topic_confidences Array(Float32) COMMENT 'Confidence in each topic, 0 to 1, in the order of topics',
    intent LowCardinality(String) COMMENT 'What the author wants: complaint, question, praise, request or other',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    is_spam Bool COMMENT 'Whether it looks like spam',
    pii Map(LowCardinality(String), UInt32) COMMENT 'How many pieces of personal data were redacted, by kind',
    failed_steps Array(LowCardinality(String)) COMMENT 'Enrichment steps that failed, so that their finding is missing',
    model_version LowCardinality(String) COMMENT 'Version of the models that enriched the event',
    created_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was written, as the network says; response times use this one only',
    received_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector fetched it',
    published_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector handed it to Kafka',
    processed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was enriched',
    kafka_topic LowCardinality(String) COMMENT 'Topic of the record that became this row',
    kafka_partition Int32 COMMENT 'Partition of that record',
    kafka_offset Int64 COMMENT 'Offset of that record',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every event once: its latest copy, or the fact that it was deleted'
AS SELECT
    event_id,
    network,
    brand,
    conversation_id,
    parent_id,
    kind,
    visibility,
    author_id,
    author_handle,
    author_name,
    author_role,
    author_followers,
    author_verified,
    text,
    language_hint,
    permalink,
    rating,
    likes,
    shares,
    views,
    edited,
    deleted,
    language,
    language_confidence,
    sentiment,
    sentiment_score,
    sentiment_confidence,
    `entities.text`,
    `entities.label`,
    `entities.start`,
    `entities.end`,
    `entities.canonical`,
    topics,
    topic_confidences,
    intent,
    mentions_leader,
    is_spam,
    pii,
    failed_steps,
    model_version,
    created_at,
    received_at,
    published_at,
    processed_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    stored_at
FROM vigie.raw_events FINAL;

-- 0002_conversations.sql

-- Conversations: what was measured over all events that hang together by reply links.

CREATE TABLE IF NOT EXISTS vigie.raw_conversations_local ON CLUSTER '{cluster}'
(
    conversation_id String COMMENT 'Id of the conversation' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    state LowCardinality(String) COMMENT 'waiting (the last turn has no answer), answered, closed or quiet (no customer has written, or only spam)',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Instant of its first event' CODEC(Delta(8), ZSTD(1)),
    last_event_at DateTime64(3, 'UTC') COMMENT 'Instant of its last event' CODEC(Delta(8), ZSTD(1)),
    last_event_id String COMMENT 'Id of its last event' CODEC(ZSTD(1)),
    events UInt32 COMMENT 'How many events it has' CODEC(ZSTD(1)),
    customer_events UInt32 COMMENT 'How many events of customers it has ever had, deleted ones included' CODEC(ZSTD(1)),
    turns UInt32 COMMENT 'How many turns it has' CODEC(ZSTD(1)),
    first_response_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the first turn to its answer; NULL while waiting' CODEC(ZSTD(1)),
    first_response_business_seconds Nullable(Float64) COMMENT 'The same, open hours only' CODEC(ZSTD(1)),
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    policy_version LowCardinality(String) COMMENT 'Fingerprint of that policy',
    target_seconds Nullable(Float64) COMMENT 'Seconds that the waiting turn may wait, or the first when none waits; NULL without a policy' CODEC(ZSTD(1)),
    breached Bool COMMENT 'Whether any turn has used more than its target',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    sentiment_start LowCardinality(Nullable(String)) COMMENT 'Feeling of the customer at the start: negative, neutral or positive; NULL when unknown',
    sentiment_end LowCardinality(Nullable(String)) COMMENT 'Feeling of the customer in their last event: negative, neutral or positive; NULL when unknown',
    sentiment_score_end Nullable(Float64) COMMENT 'Feeling of the customer in their last event, -1 to 1; NULL when unknown' CODEC(ZSTD(1)),
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    customer_id String COMMENT 'The network''s id of the customer' CODEC(ZSTD(1)),
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty' CODEC(ZSTD(1)),
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    permalink Nullable(String) COMMENT 'Address of the conversation on the network; NULL when it has none' CODEC(ZSTD(1)),
    last_customer_text String COMMENT 'What the customer wrote last, after redaction' CODEC(ZSTD(3)),
    version UInt64 COMMENT 'Which state holds; the greatest wins' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX last_event_at_range last_event_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY conversation_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every state that a conversation went through; read the view conversations';

CREATE TABLE IF NOT EXISTS vigie.raw_conversations ON CLUSTER '{cluster}'
AS vigie.raw_conversations_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_conversations_local', cityHash64(conversation_id))
COMMENT 'Every state that a conversation went through; read the view conversations';

CREATE VIEW IF NOT EXISTS vigie.conversations ON CLUSTER '{cluster}'
(
    conversation_id String COMMENT 'Id of the conversation',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    state LowCardinality(String) COMMENT 'waiting (the last turn has no answer), answered, closed or quiet (no customer has written, or only spam)',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Instant of its first event',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Instant of its last event',
    last_event_id String COMMENT 'Id of its last event',
    events UInt32 COMMENT 'How many events it has',
    customer_events UInt32 COMMENT 'How many events of customers it has ever had, deleted ones included',
    turns UInt32 COMMENT 'How many turns it has',
    first_response_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the first turn to its answer; NULL while waiting',
    first_response_business_seconds Nullable(Float64) COMMENT 'The same, open hours only',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    policy_version LowCardinality(String) COMMENT 'Fingerprint of that policy',
    target_seconds Nullable(Float64) COMMENT 'Seconds that the waiting turn may wait, or the first when none waits; NULL without a policy',
    breached Bool COMMENT 'Whether any turn has used more than its target',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    sentiment_start LowCardinality(Nullable(String)) COMMENT 'Feeling of the customer at the start: negative, neutral or positive; NULL when unknown',
    sentiment_end LowCardinality(Nullable(String)) COMMENT 'Feeling of the customer in their last event: negative, neutral or positive; NULL when unknown',
    sentiment_score_end Nullable(Float64) COMMENT 'Feeling of the customer in their last event, -1 to 1; NULL when unknown',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    customer_id String COMMENT 'The network''s id of the customer',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    permalink Nullable(String) COMMENT 'Address of the conversation on the network; NULL when it has none',
    last_customer_text String COMMENT 'What the customer wrote last, after redaction',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every conversation once, in its present state'
AS SELECT
    conversation_id,
    network,
    brand,
    state,
    first_event_at,
    last_event_at,
    last_event_id,
    events,
    customer_events,
    turns,
    first_response_seconds,
    first_response_business_seconds,
    policy,
    policy_version,
    target_seconds,
    breached,
    priority,
    language,
    sentiment_start,
    sentiment_end,
    sentiment_score_end,
    mentions_leader,
    customer_id,
    customer_handle,
    owner,
    permalink,
    last_customer_text,
    stored_at
FROM vigie.raw_conversations FINAL;

-- 0003_turns.sql

-- Turns: consecutive customer events with no human answer between them.
--
-- A late event can merge two turns into one. Each version of a conversation therefore also writes the turn
-- numbers that it does not have, as deleted. They expire after the
-- turn that they hide, since retention counts from stored_at.

CREATE TABLE IF NOT EXISTS vigie.raw_turns_local ON CLUSTER '{cluster}'
(
    conversation_id String COMMENT 'Conversation to which the turn belongs' CODEC(ZSTD(1)),
    turn UInt32 COMMENT 'Number of the turn in its conversation, from 1' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    state LowCardinality(String) COMMENT 'State of the conversation: waiting, answered, closed or quiet',
    start_event_id String COMMENT 'First event of the turn' CODEC(ZSTD(1)),
    started_at DateTime64(3, 'UTC') COMMENT 'Instant of that event, at which the clock starts' CODEC(Delta(8), ZSTD(1)),
    customer_events UInt32 COMMENT 'How many events of the customer the turn has' CODEC(ZSTD(1)),
    answer_event_id Nullable(String) COMMENT 'Event that answered; NULL while waiting' CODEC(ZSTD(1)),
    answered_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the answer; NULL while waiting' CODEC(ZSTD(1)),
    waited_seconds Nullable(Float64) COMMENT 'Seconds from the start of the turn to the answer; NULL while waiting' CODEC(ZSTD(1)),
    waited_business_seconds Nullable(Float64) COMMENT 'The same, open hours only; NULL while waiting' CODEC(ZSTD(1)),
    answered_by_role LowCardinality(Nullable(String)) COMMENT 'Side of who answered: brand or leader; NULL while waiting',
    answered_by String COMMENT 'Account that answered; empty while waiting' CODEC(ZSTD(1)),
    target_seconds Nullable(Float64) COMMENT 'Seconds that the turn may wait; NULL without a policy' CODEC(ZSTD(1)),
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target is used up; NULL without a policy' CODEC(ZSTD(1)),
    breached Bool COMMENT 'Whether the turn used more than its target',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned in the conversation',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'Version of the conversation that the turn comes from; the greatest wins' CODEC(ZSTD(1)),
    is_deleted UInt8 COMMENT '1 for a turn number that the conversation no longer has',
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX started_at_range started_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
ORDER BY (conversation_id, turn)
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every state that a turn went through; read the view response_turns';

CREATE TABLE IF NOT EXISTS vigie.raw_turns ON CLUSTER '{cluster}'
AS vigie.raw_turns_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_turns_local', cityHash64(conversation_id))
COMMENT 'Every state that a turn went through; read the view response_turns';

CREATE VIEW IF NOT EXISTS vigie.response_turns ON CLUSTER '{cluster}'
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
    target_seconds Nullable(Float64) COMMENT 'Seconds that the turn may wait; NULL without a policy',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target is used up; NULL without a policy',
    breached Bool COMMENT 'Whether the turn used more than its target',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned in the conversation',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    is_first Bool COMMENT 'Whether it is the first turn, which the first response time measures',
    waiting_seconds Nullable(Float64) COMMENT 'Seconds that the customer has waited until now; NULL when nobody waits',
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
    target_seconds,
    due_at,
    breached,
    policy,
    priority,
    language,
    mentions_leader,
    customer_handle,
    CAST(turn = 1, 'Bool') AS is_first,
    if(answered_at IS NULL AND state = 'waiting', date_diff('millisecond', started_at, now64(3, 'UTC')) / 1000, NULL)
        AS waiting_seconds,
    stored_at
FROM vigie.raw_turns FINAL;

-- 0004_alerts.sql

-- Alerts: turns that used up part or all of their target.

CREATE TABLE IF NOT EXISTS vigie.raw_alerts_local ON CLUSTER '{cluster}'
(
    alert_id String COMMENT 'Id of the alert: conversation, turn and level, so that no run can alert twice' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'firing, acknowledged, snoozed or resolved',
    level LowCardinality(String) COMMENT 'warning_50, warning_75, warning_90, breach or escalation',
    conversation_id String COMMENT 'Conversation that waits' CODEC(ZSTD(1)),
    turn UInt32 COMMENT 'Number of the turn that waits, from 1' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    fired_at DateTime64(3, 'UTC') COMMENT 'Instant at which the level was due' CODEC(Delta(8), ZSTD(1)),
    started_at DateTime64(3, 'UTC') COMMENT 'Instant at which the clock of the turn started' CODEC(Delta(8), ZSTD(1)),
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the alert ended; NULL until then' CODEC(ZSTD(1)),
    target_seconds Float64 COMMENT 'Seconds that the turn may wait' CODEC(ZSTD(1)),
    waited_seconds Float64 COMMENT 'Seconds that the turn had waited when the level fired; once resolved, until the answer' CODEC(ZSTD(1)),
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty' CODEC(ZSTD(1)),
    text String COMMENT 'What the customer wrote, after redaction' CODEC(ZSTD(3)),
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    permalink Nullable(String) COMMENT 'Address of the conversation on the network; NULL when it has none' CODEC(ZSTD(1)),
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    version UInt64 COMMENT 'Which state holds; the greatest wins' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX fired_at_range fired_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)
ORDER BY alert_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every state that an alert went through; read the view alerts';

CREATE TABLE IF NOT EXISTS vigie.raw_alerts ON CLUSTER '{cluster}'
AS vigie.raw_alerts_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_alerts_local', cityHash64(conversation_id))
COMMENT 'Every state that an alert went through; read the view alerts';

CREATE VIEW IF NOT EXISTS vigie.alerts ON CLUSTER '{cluster}'
(
    alert_id String COMMENT 'Id of the alert: conversation, turn and level, so that no run can alert twice',
    state LowCardinality(String) COMMENT 'firing, acknowledged, snoozed or resolved',
    level LowCardinality(String) COMMENT 'warning_50, warning_75, warning_90, breach or escalation',
    conversation_id String COMMENT 'Conversation that waits',
    turn UInt32 COMMENT 'Number of the turn that waits, from 1',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    fired_at DateTime64(3, 'UTC') COMMENT 'Instant at which the level was due',
    started_at DateTime64(3, 'UTC') COMMENT 'Instant at which the clock of the turn started',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the alert ended; NULL until then',
    target_seconds Float64 COMMENT 'Seconds that the turn may wait',
    waited_seconds Float64 COMMENT 'Seconds that the turn had waited when the level fired; once resolved, until the answer',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    text String COMMENT 'What the customer wrote, after redaction',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    permalink Nullable(String) COMMENT 'Address of the conversation on the network; NULL when it has none',
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every alert once, in its present state'
AS SELECT
    alert_id,
    state,
    level,
    conversation_id,
    turn,
    network,
    brand,
    policy,
    priority,
    fired_at,
    started_at,
    resolved_at,
    target_seconds,
    waited_seconds,
    customer_handle,
    text,
    language,
    permalink,
    owner,
    mentions_leader,
    stored_at
FROM vigie.raw_alerts FINAL;

-- 0005_dead_letters.sql

-- Dead letters: inputs that could not be handled, kept whole with the reason.

CREATE TABLE IF NOT EXISTS vigie.raw_dead_letters_local ON CLUSTER '{cluster}'
(
    dead_letter_id String COMMENT 'Id of the dead letter: the same bytes at the same place are the same one' CODEC(ZSTD(1)),
    stage LowCardinality(String) COMMENT 'Where it failed: connect, enrich, responses, sink or notify',
    source LowCardinality(String) COMMENT 'Topic of the input, or for a connector its network and file',
    source_partition Int32 COMMENT 'Partition of the input; -1 when it did not come from a topic' CODEC(ZSTD(1)),
    source_offset Int64 COMMENT 'Offset of the input in its partition, or its line in a file' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network that it came from; empty when unknown',
    error LowCardinality(String) COMMENT 'Class of the error',
    reason String COMMENT 'Why it failed, in a sentence' CODEC(ZSTD(1)),
    key Nullable(String) COMMENT 'Key of the record, as bytes; NULL when it had none' CODEC(ZSTD(1)),
    payload String COMMENT 'The input as it was, byte for byte' CODEC(ZSTD(3)),
    code_version LowCardinality(String) COMMENT 'Version of the program that failed on it',
    failed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it failed; of several failures the latest holds' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX failed_at_range failed_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', failed_at)
ORDER BY dead_letter_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every dead letter as often as it arrived; read the view dead_letters';

CREATE TABLE IF NOT EXISTS vigie.raw_dead_letters ON CLUSTER '{cluster}'
AS vigie.raw_dead_letters_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_dead_letters_local', cityHash64(dead_letter_id))
COMMENT 'Every dead letter as often as it arrived; read the view dead_letters';

CREATE VIEW IF NOT EXISTS vigie.dead_letters ON CLUSTER '{cluster}'
(
    dead_letter_id String COMMENT 'Id of the dead letter: the same bytes at the same place are the same one',
    stage LowCardinality(String) COMMENT 'Where it failed: connect, enrich, responses, sink or notify',
    source LowCardinality(String) COMMENT 'Topic of the input, or for a connector its network and file',
    source_partition Int32 COMMENT 'Partition of the input; -1 when it did not come from a topic',
    source_offset Int64 COMMENT 'Offset of the input in its partition, or its line in a file',
    network LowCardinality(String) COMMENT 'Network that it came from; empty when unknown',
    error LowCardinality(String) COMMENT 'Class of the error',
    reason String COMMENT 'Why it failed, in a sentence',
    key Nullable(String) COMMENT 'Key of the record, as bytes; NULL when it had none',
    payload String COMMENT 'The input as it was, byte for byte',
    code_version LowCardinality(String) COMMENT 'Version of the program that failed on it',
    failed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it failed; of several failures the latest holds',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every dead letter once'
AS SELECT
    dead_letter_id,
    stage,
    source,
    source_partition,
    source_offset,
    network,
    error,
    reason,
    key,
    payload,
    code_version,
    failed_at,
    stored_at
FROM vigie.raw_dead_letters FINAL;

-- 0006_noise.sql

-- Noise: why an event looks like spam, and which near-duplicates belong together.
--
-- `count()` counts a storm n times, `uniqExact(if(group_id = '', event_id, group_id))` counts it once.

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS spam_reason
    LowCardinality(String) COMMENT 'Why it looks like spam, in English; empty when it does not' AFTER is_spam;

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS group_id
    String COMMENT 'The same for near-duplicates: retweets and copies; empty when the text is too short to tell' CODEC(ZSTD(1)) AFTER spam_reason;

ALTER TABLE vigie.raw_events ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS spam_reason
    LowCardinality(String) COMMENT 'Why it looks like spam, in English; empty when it does not' AFTER is_spam;

ALTER TABLE vigie.raw_events ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS group_id
    String COMMENT 'The same for near-duplicates: retweets and copies; empty when the text is too short to tell' AFTER spam_reason;

CREATE OR REPLACE VIEW vigie.events ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Stable and unique id of the event: network, colon, the network''s own id',
    network LowCardinality(String) COMMENT 'Network on which it was written',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    conversation_id String COMMENT 'Conversation to which the event belongs',
    parent_id Nullable(String) COMMENT 'Event that it answers; NULL when it opens a conversation',
    kind LowCardinality(String) COMMENT 'What it is: post, comment, reply, review or message',
    visibility LowCardinality(String) COMMENT 'Who can read it on the network: public or private',
    author_id String COMMENT 'The network''s id of the author',
    author_handle String COMMENT 'The author''s account name on the network; may be empty',
    author_name String COMMENT 'The author''s display name; empty when unknown or when the event was deleted',
    author_role LowCardinality(String) COMMENT 'Side of the author: customer, brand, leader or automation',
    author_followers Nullable(Int64) COMMENT 'How many accounts followed the author when the event was fetched; NULL when unknown',
    author_verified Bool COMMENT 'Whether the network had verified the author',
    text String COMMENT 'What was written, after redaction of personal data; empty when the event was deleted',
    language_hint LowCardinality(Nullable(String)) COMMENT 'Language that the network gave, as it gave it; NULL when it gave none',
    permalink Nullable(String) COMMENT 'Address of the event on the network; NULL when it has none',
    rating Nullable(Int64) COMMENT 'Stars of a review; NULL for all else',
    likes Int64 COMMENT 'Likes, as counted by the network when the event was fetched',
    shares Int64 COMMENT 'Shares, as counted by the network when the event was fetched',
    views Int64 COMMENT 'Views, as counted by the network when the event was fetched',
    edited Bool COMMENT 'Whether the author changed it after writing it',
    deleted Bool COMMENT 'Whether it was deleted on the network; its text, entities and display name are then empty',
    language LowCardinality(String) COMMENT 'Language that was found: ISO 639-1 code, or und when the text does not say',
    language_confidence Float32 COMMENT 'Confidence in the language, 0 to 1',
    sentiment LowCardinality(String) COMMENT 'How the author feels: negative, neutral or positive',
    sentiment_score Float32 COMMENT 'How the author feels, from -1 (negative) to 1 (positive)',
    sentiment_confidence Float32 COMMENT 'Confidence in the sentiment, 0 to 1',
    `entities.text` Array(String) COMMENT 'Names found in the text, as written',
    `entities.label` Array(LowCardinality(String)) COMMENT 'Kind of each name: person, place, product and so on',
    `entities.start` Array(UInt32) COMMENT 'First character of each name in the text, counted from 0',
    `entities.end` Array(UInt32) COMMENT 'Character after the last one of each name in the text',
    `entities.canonical` Array(LowCardinality(String)) COMMENT 'What each name stands for whatever its spelling; empty when not known',
    topics Array(LowCardinality(String)) COMMENT 'Subjects that the event is about',
    topic_confidences Array(Float32) COMMENT 'Confidence in each topic, 0 to 1, in the order of topics',
    intent LowCardinality(String) COMMENT 'What the author wants: complaint, question, praise, request or other',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    is_spam Bool COMMENT 'Whether it looks like spam',
    spam_reason LowCardinality(String) COMMENT 'Why it looks like spam, in English; empty when it does not',
    group_id String COMMENT 'The same for near-duplicates: retweets and copies; empty when the text is too short to tell',
    pii Map(LowCardinality(String), UInt32) COMMENT 'How many pieces of personal data were redacted, by kind',
    failed_steps Array(LowCardinality(String)) COMMENT 'Enrichment steps that failed, so that their finding is missing',
    model_version LowCardinality(String) COMMENT 'Version of the models that enriched the event',
    created_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was written, as the network says; response times use this one only',
    received_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector fetched it',
    published_at DateTime64(3, 'UTC') COMMENT 'Instant at which the connector handed it to Kafka',
    processed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was enriched',
    kafka_topic LowCardinality(String) COMMENT 'Topic of the record that became this row',
    kafka_partition Int32 COMMENT 'Partition of that record',
    kafka_offset Int64 COMMENT 'Offset of that record',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every event once: its latest copy, or the fact that it was deleted'
AS SELECT
    event_id,
    network,
    brand,
    conversation_id,
    parent_id,
    kind,
    visibility,
    author_id,
    author_handle,
    author_name,
    author_role,
    author_followers,
    author_verified,
    text,
    language_hint,
    permalink,
    rating,
    likes,
    shares,
    views,
    edited,
    deleted,
    language,
    language_confidence,
    sentiment,
    sentiment_score,
    sentiment_confidence,
    `entities.text`,
    `entities.label`,
    `entities.start`,
    `entities.end`,
    `entities.canonical`,
    topics,
    topic_confidences,
    intent,
    mentions_leader,
    is_spam,
    spam_reason,
    group_id,
    pii,
    failed_steps,
    model_version,
    created_at,
    received_at,
    published_at,
    processed_at,
    kafka_topic,
    kafka_partition,
    kafka_offset,
    stored_at
FROM vigie.raw_events FINAL;

-- 0007_corrections.sql

-- Corrections: what people said about events, against the models. Kept for ever: they are training data.

CREATE TABLE IF NOT EXISTS vigie.raw_corrections_local ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Event that was corrected' CODEC(ZSTD(1)),
    sentiment LowCardinality(String) COMMENT 'How its author feels; empty when the models were left alone',
    has_topics Bool COMMENT 'Whether its subjects were corrected',
    topics Array(LowCardinality(String)) COMMENT 'Its subjects',
    corrected_at DateTime64(3, 'UTC') COMMENT 'Instant of the correction; of several the latest holds' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', corrected_at)
ORDER BY event_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every correction as often as it was made; read the view corrections';

CREATE TABLE IF NOT EXISTS vigie.raw_corrections ON CLUSTER '{cluster}'
AS vigie.raw_corrections_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_corrections_local', cityHash64(event_id))
COMMENT 'Every correction as often as it was made; read the view corrections';

CREATE VIEW IF NOT EXISTS vigie.corrections ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Event that was corrected',
    sentiment LowCardinality(String) COMMENT 'How its author feels; empty when the models were left alone',
    has_topics Bool COMMENT 'Whether its subjects were corrected',
    topics Array(LowCardinality(String)) COMMENT 'Its subjects',
    corrected_at DateTime64(3, 'UTC') COMMENT 'Instant of the correction; of several the latest holds',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every correction once: the latest of an event'
AS SELECT
    event_id,
    sentiment,
    has_topics,
    topics,
    corrected_at,
    stored_at
FROM vigie.raw_corrections FINAL;

-- retention

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_conversations_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_turns_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(90);
