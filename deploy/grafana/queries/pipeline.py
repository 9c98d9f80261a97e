"""What the pipeline board asks: what arrived, how long it took to its row, what could not be handled.

Time is that of the row here, not that of the post: an archive that is loaded today shows today.
"""

from deploy.grafana.sources import OF_BRAND, OF_NETWORK

_OF_BOTH = f"{OF_BRAND}\n  AND {OF_NETWORK}"

_STORED = f"""event_findings
WHERE $__timeFilter(stored_at)
  AND {_OF_BOTH}"""

# Events that were written and stored in the period: what an archive brings in is no measure of delay.
_LIVE = f"""events
WHERE $__timeFilter(created_at)
  AND {_OF_BOTH}"""

_BURIED = f"""dead_letters
WHERE $__timeFilter(failed_at)
  AND {OF_NETWORK}"""

COUNTS = f"""
SELECT
    count() AS events,
    countIf(stored_at >= $__toTime - INTERVAL 1 MINUTE) / 60 AS per_second,
    dateDiff('millisecond', nullIf(max(stored_at), toDateTime64(0, 3, 'UTC')), now64(3, 'UTC')) / 1000 AS newest_row
FROM {_STORED}
"""

TO_ROW = f"""
SELECT
    quantileExactOrNull(0.5)(seconds) AS median,
    quantileExactOrNull(0.99)(seconds) AS p99
FROM (SELECT dateDiff('millisecond', published_at, stored_at) / 1000 AS seconds FROM {_LIVE})
"""

FAILED = f"""
SELECT
    count() AS dead_letters,
    countIf(failed_at >= $__toTime - INTERVAL 1 HOUR) AS last_hour,
    countIf(state = 'open') AS undecided
FROM {_BURIED}
"""


def rate(name: str) -> str:
    """Events per second.

    Args:
        name: of the network, worked out of the column `network`.
    """
    return f"""
SELECT $__timeInterval(stored_at) AS time, {name} AS network_name, count() / $__interval_s AS per_second
FROM {_STORED}
GROUP BY time, network_name
ORDER BY time, network_name
"""


LATENCY = f"""
SELECT
    $__timeInterval(published_at) AS time,
    quantileExactOrNull(0.5)(dateDiff('millisecond', published_at, stored_at) / 1000) AS median,
    quantileExactOrNull(0.99)(dateDiff('millisecond', published_at, stored_at) / 1000) AS p99
FROM {_LIVE}
GROUP BY time
ORDER BY time
"""

STAGES = f"""
SELECT
    $__timeInterval(published_at) AS time,
    quantileExactOrNull(0.9)(dateDiff('millisecond', published_at, processed_at) / 1000) AS enriching,
    quantileExactOrNull(0.9)(dateDiff('millisecond', processed_at, stored_at) / 1000) AS storing
FROM {_LIVE}
GROUP BY time
ORDER BY time
"""

PARTITIONS = """
SELECT
    kafka_topic AS topic,
    kafka_partition AS partition,
    max(kafka_offset) AS last_offset,
    count() AS events,
    max(stored_at) AS last_stored
FROM events
WHERE $__timeFilter(created_at)
GROUP BY topic, partition
ORDER BY topic, partition
LIMIT 100
"""


def networks(silences: str) -> str:
    """What came of each network, and whether a watch calls it silent.

    Args:
        silences: the names of these watches, as literals with commas between them.
    """
    return f"""
SELECT
    seen.network AS network,
    if(silent.network = '', 'flows', 'silent') AS connection,
    last_fetched,
    last_stored,
    events,
    delay,
    buried.letters AS dead_letters
FROM
(
    SELECT
        network,
        max(received_at) AS last_fetched,
        max(stored_at) AS last_stored,
        count() AS events,
        quantileExactOrNull(0.5)(greatest(0, dateDiff('millisecond', created_at, received_at) / 1000)) AS delay
    FROM {_LIVE}
    GROUP BY network
) AS seen
LEFT JOIN
(
    SELECT DISTINCT network FROM alerts WHERE level = 'watch' AND state != 'resolved' AND watch IN ({silences})
) AS silent ON silent.network = seen.network
LEFT JOIN
(
    SELECT network, count() AS letters FROM {_BURIED}
    GROUP BY network
) AS buried ON buried.network = seen.network
ORDER BY connection DESC, last_stored, network
LIMIT 100
"""


def dead_letters_over_time(name: str) -> str:
    """By where they failed.

    Args:
        name: of the stage, worked out of the column `stage`.
    """
    return f"""
SELECT $__timeInterval(failed_at) AS time, {name} AS stage_name, count() AS dead_letters
FROM {_BURIED}
GROUP BY time, stage_name
ORDER BY time, stage_name
"""


DECIDED = f"""
SELECT
    toString(day) AS day_of,
    stage,
    sumIf(letters, state = 'open') AS undecided,
    sumIf(letters, state = 'retried') AS retried,
    sumIf(letters, state = 'dropped') AS dropped
FROM dead_letters_by_day
WHERE $__dateFilter(day)
  AND {OF_NETWORK}
GROUP BY day, stage
ORDER BY day DESC, stage
LIMIT 100
"""

DEAD_LETTERS = f"""
SELECT
    max(failed_at) AS failed,
    stage,
    network,
    error,
    any(reason) AS reason,
    count() AS dead_letters,
    any(concat(source, '[', toString(source_partition), ']@', toString(source_offset))) AS example
FROM {_BURIED}
GROUP BY stage, network, error
ORDER BY failed DESC, stage, network, error
LIMIT 50
"""

STEPS = f"""
SELECT arrayJoin(failed_steps) AS step, model_version, count() AS events, max(processed_at) AS failed
FROM {_LIVE}
GROUP BY step, model_version
ORDER BY events DESC, step
LIMIT 25
"""

DELIVERIES = f"""
SELECT channel, state, reason, count() AS messages, max(at) AS last_try
FROM deliveries
WHERE $__timeFilter(at)
  AND {_OF_BOTH}
GROUP BY channel, state, reason
ORDER BY last_try DESC, channel, state
LIMIT 50
"""
