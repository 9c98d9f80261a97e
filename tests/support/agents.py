"""An app in process for the agents: a producer and a stream with behaviour, and no Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from faust.types import TP
from msgspec import Struct

from schemas import codec
from schemas.settings import Settings
from schemas.topics import EVENTS
from streams.app import Context
from streams.batches import Progress
from streams.ownership import Ownership


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeMessage:
    """A record of a topic as Faust hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    timestamp: float
    headers: Any = None


@dataclass(frozen=True, slots=True)
class FakeRecord:
    """Faust's event: a message in a stream."""

    message: FakeMessage


def make_message(carried: Struct | bytes = b"{}", **fields: Any) -> FakeMessage:
    """The record that carries this struct, or these bytes, at the start of the first partition of the events."""
    value = carried if isinstance(carried, bytes) else codec.encode(carried)
    defaults: dict[str, Any] = {
        "topic": EVENTS.name,
        "partition": 0,
        "offset": 0,
        "key": b"mastodon:1",
        "value": value,
        "timestamp": 1_772_442_001.5,
    }
    return FakeMessage(**{**defaults, **fields})


def make_records(*carried: Struct | bytes, partition: int = 0, offset: int = 0, **fields: Any) -> list[FakeRecord]:
    """A batch: these structs one after the other in one partition."""
    return [
        FakeRecord(make_message(one, partition=partition, offset=offset + index, **fields))
        for index, one in enumerate(carried)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A record that was handed to the producer."""

    topic: str
    key: bytes | None
    value: bytes
    partition: int | None
    timestamp: float | None


class FakeProducer:
    """Keeps what the broker takes. The broker answers a moment later, as it does; `journal` tells what came when.

    `refuse` may name the error with which the broker answers a record, or raise to end the process there.
    """

    def __init__(self, journal: list[str]) -> None:
        self.journal = journal
        self.taken: list[Sent] = []
        self.refuse: Callable[[Sent], Exception | None] = lambda _: None

    async def send(
        self, topic: str, key: bytes | None, value: bytes, partition: int | None, timestamp: float | None, headers: Any
    ) -> asyncio.Future[None]:
        """Hand over a record; the future is done once the broker has answered."""
        one = Sent(topic=topic, key=key, value=value, partition=partition, timestamp=timestamp)
        error = self.refuse(one)
        self.journal.append(f"sent {topic}")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[None] = loop.create_future()
        loop.call_soon(self._answer, one, answer, error)
        return answer

    def _answer(self, one: Sent, answer: asyncio.Future[None], error: Exception | None) -> None:
        if error is not None:
            answer.set_exception(error)
            return
        self.taken.append(one)
        self.journal.append(f"taken {one.topic}")
        answer.set_result(None)

    def values(self, topic: str) -> list[bytes]:
        """What the broker has of one topic, in order."""
        return [one.value for one in self.taken if one.topic == topic]


class FakeConsumer:
    """A consumer that owns the partitions it is told."""

    def __init__(self) -> None:
        self.owned: set[TP] = set()
        self.committed: dict[TP, int] = {}
        self.faults: list[Exception | bool] = []
        self.sought: list[dict[TP, int]] = []
        self.ends: dict[TP, int] = {}

    def assignment(self) -> set[TP]:
        """The partitions of this worker."""
        return self.owned

    def highwater(self, tp: TP) -> int | None:
        """The end of a partition, as the last answer to a fetch said it."""
        if tp not in self.owned:
            raise KeyError(tp)
        return self.ends.get(tp)

    async def seek_wait(self, positions: dict[TP, int]) -> None:
        """Read on from there."""
        self.sought.append(positions)

    async def _commit(self, offsets: dict[TP, int]) -> bool:
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        self.committed |= offsets
        return True


@dataclass(slots=True)
class FakeApp:
    """What the agents use of a Faust app."""

    journal: list[str] = field(default_factory=list)
    rebalancing: bool = False
    producer: FakeProducer = field(init=False)
    consumer: FakeConsumer = field(default_factory=FakeConsumer)
    agents: dict[str, Callable[[Any], Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.producer = FakeProducer(self.journal)

    def topic(self, *names: str, **_: Any) -> str:
        """Topics are their names."""
        return " ".join(names)

    def agent(self, _: str, *, name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
        """Keep the agent's coroutine under its name."""

        def keep(run: Callable[[Any], Any]) -> Callable[[Any], Any]:
            self.agents[name] = run
            return run

        return keep

    def task(self, **_: Any) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
        """Timers do not run by themselves: a test calls what they would call."""
        return lambda run: run


class FakeStream:
    """A stream that holds these batches and ends."""

    def __init__(self, *batches: Sequence[FakeRecord]) -> None:
        self._batches = batches

    async def noack_take(self, _: int, *, within: float) -> AsyncIterator[Sequence[FakeRecord]]:
        """The batches one after the other."""
        for batch in self._batches:
            yield batch


def owning(*partitions: TP, session_s: float = 6.0) -> Ownership:
    """A worker that these partitions were assigned to, and that may begin."""
    ownership = Ownership(session_s=session_s)
    ownership.assigned(1, partitions)
    assert ownership.open(ownership.moment)
    return ownership


class FakeOffsets:
    """Takes all that comes, and notes in the journal when records were handled for good."""

    def __init__(self, journal: list[str], ownership: Ownership | None = None) -> None:
        self.journal = journal
        self.ownership = ownership or owning()
        self.done_offsets: list[int] = []

    async def accept(self, records: Sequence[FakeRecord]) -> list[FakeRecord]:
        """All of it."""
        return list(records)

    def done(self, messages: Iterable[FakeMessage]) -> None:
        """These records are handled for good."""
        self.done_offsets += [message.offset for message in messages]
        self.journal.append("done")

    def behind(self, topics: Container[str]) -> bool:
        """All that there is was taken in."""
        return False


def make_context(settings: Settings | None = None) -> Context:
    """A worker in process, with the settings of a fresh installation."""
    app = FakeApp()
    offsets: Any = FakeOffsets(app.journal)
    return Context(
        app=app,
        group="vigie",
        settings=settings or Settings(),
        progress=Progress(),
        offsets=offsets,
        code_version="0.1.0",
    )


def run_agent(context: Context, name: str, *batches: Sequence[FakeRecord]) -> None:
    """Let an agent handle these batches. One that would retry for ever is ended, as a failure, after some seconds."""
    app: FakeApp = context.app
    asyncio.run(asyncio.wait_for(app.agents[name](FakeStream(*batches)), timeout=5.0))
