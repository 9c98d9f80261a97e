"""Connectors and a broker together: whichever broker there is, the folder they remember in, what is told at the end."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from connectors.counters import Counters
from connectors.forgotten import ForgottenList
from connectors.http import HttpPool
from connectors.intake import Broker
from connectors.memory import Memory
from connectors.pause import StoppablePause
from connectors.publish import SharedBroker
from connectors.roster import Job
from connectors.run import Desk, Outcome, Until, run_all
from deploy.reporting import counts_of, reported
from deploy.running import find
from schemas import codec
from schemas.brokers import at
from schemas.clock import SystemClock
from schemas.deadletter import DeadLetter
from schemas.errors import ConfigError
from schemas.event import Event
from schemas.settings import Settings
from schemas.units import Duration

_STATE = "connectors"
_TELL_EVERY_S = 60.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read, and how long. A dry one prints, publishes nothing and remembers nothing."""

    jobs: Sequence[Job]
    settings: Settings
    data_dir: Path
    until: Until = "stopped"
    dry: bool = False
    metrics_port: int = 0
    reached: Callable[[datetime, int], None] = lambda reached_at, events: None


class Printer:
    """A broker that writes events on standard output, one JSON a line, and keeps nothing."""

    bootstrap = "standard output"

    def publisher(self) -> "Printer":
        """Itself."""
        return self

    def renew(self, failed: "Printer") -> None:
        """There is nothing to renew."""

    def publish(self, event: Event) -> Event:
        """Write an event."""
        sys.stdout.write(codec.encode(event).decode() + "\n")
        return event

    def bury(self, letter: DeadLetter) -> None:
        """Say that there is a dead letter."""
        sys.stderr.write(f"dead letter: {letter.reason}\n")

    def flush(self) -> None:
        """Show what was written."""
        sys.stdout.flush()


def state_folder(settings: Settings, data_dir: Path) -> Path:
    """Where connectors remember: their cursors, what they published, who reads what."""
    return Path(settings.connectors.state_dir) if settings.connectors.state_dir else data_dir / _STATE


def running_broker(settings: Settings, data_dir: Path) -> str:
    """The broker of the settings, else of the stack that runs on the folder; empty when there is none."""
    running = None if settings.kafka.bootstrap else find(data_dir)
    return settings.kafka.bootstrap or (running.kafka if running else "")


def memory_of(settings: Settings, data_dir: Path) -> Memory:
    """What connectors remember in the folder."""
    return Memory(state_folder(settings, data_dir) / "memory.sqlite", remember=settings.connectors.remember_events)


def pool_of(settings: Settings, counters: Counters, stopping: threading.Event) -> HttpPool:
    """The connections of a process with these settings."""
    return HttpPool(StoppablePause(stopping), counters, parallel=settings.connectors.parallel_requests)


def read_sources(reading: Reading, stopping: threading.Event) -> list[Outcome]:
    """Read until told to stop, into the broker there is, or into a stack of its own."""
    if reading.dry:
        return _read(reading, Printer(), Memory(None, remember=100_000), None, stopping)
    settings, data_dir = reading.settings, reading.data_dir
    with (
        _broker(settings, data_dir) as (bootstrap, drain),
        ForgottenList(at(settings.kafka, bootstrap), settings.privacy) as forgotten,
        SharedBroker(
            at(settings.kafka, bootstrap), pseudonym_key=settings.privacy.pseudonym_key, erase=forgotten.erase
        ) as broker,
    ):
        leases = state_folder(settings, data_dir) / "leases"
        memory = memory_of(settings, data_dir)
        outcomes = _read(reading, broker, memory, leases, stopping, bootstrap=bootstrap)
        drain()
        return outcomes


def _read(
    reading: Reading,
    broker: Broker[Any],
    memory: Memory,
    leases: Path | None,
    stopping: threading.Event,
    *,
    bootstrap: str = "",
) -> list[Outcome]:
    counters = Counters()
    with ExitStack() as held:
        held.enter_context(memory)
        pool = held.enter_context(pool_of(reading.settings, counters, stopping))
        desk = Desk(
            settings=reading.settings,
            pool=pool,
            broker=broker,
            memory=memory,
            counters=counters,
            pause=pool.pause,
            clock=SystemClock(),
            leases=leases,
            reached=reading.reached,
        )
        held.enter_context(_telling(counters))
        if bootstrap and reading.until == "stopped":
            kafka = at(reading.settings.kafka, bootstrap)
            held.enter_context(reported("connect", kafka, reading.metrics_port, counts=lambda: counts_of(counters)))
        if reading.metrics_port:
            from deploy.exposition import meters_of, shown

            figures = meters_of(counters, pool.budgets)
            held.enter_context(shown(reading.settings.health.host, reading.metrics_port, figures))
        return run_all(reading.jobs, desk, until=reading.until)


@contextmanager
def _broker(settings: Settings, data_dir: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Where to publish, and what to wait for at the end: a stack of one's own forgets what is not stored yet."""
    bootstrap = running_broker(settings, data_dir)
    if bootstrap:
        yield bootstrap, lambda: None
        return
    from deploy.own_stack import own_stack

    with own_stack(settings, data_dir, say=say) as (own, drain):
        yield own, drain


@contextmanager
def _telling(counters: Counters) -> Iterator[None]:
    """One log line a minute with all counts, and one at the end."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(_TELL_EVERY_S):
            log.info("connectors_counted", networks=counters.snapshot())

    thread = threading.Thread(target=work, name="counts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        log.info("connectors_counted", networks=counters.snapshot())


def instant_from(text: str, *, where: str, now: datetime | None = None) -> datetime:
    """A time as a person writes it: a date, an instant, or how long ago: 2026-11-03, 2026-11-03T08:00:00Z, 2h.

    Raises:
        ConfigError: it is none of them.
    """
    present = now or datetime.now(UTC)
    try:
        return present - timedelta(seconds=Duration.parse(text))
    except (ValueError, OverflowError):
        pass
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{text!r} is no time", where=where, fix="Write 2026-11-03, 2026-11-03T08:00:00Z, or how long ago: 2h, 3d."
        ) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def told(outcomes: Sequence[Outcome]) -> int:
    """Say what ended before its time. Exit code: 0, or 1 when a source was refused or failed."""
    for outcome in outcomes:
        if outcome.reason:
            say(f"{outcome.source}: {outcome.reason}")
    return 1 if any(outcome.state in ("refused", "failed") for outcome in outcomes) else 0


def say(sentence: str) -> None:
    """A sentence for the person who started this."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')}  {sentence}\n")
