-- Dead letters are tried again or dropped: what was decided of each, and which are open.
--
-- A letter that fails again is the same letter with one attempt more. It is open while nobody has decided about its
-- latest attempt: attempts are counted, clocks of two machines are not compared.

ALTER TABLE {{database}}.raw_dead_letters{{local}}{{on_cluster}} ADD COLUMN IF NOT EXISTS attempts
    UInt32 DEFAULT 1 COMMENT 'How often it was tried' CODEC(ZSTD(1)) AFTER failed_at;

ALTER TABLE {{database}}.raw_dead_letters{{local}}{{on_cluster}} COMMENT COLUMN IF EXISTS stage
    'Where it failed: connect, enrich, responses, watch, sink or notify';

ALTER TABLE {{database}}.raw_dead_letters{{local}}{{on_cluster}} COMMENT COLUMN IF EXISTS source_offset
    'Offset of the input in its partition, or its line in a file; -1: a delivery that could not be split';

-- cluster only
ALTER TABLE {{database}}.raw_dead_letters{{on_cluster}} COMMENT COLUMN IF EXISTS stage
    'Where it failed: connect, enrich, responses, watch, sink or notify';

-- cluster only
ALTER TABLE {{database}}.raw_dead_letters{{on_cluster}} COMMENT COLUMN IF EXISTS source_offset
    'Offset of the input in its partition, or its line in a file; -1: a delivery that could not be split';

-- cluster only
ALTER TABLE {{database}}.raw_dead_letters{{on_cluster}} ADD COLUMN IF NOT EXISTS attempts
    UInt32 DEFAULT 1 COMMENT 'How often it was tried' AFTER failed_at;

CREATE TABLE IF NOT EXISTS {{database}}.raw_letter_decisions{{local}}{{on_cluster}}
(
    dead_letter_id String COMMENT 'Dead letter that was decided about' CODEC(ZSTD(1)),
    decision LowCardinality(String) COMMENT 'What was decided: retried or dropped',
    attempts UInt32 COMMENT 'Attempts that had failed by then' CODEC(ZSTD(1)),
    decided_by LowCardinality(String) COMMENT 'Who decided',
    decided_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision; of several the latest holds' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}decided_at)
ORDER BY dead_letter_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every decision as often as it was made; read the view letter_decisions';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_letter_decisions{{on_cluster}}
AS {{database}}.raw_letter_decisions_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_letter_decisions_local', cityHash64(dead_letter_id))
COMMENT 'Every decision as often as it was made; read the view letter_decisions';

CREATE VIEW IF NOT EXISTS {{database}}.letter_decisions{{on_cluster}}
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
FROM {{database}}.raw_letter_decisions FINAL;

CREATE OR REPLACE VIEW {{database}}.dead_letters{{on_cluster}}
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
    SELECT * FROM {{database}}.raw_dead_letters FINAL
) AS letter
{{global}}LEFT JOIN
(
    SELECT dead_letter_id, decision, attempts, decided_by, decided_at FROM {{database}}.raw_letter_decisions FINAL
) AS decided ON decided.dead_letter_id = letter.dead_letter_id
SETTINGS join_use_nulls = 0;

CREATE VIEW IF NOT EXISTS {{database}}.dead_letters_by_day{{on_cluster}}
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
FROM {{database}}.dead_letters
GROUP BY day, stage, network, error, state;
