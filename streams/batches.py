"""One loop for all agents: take a batch, handle it until it is done, acknowledge it.

Faust acknowledges a record whose agent raised and restarts the agent, so nothing may leave this loop: a
transient fault is retried with backoff for as long as it lasts, a record that can never be handled is
buried by the handler, and a batch that is mostly such records stops the worker with nothing acknowledged.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog

from schemas import metrics
from schemas.errors import VigieError
from streams.again import is_for
from streams.health import Health
from streams.meters import Meters
from streams.ownership import Ownership, Revoked, Unheard

log = structlog.get_logger()

EXIT_SYSTEMIC = 78
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Message(Protocol):
    """What is used of Faust's message: where a record stands and what it holds."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    timestamp: float
    headers: Any


class Record(Protocol):
    """What is used of Faust's event."""

    message: Message


class Offsets(Protocol):
    """What is used of `offsets.Offsets`."""

    ownership: Ownership

    async def accept(self, records: Sequence[Record]) -> list[Record]:
        """The records that are ours to handle now."""

    def done(self, messages: Iterable[Message]) -> None:
        """These records are handled for good."""


class Systemic(VigieError):
    """Most of a batch cannot be handled: the code or a setting is wrong, not the records."""


@dataclass(slots=True, kw_only=True)
class Progress:
    """What a worker has done, for its health and its figures: progress, not "process alive"."""

    started_at: float = field(default_factory=time.time)
    handled: int = 0
    buried: int = 0
    retries: int = 0
    busy_since: float | None = None
    last_done_at: float | None = None
    last_error: str = ""
    stopped: str = ""
    models: str = ""
    health: Health = field(default_factory=lambda: Health(stalled_after_s=120.0))
    meters: Meters = field(default_factory=Meters)
    tables: dict[str, Callable[[], int]] = field(default_factory=dict)

    def report(self, now: float) -> dict[str, object]:
        """The figures of `/health`. `alive` is false when a worker makes no progress although there is something to do,
        when an agent of it has ended, or when it stopped itself; then `reason` says why and `since` when."""
        busy_s = 0.0 if self.busy_since is None else now - self.busy_since
        fault = (self.stopped, 0.0) if self.stopped else self.health.fault(time.monotonic())
        reason, for_s = fault or ("", 0.0)
        return {
            "alive": not reason,
            "reason": reason,
            "since": datetime.fromtimestamp(now - for_s, UTC).isoformat(timespec="seconds") if reason else "",
            "handled": self.handled,
            "buried": self.buried,
            "retries": self.retries,
            "busy_s": round(busy_s, 1),
            "idle_s": round(now - (self.last_done_at or self.started_at), 1),
            "last_error": self.last_error,
            "stopped": self.stopped,
        }

    def table(self, name: str, size: Callable[[], int]) -> None:
        """There is a table whose size is to be shown."""
        if not self.tables:
            self.meters.ask(metrics.TABLE_KEYS, lambda: [((one,), count()) for one, count in self.tables.items()])
        self.tables[name] = size

    def bury(self, stage: str, failures: Sequence[tuple[Message, Exception]]) -> None:
        """These records became dead letters."""
        self.buried += len(failures)
        for _, error in failures:
            self.meters.add(metrics.DEAD_LETTERS, stage=stage, error=type(error).__name__)

    def done(self, name: str, handled: int, left: int, seconds: float) -> None:
        """A batch is acknowledged, of which so many records were left to another stage."""
        self.last_done_at = time.time()
        self.handled += handled + left
        self.meters.add(metrics.RECORDS, handled, agent=name, outcome="handled")
        if left:
            self.meters.add(metrics.RECORDS, left, agent=name, outcome="left")
        self.meters.observe(metrics.BATCH_S, seconds, agent=name)


Handle = Callable[[Sequence[Record]], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


async def consume(
    batches: AsyncIterable[Sequence[Record]],
    handle: Handle,
    *,
    name: str,
    offsets: Offsets,
    progress: Progress,
    stage: str = "",
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Handle every batch and acknowledge it afterwards; end only by cancellation or a systemic fault.

    What was revoked meanwhile is dropped: its next owner, be it this worker, reads it again. What was published again
    for another `stage` is acknowledged and left out.
    """
    progress.health.begun(name)
    why = "its stream is over"
    try:
        async for batch in batches:
            records = await offsets.accept(batch)
            if records:
                await _take(records, handle, name, stage or name, offsets, progress, sleep)
    except BaseException as error:
        why = type(error).__name__
        raise
    finally:
        progress.health.ended(name, why, time.monotonic())


async def _take(
    records: Sequence[Record],
    handle: Handle,
    name: str,
    stage: str,
    offsets: Offsets,
    progress: Progress,
    sleep: Sleep,
) -> None:
    progress.busy_since = time.time()
    started = time.perf_counter()
    mine = [record for record in records if is_for(record.message, stage)]
    try:
        async with offsets.ownership.work():
            if not await _until_done(handle, mine, offsets.ownership, name=name, progress=progress, sleep=sleep):
                await asyncio.Event().wait()  # the worker is stopping; nothing of this batch is acknowledged
            offsets.done(record.message for record in records)
            seconds = time.perf_counter() - started
            progress.done(name, len(mine), len(records) - len(mine), seconds)
            _tell(records, name, seconds)
    except Revoked:
        log.info("batch_dropped", agent=name, count=len(records))
    progress.busy_since = None


def _tell(records: Sequence[Record], name: str, seconds: float) -> None:
    """One line for a batch: from which record to which, so that a row finds the batch by its topic and offset."""
    first, last = records[0].message, records[-1].message
    log.debug(
        "batch_done",
        agent=name,
        count=len(records),
        first=f"{first.topic}[{first.partition}]@{first.offset}",
        last=f"{last.topic}[{last.partition}]@{last.offset}",
        seconds=round(seconds, 4),
    )


async def _until_done(
    handle: Handle, records: Sequence[Record], ownership: Ownership, *, name: str, progress: Progress, sleep: Sleep
) -> bool:
    for attempt in range(2**62 if records else 0):
        try:
            ownership.check()
            await handle(records)
        except Revoked:
            raise
        except Systemic as error:
            progress.stopped = str(error)
            log.error("worker_stopped", agent=name, error=type(error).__name__, reason=error.what, fix=error.fix)
            signal.raise_signal(signal.SIGTERM)
            return False
        except Exception as error:
            progress.retries += 1
            progress.meters.add(metrics.RETRIES, agent=name, error=type(error).__name__)
            progress.last_error = type(error).__name__
            longest = 1 if isinstance(error, Unheard) else len(_BACKOFF_S) - 1  # the group asks nobody to spare it
            pause = _BACKOFF_S[min(attempt, longest)] * random.uniform(0.75, 1.25)
            reason = error.what if isinstance(error, VigieError) else ""
            log.warning(
                "batch_retried",
                agent=name,
                attempt=attempt + 1,
                count=len(records),
                error=type(error).__name__,
                reason=reason,
                pause_s=round(pause, 2),
                exc_info=attempt == 0 and not isinstance(error, VigieError),
            )
            await sleep(pause)
        else:
            return True
    return not records


async def every(
    seconds: float, step: Callable[[], Awaitable[object]], *, name: str, sleep: Sleep = asyncio.sleep
) -> None:
    """Call `step` again and again, at the pace of `seconds`; a failing step is logged and called again."""
    while True:
        begun = time.monotonic()
        try:
            await step()
        except Exception as error:
            log.warning("tick_failed", agent=name, error=type(error).__name__, exc_info=True)
        await sleep(max(0.0, seconds - (time.monotonic() - begun)))
