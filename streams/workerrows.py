"""The row of a worker's word, pure: in the column order of `schemas.tables.WORKER_STATES`."""

from schemas.worker import WorkerState
from streams.instants import to_ms
from streams.rows import Row


def worker_row(state: WorkerState) -> Row:
    """One word of one process as ClickHouse keeps it."""
    return (
        state.worker,
        state.agent,
        state.state,
        state.reason,
        to_ms(state.at),
        to_ms(state.since),
        to_ms(state.started_at),
        state.version,
        state.models,
        state.memory_bytes,
        state.handled,
        state.buried,
        state.retries,
        [lag.agent for lag in state.lags],
        [lag.topic for lag in state.lags],
        [lag.partition for lag in state.lags],
        [lag.records for lag in state.lags],
    )
