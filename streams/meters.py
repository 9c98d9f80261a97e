"""The figures of one process, as Prometheus reads them. What is not declared in `schemas.metrics` cannot be shown."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from schemas.metrics import Metric

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MEMORY = "process_resident_memory_bytes"

Sample = tuple[Sequence[object], float]
Read = Callable[[], Iterable[Sample]]


class Meters:
    """Counts and observations by metric and labels. Safe to use from several threads."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second figure for each counter that nobody has declared
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._instruments: dict[str, Any] = {}

    def add(self, metric: Metric, amount: float = 1, **by: object) -> None:
        """Count."""
        self._of(metric, by).inc(amount)

    def observe(self, metric: Metric, seconds: float, **by: object) -> None:
        """Put a span into its bucket."""
        self._of(metric, by).observe(seconds)

    def ask(self, metric: Metric, read: Read) -> None:
        """Take the figures from elsewhere, each time they are read: labels in the order of the metric, and a value."""
        self._registry.register(_Asked(metric, read))

    def text(self) -> bytes:
        """All of it, in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _of(self, metric: Metric, by: dict[str, object]) -> Any:
        instrument = self._instruments.get(metric.name)
        if instrument is None:
            instrument = self._instruments.setdefault(metric.name, _made(metric, self._registry))
        return instrument.labels(**by) if metric.by else instrument


def memory_bytes() -> int | None:
    """Memory that this process holds; None where the machine does not say."""
    figures = {family.name: family.samples[0].value for family in ProcessCollector(registry=None).collect()}
    return int(figures[_MEMORY]) if _MEMORY in figures else None


class _Asked(Collector):
    """Figures that somebody else keeps. One that cannot be read is left out and does not hide the others."""

    def __init__(self, metric: Metric, read: Read) -> None:
        self._metric = metric
        self._read = read

    def describe(self) -> Iterator[Family]:
        """Its name, so that none is registered twice."""
        yield self._family()

    def collect(self) -> Iterator[Family]:
        """What it is now."""
        family = self._family()
        try:
            for labels, value in self._read():
                family.add_metric([str(label) for label in labels], value)
        except Exception as error:
            log.warning("figure_not_read", metric=self._metric.name, error=type(error).__name__)
        yield family

    def _family(self) -> Any:
        kind = CounterMetricFamily if self._metric.kind == "counter" else GaugeMetricFamily
        return kind(self._metric.name, self._metric.means, labels=self._metric.by)


def _made(metric: Metric, registry: CollectorRegistry) -> Any:
    if metric.kind == "histogram":
        return Histogram(metric.name, metric.means, metric.by, registry=registry, buckets=metric.buckets)
    return Counter(metric.name, metric.means, metric.by, registry=registry)
