"""What the pipeline board asks of the workers and of the test events: how they are now, and how they were.

Workers belong to no brand and to no network. How they are now does not depend on the period.
"""

NOW = """
SELECT
    countIf(state IN ('silent', 'failed', 'stalled')) AS unwell,
    countIf(state IN ('working', 'waiting')) AS well,
    sum(lag) AS lag,
    max(memory_bytes) AS memory
FROM workers
"""

WORKERS = """
SELECT agent, state, since, silent_seconds AS silent, lag, memory_bytes AS memory, version, models, worker, reason
FROM workers
ORDER BY indexOf(['silent', 'failed', 'stalled', 'waiting', 'working'], state), agent, worker
LIMIT 200
"""

# A partition that changed its worker was told by both, and the canary tells what the broker knows of all.
_LAGS = """
    SELECT $__timeInterval(at) AS time, agent, topic, partition, max(records) AS most
    FROM worker_lags
    WHERE $__timeFilter(at)
    GROUP BY time, agent, topic, partition"""


def lag(name: str) -> str:
    """Lag over time.

    Args:
        name: of the agent, worked out of the column `agent`.
    """
    return f"""
SELECT time, {name} AS agent_name, sum(most) AS lag
FROM
({_LAGS}
)
GROUP BY time, agent_name
ORDER BY time, agent_name
"""


MEMORY = """
SELECT $__timeInterval(at) AS time, worker, max(memory_bytes) AS memory
FROM worker_states
WHERE $__timeFilter(at) AND memory_bytes > 0
GROUP BY time, worker
ORDER BY time, worker
"""

LAGS = """
SELECT agent, topic, partition, argMax(records, at) AS lag, max(records) AS most, max(at) AS told
FROM worker_lags
WHERE $__timeFilter(at)
GROUP BY agent, topic, partition
ORDER BY lag DESC, most DESC, agent, topic, partition
LIMIT 100
"""

CANARY = """
SELECT
    quantileExactOrNull(0.5)(seconds) AS median,
    quantileExactOrNull(0.99)(seconds) AS p99,
    argMax(seconds, sent_at) AS newest,
    dateDiff('millisecond', maxOrNullIf(sent_at, arrived_at IS NOT NULL), now64(3, 'UTC')) / 1000 AS ago,
    countIf(arrived_at IS NULL) AS missing
FROM canaries
WHERE $__timeFilter(sent_at)
"""

TRAVEL = """
SELECT
    $__timeInterval(sent_at) AS time,
    quantileExactOrNull(0.5)(seconds) AS median,
    quantileExactOrNull(0.99)(seconds) AS p99
FROM canaries
WHERE $__timeFilter(sent_at)
GROUP BY time
ORDER BY time
"""
