"""A connector's dead letter, read once more by its connector."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec

from connectors.base import Raw
from connectors.counters import Counters
from connectors.http import Http, HttpPool
from connectors.intake import UNSPLIT, Intake, Sender
from connectors.memory import Memory
from connectors.roster import Job, Wish, roster
from deploy.connecting import memory_of, pool_of
from schemas.clock import SystemClock
from schemas.deadletter import DeadLetter
from schemas.errors import ConfigError, Malformed, VigieError
from schemas.event import Event
from schemas.settings import DeadLetters, Settings

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Parsing:
    """The connectors of letters, for the length of a `with` block. What they publish they remember, as they do live."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], data_dir: Path) -> None:
        self._settings = settings
        self._environ = environ
        self._data_dir = data_dir
        self._held = ExitStack()
        self._pool: HttpPool | None = None
        self._memory: Memory | None = None
        self._counters = Counters()
        self._jobs: dict[str, Job] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: Any) -> None:
        self._held.__exit__(*fault)

    def items(self, letter: DeadLetter) -> Sequence[Raw]:
        """What the connector makes items of.

        Raises:
            VigieError: it cannot read them any better than before.
        """
        job = self._job(letter)
        try:
            if letter.offset == UNSPLIT and job.connector.webhook is not None:
                return job.connector.webhook.split(letter.payload, job.source)
            return [_shaped(letter.payload, job)]
        except VigieError:
            raise
        except Exception as error:
            raise Malformed(f"the parser failed again: {type(error).__name__}", where=letter.source) from error

    def publish(self, letter: DeadLetter, sender: Sender) -> None:
        """Parse it, and hand over its events; what fails again is the same letter, tried once more.

        Raises:
            VigieError: its source is not known here, or the broker does not take it.
        """
        job = self._job(letter)
        ways = [way for way in (job.connector.poll, job.connector.stream) if way is not None]
        poll = job.connector.poll
        root = poll.root if poll else None
        pool, memory = self._resources()
        http = Http(pool, job.connector, job.source)
        intake = Intake(
            job.connector,
            job.source,
            _SameLetter(sender, letter),
            memory,
            clock=SystemClock(),
            counters=self._counters,
            settings=self._settings.connectors,
            dead_letters=DeadLetters(max_share=1.0),  # a person asked for it
            root=(lambda native: root(http, job.source, native)) if root else None,
            everything=any(way.everything for way in ways),
        )
        try:
            items = self.items(letter)
        except VigieError as error:
            intake.take_unread(letter.payload, error)
        else:
            intake.take(items)
        intake.commit(None)

    def _job(self, letter: DeadLetter) -> Job:
        network, _, name = letter.source.partition(":")
        if network != letter.network:
            raise ConfigError(
                "it came from a file",
                where=letter.source,
                fix="Correct the file and replay it: what was published before stays as it is.",
            )
        if name not in self._jobs:
            for job in roster(self._settings, self._environ, Wish(names=[name], since=_EVER)):
                self._jobs[job.source.name] = job
        if name not in self._jobs:
            raise ConfigError("its source is not in the settings any more", where=letter.source, fix="Declare it.")
        return self._jobs[name]

    def _resources(self) -> tuple[HttpPool, Memory]:
        if self._pool is None or self._memory is None:
            self._memory = self._held.enter_context(memory_of(self._settings, self._data_dir))
            self._pool = self._held.enter_context(pool_of(self._settings, self._counters, threading.Event()))
        return self._pool, self._memory


class _SameLetter:
    """A sender that keeps the id of a letter which fails again, and counts."""

    def __init__(self, sender: Sender, letter: DeadLetter) -> None:
        self._sender = sender
        self._letter = letter

    def publish(self, event: Event) -> Event:
        """Take an event; what may be remembered of it."""
        return self._sender.publish(event)

    def bury(self, letter: DeadLetter) -> None:
        """Take a dead letter."""
        known = self._letter
        self._sender.bury(
            msgspec.structs.replace(
                letter,
                dead_letter_id=known.dead_letter_id,
                attempts=known.attempts + 1,
                offset=known.offset,
                payload=known.payload,
            )
        )

    def flush(self) -> None:
        """Return when all is safe."""
        self._sender.flush()


def _shaped(payload: bytes, job: Job) -> Raw:
    """The item as its connector gave it: a letter keeps what JSON can hold as JSON, and anything else as it was."""
    shapes: list[Raw] = [payload]
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        shapes.insert(0, msgspec.json.decode(payload))
    fault: Exception | None = None
    for shape in shapes:
        try:
            list(job.connector.parse(shape, job.source))
        except Exception as error:
            fault = fault or error
        else:
            return shape
    assert fault is not None
    raise fault
