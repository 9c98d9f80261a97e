"""Each worker says how it is every few seconds, and its last word when it ends, so that silence means something."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from schemas import codec
from schemas.topics import WORKERS
from schemas.worker import EVERY_S, Lag, State, WorkerState
from streams.batches import Progress, every
from streams.offsets import Offsets
from streams.standing import Counts, Standing

log = structlog.get_logger()

_PATIENCE_S = 5.0  # for the broker: what it does not take by then is not worth waiting for


def report(app: Any, standing: Standing, progress: Progress, offsets: Offsets, *, is_ready: Callable[[], bool]) -> None:
    """Attach it to an app. A broker that is away costs a line in the log, never the work.

    What is said goes past the ownership of partitions: one without any speaks too.
    """
    ended = False

    async def say(state: State, reason: str = "", since: datetime | None = None) -> None:
        word = word_of(standing, progress, offsets, state, reason=reason, since=since)
        try:
            await asyncio.wait_for(_send(app, word), _PATIENCE_S)
        except Exception as error:
            log.warning("state_not_told", agent=standing.agent, error=type(error).__name__)

    async def step() -> None:
        if not ended:
            await say(*state_of(progress, is_ready=is_ready()))

    @app.task(on_leader=False)
    async def speak(_: Any) -> None:
        await every(EVERY_S, step, name=standing.agent)

    @app.on_before_shutdown.connect
    async def last_word(*_: Any, **__: Any) -> None:
        nonlocal ended
        ended = True
        await say(*_end_of(progress, app.crash_reason))


def state_of(progress: Progress, *, is_ready: bool) -> tuple[State, str, datetime | None]:
    """How a worker is, why, and since when, where that is known."""
    if progress.stopped:
        return "failed", progress.stopped, None
    told = progress.report(time.time())
    if not told["alive"]:
        return "stalled", str(told["reason"]), datetime.fromisoformat(str(told["since"]))
    return ("working" if is_ready else "waiting"), "", None


def _end_of(progress: Progress, crash: BaseException | None) -> tuple[State, str]:
    """Only who was told to stop says goodbye."""
    if progress.stopped:
        return "failed", progress.stopped
    return ("failed", f"it crashed: {type(crash).__name__}") if crash else ("stopped", "")


def word_of(
    standing: Standing,
    progress: Progress,
    offsets: Offsets,
    state: State,
    *,
    reason: str = "",
    since: datetime | None = None,
) -> WorkerState:
    """What a worker says, with the lag of the partitions that are its own."""
    lags = [
        Lag(agent=standing.agent, topic=tp.topic, partition=tp.partition, records=records)
        for tp, records in sorted(offsets.lags().items())
    ]
    counts = Counts(handled=progress.handled, buried=progress.buried, retries=progress.retries)
    return standing.word(
        state,
        datetime.now(UTC),
        reason=reason,
        since=since,
        models=progress.models,
        counts=counts,
        lags=lags,
    )


async def _send(app: Any, word: WorkerState) -> None:
    await (await app.producer.send(WORKERS.name, word.worker.encode(), codec.encode(word), None, None, None))
