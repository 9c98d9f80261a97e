-- Alerts: turns that used up part or all of their target.

CREATE TABLE IF NOT EXISTS {{database}}.raw_alerts{{local}}{{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}version)
ORDER BY alert_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every state that an alert went through; read the view alerts';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_alerts{{on_cluster}}
AS {{database}}.raw_alerts_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_alerts_local', cityHash64(conversation_id))
COMMENT 'Every state that an alert went through; read the view alerts';

CREATE VIEW IF NOT EXISTS {{database}}.alerts{{on_cluster}}
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
FROM {{database}}.raw_alerts FINAL;
