"""METRICS: every figure that a process shows on /metrics, what it means, and what to do when it moves. A closed list.

Labels are bounded: agents, topics, tables, stages, networks, channels, outcomes; never an id, a person or a text.
Spans are seconds, sizes bytes or records.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

SHORT_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
TINY_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)
TRAVEL_S = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, 86_400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure. `by` are its labels, `part` who shows it, `act` what an operator does when it moves."""

    name: str
    kind: Kind
    part: str
    by: tuple[str, ...] = ()
    means: str
    act: str
    buckets: tuple[float, ...] = ()


RECORDS = Metric(
    name="vigie_records_total",
    kind="counter",
    part="worker",
    by=("agent", "outcome"),
    means="records that an agent is done with: handled, buried as a dead letter, left to another stage",
    act="no rate while there is lag: read /health of the worker",
)
LAG = Metric(
    name="vigie_consumer_lag_records",
    kind="gauge",
    part="worker",
    by=("topic", "partition"),
    means="records of its partitions that a worker has yet to handle: end − max(position, start)",
    act="it grows for minutes: start more workers, up to the number of partitions; one partition alone: read /health",
)
BATCH_S = Metric(
    name="vigie_batch_seconds",
    kind="histogram",
    part="worker",
    by=("agent",),
    buckets=SHORT_S,
    means="from taking a batch to its acknowledgement, retries included",
    act="longer than usual: see vigie_insert_seconds and vigie_model_seconds for where it goes",
)
RETRIES = Metric(
    name="vigie_batch_retries_total",
    kind="counter",
    part="worker",
    by=("agent", "error"),
    means="batches tried again after a fault that time may heal",
    act="it keeps rising: StoreError: look at ClickHouse; BrokerError: at Kafka",
)
MODEL_S = Metric(
    name="vigie_model_seconds",
    kind="histogram",
    part="enrich",
    buckets=TINY_S,
    means="processor work of the language models for one text, the mean of each batch",
    act="twice the usual: another process takes the processor, or texts became longer",
)
INSERT_S = Metric(
    name="vigie_insert_seconds",
    kind="histogram",
    part="sink",
    by=("table",),
    buckets=SHORT_S,
    means="one insert into ClickHouse, retries inside it included",
    act="above a second: look at merges, disk and memory of ClickHouse",
)
ROWS = Metric(
    name="vigie_stored_rows_total",
    kind="counter",
    part="sink",
    by=("table",),
    means="rows that ClickHouse has taken",
    act="no rate while events come: look at the lag of the sink",
)
CREATED_TO_ROW_S = Metric(
    name="vigie_event_created_to_row_seconds",
    kind="histogram",
    part="sink",
    by=("network",),
    buckets=TRAVEL_S,
    means="from the instant at which an event was written, as the network says, to its row; a replayed past is old",
    act="above the interval at which a network is read: look at its connector",
)
PUBLISHED_TO_ROW_S = Metric(
    name="vigie_event_published_to_row_seconds",
    kind="histogram",
    part="sink",
    buckets=TRAVEL_S,
    means="from the connector's handing an event to Kafka to its row",
    act="p99 above 5 s: find the agent whose lag grows",
)
DEAD_LETTERS = Metric(
    name="vigie_dead_letters_total",
    kind="counter",
    part="worker",
    by=("stage", "error"),
    means="inputs that could not be handled",
    act="any: vigie dead-letters list --stage …, mend the cause, retry",
)
TABLE_KEYS = Metric(
    name="vigie_table_keys",
    kind="gauge",
    part="worker",
    by=("table",),
    means="what an agent remembers: conversations, notices, windows of its partitions",
    act="responses and watch keep it on disk, notify in memory: more workers share it",
)
DEADLINES = Metric(
    name="vigie_deadlines",
    kind="gauge",
    part="responses",
    means="conversations in the index of what comes due",
    act="none; it follows the customers who wait, and the answered ones until they are closed",
)
NEXT_DUE_S = Metric(
    name="vigie_next_deadline_seconds",
    kind="gauge",
    part="responses",
    means="until the next deadline; below 0 it is late by so much; NaN without any",
    act="below −5 for a minute: alerts are late, read /health of responses",
)
WATERMARK_S = Metric(
    name="vigie_watermark_lag_seconds",
    kind="gauge",
    part="responses",
    by=("partition",),
    means="age of the newest event of a partition",
    act="far above the others: no event reaches this partition",
)
NOTICES = Metric(
    name="vigie_notifications_total",
    kind="counter",
    part="notify",
    by=("channel", "outcome"),
    means="messages that a channel took, or did not",
    act="failed: vigie alerts test, and the reason in the log",
)
NOTICES_WAITING = Metric(
    name="vigie_notices_waiting",
    kind="gauge",
    part="notify",
    by=("channel",),
    means="alerts that are still to be told to a channel: held, or to be tried again",
    act="it grows outside quiet hours: the channel fails",
)
READY = Metric(
    name="vigie_ready",
    kind="gauge",
    part="worker",
    means="1 while the worker has partitions and works",
    act="0 for a minute: no partitions are left for it, or its group is rebalancing",
)
ALIVE = Metric(
    name="vigie_alive",
    kind="gauge",
    part="worker",
    means="1 while it makes progress or has nothing to do",
    act="0: /health says why and since when; start it again",
)
ITEMS = Metric(
    name="vigie_connector_items_total",
    kind="counter",
    part="connect, webhooks",
    by=("network", "outcome"),
    means="items of a network: received, published, repeated, filtered, buried, skipped, unknown_deletions",
    act="received without published: buried ones are dead letters, filtered ones are not about a source",
)
CALLS = Metric(
    name="vigie_connector_calls_total",
    kind="counter",
    part="connect, webhooks",
    by=("network", "outcome"),
    means="requests, retries, rate_limited, reconnects, refused_requests, commits of a connector",
    act="rate_limited rises: read less often; reconnects rise: the network or the line is bad; no commits: it stands",
)
BUDGET = Metric(
    name="vigie_connector_budget_calls",
    kind="gauge",
    part="connect",
    by=("network",),
    means="calls that the scarcest token of a network has left; below 0 so many wait for their turn",
    act="at 0 for long: lengthen the interval of its sources, or use another token",
)
ANSWERS = Metric(
    name="vigie_webhook_answers_total",
    kind="counter",
    part="webhooks",
    by=("network", "status"),
    means="calls of push networks by the status they were answered with",
    act="401: the secret was changed; 429 or 503: Kafka is slow or away, the network will call again",
)
DECISIONS = Metric(
    name="vigie_decision_answers_total",
    kind="counter",
    part="actions",
    by=("status",),
    means="requests to the server of decisions by the status they were answered with",
    act="401 rises: somebody tries links; 503: Kafka is away",
)
GROUP_LAG = Metric(
    name="vigie_group_lag_records",
    kind="gauge",
    part="canary",
    by=("group", "topic", "partition"),
    means="records that a consumer group has yet to commit, asked of the broker: end − max(committed, start)",
    act="as vigie_consumer_lag_records; it is there too when no worker runs",
)
STORE_ROWS = Metric(
    name="vigie_store_rows",
    kind="gauge",
    part="canary",
    by=("table",),
    means="rows that ClickHouse holds, copies that it has yet to merge included",
    act="none",
)
STORE_BYTES = Metric(
    name="vigie_store_bytes",
    kind="gauge",
    part="canary",
    by=("table",),
    means="bytes of a table on disk",
    act="near the size of the disk: lower [retention], or add disk",
)
OPEN_LETTERS = Metric(
    name="vigie_open_dead_letters",
    kind="gauge",
    part="canary",
    by=("stage",),
    means="dead letters that nobody has decided about",
    act="above 0: vigie dead-letters list",
)
CANARY_S = Metric(
    name="vigie_canary_seconds",
    kind="histogram",
    part="canary",
    buckets=TRAVEL_S,
    means="from publishing a test event to its row",
    act="p99 above 5 s: find the agent whose lag grows",
)
CANARIES = Metric(
    name="vigie_canaries_total",
    kind="counter",
    part="canary",
    by=("outcome",),
    means="test events: sent, arrived, late",
    act="late rises: events do not reach their rows; look at vigie_group_lag_records",
)
CANARY_AGE_S = Metric(
    name="vigie_canary_age_seconds",
    kind="gauge",
    part="canary",
    means="since the last test event that arrived was sent; NaN before the first",
    act="above three times canary.every: the path is broken",
)

_PROCESS = (
    ("process_virtual_memory_bytes", "gauge", "virtual memory of the process"),
    ("process_resident_memory_bytes", "gauge", "memory that the process holds"),
    ("process_start_time_seconds", "gauge", "when the process started, in seconds since 1970"),
    ("process_cpu_seconds_total", "counter", "processor time that the process has used"),
    ("process_open_fds", "gauge", "files and connections that are open"),
    ("process_max_fds", "gauge", "how many may be open"),
)
PROCESS: tuple[Metric, ...] = tuple(
    Metric(
        name=name,
        kind="counter" if kind == "counter" else "gauge",
        part="all",
        means=means,
        act="memory that grows without events: a leak, report it" if "resident" in name else "none",
    )
    for name, kind, means in _PROCESS
)

METRICS: tuple[Metric, ...] = (
    *(RECORDS, LAG, BATCH_S, RETRIES, MODEL_S, INSERT_S, ROWS, CREATED_TO_ROW_S, PUBLISHED_TO_ROW_S, DEAD_LETTERS),
    *(TABLE_KEYS, DEADLINES, NEXT_DUE_S, WATERMARK_S, NOTICES, NOTICES_WAITING, READY, ALIVE),
    *(ITEMS, CALLS, BUDGET, ANSWERS, DECISIONS),
    *(GROUP_LAG, STORE_ROWS, STORE_BYTES, OPEN_LETTERS, CANARY_S, CANARIES, CANARY_AGE_S),
    *PROCESS,
)
