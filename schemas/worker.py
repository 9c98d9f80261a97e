"""WorkerState: what a process says of itself every few seconds, so that one who says nothing is missed."""

from typing import Literal

from msgspec import Struct

from schemas.event import Identifier, Instant, Name

EVERY_S = 15.0
SILENT_AFTER_S = 60.0  # four words were missed; the view `workers` has the same figure
MEMORY_LIMIT_BYTES = 600_000_000  # no worker should need more

State = Literal["working", "waiting", "stalled", "failed", "stopped"]


class Lag(Struct, frozen=True, kw_only=True):
    """Records of one partition that an agent has yet to handle: end − max(committed, start)."""

    agent: Name
    topic: str
    partition: int
    records: int


class WorkerState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One word of one process.

    `worker` is agent, machine and port, so that one that was started again there is the same. `working`: it has
    partitions and makes progress, or needs none. `waiting`: it has no partitions, or not yet. `stalled`: it makes no
    progress although there is something to do, for the `reason`. `failed`: it stopped itself and needs a person.
    `stopped`: it was told to stop; that is the last word. `since` is when that state began.

    `handled`, `buried` and `retries` count from `started_at` on. A process may tell the `lags` of other agents too,
    as the broker knows them. `memory_bytes` is None where the machine does not say.
    """

    worker: Identifier
    agent: Name
    state: State
    at: Instant
    started_at: Instant
    since: Instant
    version: str
    reason: str = ""
    models: str = ""
    memory_bytes: int | None = None
    handled: int = 0
    buried: int = 0
    retries: int = 0
    lags: tuple[Lag, ...] = ()
