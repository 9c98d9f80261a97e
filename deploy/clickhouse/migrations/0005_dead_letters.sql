-- Dead letters: inputs that could not be handled, kept whole with the reason.

CREATE TABLE IF NOT EXISTS {{database}}.raw_dead_letters{{local}}{{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}failed_at)
ORDER BY dead_letter_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every dead letter as often as it arrived; read the view dead_letters';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_dead_letters{{on_cluster}}
AS {{database}}.raw_dead_letters_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_dead_letters_local', cityHash64(dead_letter_id))
COMMENT 'Every dead letter as often as it arrived; read the view dead_letters';

CREATE VIEW IF NOT EXISTS {{database}}.dead_letters{{on_cluster}}
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
FROM {{database}}.raw_dead_letters FINAL;
