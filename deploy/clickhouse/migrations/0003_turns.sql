-- Turns: consecutive customer events with no human answer between them.
--
-- A late event can merge two turns into one. Each version of a conversation therefore also writes the turn
-- numbers that it does not have, as deleted. They expire after the
-- turn that they hide, since retention counts from stored_at.

CREATE TABLE IF NOT EXISTS {{database}}.raw_turns{{local}}{{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}version, is_deleted)
ORDER BY (conversation_id, turn)
SETTINGS {{deduplication}} = 1000
COMMENT 'Every state that a turn went through; read the view response_turns';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_turns{{on_cluster}}
AS {{database}}.raw_turns_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_turns_local', cityHash64(conversation_id))
COMMENT 'Every state that a turn went through; read the view response_turns';

CREATE VIEW IF NOT EXISTS {{database}}.response_turns{{on_cluster}}
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
FROM {{database}}.raw_turns FINAL;
