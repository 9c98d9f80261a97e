-- What was applied: made before the first numbered file, on a cluster as one table that every server holds.

CREATE DATABASE IF NOT EXISTS {{database}}{{on_cluster}};

CREATE TABLE IF NOT EXISTS {{database}}.schema_migrations{{on_cluster}}
(
    number UInt32 COMMENT 'Number of the migration, from 1 without gaps',
    name String COMMENT 'Name of its file',
    sha256 String COMMENT 'Fingerprint of the file when it was applied, in hexadecimal',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'Instant at which it was applied; of several the latest'
)
ENGINE = {{replicated}}ReplacingMergeTree({{everywhere}}applied_at)
ORDER BY number
COMMENT 'Migrations that this database has seen; read with FINAL';
