-- Privacy: who asked to be forgotten, as a keyed hash, and who looked and changed. Both are kept for ever.

CREATE TABLE IF NOT EXISTS {{database}}.raw_forgotten{{local}}{{on_cluster}}
(
    mark String COMMENT 'Keyed hash of network and id of the author: without the key nobody can tell who it is' CODEC(ZSTD(1)),
    network LowCardinality(String) COMMENT 'Network of the author',
    forgotten_at DateTime64(3, 'UTC') COMMENT 'Instant at which they were forgotten' CODEC(Delta(8), ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}forgotten_at)
ORDER BY mark
SETTINGS {{deduplication}} = 1000
COMMENT 'Every author who was forgotten as often as it was said; read the view forgotten';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_forgotten{{on_cluster}}
AS {{database}}.raw_forgotten_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_forgotten_local', cityHash64(mark))
COMMENT 'Every author who was forgotten as often as it was said; read the view forgotten';

CREATE VIEW IF NOT EXISTS {{database}}.forgotten{{on_cluster}}
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
FROM {{database}}.raw_forgotten FINAL;

CREATE TABLE IF NOT EXISTS {{database}}.raw_audit{{local}}{{on_cluster}}
(
    audit_id String COMMENT 'Id of the entry: written twice it is still one' CODEC(ZSTD(1)),
    at DateTime64(3, 'UTC') COMMENT 'Instant of the action' CODEC(Delta(8), ZSTD(1)),
    actor LowCardinality(String) COMMENT 'Who did it: the account on the machine, or the user of an interface',
    action LowCardinality(String) COMMENT 'What was done: forget, access, correct, dead_letter_show, dead_letter_retry, dead_letter_drop and so on',
    subject String COMMENT 'What it was done to: an event, a dead letter, or the keyed hash of an author, never a name' CODEC(ZSTD(1)),
    detail String COMMENT 'How much of what, as JSON; holds no content' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which ClickHouse took the row' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}at)
ORDER BY audit_id
SETTINGS {{deduplication}} = 1000
COMMENT 'Every entry as often as it was written; read the view audit_log';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_audit{{on_cluster}}
AS {{database}}.raw_audit_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_audit_local', cityHash64(audit_id))
COMMENT 'Every entry as often as it was written; read the view audit_log';

CREATE VIEW IF NOT EXISTS {{database}}.audit_log{{on_cluster}}
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
FROM {{database}}.raw_audit FINAL;
