"""Window: what one partition of the stream shows at one instant, so that all of them together can be judged."""

from msgspec import Struct

from schemas.action import Action
from schemas.event import Instant


class Queue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Customers who wait and wrote within `window_s`, or however long ago when it is 0; `overdue`
    have waited for longer than was promised."""

    window_s: float
    waiting: int = 0
    overdue: int = 0
    oldest_at: Instant | None = None


class Outcomes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Turns whose outcome became known within `window_s`: answered in time, or not answered when they were due."""

    window_s: float
    in_time: int = 0
    late: int = 0


class Pace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long turns waited, in multiples of what was promised: answered within `window_s`, or due in it and open.

    `over` waited for more than `limit`. `counts` tells how many fell into each step of ten percent: of key k those
    above 1.1 to the power of k - 1, and up to 1.1 to the power of k.
    """

    window_s: float
    limit: float
    sample: int = 0
    over: int = 0
    counts: dict[int, int] = {}


class Arrivals(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many events came within `window_s`, and how many in the same hours before.

    `days` are those of the same hours one to seven days ago, `weeks` one to four weeks ago, `before` those of the
    windows that went before this one; empty where they are all zero, or not needed. `negative` counts unhappy
    customers only.
    """

    window_s: float
    negative: bool = False
    came: int = 0
    days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    before: tuple[int, ...] = ()


class Cell(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One brand on one network. `since` is the first event known of it, `last_at` the last."""

    network: str
    brand: str = ""
    queues: tuple[Queue, ...] = ()
    outcomes: tuple[Outcomes, ...] = ()
    paces: tuple[Pace, ...] = ()
    arrivals: tuple[Arrivals, ...] = ()
    since: Instant | None = None
    last_at: Instant | None = None


class LeaderQueue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Customers who named or wrote to a leader and wait."""

    leader: str
    network: str
    brand: str = ""
    waiting: int = 0
    overdue: int = 0
    oldest_at: Instant | None = None


class Window(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One partition as it stood at the instant `at`. `actions` are what people decided about watches within a day."""

    partition: int
    at: Instant
    cells: tuple[Cell, ...] = ()
    leaders: tuple[LeaderQueue, ...] = ()
    actions: tuple[Action, ...] = ()
