"""Wait until everything that was published has come out at the other end: each stage in turn, by its offsets."""

import time
from collections.abc import Callable

from deploy.stack import Stack
from deploy.topics import Progress
from schemas.brokers import Broker
from schemas.errors import BrokerError, ProvisionError
from schemas.topics import ALERTS, CONVERSATIONS, DEAD_LETTERS, ENRICHED, EVENTS, Topic
from streams.app import group_id

# An offset is committed only after what came of its record was taken, so a stage without lag has handed on all of it.
STAGES: tuple[tuple[str, tuple[Topic, ...]], ...] = (
    ("enrich", (EVENTS,)),
    ("responses", (ENRICHED,)),
    ("sink", (ENRICHED, CONVERSATIONS, ALERTS, DEAD_LETTERS)),
)
_POLL_S = 0.1


def until_drained(
    broker: Broker,
    *,
    stack: Stack | None,
    seen: Callable[[str, int], None] = lambda stage, lag: None,
    timeout_s: float | None = None,
) -> None:
    """Return once no stage has lag.

    Args:
        stack: watched meanwhile; its dead workers are started again.
        seen: hears the stage and its lag, several times a second.
    Raises:
        ProvisionError: a worker stopped itself, or nothing moved for `timeout_s`.
    """
    progress = Progress(broker)
    try:
        for agent, topics in STAGES:
            _until_no_lag(progress, agent, topics, stack=stack, seen=seen, timeout_s=timeout_s)
    finally:
        progress.close()


def _until_no_lag(
    progress: Progress,
    agent: str,
    topics: tuple[Topic, ...],
    *,
    stack: Stack | None,
    seen: Callable[[str, int], None],
    timeout_s: float | None,
) -> None:
    least, moved_at = None, time.monotonic()
    while True:
        try:
            lag = progress.lag(group_id(agent), topics)
        except BrokerError:
            lag = -1  # the broker may be electing; watch() tells when it is gone
        if lag == 0:
            return
        seen(agent, lag)
        if least is None or lag < least:
            least, moved_at = lag, time.monotonic()
        if stack is not None and (stopped := stack.watch()):
            raise ProvisionError("; ".join(stopped), fix="Mend the cause and start again: nothing was lost.")
        if timeout_s is not None and time.monotonic() - moved_at > timeout_s:
            raise ProvisionError(
                f"{agent} has not moved for {timeout_s:.0f} s, {lag} records behind", fix="Look at its log."
            )
        time.sleep(_POLL_S)
