"""What the board knows at one instant: plain values, no text of the screen, no SQL. A part that is None is unknown."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long customers waited: the middle one, and what nine in ten stayed within. None without any turn."""

    median_s: float | None = None
    p90_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One period.

    `kept` and `missed` count each turn once: when its answer came in time, or when its target was used up. The waits
    are those of the answers given in the period and of the `waiting` turns, at their present age.
    """

    kept: int = 0
    missed: int = 0
    waiting: int = 0
    first: Waits = Waits()
    next: Waits = Waits()

    @property
    def decided(self) -> int:
        """How many promises were kept or broken."""
        return self.kept + self.missed

    @property
    def share(self) -> float | None:
        """Promises kept, 0 to 1; None while none is decided."""
        return self.kept / self.decided if self.decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPace:
    """The pace of today on one network."""

    network: str
    pace: Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The shortest and the longest target of today's turns."""

    shortest_s: float
    longest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How fast do we answer? `networks` with the most turns first."""

    hour: Pace = Pace()
    today: Pace = Pace()
    networks: tuple[NetworkPace, ...] = ()
    promise: Promise | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One who waits. `over_s` is how far past the target, negative while time is left, None without a target."""

    handle: str
    network: str
    waited_s: float
    over_s: float | None
    text: str = ""
    mentions_leader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Who is still waiting? Counts are of all who wait; `longest` are the most overdue of them, worst first."""

    waiting: int = 0
    late: int = 0
    leader: int = 0
    longest: tuple[Customer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A sentence that a customer wrote."""

    text: str
    handle: str
    network: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A topic or an intent: in how many events, how many of them negative, and one that proves it."""

    name: str
    events: int
    negative: int
    quote: Quote | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Something named, and in how many events it is."""

    name: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What are they telling us? Customers' events of 24 hours; `per_minute` of one hour, the present minute last."""

    negative: int = 0
    neutral: int = 0
    positive: int = 0
    per_minute: tuple[int, ...] = ()
    topics: tuple[Subject, ...] = ()
    intents: tuple[Subject, ...] = ()
    names: tuple[Count, ...] = ()
    languages: tuple[Count, ...] = ()

    @property
    def events(self) -> int:
        """How many events the sentiments, languages, topics and intents are of."""
        return self.negative + self.neutral + self.positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alert: how long ago it was due, and how long the customer has waited by now or until the end."""

    level: str
    resolved: bool
    ago_s: float
    handle: str
    network: str
    waited_s: float
    text: str = ""
    mentions_leader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What goes through: events stored, per second now, and from Kafka to a row over five minutes."""

    events: int = 0
    per_second: float = 0.0
    row_p50_s: float | None = None
    row_p99_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """Dead letters: all that are kept, and those of the last hour."""

    letters: int = 0
    last_hour: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The board at one instant. `missing` names the views that are not there, whose parts are None."""

    now: datetime
    answering: Answering | None = None
    queue: Queue | None = None
    voice: Voice | None = None
    alarms: tuple[Alarm, ...] | None = None
    flow: Flow | None = None
    buried: Buried | None = None
    missing: tuple[str, ...] = ()
