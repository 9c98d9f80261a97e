"""Standing: how a process is, as it says so every few seconds; it remembers since when."""

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.worker import Lag, State, WorkerState
from streams.meters import memory_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a process has done since it started."""

    handled: int = 0
    buried: int = 0
    retries: int = 0


@dataclass(slots=True, kw_only=True)
class Standing:
    """One process.

    Args:
        worker: its name, as `name_of` makes it.
    """

    worker: str
    agent: str
    version: str
    started_at: datetime
    _held: tuple[State, str] | None = None
    _since: datetime = field(default=datetime.min.replace(tzinfo=UTC))

    def word(
        self,
        state: State,
        now: datetime,
        *,
        reason: str = "",
        since: datetime | None = None,
        models: str = "",
        counts: Counts | None = None,
        lags: Iterable[Lag] = (),
    ) -> WorkerState:
        """What it says now.

        Args:
            since: when the state began, if that is known; else when it was first said.
        """
        if (state, reason) != self._held:
            self._held, self._since = (state, reason), since or now
        counts = counts or Counts()
        return WorkerState(
            worker=self.worker,
            agent=self.agent,
            state=state,
            at=now,
            started_at=self.started_at,
            since=self._since,
            version=self.version,
            reason=reason,
            models=models,
            memory_bytes=memory_bytes(),
            handled=counts.handled,
            buried=counts.buried,
            retries=counts.retries,
            lags=tuple(lags),
        )


def name_of(agent: str, port: int) -> str:
    """The same for a process that was started again in its place; without a port it has none, and takes its number."""
    return f"{agent}@{socket.gethostname()}:{port or os.getpid()}"
