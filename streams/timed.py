"""A store whose inserts are timed, and how long the events in them were on their way."""

import time
from collections.abc import Sequence
from typing import Protocol

from schemas import metrics
from schemas.tables import EVENTS, Table
from streams.meters import Meters
from streams.rows import Row

_COLUMNS = [name for name, _ in EVENTS.columns]
_NETWORK, _CREATED, _PUBLISHED = (_COLUMNS.index(name) for name in ("network", "created_at", "published_at"))


class Store(Protocol):
    """Takes batches of rows."""

    def insert(self, table: Table, rows: Sequence[Row], *, token: str) -> int:
        """Insert a batch; the same token and rows insert it once."""


class Timed:
    """The same store. What it refused, or what has no row yet, is not counted."""

    def __init__(self, store: Store, meters: Meters) -> None:
        self._store = store
        self._meters = meters

    def insert(self, table: Table, rows: Sequence[Row], *, token: str) -> int:
        """Insert a batch, and say how long it took."""
        begun = time.perf_counter()
        stored = self._store.insert(table, rows, token=token)
        self._meters.observe(metrics.INSERT_S, time.perf_counter() - begun, table=table.view)
        self._meters.add(metrics.ROWS, stored, table=table.view)
        if table is EVENTS:
            now_ms = time.time() * 1000
            for row in rows:
                self._travelled(metrics.PUBLISHED_TO_ROW_S, row[_PUBLISHED], now_ms)
                self._travelled(metrics.CREATED_TO_ROW_S, row[_CREATED], now_ms, network=row[_NETWORK])
        return stored

    def _travelled(self, metric: metrics.Metric, since_ms: object, now_ms: float, **by: object) -> None:
        if isinstance(since_ms, int):
            self._meters.observe(metric, max(0.0, now_ms - since_ms) / 1000, **by)
