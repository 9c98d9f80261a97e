"""Processes that are no Faust worker say how they are too: connectors, webhooks, test events.

On a thread and a connection of their own: what the broker does not take of it is a line in the log and stops nothing.
"""

import importlib.metadata
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol, Self

import structlog

from connectors.counters import Counters
from connectors.publish import Publisher
from deploy.exposition import Health
from schemas.brokers import Broker
from schemas.errors import VigieError
from schemas.worker import EVERY_S, Lag, State, WorkerState
from streams.standing import Counts, Standing, name_of

log = structlog.get_logger()

_PATIENCE_S = 5.0
_GRACE_S = 2.0  # for the last word; who waits for the process to end does not wait long


class Connection(Protocol):
    """Takes words, as `connectors.publish.Publisher` does, for the length of a `with` block."""

    def __enter__(self) -> Self:
        """Connect."""

    def __exit__(self, *_: Any) -> None:
        """Close."""

    def tell(self, state: WorkerState) -> None:
        """Take a word."""

    def flush(self) -> None:
        """Return when the broker has it."""


@contextmanager
def reported(
    agent: str,
    broker: Broker,
    port: int,
    *,
    health: Health = lambda: {"alive": True},
    counts: Callable[[], Counts] = Counts,
    lags: Callable[[], Iterable[Lag]] = tuple,
) -> Iterator[None]:
    """Say how the process is for the length of a `with` block; goodbye at its end, unless that is an error.

    Args:
        port: where it shows its figures; with the machine it makes its name.
    """
    version, started_at = importlib.metadata.version("vigie"), datetime.now(UTC)
    standing = Standing(worker=name_of(agent, port), agent=agent, version=version, started_at=started_at)

    def word(state: State | None = None) -> WorkerState:
        found = health()
        said: State = "failed" if faults else state or ("working" if found["alive"] else "stalled")
        reason = faults[0] if faults else str(found.get("reason", "")) if said == "stalled" else ""
        return standing.word(said, datetime.now(UTC), reason=reason, counts=counts(), lags=lags())

    ended, faults = threading.Event(), list[str]()
    connect = partial(Publisher, broker, connect_s=_PATIENCE_S, delivery_s=_PATIENCE_S)
    thread = threading.Thread(target=speak, args=(agent, connect, ended, word), name="reporting", daemon=True)
    thread.start()
    try:
        yield
    except Exception as error:
        faults.append(f"it ended with {type(error).__name__}")
        raise
    finally:
        ended.set()
        thread.join(_GRACE_S)


def counts_of(counters: Counters) -> Counts:
    """What connectors and webhooks have published and buried since they started."""
    networks = counters.snapshot().values()
    return Counts(
        handled=sum(counted.get("published", 0) for counted in networks),
        buried=sum(counted.get("buried", 0) for counted in networks),
    )


def speak(
    agent: str, connect: Callable[[], Connection], ended: threading.Event, word: Callable[[State | None], WorkerState]
) -> None:
    """Say something at once, then every few seconds, then goodbye; what fails is said again on a new connection."""
    is_last = False
    while not is_last:
        try:
            with connect() as connection:
                while not is_last:
                    is_last = ended.is_set()
                    connection.tell(word("stopped" if is_last else None))
                    connection.flush()
                    if not is_last:
                        ended.wait(EVERY_S)
        except VigieError as error:
            log.warning("state_not_told", agent=agent, error=type(error).__name__)
            is_last = ended.wait(EVERY_S)
