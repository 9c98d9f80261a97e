-- Conversations: what was measured over all events that hang together by reply links.

CREATE TABLE IF NOT EXISTS {{database}}.raw_conversations{{local}}{{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}version)
ORDER BY conversation_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every state that a conversation went through; read the view conversations';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_conversations{{on_cluster}}
AS {{database}}.raw_conversations_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_conversations_local', cityHash64(conversation_id))
COMMENT 'Every state that a conversation went through; read the view conversations';

CREATE VIEW IF NOT EXISTS {{database}}.conversations{{on_cluster}}
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
FROM {{database}}.raw_conversations FINAL;
