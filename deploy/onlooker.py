"""What only an onlooker sees: the lag of groups that have no worker, the size of the store, open dead letters."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import structlog

from deploy.topics import Progress
from schemas import metrics
from schemas.errors import VigieError
from schemas.tables import TABLES
from schemas.topics import RULES, TOPICS
from schemas.worker import Lag
from streams.app import group_id
from streams.meters import Meters, Sample
from streams.store import mapped
from streams.worker import AGENTS

log = structlog.get_logger()

_SIZES = """
SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts
WHERE active AND database = currentDatabase() GROUP BY table
"""
_OPEN = "SELECT stage, count() FROM dead_letters WHERE state = 'open' GROUP BY stage"
_BESIDE = (("responses", RULES),)  # read with a client of its own, outside of the group


class Onlooker:
    """The figures as they were when they were last looked at; what cannot be seen keeps the figure of before."""

    def __init__(self, client: Any, progress: Progress, meters: Meters) -> None:
        self._client = client
        self._progress = progress
        self._seen: dict[str, list[Sample]] = {}
        self.lags: list[Lag] = []
        for metric in (metrics.GROUP_LAG, metrics.STORE_ROWS, metrics.STORE_BYTES, metrics.OPEN_LETTERS):
            meters.ask(metric, partial(self._of, metric.name))

    def _of(self, name: str) -> list[Sample]:
        return self._seen.get(name, [])

    def look(self) -> None:
        """Look at everything once."""
        for what, see in (("lag", self._lag), ("sizes", self._sizes), ("letters", self._letters)):
            try:
                self._seen.update(see())
            except VigieError as error:
                log.warning("not_seen", what=what, reason=error.what)

    def _lag(self) -> Mapping[str, list[Sample]]:
        lags: list[Lag] = []
        for agent in AGENTS:
            topics = [topic for topic in TOPICS if agent in topic.consumers and (agent, topic) not in _BESIDE]
            for (topic, partition), records in self._progress.lags(group_id(agent), topics).items():
                lags.append(Lag(agent=agent, topic=topic, partition=partition, records=records))
        self.lags = lags
        return {
            metrics.GROUP_LAG.name: [((group_id(lag.agent), lag.topic, lag.partition), lag.records) for lag in lags]
        }

    def _sizes(self) -> Mapping[str, list[Sample]]:
        ours = {f"{table.name}{suffix}": table.view for table in TABLES for suffix in ("", "_local")}
        found = [row for row in self._rows(_SIZES) if row[0] in ours]
        return {
            metrics.STORE_ROWS.name: [((ours[table],), rows) for table, rows, _ in found],
            metrics.STORE_BYTES.name: [((ours[table],), size) for table, _, size in found],
        }

    def _letters(self) -> Mapping[str, list[Sample]]:
        return {metrics.OPEN_LETTERS.name: [((stage,), count) for stage, count in self._rows(_OPEN)]}

    def _rows(self, sql: str) -> Iterable[Any]:
        with mapped("ClickHouse"):
            rows: Iterable[Any] = self._client.query(sql).result_rows
        return rows
