-- Workers: what each process says of itself every quarter of a minute, and which say nothing any more.
--
-- A worker that ends in order says so, and is gone. One that was killed is silent: it is shown for a day, or, while no
-- other of its agent is left, for as long as rows are kept. Where another one took its place, that one counts: of the
-- workers of an agent that are gone as many are left out as began after their last word.

CREATE TABLE IF NOT EXISTS {{database}}.raw_worker_states{{local}}{{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}}at)
ORDER BY (worker, at)
SETTINGS {{deduplication}} = 1000
COMMENT 'Every word of every process, perhaps more than once; read the views worker_states, workers and worker_lags';

-- cluster only
CREATE TABLE IF NOT EXISTS {{database}}.raw_worker_states{{on_cluster}}
AS {{database}}.raw_worker_states_local
ENGINE = Distributed('{{cluster}}', '{{database}}', 'raw_worker_states_local', cityHash64(worker))
COMMENT 'Every word of every process, perhaps more than once; read the views worker_states, workers and worker_lags';

CREATE VIEW IF NOT EXISTS {{database}}.worker_states{{on_cluster}}
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
FROM {{database}}.raw_worker_states FINAL;

CREATE VIEW IF NOT EXISTS {{database}}.workers{{on_cluster}}
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
            FROM {{database}}.worker_states
            GROUP BY worker
        )
        WHERE said.2 != 'stopped'
    )
)
WHERE NOT is_gone
    OR arrayCount(begun -> begun > last_word_at, beginnings) < arrayCount(ended -> ended >= last_word_at, ends)
    AND (silent_seconds < 86400 OR empty(beginnings));

CREATE VIEW IF NOT EXISTS {{database}}.worker_lags{{on_cluster}}
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
FROM {{database}}.raw_worker_states FINAL
ARRAY JOIN
    `lags.agent` AS lag_agent,
    `lags.topic` AS lag_topic,
    `lags.partition` AS lag_partition,
    `lags.records` AS lag_records;
