"""One loop for all sources: page, parse, publish, wait for the broker, save the cursor, wait for the next.

One thread per source. A fault of one source is waited for, or stops it alone; the others go on.
"""

import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import structlog

from connectors.base import Pages, Source, Stopped
from connectors.counters import Counters
from connectors.http import Http, HttpPool
from connectors.intake import Broker, Intake, Sender
from connectors.lease import Taken, lease
from connectors.memory import Memory
from connectors.pause import Pause, backoff_s
from connectors.roster import Job
from schemas.clock import Clock
from schemas.errors import BrokerError, ConfigError, Malformed, Missing, Refused, Unavailable, VigieError
from schemas.settings import Settings

COMMIT_EVERY_EVENTS = 2_000
COMMIT_EVERY_S = 1.0
MAX_PAGES = 20_000  # of one round: a network that gives the same next page for ever would never be asked anew
STEADY_S = 60.0  # a stream that held so long was a good one: the next fault is its first
log = structlog.get_logger()

Until = Literal["stopped", "read once", "caught up"]
State = Literal["reading", "done", "refused", "stopped", "failed", "elsewhere"]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of one source. `reason` is a sentence for a person when it ended before its time."""

    source: str
    state: State = "reading"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the sources of one process share."""

    settings: Settings
    pool: HttpPool
    broker: Broker[Any]
    memory: Memory
    counters: Counters
    pause: Pause
    clock: Clock
    leases: Path | None  # None takes no lease: nothing is published
    monotonic: Callable[[], float] = time.monotonic
    reached: Callable[[datetime, int], None] = lambda reached_at, events: None


def run_all(jobs: Sequence[Job], desk: Desk, *, until: Until = "stopped") -> list[Outcome]:
    """Read every source until the process is told to end, or, by polls alone, until there is nothing more to read.

    Args:
        until: "read once" ends a source at its first fault, "caught up" waits for what time heals.
    Returns:
        What became of each, when all have ended.
    """
    outcomes = [Outcome(source=job.source.name) for job in jobs]
    threads = [
        threading.Thread(target=_run, args=(job, desk, outcome, until), name=job.source.name, daemon=True)
        for job, outcome in zip(jobs, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _run(job: Job, desk: Desk, outcome: Outcome, until: Until) -> None:
    name = job.source.name
    with ExitStack() as held:
        try:
            if desk.leases is not None:
                held.enter_context(lease(desk.leases, name))
            outcome.state = "done"
            keep_reading(job, desk, until=until)
        except Stopped:
            outcome.state = "stopped"
        except Taken as error:
            outcome.state, outcome.reason = "elsewhere", str(error)
        except Refused as error:
            outcome.state, outcome.reason = "refused", str(error)
            log.error("source_refused", network=job.source.network, source=name, reason=str(error))
        except VigieError as error:
            outcome.state, outcome.reason = "failed", str(error)
            log.error("source_failed", network=job.source.network, source=name, reason=str(error))
        except Exception as error:  # the edge of a source: the others go on, and its end is told
            outcome.state, outcome.reason = "failed", f"a fault of ours: {type(error).__name__}"
            frame = traceback.extract_tb(error.__traceback__)[-1]  # its message may hold what somebody wrote
            at = f"{Path(frame.filename).name}:{frame.lineno}"
            log.error("source_failed", network=job.source.network, source=name, reason=outcome.reason, at=at)


def keep_reading(job: Job, desk: Desk, *, until: Until = "stopped") -> None:
    """Read one source again and again; every fault that time heals is waited for.

    Raises:
        Stopped: the process is to end. Refused, ConfigError: a person must look. Read once: any fault.
    """
    chance = random.Random()
    faults = 0
    is_stream = until == "stopped" and job.connector.stream is not None
    while True:
        begun_at = desk.monotonic()
        cursor = desk.memory.cursor(job.source.name)
        try:
            publisher = desk.broker.publisher()
            try:
                read_once(job, desk, publisher, stream=is_stream)
            except BrokerError:
                desk.broker.renew(publisher)
                raise
            faults = 0
            if until != "stopped":
                if desk.memory.cursor(job.source.name) == cursor:
                    return  # some networks are read a part at a time
                continue
            wait_s = job.interval_s * (0.95 + 0.1 * chance.random())
        except (Unavailable, BrokerError, Missing, Malformed) as error:
            if until == "read once":
                raise
            if desk.monotonic() - begun_at >= STEADY_S:
                faults = 0
            asked_s = error.retry_after_s if isinstance(error, Unavailable) else 0.0
            wait_s = max(asked_s, backoff_s(faults, chance))
            faults += 1
            _tell(job.source, error, desk, wait_s, stream=is_stream)
        desk.pause.wait(wait_s)


def _tell(source: Source, error: Exception, desk: Desk, wait_s: float, *, stream: bool) -> None:
    if isinstance(error, Missing):
        desk.counters.add(source.network, "skipped")
    elif stream:
        desk.counters.add(source.network, "reconnects")
    log.warning("source_waits", network=source.network, source=source.name, reason=str(error), seconds=round(wait_s, 1))


def read_once(job: Job, desk: Desk, publisher: Sender, *, stream: bool) -> None:
    """Read from the saved cursor to the end of the pages, or of the connection.

    What was taken before a fault of the network, or the end of the process, is still acknowledged and saved.
    """
    connector, source = job.connector, job.source
    way = connector.stream if stream else connector.poll
    if way is None:
        raise ConfigError(
            f"{connector.title} cannot be read back", where=f"source {source.name}", fix="It pushes: `vigie webhooks`."
        )
    if way.everything and not source.track and not source.people.teams:
        raise ConfigError(
            f"{connector.title} sends everything, and nothing says what to keep",
            where=f"source {source.name}",
            fix='Name a word: --track "acme", or declare a brand in vigie.toml.',
        )
    http = Http(desk.pool, connector, source)
    intake = _intake(job, desk, publisher, http, everything=way.everything)
    _take_pages(way.pages, http, source, intake, desk, every_page=not stream)


def _take_pages(pages: Pages, http: Http, source: Source, intake: Intake, desk: Desk, *, every_page: bool) -> None:
    cursor: str | None = None
    committed_at = desk.monotonic()
    with closing(pages(http, source, desk.memory.cursor(source.name))) as reading:  # type: ignore[type-var]
        try:
            for number, page in enumerate(reading, start=1):
                if every_page and number > MAX_PAGES:
                    raise Unavailable(
                        f"its pages do not end: {MAX_PAGES:,} in one round",
                        where=f"source {source.name}",
                        fix="It is asked again from the saved cursor. Read less at a time: --since, or fewer accounts.",
                    )
                intake.take(page.items)
                cursor = page.cursor or cursor
                due = intake.waiting >= COMMIT_EVERY_EVENTS or desk.monotonic() - committed_at >= COMMIT_EVERY_S
                if every_page or due:
                    intake.commit(cursor)
                    if intake.reached_at is not None:
                        desk.reached(intake.reached_at, desk.counters.get(source.network, "published"))
                    committed_at = desk.monotonic()
                desk.pause.wait(0.0)
        except (Unavailable, Missing, Malformed, Stopped):
            intake.commit(cursor)
            raise
    intake.commit(cursor)


def _intake(job: Job, desk: Desk, publisher: Sender, http: Http, *, everything: bool) -> Intake:
    poll = job.connector.poll
    root = poll.root if poll else None
    return Intake(
        job.connector,
        job.source,
        publisher,
        desk.memory,
        clock=desk.clock,
        counters=desk.counters,
        settings=desk.settings.connectors,
        dead_letters=desk.settings.dead_letters,
        root=(lambda native: root(http, job.source, native)) if root else None,
        everything=everything,
    )
