-- Deliveries: what was told to which channel, what failed, what waits.

CREATE TABLE IF NOT EXISTS {{database}}.raw_deliveries{{local}}{{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}at)
ORDER BY delivery_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every step of every delivery; read the view deliveries';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_deliveries{{on_cluster}}
AS {{database}}.raw_deliveries_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_deliveries_local', cityHash64(conversation_id))
COMMENT 'Every step of every delivery; read the view deliveries';

CREATE VIEW IF NOT EXISTS {{database}}.deliveries{{on_cluster}}
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
FROM {{database}}.raw_deliveries FINAL;
