-- Corrections: what people said about events, against the models. Kept for ever: they are training data.

CREATE TABLE IF NOT EXISTS {{database}}.raw_corrections{{local}}{{on_cluster}}
(
    event_id String COMMENT 'Event that was corrected' CODEC(ZSTD(1)),
    sentiment LowCardinality(String) COMMENT 'How its author feels; empty when the models were left alone',
    has_topics Bool COMMENT 'Whether its subjects were corrected',
    topics Array(LowCardinality(String)) COMMENT 'Its subjects',
    corrected_at DateTime64(3, 'UTC') COMMENT 'Instant of the correction; of several the latest holds' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}corrected_at)
ORDER BY event_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every correction as often as it was made; read the view corrections';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_corrections{{on_cluster}}
AS {{database}}.raw_corrections_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_corrections_local', cityHash64(event_id))
COMMENT 'Every correction as often as it was made; read the view corrections';

CREATE VIEW IF NOT EXISTS {{database}}.corrections{{on_cluster}}
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
FROM {{database}}.raw_corrections FINAL;
