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

-- 0006_threads.sql

-- Threads: a customer who comes back has clocks of their own, and each turn carries the promise it is measured under.
--
-- Rows from before have no threads: their first turn is the first of the only one. The defaults say so without rewriting
-- a part. The view of turns follows in 0008.

ALTER TABLE vigie.raw_conversations_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS threads UInt32 DEFAULT 1 COMMENT 'How often the customer came: one more each time they write again after a silence or a close' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS waiting_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant since which the customer waits; NULL when nobody waits' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target of the turn that waits is used up; NULL when nobody waits, or without a policy' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled; NULL while it is open' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS first_resolution_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the customer to the end of the first thread; NULL until then' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS first_resolution_business_seconds Nullable(Float64) COMMENT 'The same, open hours only' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS total_resolution_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the customer to the end of the last thread; NULL while one is open' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS total_resolution_business_seconds Nullable(Float64) COMMENT 'The same, open hours only' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS leader LowCardinality(String) COMMENT 'Leader that it is about or was written to; empty when it is none',
    ADD COLUMN IF NOT EXISTS delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    ADD COLUMN IF NOT EXISTS acknowledged_by LowCardinality(String) COMMENT 'Who has seen that the customer waits; empty when nobody said so',
    ADD COLUMN IF NOT EXISTS snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_conversations ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS threads UInt32 DEFAULT 1 COMMENT 'How often the customer came: one more each time they write again after a silence or a close',
    ADD COLUMN IF NOT EXISTS waiting_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant since which the customer waits; NULL when nobody waits',
    ADD COLUMN IF NOT EXISTS due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target of the turn that waits is used up; NULL when nobody waits, or without a policy',
    ADD COLUMN IF NOT EXISTS closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled; NULL while it is open',
    ADD COLUMN IF NOT EXISTS first_resolution_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the customer to the end of the first thread; NULL until then',
    ADD COLUMN IF NOT EXISTS first_resolution_business_seconds Nullable(Float64) COMMENT 'The same, open hours only',
    ADD COLUMN IF NOT EXISTS total_resolution_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the customer to the end of the last thread; NULL while one is open',
    ADD COLUMN IF NOT EXISTS total_resolution_business_seconds Nullable(Float64) COMMENT 'The same, open hours only',
    ADD COLUMN IF NOT EXISTS leader LowCardinality(String) COMMENT 'Leader that it is about or was written to; empty when it is none',
    ADD COLUMN IF NOT EXISTS delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    ADD COLUMN IF NOT EXISTS acknowledged_by LowCardinality(String) COMMENT 'Who has seen that the customer waits; empty when nobody said so',
    ADD COLUMN IF NOT EXISTS snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed';

ALTER TABLE vigie.raw_turns_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS thread UInt32 DEFAULT 1 COMMENT 'Which coming of the customer the turn belongs to, from 1' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS is_first Bool DEFAULT turn = 1 COMMENT 'Whether it is the first turn of its thread, whose answer is a first response',
    ADD COLUMN IF NOT EXISTS closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled without an answer: the turn waits no longer; else NULL' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS handed_over_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the last automatic reply in the turn: from then on the customer waited for a person alone; NULL without one' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS policy_version LowCardinality(String) COMMENT 'Fingerprint of the response policy under which it is measured',
    ADD COLUMN IF NOT EXISTS owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    ADD COLUMN IF NOT EXISTS customer_id String COMMENT 'The network''s id of the customer; empty in rows stored before this column was there' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS sentiment_score Nullable(Float64) COMMENT 'Feeling of the customer in their last event of the conversation, -1 to 1; NULL when unknown' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_turns ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS thread UInt32 DEFAULT 1 COMMENT 'Which coming of the customer the turn belongs to, from 1',
    ADD COLUMN IF NOT EXISTS is_first Bool DEFAULT turn = 1 COMMENT 'Whether it is the first turn of its thread, whose answer is a first response',
    ADD COLUMN IF NOT EXISTS closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled without an answer: the turn waits no longer; else NULL',
    ADD COLUMN IF NOT EXISTS handed_over_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of the last automatic reply in the turn: from then on the customer waited for a person alone; NULL without one',
    ADD COLUMN IF NOT EXISTS policy_version LowCardinality(String) COMMENT 'Fingerprint of the response policy under which it is measured',
    ADD COLUMN IF NOT EXISTS owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    ADD COLUMN IF NOT EXISTS customer_id String COMMENT 'The network''s id of the customer; empty in rows stored before this column was there',
    ADD COLUMN IF NOT EXISTS sentiment_score Nullable(Float64) COMMENT 'Feeling of the customer in their last event of the conversation, -1 to 1; NULL when unknown';

-- Who waits has waited since then: rows from before do not say so. The same version again, so that a newer state wins.
INSERT INTO vigie.raw_conversations
(
    conversation_id,
    network,
    brand,
    state,
    first_event_at,
    last_event_at,
    last_event_id,
    waiting_since,
    due_at,
    closed_at,
    events,
    customer_events,
    turns,
    threads,
    first_response_seconds,
    first_response_business_seconds,
    first_resolution_seconds,
    first_resolution_business_seconds,
    total_resolution_seconds,
    total_resolution_business_seconds,
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
    leader,
    delegates,
    acknowledged_by,
    snoozed_until,
    permalink,
    last_customer_text,
    version,
    stored_at
)
SELECT
    conversation.conversation_id AS conversation_id,
    conversation.network AS network,
    conversation.brand AS brand,
    conversation.state AS state,
    conversation.first_event_at AS first_event_at,
    conversation.last_event_at AS last_event_at,
    conversation.last_event_id AS last_event_id,
    open.started_at AS waiting_since,
    open.due_at AS due_at,
    conversation.closed_at AS closed_at,
    conversation.events AS events,
    conversation.customer_events AS customer_events,
    conversation.turns AS turns,
    conversation.threads AS threads,
    conversation.first_response_seconds AS first_response_seconds,
    conversation.first_response_business_seconds AS first_response_business_seconds,
    conversation.first_resolution_seconds AS first_resolution_seconds,
    conversation.first_resolution_business_seconds AS first_resolution_business_seconds,
    conversation.total_resolution_seconds AS total_resolution_seconds,
    conversation.total_resolution_business_seconds AS total_resolution_business_seconds,
    conversation.policy AS policy,
    conversation.policy_version AS policy_version,
    conversation.target_seconds AS target_seconds,
    conversation.breached AS breached,
    conversation.priority AS priority,
    conversation.language AS language,
    conversation.sentiment_start AS sentiment_start,
    conversation.sentiment_end AS sentiment_end,
    conversation.sentiment_score_end AS sentiment_score_end,
    conversation.mentions_leader AS mentions_leader,
    conversation.customer_id AS customer_id,
    conversation.customer_handle AS customer_handle,
    conversation.owner AS owner,
    conversation.leader AS leader,
    conversation.delegates AS delegates,
    conversation.acknowledged_by AS acknowledged_by,
    conversation.snoozed_until AS snoozed_until,
    conversation.permalink AS permalink,
    conversation.last_customer_text AS last_customer_text,
    conversation.version AS version,
    conversation.stored_at AS stored_at
FROM vigie.raw_conversations AS conversation FINAL
INNER JOIN
(
    SELECT conversation_id, started_at, due_at
    FROM vigie.raw_turns FINAL
    WHERE answered_at IS NULL AND closed_at IS NULL AND state = 'waiting'
    ORDER BY turn DESC
    LIMIT 1 BY conversation_id
) AS open ON open.conversation_id = conversation.conversation_id
WHERE conversation.state = 'waiting' AND conversation.waiting_since IS NULL
SETTINGS distributed_foreground_insert = 1, distributed_product_mode = 'global';

CREATE OR REPLACE VIEW vigie.conversations ON CLUSTER '{cluster}'
(
    conversation_id String COMMENT 'Id of the conversation',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    state LowCardinality(String) COMMENT 'waiting (the last turn has no answer), answered, closed or quiet (no customer has written, or only spam)',
    first_event_at DateTime64(3, 'UTC') COMMENT 'Instant of its first event',
    last_event_at DateTime64(3, 'UTC') COMMENT 'Instant of its last event',
    last_event_id String COMMENT 'Id of its last event',
    waiting_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant since which the customer waits; NULL when nobody waits',
    due_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the target of the turn that waits is used up; NULL when nobody waits, or without a policy',
    closed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the matter was settled; NULL while it is open',
    events UInt32 COMMENT 'How many events it has',
    customer_events UInt32 COMMENT 'How many events of customers it has ever had, deleted ones included',
    turns UInt32 COMMENT 'How many turns it has',
    threads UInt32 COMMENT 'How often the customer came: one more each time they write again after a silence or a close',
    first_response_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the first turn to its answer; NULL while waiting',
    first_response_business_seconds Nullable(Float64) COMMENT 'The same, open hours only',
    first_resolution_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the customer to the end of the first thread; NULL until then',
    first_resolution_business_seconds Nullable(Float64) COMMENT 'The same, open hours only',
    total_resolution_seconds Nullable(Float64) COMMENT 'Seconds from the first event of the customer to the end of the last thread; NULL while one is open',
    total_resolution_business_seconds Nullable(Float64) COMMENT 'The same, open hours only',
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
    leader LowCardinality(String) COMMENT 'Leader that it is about or was written to; empty when it is none',
    delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    acknowledged_by LowCardinality(String) COMMENT 'Who has seen that the customer waits; empty when nobody said so',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed',
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
    waiting_since,
    due_at,
    closed_at,
    events,
    customer_events,
    turns,
    threads,
    first_response_seconds,
    first_response_business_seconds,
    first_resolution_seconds,
    first_resolution_business_seconds,
    total_resolution_seconds,
    total_resolution_business_seconds,
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
    leader,
    delegates,
    acknowledged_by,
    snoozed_until,
    permalink,
    last_customer_text,
    stored_at
FROM vigie.raw_conversations FINAL
SETTINGS optimize_move_to_prewhere_if_final = 1;

-- Addressees: to whom a message was sent, to whom an alert is told, and who said that they had seen it.

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS recipient String COMMENT 'Account that a message was sent to; empty when it is public or not known' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_events ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS recipient String COMMENT 'Account that a message was sent to; empty when it is public or not known';

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
    recipient String COMMENT 'Account that a message was sent to; empty when it is public or not known',
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
    recipient,
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
FROM vigie.raw_events FINAL
SETTINGS optimize_move_to_prewhere_if_final = 1;

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS waited_business_seconds Float64 COMMENT 'The wait in open hours only, as waited_seconds counts it' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step UInt32 DEFAULT 1 COMMENT 'Which step of an escalation, or which delegate in turn, from 1' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS addressee LowCardinality(String) COMMENT 'Who is told at this level; empty when nobody is named',
    ADD COLUMN IF NOT EXISTS on_behalf_of LowCardinality(String) COMMENT 'Leader in whose name the customer may be answered; empty when it is about none',
    ADD COLUMN IF NOT EXISTS delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    ADD COLUMN IF NOT EXISTS acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which somebody said that they had seen it; NULL until then' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS acknowledged_by LowCardinality(String) COMMENT 'Who said so; empty until then',
    ADD COLUMN IF NOT EXISTS snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS watch LowCardinality(String) COMMENT 'Name of the watch, when the alert is about many conversations; else empty',
    ADD COLUMN IF NOT EXISTS scope LowCardinality(String) COMMENT 'What the watch looked at, such as one network or brand; else empty',
    ADD COLUMN IF NOT EXISTS value Nullable(Float64) COMMENT 'What the watch saw; else NULL' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS threshold Nullable(Float64) COMMENT 'What was allowed; else NULL' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS cases Nullable(UInt32) COMMENT 'How many cases the watch counted; else NULL' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS window_seconds Nullable(Float64) COMMENT 'Over how many seconds it looked; else NULL' CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS explanation String COMMENT 'The rule and the figures in a sentence; else empty' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_alerts ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS waited_business_seconds Float64 COMMENT 'The wait in open hours only, as waited_seconds counts it',
    ADD COLUMN IF NOT EXISTS step UInt32 DEFAULT 1 COMMENT 'Which step of an escalation, or which delegate in turn, from 1',
    ADD COLUMN IF NOT EXISTS addressee LowCardinality(String) COMMENT 'Who is told at this level; empty when nobody is named',
    ADD COLUMN IF NOT EXISTS on_behalf_of LowCardinality(String) COMMENT 'Leader in whose name the customer may be answered; empty when it is about none',
    ADD COLUMN IF NOT EXISTS delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    ADD COLUMN IF NOT EXISTS acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which somebody said that they had seen it; NULL until then',
    ADD COLUMN IF NOT EXISTS acknowledged_by LowCardinality(String) COMMENT 'Who said so; empty until then',
    ADD COLUMN IF NOT EXISTS snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed',
    ADD COLUMN IF NOT EXISTS watch LowCardinality(String) COMMENT 'Name of the watch, when the alert is about many conversations; else empty',
    ADD COLUMN IF NOT EXISTS scope LowCardinality(String) COMMENT 'What the watch looked at, such as one network or brand; else empty',
    ADD COLUMN IF NOT EXISTS value Nullable(Float64) COMMENT 'What the watch saw; else NULL',
    ADD COLUMN IF NOT EXISTS threshold Nullable(Float64) COMMENT 'What was allowed; else NULL',
    ADD COLUMN IF NOT EXISTS cases Nullable(UInt32) COMMENT 'How many cases the watch counted; else NULL',
    ADD COLUMN IF NOT EXISTS window_seconds Nullable(Float64) COMMENT 'Over how many seconds it looked; else NULL',
    ADD COLUMN IF NOT EXISTS explanation String COMMENT 'The rule and the figures in a sentence; else empty';

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS level 'warning_50, warning_75, warning_90, delegation, breach, escalation or watch';

ALTER TABLE vigie.raw_alerts ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS level 'warning_50, warning_75, warning_90, delegation, breach, escalation or watch';

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS conversation_id 'Conversation that waits; an id of its own when the alert is about a whole watch';

ALTER TABLE vigie.raw_alerts ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS conversation_id 'Conversation that waits; an id of its own when the alert is about a whole watch';

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS turn 'Number of the turn that waits, from 1; 0 when the alert is about a whole watch';

ALTER TABLE vigie.raw_alerts ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS turn 'Number of the turn that waits, from 1; 0 when the alert is about a whole watch';

CREATE OR REPLACE VIEW vigie.alerts ON CLUSTER '{cluster}'
(
    alert_id String COMMENT 'Id of the alert: conversation, turn and level, so that no run can alert twice',
    state LowCardinality(String) COMMENT 'firing, acknowledged, snoozed or resolved',
    level LowCardinality(String) COMMENT 'warning_50, warning_75, warning_90, delegation, breach, escalation or watch',
    step UInt32 COMMENT 'Which step of an escalation, or which delegate in turn, from 1',
    conversation_id String COMMENT 'Conversation that waits; an id of its own when the alert is about a whole watch',
    turn UInt32 COMMENT 'Number of the turn that waits, from 1; 0 when the alert is about a whole watch',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    policy LowCardinality(String) COMMENT 'Response policy that holds',
    priority LowCardinality(String) COMMENT 'low, normal, high or urgent',
    fired_at DateTime64(3, 'UTC') COMMENT 'Instant at which the level was due',
    started_at DateTime64(3, 'UTC') COMMENT 'Instant at which the clock of the turn started',
    resolved_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the alert ended; NULL until then',
    acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which somebody said that they had seen it; NULL until then',
    acknowledged_by LowCardinality(String) COMMENT 'Who said so; empty until then',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant before which nothing more is said about it; NULL when it is not snoozed',
    target_seconds Float64 COMMENT 'Seconds that the turn may wait',
    waited_seconds Float64 COMMENT 'Seconds that the turn had waited when the level fired; once resolved, until the answer',
    waited_business_seconds Float64 COMMENT 'The wait in open hours only, as waited_seconds counts it',
    customer_handle String COMMENT 'The customer''s account name on the network; may be empty',
    text String COMMENT 'What the customer wrote, after redaction',
    language LowCardinality(String) COMMENT 'Language of the customer: ISO 639-1 code, or und',
    permalink Nullable(String) COMMENT 'Address of the conversation on the network; NULL when it has none',
    owner LowCardinality(String) COMMENT 'Who on the team is to answer; empty when nobody is named',
    delegates Array(LowCardinality(String)) COMMENT 'Who may answer in the name of the owner, in order',
    addressee LowCardinality(String) COMMENT 'Who is told at this level; empty when nobody is named',
    on_behalf_of LowCardinality(String) COMMENT 'Leader in whose name the customer may be answered; empty when it is about none',
    mentions_leader Bool COMMENT 'Whether a named leader is mentioned',
    watch LowCardinality(String) COMMENT 'Name of the watch, when the alert is about many conversations; else empty',
    scope LowCardinality(String) COMMENT 'What the watch looked at, such as one network or brand; else empty',
    value Nullable(Float64) COMMENT 'What the watch saw; else NULL',
    threshold Nullable(Float64) COMMENT 'What was allowed; else NULL',
    cases Nullable(UInt32) COMMENT 'How many cases the watch counted; else NULL',
    window_seconds Nullable(Float64) COMMENT 'Over how many seconds it looked; else NULL',
    explanation String COMMENT 'The rule and the figures in a sentence; else empty',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every alert once, in its present state'
AS SELECT
    alert_id,
    state,
    level,
    step,
    conversation_id,
    turn,
    network,
    brand,
    policy,
    priority,
    fired_at,
    started_at,
    resolved_at,
    acknowledged_at,
    acknowledged_by,
    snoozed_until,
    target_seconds,
    waited_seconds,
    waited_business_seconds,
    customer_handle,
    text,
    language,
    permalink,
    owner,
    delegates,
    addressee,
    on_behalf_of,
    mentions_leader,
    watch,
    scope,
    value,
    threshold,
    cases,
    window_seconds,
    explanation,
    stored_at
FROM vigie.raw_alerts FINAL;

-- 0007_decisions.sql

-- Decisions: what people decided about a conversation, and every edition of the promises and opening hours.

CREATE TABLE IF NOT EXISTS vigie.raw_actions_local ON CLUSTER '{cluster}'
(
    action_id String COMMENT 'Id of the decision: sent twice it is still one' CODEC(ZSTD(1)),
    kind LowCardinality(String) COMMENT 'acknowledge, snooze, assign or close',
    conversation_id String COMMENT 'Conversation that it is about, or the id of a watch' CODEC(ZSTD(1)),
    turn Nullable(UInt32) COMMENT 'Number of the turn that it is about; NULL for the one that waited then' CODEC(ZSTD(1)),
    acted_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision' CODEC(Delta(8), ZSTD(1)),
    acted_by LowCardinality(String) COMMENT 'Who decided; empty when not known',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'For a snooze: say nothing more before this instant; else NULL' CODEC(ZSTD(1)),
    assigned_to LowCardinality(String) COMMENT 'For an assignment: who is to answer from now on; else empty',
    note String COMMENT 'What they added in words; may be empty' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX acted_at_range acted_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', acted_at)
ORDER BY action_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every decision as often as it arrived; read the view actions';

CREATE TABLE IF NOT EXISTS vigie.raw_actions ON CLUSTER '{cluster}'
AS vigie.raw_actions_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_actions_local', cityHash64(conversation_id))
COMMENT 'Every decision as often as it arrived; read the view actions';

CREATE VIEW IF NOT EXISTS vigie.actions ON CLUSTER '{cluster}'
(
    action_id String COMMENT 'Id of the decision: sent twice it is still one',
    kind LowCardinality(String) COMMENT 'acknowledge, snooze, assign or close',
    conversation_id String COMMENT 'Conversation that it is about, or the id of a watch',
    turn Nullable(UInt32) COMMENT 'Number of the turn that it is about; NULL for the one that waited then',
    acted_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision',
    acted_by LowCardinality(String) COMMENT 'Who decided; empty when not known',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'For a snooze: say nothing more before this instant; else NULL',
    assigned_to LowCardinality(String) COMMENT 'For an assignment: who is to answer from now on; else empty',
    note String COMMENT 'What they added in words; may be empty',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every decision of a person once: acknowledged, snoozed, assigned, closed'
AS SELECT
    action_id,
    kind,
    conversation_id,
    turn,
    acted_at,
    acted_by,
    snoozed_until,
    assigned_to,
    note,
    stored_at
FROM vigie.raw_actions FINAL;

CREATE TABLE IF NOT EXISTS vigie.raw_rules_local ON CLUSTER '{cluster}'
(
    since DateTime64(3, 'UTC') COMMENT 'Instant from which the edition holds' CODEC(Delta(8), ZSTD(1)),
    kind LowCardinality(String) COMMENT 'edition (all of it), policy, calendar or calendar_file',
    position UInt32 COMMENT 'Place in its list, from 1: of the policies the first that takes an event holds; 0 for the edition' CODEC(ZSTD(1)),
    name LowCardinality(String) COMMENT 'Name of the policy, calendar or calendar file; empty for the edition',
    fingerprint LowCardinality(String) COMMENT 'Fingerprint of what it says; for a policy the policy_version of what was measured under it',
    definition String COMMENT 'What it says: JSON with durations in seconds; for a calendar file its text; empty for the edition' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', since)
ORDER BY (since, kind, position)
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every part of every edition of the rules as often as it arrived; read the view rules';

CREATE TABLE IF NOT EXISTS vigie.raw_rules ON CLUSTER '{cluster}'
AS vigie.raw_rules_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_rules_local', cityHash64(since))
COMMENT 'Every part of every edition of the rules as often as it arrived; read the view rules';

CREATE VIEW IF NOT EXISTS vigie.rules ON CLUSTER '{cluster}'
(
    since DateTime64(3, 'UTC') COMMENT 'Instant from which the edition holds',
    until Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant from which the next edition holds; NULL for the present one',
    kind LowCardinality(String) COMMENT 'edition (all of it), policy, calendar or calendar_file',
    position UInt32 COMMENT 'Place in its list, from 1: of the policies the first that takes an event holds; 0 for the edition',
    name LowCardinality(String) COMMENT 'Name of the policy, calendar or calendar file; empty for the edition',
    fingerprint LowCardinality(String) COMMENT 'Fingerprint of what it says; for a policy the policy_version of what was measured under it',
    definition String COMMENT 'What it says: JSON with durations in seconds; for a calendar file its text; empty for the edition',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every edition of the promises and opening hours, part by part, and until when it held'
AS WITH (SELECT arraySort(groupUniqArray(since)) FROM vigie.raw_rules) AS editions
SELECT
    since,
    if(since = editions[-1], NULL, arrayFirst(later -> later > since, editions)) AS until,
    kind,
    position,
    name,
    fingerprint,
    definition,
    stored_at
FROM vigie.raw_rules FINAL;

-- 0008_facts.sql

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

CREATE OR REPLACE VIEW vigie.response_turns ON CLUSTER '{cluster}'
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
FROM vigie.raw_turns FINAL
SETTINGS optimize_move_to_prewhere_if_final = 1;

CREATE VIEW IF NOT EXISTS vigie.response_turns_between ON CLUSTER '{cluster}'
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
FROM vigie.response_turns
WHERE started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
  AND date_diff('day', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) <= 100
  AND conversation_id GLOBAL IN
(
    SELECT conversation_id
    FROM vigie.raw_turns
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
FROM vigie.response_turns
WHERE started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
  AND date_diff('day', {since:DateTime64(3, 'UTC')}, {until:DateTime64(3, 'UTC')}) > 100;

CREATE TABLE IF NOT EXISTS vigie.events_by_time_local ON CLUSTER '{cluster}'
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
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version, is_deleted)
PARTITION BY toYYYYMM(created_at)
ORDER BY (created_at, event_id)
SETTINGS replicated_deduplication_window = 1000, min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1
COMMENT 'What was found in every event, in order of time; read the view event_findings';

CREATE TABLE IF NOT EXISTS vigie.events_by_time ON CLUSTER '{cluster}'
AS vigie.events_by_time_local
ENGINE = Distributed('{cluster}', 'vigie', 'events_by_time_local', cityHash64(conversation_id))
COMMENT 'What was found in every event, in order of time; read the view event_findings';

CREATE MATERIALIZED VIEW IF NOT EXISTS vigie.events_by_time_feed ON CLUSTER '{cluster}' TO vigie.events_by_time_local
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
FROM vigie.raw_events_local;

CREATE MATERIALIZED VIEW IF NOT EXISTS vigie.events_by_time_sweep ON CLUSTER '{cluster}'
REFRESH EVERY 1 DAY OFFSET 2 HOUR APPEND TO vigie.events_by_time_local
EMPTY
COMMENT 'Takes events whose instant was corrected out of their old place in events_by_time, each night'
AS SELECT
    stale.created_at AS created_at,
    stale.event_id AS event_id,
    moved.latest AS version,
    1 AS is_deleted,
    stale.stored_at AS stored_at
FROM vigie.events_by_time_local AS stale
INNER JOIN
(
    SELECT cityHash64(event_id) AS event, argMax(created_at, version) AS holds_at, max(version) AS latest
    FROM vigie.events_by_time_local
    WHERE NOT is_deleted AND event IN
    (
        SELECT cityHash64(event_id)
        FROM vigie.events_by_time_local
        WHERE stored_at >= now() - INTERVAL 3 DAY
    )
    GROUP BY event
    HAVING min(created_at) != max(created_at)
) AS moved ON moved.event = cityHash64(stale.event_id)
WHERE stale.created_at != moved.holds_at AND NOT stale.is_deleted
SETTINGS max_bytes_before_external_group_by = 500000000;

INSERT INTO vigie.events_by_time
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
FROM vigie.raw_events FINAL
SETTINGS max_partitions_per_insert_block = 0, distributed_foreground_insert = 1;

CREATE VIEW IF NOT EXISTS vigie.event_findings ON CLUSTER '{cluster}'
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
FROM vigie.events_by_time FINAL
WHERE NOT deleted;

CREATE VIEW IF NOT EXISTS vigie.waiting_customers ON CLUSTER '{cluster}'
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
FROM vigie.conversations
WHERE state = 'waiting'
  AND conversation_id GLOBAL IN (SELECT conversation_id FROM vigie.raw_conversations WHERE state = 'waiting');

-- 0009_statistics.sql

-- Statistics: how long customers waited, with those who wait still, by everything a leader asks for.
--
-- A percentile is the wait of a real turn, never a value between two: sorted upwards and counted from 0, the one at place
-- floor(share × how many), as quantileExact picks it. Nothing is divided by zero: a group without a figure has NULL.
--
-- response_times_by_day is a plain view for boards: the filter on its day prunes, the filter on its dimension drops the
-- other groupings. Percentiles of days do not add up to those of a week: for one figure over any period and any filter
-- aggregate response_turns_between(since, until), which a board's variables can filter, since it adds nothing up; or read
-- response_times(since, until), which has.

CREATE VIEW IF NOT EXISTS vigie.response_times_by_day ON CLUSTER '{cluster}'
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
    SELECT 'all' AS dimension, CAST('', 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'network' AS dimension, CAST(network, 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'brand' AS dimension, CAST(brand, 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'priority' AS dimension, CAST(priority, 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'policy' AS dimension, CAST(policy, 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'language' AS dimension, CAST(language, 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'owner' AS dimension, CAST(owner, 'String') AS value, * FROM vigie.response_turns
    UNION ALL
    SELECT 'hour of week' AS dimension, CAST(concat(toString(weekday), ' ', leftPad(toString(hour), 2, '0')), 'String') AS value, * FROM vigie.response_turns
)
GROUP BY day, dimension, value, response;

CREATE VIEW IF NOT EXISTS vigie.response_times ON CLUSTER '{cluster}'
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
    SELECT 'all' AS dimension, CAST('', 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'network' AS dimension, CAST(network, 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'brand' AS dimension, CAST(brand, 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'priority' AS dimension, CAST(priority, 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'policy' AS dimension, CAST(policy, 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'language' AS dimension, CAST(language, 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'owner' AS dimension, CAST(owner, 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
    UNION ALL
    SELECT 'hour of week' AS dimension, CAST(concat(toString(weekday), ' ', leftPad(toString(hour), 2, '0')), 'String') AS value, * FROM vigie.response_turns_between(since = {since:DateTime64(3, 'UTC')}, until = {until:DateTime64(3, 'UTC')})
)
GROUP BY dimension, value, response;

CREATE VIEW IF NOT EXISTS vigie.activity_by_day ON CLUSTER '{cluster}'
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
    FROM vigie.event_findings
    WHERE NOT is_spam
    UNION ALL
    SELECT toDate(started_at) AS day, network, brand, conversation_id, '' AS author_role, '' AS author_id,
        false AS is_event, is_first, answered_at IS NOT NULL AS answered
    FROM vigie.response_turns
    WHERE state != 'quiet'
)
GROUP BY day, network, brand;

-- 0010_deliveries.sql

-- Deliveries: what was told to which channel, what failed, what waits.

CREATE TABLE IF NOT EXISTS vigie.raw_deliveries_local ON CLUSTER '{cluster}'
(
    delivery_id String COMMENT 'Id of the step: the same step written twice is the same one' CODEC(ZSTD(1)),
    alert_id String COMMENT 'Id of the alert that is told' CODEC(ZSTD(1)),
    level LowCardinality(String) COMMENT 'Level of the alert',
    conversation_id String COMMENT 'Conversation that the alert is about' CODEC(ZSTD(1)),
    turn UInt32 COMMENT 'Number of the turn that the alert is about' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    policy LowCardinality(String) COMMENT 'Response policy of the alert',
    fired_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the alert fired' CODEC(ZSTD(1)),
    route LowCardinality(String) COMMENT 'Route of the settings that took the alert',
    channel LowCardinality(String) COMMENT 'Channel that it was for; care.2 is the second address of care',
    occasion LowCardinality(String) COMMENT 'Why it is told: fired, again (a snooze ended) or resolved',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'End of the snooze after which it is told again; NULL else' CODEC(ZSTD(1)),
    state LowCardinality(String) COMMENT 'sent, grouped (told in a summary), held (waits for quiet hours to end), failed (tried again) or dropped (not told)',
    attempt UInt32 COMMENT 'Number of the attempt, from 1; 0 when none was made' CODEC(ZSTD(1)),
    alerts UInt32 COMMENT 'How many alerts the message was about' CODEC(ZSTD(1)),
    reason LowCardinality(String) COMMENT 'Why it failed, waits or was dropped, as a class such as timeout or http_500; empty when it was told',
    at DateTime64(3, 'UTC') COMMENT 'Instant of this step' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX at_range at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', at)
ORDER BY delivery_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every step of every delivery; read the view deliveries';

CREATE TABLE IF NOT EXISTS vigie.raw_deliveries ON CLUSTER '{cluster}'
AS vigie.raw_deliveries_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_deliveries_local', cityHash64(conversation_id))
COMMENT 'Every step of every delivery; read the view deliveries';

CREATE VIEW IF NOT EXISTS vigie.deliveries ON CLUSTER '{cluster}'
(
    alert_id String COMMENT 'Id of the alert that is told',
    level LowCardinality(String) COMMENT 'Level of the alert',
    conversation_id String COMMENT 'Conversation that the alert is about',
    turn UInt32 COMMENT 'Number of the turn that the alert is about',
    network LowCardinality(String) COMMENT 'Network on which it takes place',
    brand LowCardinality(String) COMMENT 'Brand that it concerns; empty when there is only one',
    policy LowCardinality(String) COMMENT 'Response policy of the alert',
    fired_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which the alert fired',
    route LowCardinality(String) COMMENT 'Route of the settings that took the alert',
    channel LowCardinality(String) COMMENT 'Channel that it was for; care.2 is the second address of care',
    occasion LowCardinality(String) COMMENT 'Why it is told: fired, again (a snooze ended) or resolved',
    snoozed_until Nullable(DateTime64(3, 'UTC')) COMMENT 'End of the snooze after which it is told again; NULL else',
    state LowCardinality(String) COMMENT 'sent, grouped (told in a summary), held (waits for quiet hours to end), failed (tried again) or dropped (not told)',
    attempt UInt32 COMMENT 'Number of the attempt, from 1; 0 when none was made',
    alerts UInt32 COMMENT 'How many alerts the message was about',
    reason LowCardinality(String) COMMENT 'Why it failed, waits or was dropped, as a class such as timeout or http_500; empty when it was told',
    at DateTime64(3, 'UTC') COMMENT 'Instant of this step',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every step of every delivery once: what was told to which channel, what failed, what waits'
AS SELECT
    alert_id,
    level,
    conversation_id,
    turn,
    network,
    brand,
    policy,
    fired_at,
    route,
    channel,
    occasion,
    snoozed_until,
    state,
    attempt,
    alerts,
    reason,
    at,
    stored_at
FROM vigie.raw_deliveries FINAL;

-- 0011_noise.sql

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
    recipient String COMMENT 'Account that a message was sent to; empty when it is public or not known',
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
    recipient,
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
FROM vigie.raw_events FINAL
SETTINGS optimize_move_to_prewhere_if_final = 1;

-- 0012_corrections.sql

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

-- 0013_terms.sql

-- Terms of use: what a network gave is emptied when its terms say so, which `vigie migrate` sets from the settings as
-- the TTL of columns. It counts from when the content was fetched, and a merge for it begins at least every 20 minutes.

ALTER TABLE vigie.raw_conversations_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_conversations ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known';

ALTER TABLE vigie.raw_turns_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_turns ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known';

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known' CODEC(ZSTD(1));

ALTER TABLE vigie.raw_alerts ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS content_received_at
    Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which what the customer wrote last was fetched, from which terms of use count; NULL when not known';

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE vigie.events_by_time_local ON CLUSTER '{cluster}' MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE vigie.raw_conversations_local ON CLUSTER '{cluster}' MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE vigie.raw_turns_local ON CLUSTER '{cluster}' MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' MODIFY SETTING merge_with_ttl_timeout = 1200;

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' MODIFY SETTING merge_with_ttl_timeout = 1200;

-- 0014_privacy.sql

-- Privacy: who asked to be forgotten, as a keyed hash, and who looked and changed. Both are kept for ever.

CREATE TABLE IF NOT EXISTS vigie.raw_forgotten_local ON CLUSTER '{cluster}'
(
    mark String COMMENT 'Keyed hash of network and id of the author: without the key nobody can tell who it is' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network of the author',
    forgotten_at DateTime64(3, 'UTC') COMMENT 'Instant at which they were forgotten' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', forgotten_at)
ORDER BY mark
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every author who was forgotten as often as it was said; read the view forgotten';

CREATE TABLE IF NOT EXISTS vigie.raw_forgotten ON CLUSTER '{cluster}'
AS vigie.raw_forgotten_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_forgotten_local', cityHash64(mark))
COMMENT 'Every author who was forgotten as often as it was said; read the view forgotten';

CREATE VIEW IF NOT EXISTS vigie.forgotten ON CLUSTER '{cluster}'
(
    mark String COMMENT 'Keyed hash of network and id of the author: without the key nobody can tell who it is',
    network LowCardinality(String) COMMENT 'Network of the author',
    forgotten_at DateTime64(3, 'UTC') COMMENT 'Instant at which they were forgotten',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every author who was forgotten once: posts of theirs that come again are emptied'
AS SELECT
    mark,
    network,
    forgotten_at,
    stored_at
FROM vigie.raw_forgotten FINAL;

CREATE TABLE IF NOT EXISTS vigie.raw_audit_local ON CLUSTER '{cluster}'
(
    audit_id String COMMENT 'Id of the entry: written twice it is still one' CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') COMMENT 'Instant of the action' CODEC(Delta(8), ZSTD(1)),
    actor LowCardinality(String) COMMENT 'Who did it: the account on the machine, or the user of an interface',
    action LowCardinality(String) COMMENT 'What was done: forget, access, correct, dead_letter_show, dead_letter_retry, dead_letter_drop and so on',
    subject String COMMENT 'What it was done to: an event, a dead letter, or the keyed hash of an author, never a name' CODEC(ZSTD(1)),
    detail String COMMENT 'How much of what, as JSON; holds no content' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', at)
ORDER BY audit_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every entry as often as it was written; read the view audit_log';

CREATE TABLE IF NOT EXISTS vigie.raw_audit ON CLUSTER '{cluster}'
AS vigie.raw_audit_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_audit_local', cityHash64(audit_id))
COMMENT 'Every entry as often as it was written; read the view audit_log';

CREATE VIEW IF NOT EXISTS vigie.audit_log ON CLUSTER '{cluster}'
(
    audit_id String COMMENT 'Id of the entry: written twice it is still one',
    at DateTime64(3, 'UTC') COMMENT 'Instant of the action',
    actor LowCardinality(String) COMMENT 'Who did it: the account on the machine, or the user of an interface',
    action LowCardinality(String) COMMENT 'What was done: forget, access, correct, dead_letter_show, dead_letter_retry, dead_letter_drop and so on',
    subject String COMMENT 'What it was done to: an event, a dead letter, or the keyed hash of an author, never a name',
    detail String COMMENT 'How much of what, as JSON; holds no content',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Who looked at personal data and who changed or erased it; decisions about alerts are in actions'
AS SELECT
    audit_id,
    at,
    actor,
    action,
    subject,
    detail,
    stored_at
FROM vigie.raw_audit FINAL;

-- 0015_letter_decisions.sql

-- Dead letters are tried again or dropped: what was decided of each, and which are open.
--
-- A letter that fails again is the same letter with one attempt more. It is open while nobody has decided about its
-- latest attempt: attempts are counted, clocks of two machines are not compared.

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS attempts
    UInt32 DEFAULT 1 COMMENT 'How often it was tried' CODEC(ZSTD(1)) AFTER failed_at;

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS stage
    'Where it failed: connect, enrich, responses, watch, sink or notify';

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS source_offset
    'Offset of the input in its partition, or its line in a file; -1: a delivery that could not be split';

ALTER TABLE vigie.raw_dead_letters ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS stage
    'Where it failed: connect, enrich, responses, watch, sink or notify';

ALTER TABLE vigie.raw_dead_letters ON CLUSTER '{cluster}' COMMENT COLUMN IF EXISTS source_offset
    'Offset of the input in its partition, or its line in a file; -1: a delivery that could not be split';

ALTER TABLE vigie.raw_dead_letters ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS attempts
    UInt32 DEFAULT 1 COMMENT 'How often it was tried' AFTER failed_at;

CREATE TABLE IF NOT EXISTS vigie.raw_letter_decisions_local ON CLUSTER '{cluster}'
(
    dead_letter_id String COMMENT 'Dead letter that was decided about' CODEC(ZSTD(1)),
    decision LowCardinality(String) COMMENT 'What was decided: retried or dropped',
    attempts UInt32 COMMENT 'Attempts that had failed by then' CODEC(ZSTD(1)),
    decided_by LowCardinality(String) COMMENT 'Who decided',
    decided_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision; of several the latest holds' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', decided_at)
ORDER BY dead_letter_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every decision as often as it was made; read the view letter_decisions';

CREATE TABLE IF NOT EXISTS vigie.raw_letter_decisions ON CLUSTER '{cluster}'
AS vigie.raw_letter_decisions_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_letter_decisions_local', cityHash64(dead_letter_id))
COMMENT 'Every decision as often as it was made; read the view letter_decisions';

CREATE VIEW IF NOT EXISTS vigie.letter_decisions ON CLUSTER '{cluster}'
(
    dead_letter_id String COMMENT 'Dead letter that was decided about',
    decision LowCardinality(String) COMMENT 'What was decided: retried or dropped',
    attempts UInt32 COMMENT 'Attempts that had failed by then',
    decided_by LowCardinality(String) COMMENT 'Who decided',
    decided_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision; of several the latest holds',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'The latest decision about each dead letter'
AS SELECT
    dead_letter_id,
    decision,
    attempts,
    decided_by,
    decided_at,
    stored_at
FROM vigie.raw_letter_decisions FINAL;

CREATE OR REPLACE VIEW vigie.dead_letters ON CLUSTER '{cluster}'
(
    dead_letter_id String COMMENT 'Id of the dead letter: the same bytes at the same place are the same one',
    state LowCardinality(String) COMMENT 'open while nobody has decided about its latest attempt, else retried or dropped',
    stage LowCardinality(String) COMMENT 'Where it failed: connect, enrich, responses, watch, sink or notify',
    source LowCardinality(String) COMMENT 'Topic of the input, or for a connector its network and file',
    source_partition Int32 COMMENT 'Partition of the input; -1 when it did not come from a topic',
    source_offset Int64 COMMENT 'Offset of the input in its partition, or its line in a file; -1: a delivery that could not be split',
    network LowCardinality(String) COMMENT 'Network that it came from; empty when unknown',
    error LowCardinality(String) COMMENT 'Class of the error',
    reason String COMMENT 'Why it failed, in a sentence',
    key Nullable(String) COMMENT 'Key of the record, as bytes; NULL when it had none',
    payload String COMMENT 'The input as it was, byte for byte',
    code_version LowCardinality(String) COMMENT 'Version of the program that failed on it',
    attempts UInt32 COMMENT 'How often it was tried',
    failed_at DateTime64(3, 'UTC') COMMENT 'Instant at which it failed; of several failures the latest holds',
    decided_by LowCardinality(String) COMMENT 'Who decided about it last; empty when nobody did',
    decided_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant of that decision; NULL when there was none',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'Every dead letter once, and what became of it'
AS SELECT
    letter.dead_letter_id AS dead_letter_id,
    if(decided.decision = '' OR decided.attempts < letter.attempts, 'open', decided.decision) AS state,
    letter.stage AS stage,
    letter.source AS source,
    letter.source_partition AS source_partition,
    letter.source_offset AS source_offset,
    letter.network AS network,
    letter.error AS error,
    letter.reason AS reason,
    letter.key AS key,
    letter.payload AS payload,
    letter.code_version AS code_version,
    letter.attempts AS attempts,
    letter.failed_at AS failed_at,
    decided.decided_by AS decided_by,
    if(decided.decision = '', NULL, decided.decided_at) AS decided_at,
    letter.stored_at AS stored_at
FROM
(
    SELECT * FROM vigie.raw_dead_letters FINAL
) AS letter
GLOBAL LEFT JOIN
(
    SELECT dead_letter_id, decision, attempts, decided_by, decided_at FROM vigie.raw_letter_decisions FINAL
) AS decided ON decided.dead_letter_id = letter.dead_letter_id
SETTINGS join_use_nulls = 0;

CREATE VIEW IF NOT EXISTS vigie.dead_letters_by_day ON CLUSTER '{cluster}'
(
    day Date COMMENT 'Day on which they failed last, UTC',
    stage LowCardinality(String) COMMENT 'Where they failed: connect, enrich, responses, watch, sink or notify',
    network LowCardinality(String) COMMENT 'Network that they came from; empty when unknown',
    error LowCardinality(String) COMMENT 'Class of the error',
    state LowCardinality(String) COMMENT 'open, retried or dropped',
    letters UInt64 COMMENT 'How many there are',
    attempts UInt64 COMMENT 'How often they were tried, together'
)
COMMENT 'How many dead letters there are, per day, stage, network, error and state'
AS SELECT
    toDate(failed_at, 'UTC') AS day,
    stage,
    network,
    error,
    state,
    count() AS letters,
    sum(attempts) AS attempts
FROM vigie.dead_letters
GROUP BY day, stage, network, error, state;

-- 0016_canaries.sql

-- Canaries: test events that travel the path of every other, kept apart, so that no figure counts them.

CREATE TABLE IF NOT EXISTS vigie.raw_canaries_local ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Id of the test event' CODEC(ZSTD(1)),
    sent_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was published' CODEC(Delta(8), ZSTD(1)),
    arrived UInt8 COMMENT '1 for the row that it became, 0 for the note that it was late',
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', arrived)
ORDER BY event_id
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every test event that arrived or was late; read the view canaries';

CREATE TABLE IF NOT EXISTS vigie.raw_canaries ON CLUSTER '{cluster}'
AS vigie.raw_canaries_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_canaries_local', cityHash64(event_id))
COMMENT 'Every test event that arrived or was late; read the view canaries';

CREATE VIEW IF NOT EXISTS vigie.canaries ON CLUSTER '{cluster}'
(
    event_id String COMMENT 'Id of the test event',
    sent_at DateTime64(3, 'UTC') COMMENT 'Instant at which it was published',
    arrived_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Instant at which ClickHouse took its row; NULL while it is missing',
    seconds Nullable(Float64) COMMENT 'How long it was on its way; NULL while it is missing'
)
COMMENT 'Test events, and how long each took from its publication to its row; they count in no other view'
AS SELECT
    event_id,
    sent_at,
    if(arrived = 1, stored_at, NULL) AS arrived_at,
    if(arrived = 1, greatest(0, date_diff('millisecond', sent_at, stored_at)) / 1000, NULL) AS seconds
FROM vigie.raw_canaries FINAL;

-- 0017_workers.sql

-- Workers: what each process says of itself every quarter of a minute, and which say nothing any more.
--
-- A worker that ends in order says so, and is gone. One that was killed is silent: it is shown for a day, or, while no
-- other of its agent is left, for as long as rows are kept. Where another one took its place, that one counts: of the
-- workers of an agent that are gone as many are left out as began after their last word.

CREATE TABLE IF NOT EXISTS vigie.raw_worker_states_local ON CLUSTER '{cluster}'
(
    worker String COMMENT 'Who says it: agent, machine and port; the same when it is started again there' CODEC(ZSTD(1)),
    agent LowCardinality(String) COMMENT 'What it does: enrich, responses, watch, sink, notify, connect, webhooks or canary',
    state LowCardinality(String) COMMENT 'working; waiting (has no partitions, or not yet); stalled (no progress although there is something to do); failed (stopped itself); stopped (told to stop)',
    reason String COMMENT 'Why it is stalled or failed; empty else' CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') COMMENT 'Instant at which it said so' CODEC(Delta(8), ZSTD(1)),
    since DateTime64(3, 'UTC') COMMENT 'Instant at which that state began' CODEC(Delta(8), ZSTD(1)),
    started_at DateTime64(3, 'UTC') COMMENT 'Instant at which the process started' CODEC(Delta(8), ZSTD(1)),
    version LowCardinality(String) COMMENT 'Version of the program',
    models LowCardinality(String) COMMENT 'Version of the language models; empty where there are none',
    memory_bytes Nullable(UInt64) COMMENT 'Memory that the process holds, in bytes; NULL when the machine does not say' CODEC(ZSTD(1)),
    handled UInt64 COMMENT 'Records that it is done with since it started; events published for connect and webhooks' CODEC(Delta(8), ZSTD(1)),
    buried UInt64 COMMENT 'Of these, how many became dead letters' CODEC(ZSTD(1)),
    retries UInt64 COMMENT 'Batches that it tried again since it started' CODEC(ZSTD(1)),
    `lags.agent` Array(LowCardinality(String)) COMMENT 'Agent that has yet to handle records of a partition' CODEC(ZSTD(1)),
    `lags.topic` Array(LowCardinality(String)) COMMENT 'Topic of that partition' CODEC(ZSTD(1)),
    `lags.partition` Array(Int32) COMMENT 'Number of that partition' CODEC(ZSTD(1)),
    `lags.records` Array(UInt64) COMMENT 'Records that are still to be handled: end - max(committed, start)' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1)),
    INDEX at_range at TYPE minmax GRANULARITY 1
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', at)
ORDER BY (worker, at)
SETTINGS replicated_deduplication_window = 1000
COMMENT 'Every word of every process, perhaps more than once; read the views worker_states, workers and worker_lags';

CREATE TABLE IF NOT EXISTS vigie.raw_worker_states ON CLUSTER '{cluster}'
AS vigie.raw_worker_states_local
ENGINE = Distributed('{cluster}', 'vigie', 'raw_worker_states_local', cityHash64(worker))
COMMENT 'Every word of every process, perhaps more than once; read the views worker_states, workers and worker_lags';

CREATE VIEW IF NOT EXISTS vigie.worker_states ON CLUSTER '{cluster}'
(
    worker String COMMENT 'Who says it: agent, machine and port; the same when it is started again there',
    agent LowCardinality(String) COMMENT 'What it does: enrich, responses, watch, sink, notify, connect, webhooks or canary',
    state LowCardinality(String) COMMENT 'working; waiting (has no partitions, or not yet); stalled (no progress although there is something to do); failed (stopped itself); stopped (told to stop)',
    reason String COMMENT 'Why it is stalled or failed; empty else',
    at DateTime64(3, 'UTC') COMMENT 'Instant at which it said so',
    since DateTime64(3, 'UTC') COMMENT 'Instant at which that state began',
    started_at DateTime64(3, 'UTC') COMMENT 'Instant at which the process started',
    version LowCardinality(String) COMMENT 'Version of the program',
    models LowCardinality(String) COMMENT 'Version of the language models; empty where there are none',
    memory_bytes Nullable(UInt64) COMMENT 'Memory that the process holds, in bytes; NULL when the machine does not say',
    handled UInt64 COMMENT 'Records that it is done with since it started; events published for connect and webhooks',
    buried UInt64 COMMENT 'Of these, how many became dead letters',
    retries UInt64 COMMENT 'Batches that it tried again since it started',
    lag UInt64 COMMENT 'Records of its own partitions that are still to be handled, all partitions together',
    lag_max UInt64 COMMENT 'The same of the partition with the most',
    stored_at DateTime64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row'
)
COMMENT 'What each process said of itself, every quarter of a minute'
AS SELECT
    worker,
    agent,
    state,
    reason,
    at,
    since,
    started_at,
    version,
    models,
    memory_bytes,
    handled,
    buried,
    retries,
    arraySum(arrayMap((whose, records) -> if(whose = agent, records, 0), `lags.agent`, `lags.records`)) AS lag,
    arrayMax(arrayPushBack(arrayMap((whose, records) -> if(whose = agent, records, 0), `lags.agent`, `lags.records`), 0)) AS lag_max,
    stored_at
FROM vigie.raw_worker_states FINAL;

CREATE VIEW IF NOT EXISTS vigie.workers ON CLUSTER '{cluster}'
(
    worker String COMMENT 'Who it is: agent, machine and port; the same when it is started again there',
    agent LowCardinality(String) COMMENT 'What it does: enrich, responses, watch, sink, notify, connect, webhooks or canary',
    state LowCardinality(String) COMMENT 'silent (no word for more than a minute), failed (stopped itself), stalled (no progress although there is something to do), waiting (has no partitions, or not yet) or working',
    reason String COMMENT 'Why it is stalled or failed; empty else',
    since DateTime64(3, 'UTC') COMMENT 'Instant at which that state began; of a silent one its last word',
    last_word_at DateTime64(3, 'UTC') COMMENT 'Instant of its last word',
    silent_seconds Float64 COMMENT 'Seconds from its last word, or from its row when that is older, until now',
    started_at DateTime64(3, 'UTC') COMMENT 'Instant at which the process started',
    version LowCardinality(String) COMMENT 'Version of the program',
    models LowCardinality(String) COMMENT 'Version of the language models; empty where there are none',
    memory_bytes Nullable(UInt64) COMMENT 'Memory that the process holds, in bytes; NULL when the machine does not say',
    lag UInt64 COMMENT 'Records of its own partitions that are still to be handled, all partitions together',
    lag_max UInt64 COMMENT 'The same of the partition with the most',
    handled UInt64 COMMENT 'Records that it is done with since it started; events published for connect and webhooks',
    buried UInt64 COMMENT 'Of these, how many became dead letters',
    retries UInt64 COMMENT 'Batches that it tried again since it started'
)
COMMENT 'Every process that runs or should run, as it last said; who was told to stop is not there'
AS SELECT
    worker,
    agent,
    state,
    reason,
    since,
    last_word_at,
    silent_seconds,
    started_at,
    version,
    models,
    memory_bytes,
    lag,
    lag_max,
    handled,
    buried,
    retries
FROM
(
    SELECT
        *,
        groupArrayIf(started_at, NOT is_gone) OVER (PARTITION BY agent) AS beginnings,
        groupArrayIf(last_word_at, is_gone) OVER (PARTITION BY agent) AS ends
    FROM
    (
        SELECT
            worker,
            said.1 AS agent,
            greatest(0, date_diff('millisecond', least(last_word_at, row_at), now64(3, 'UTC')) / 1000) AS silent_seconds,
            said.2 = 'failed' OR silent_seconds > 60 AS is_gone,
            CAST(if(silent_seconds > 60 AND said.2 != 'failed', 'silent', said.2), 'LowCardinality(String)') AS state,
            said.3 AS reason,
            if(state = 'silent', last_word_at, said.4) AS since,
            last_word_at,
            said.5 AS started_at,
            said.6 AS version,
            said.7 AS models,
            said.8 AS memory_bytes,
            said.9 AS lag,
            said.10 AS lag_max,
            said.11 AS handled,
            said.12 AS buried,
            said.13 AS retries
        FROM
        (
            SELECT
                worker,
                max(at) AS last_word_at,
                argMax(stored_at, at) AS row_at,
                argMax((agent, state, reason, since, started_at, version, models, memory_bytes, lag, lag_max, handled, buried, retries), at) AS said
            FROM vigie.worker_states
            GROUP BY worker
        )
        WHERE said.2 != 'stopped'
    )
)
WHERE NOT is_gone
    OR arrayCount(begun -> begun > last_word_at, beginnings) < arrayCount(ended -> ended >= last_word_at, ends)
    AND (silent_seconds < 86400 OR empty(beginnings));

CREATE VIEW IF NOT EXISTS vigie.worker_lags ON CLUSTER '{cluster}'
(
    at DateTime64(3, 'UTC') COMMENT 'Instant at which it was said',
    worker String COMMENT 'Who says it: a worker of its own partitions, canary of all, as the broker knows them',
    agent LowCardinality(String) COMMENT 'Agent that has yet to handle the records',
    topic LowCardinality(String) COMMENT 'Topic in which they are',
    partition Int32 COMMENT 'Number of their partition',
    records UInt64 COMMENT 'How many there are: end - max(committed, start)'
)
COMMENT 'Consumer lag of each agent and partition, every quarter of a minute; of one instant take the greatest word'
AS SELECT
    at,
    worker,
    lag_agent AS agent,
    lag_topic AS topic,
    lag_partition AS partition,
    lag_records AS records
FROM vigie.raw_worker_states FINAL
ARRAY JOIN
    `lags.agent` AS lag_agent,
    `lags.topic` AS lag_topic,
    `lags.partition` AS lag_partition,
    `lags.records` AS lag_records;

-- retention

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_conversations_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_turns_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_deliveries_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_actions_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.events_by_time_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(730);

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(90);

ALTER TABLE vigie.raw_letter_decisions_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(90);

ALTER TABLE vigie.raw_canaries_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(90);

ALTER TABLE vigie.raw_worker_states_local ON CLUSTER '{cluster}' MODIFY TTL toDateTime(stored_at) + toIntervalDay(14);

-- views read in the name of who migrates

ALTER TABLE vigie.events ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.conversations ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.response_turns ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.alerts ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.dead_letters ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.actions ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.rules ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.response_turns_between ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.event_findings ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.waiting_customers ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.response_times_by_day ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.response_times ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.activity_by_day ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.deliveries ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.corrections ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.forgotten ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.audit_log ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.letter_decisions ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.dead_letters_by_day ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.canaries ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.worker_states ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.workers ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

ALTER TABLE vigie.worker_lags ON CLUSTER '{cluster}' MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER;

-- terms of use

ALTER TABLE vigie.raw_events_local ON CLUSTER '{cluster}' MODIFY COLUMN `author_id` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `author_handle` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(79200), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `author_name` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(79200), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `text` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `permalink` TTL if(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `likes` TTL if(network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `shares` TTL if(network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `views` TTL if(network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `entities.text` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `entities.label` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `entities.start` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `entities.end` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `entities.canonical` TTL multiIf(network = 'linkedin', toDateTime(received_at) + toIntervalSecond(165600), network = 'youtube', toDateTime(received_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00'));

ALTER TABLE vigie.events_by_time_local ON CLUSTER '{cluster}' MODIFY COLUMN `author_id` TTL multiIf(network = 'linkedin', toDateTime(intDiv(version % 4611686018427387904, 1000)) + toIntervalSecond(165600), network = 'youtube', toDateTime(intDiv(version % 4611686018427387904, 1000)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00'));

ALTER TABLE vigie.raw_conversations_local ON CLUSTER '{cluster}' MODIFY COLUMN `customer_id` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(165600), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `customer_handle` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(79200), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `permalink` TTL if(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(165600), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `last_customer_text` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(165600), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00'));

ALTER TABLE vigie.raw_turns_local ON CLUSTER '{cluster}' MODIFY COLUMN `customer_id` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(165600), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `customer_handle` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(79200), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00'));

ALTER TABLE vigie.raw_alerts_local ON CLUSTER '{cluster}' MODIFY COLUMN `customer_handle` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(79200), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `text` TTL multiIf(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(165600), network = 'youtube', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `permalink` TTL if(network = 'linkedin', toDateTime(coalesce(content_received_at, stored_at)) + toIntervalSecond(165600), toDateTime('2105-01-01 00:00:00'));

ALTER TABLE vigie.raw_dead_letters_local ON CLUSTER '{cluster}' MODIFY COLUMN `key` TTL multiIf(network = 'linkedin', toDateTime(failed_at) + toIntervalSecond(79200), network = 'youtube', toDateTime(failed_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `payload` TTL multiIf(network = 'linkedin', toDateTime(failed_at) + toIntervalSecond(79200), network = 'youtube', toDateTime(failed_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00')), MODIFY COLUMN `reason` TTL multiIf(network = 'linkedin', toDateTime(failed_at) + toIntervalSecond(79200), network = 'youtube', toDateTime(failed_at) + toIntervalSecond(2584800), toDateTime('2105-01-01 00:00:00'));
