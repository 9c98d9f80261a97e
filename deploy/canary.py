"""The canary: send a test event, see its row come, say when it is late; and what only an onlooker sees of the whole."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from connectors.publish import SharedBroker
from schemas import canary, metrics
from schemas.errors import BrokerError, StoreError
from schemas.event import Event
from schemas.settings import Canary as Settings
from schemas.tables import CANARIES
from streams.meters import Meters
from streams.rows import Row, canary_row
from streams.store import mapped

log = structlog.get_logger()

_LOOK_S = 0.25
_BESIDE_S = 10.0
_GIVEN_UP_AFTER_S = 3600.0


class Publisher(Protocol):
    """Takes events, as `connectors.publish.Publisher` does."""

    def publish(self, event: Event) -> object:
        """Take an event."""

    def flush(self) -> None:
        """Return when the broker has it."""


class Store(Protocol):
    """Takes rows."""

    def insert(self, table: Any, rows: list[Row], *, token: str) -> int:
        """Insert a batch."""


@dataclass(slots=True)
class _Sent:
    event: Event
    late: bool = False


@dataclass(slots=True, kw_only=True)
class Canary:
    """The test events of one process that are on their way.

    Args:
        arrived: which of these events have a row, and the seconds that each took.
    """

    settings: Settings
    publisher: Publisher
    arrived: Callable[[list[str]], dict[str, float]]
    store: Store
    meters: Meters
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    waiting: dict[str, _Sent] = field(default_factory=dict)
    last_arrived_at: datetime | None = None
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began_at = self.clock()
        self.meters.ask(metrics.CANARY_AGE_S, lambda: [((), self._age_s())])

    def send(self) -> bool:
        """Publish one; false when the broker does not take it."""
        event = canary.make(self.clock())
        try:
            self.publisher.publish(event)
            self.publisher.flush()
        except BrokerError as error:
            self.meters.add(metrics.CANARIES, outcome="not_sent")
            log.warning("canary_not_sent", reason=error.what)
            return False
        self.waiting[event.event_id] = _Sent(event)
        self.meters.add(metrics.CANARIES, outcome="sent")
        return True

    def look(self) -> None:
        """See which have arrived, and note which are late."""
        now = self.clock()
        try:
            came = self.arrived(list(self.waiting)) if self.waiting else {}
            for event_id, seconds in came.items():
                self._came(self.waiting.pop(event_id), seconds)
            late = [one for one in self.waiting.values() if not one.late and self._waits_s(one, now) > self._patience_s]
            for one in late:
                self._is_late(one)
        except StoreError as error:
            log.warning("canary_not_seen", reason=error.what)
        for event_id in [key for key, one in self.waiting.items() if self._waits_s(one, now) > _GIVEN_UP_AFTER_S]:
            del self.waiting[event_id]

    def run(self, stopping: threading.Event, beside: Callable[[], None] = lambda: None) -> None:
        """Send and look until told to stop; `beside` is called every ten seconds."""
        due = beside_due = time.monotonic()
        while not stopping.is_set():
            if time.monotonic() >= beside_due:
                beside()
                beside_due = time.monotonic() + _BESIDE_S
            if time.monotonic() >= due:
                self.send()
                due = max(due + self.settings.every, time.monotonic())
            self.look()
            stopping.wait(_LOOK_S if self.waiting else min(1.0, max(0.0, due - time.monotonic())))

    def health(self) -> Mapping[str, object]:
        """Not alive when the path is broken: none has come for three intervals."""
        age_s = self._age_s() if self.last_arrived_at else (self.clock() - self.began_at).total_seconds()
        alive = age_s <= 3 * self.settings.every + self.settings.late_after
        return {"alive": alive, "reason": "" if alive else f"no test event has arrived for {age_s:.0f} s"}

    @property
    def _patience_s(self) -> float:
        return float(self.settings.late_after)

    def _came(self, one: _Sent, seconds: float) -> None:
        self.meters.add(metrics.CANARIES, outcome="arrived")
        self.meters.observe(metrics.CANARY_S, seconds)
        self.last_arrived_at = max(one.event.created_at, self.last_arrived_at or one.event.created_at)
        level = log.warning if one.late else log.debug
        level("canary_arrived", event_id=one.event.event_id, seconds=round(seconds, 3))

    def _is_late(self, one: _Sent) -> None:
        one.late = True
        self.meters.add(metrics.CANARIES, outcome="late")
        log.warning("canary_late", event_id=one.event.event_id, seconds=self._patience_s)
        self.store.insert(CANARIES, [canary_row(one.event, arrived=False)], token="canary")

    def _waits_s(self, one: _Sent, now: datetime) -> float:
        return (now - one.event.created_at).total_seconds()

    def _age_s(self) -> float:
        return float("nan") if self.last_arrived_at is None else (self.clock() - self.last_arrived_at).total_seconds()


class Renewing:
    """A publisher of a shared connection that is given up when it fails."""

    def __init__(self, broker: SharedBroker) -> None:
        self._broker = broker
        self._publisher: Any = None

    def publish(self, event: Event) -> None:
        """Take an event."""
        self._publisher = self._broker.publisher()
        self._publisher.publish(event)

    def flush(self) -> None:
        """Return when the broker has it."""
        try:
            self._publisher.flush()
        except BrokerError:
            self._broker.renew(self._publisher)
            raise


def arrived(client: Any) -> Callable[[list[str]], dict[str, float]]:
    """Ask ClickHouse which test events have a row."""

    def ask(event_ids: list[str]) -> dict[str, float]:
        with mapped("view canaries"):
            found = client.query(
                "SELECT event_id, seconds FROM canaries "
                "WHERE event_id IN {ids:Array(String)} AND arrived_at IS NOT NULL",
                parameters={"ids": event_ids},
            ).result_rows
        return {str(event_id): float(seconds) for event_id, seconds in found}

    return ask


def diagnose(client: Any, settings: Settings, now: datetime) -> str:
    """What is wrong with the path, in a sentence; empty when the newest test event came in time.

    For checks: three of them must be missing before the path counts as broken.
    """
    with mapped("view canaries"):
        ((last, seconds),) = client.query(
            "SELECT toUnixTimestamp64Milli(max(sent_at)), argMax(seconds, sent_at) FROM canaries "
            "WHERE arrived_at IS NOT NULL"
        ).result_rows
    if not last:
        return "no test event has ever arrived: run `vigie up` or `vigie canary`"
    age = now - datetime.fromtimestamp(last / 1000, UTC)
    if age > timedelta(seconds=3 * settings.every + settings.late_after):
        return f"the last test event that arrived was sent {age.total_seconds():.0f} s ago"
    if seconds > settings.late_after:
        return f"the last test event took {seconds:.1f} s, more than canary.late_after"
    return ""
