"""Connector: what a network must say of itself to be read. Two functions and a constant, one file per network.

Three shapes, and a network may have more than one. A *poll* and a *stream* are the same function,
`pages(http, source, cursor)`: a poll's ends and is called again after its interval, a stream's goes on until the
connection breaks. A *webhook* answers challenges, checks signatures and splits bodies. All share one pure
`parse(raw, source)`. Whatever else there is to do (retries, rate limits, cursors, repeats, dead letters,
publishing) is done once, by the frame.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from connectors.people import People
from schemas.errors import ConfigError, ConnectorError
from schemas.event import Event
from schemas.units import Secret

if TYPE_CHECKING:
    from connectors.http import Answer, Http

Raw = Any  # one item as the network gave it; it dies in parse()
Shape = Literal["stream", "poll", "webhook"]
Tested = Literal["live", "recorded"]


class Stopped(Exception):
    """The process is told to end: whoever waits lets go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Items, oldest first where the network can, and where to go on once they are published.

    A cursor is text that only its connector understands. None keeps the one before: more of the same page is to come.
    """

    items: Sequence[Raw]
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """The network says that something is gone, and no more than that. The frame knows the conversation it was in.

    `id` is the native id, `author` the native id of the author when everything of theirs is gone (`id` is then empty).
    """

    id: str = ""
    author: str = ""


Parsed = Event | Deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One account, page, server, feed or search to read, with everything that a connector may know of it.

    `since` is where a first read begins, `until` where a backfill ends, [since, until).
    """

    network: str
    name: str
    since: datetime
    until: datetime | None = None
    account: str = ""
    brand: str = ""
    track: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    people: People = field(default_factory=People)
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)

    def secret(self, name: str) -> str:
        """The value of a credential that the connector declares.

        Raises:
            ConfigError: it is not set, and the connector cannot do without.
        """
        value = self.secrets.get(name)
        if not value:
            raise ConfigError(
                f"{name} is not set in the environment",
                where=f"source {self.name}",
                fix=f"Set it to the credential of {self.network}, then run `vigie connectors check {self.name}`.",
            )
        return value.reveal()

    def has(self, name: str) -> bool:
        """Whether a credential is set."""
        return bool(self.secrets.get(name))

    def option(self, name: str, default: str = "") -> str:
        """An option that is a text."""
        return str(self.options.get(name, default))


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A variable of the environment that a network needs. `why` says what it is and where to get it."""

    name: str
    why: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Fields that the network allows to keep for so many days, counted from when they were fetched."""

    fields: tuple[str, ...]
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the network's terms of use ask of whoever keeps its content. Without `keep` they set no limit of time."""

    keep: tuple[Keep, ...] = ()
    honour_deletions: bool = True
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many calls one token, or one address without a token, may make in so many seconds."""

    calls: int
    per_s: float


Pages = Callable[["Http", Source, str | None], Iterator[Page]]
Judge = Callable[["Answer"], ConnectorError | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """Read by asking again and again.

    Args:
        pages: yields pages from the cursor on, or from `source.since` without one, and returns when there are no more.
        judge: the network's own way to say what is wrong, asked before the common table of status codes; None
            leaves an answer to that table.
        root: the native id that opens the conversation of a native id, for networks that give only the parent.
        everything: the network sends more than was asked for; the frame keeps what people of the brand wrote, what
            has a word of `source.track`, and what belongs to a conversation that was kept before.
    """

    pages: Pages
    interval_s: float = 60.0
    budget: Budget = Budget(calls=60, per_s=60.0)
    judge: Judge | None = None
    everything: bool = False
    root: Callable[["Http", Source, str], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Read by listening. `pages` yields for ever, an empty page at least once a second when nothing comes.

    `judge` and `everything` are those of a poll.
    """

    pages: Pages
    budget: Budget = Budget(calls=30, per_s=60.0)
    judge: Judge | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call of a push network, before anything in it is believed. Names of headers are in lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to answer a push network."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Read by being called.

    Args:
        verify: whether the request comes from the network, over the raw bytes and in constant time, and is not too
            old where the network signs a time. Runs before anything is parsed.
        split: the items of a verified body. Raises Malformed, and the body becomes a dead letter.
        challenge: what to answer to the network's own question, or None when the request is not one. A GET is
            asked without `verify`, since most networks do not sign it: prove in here that it comes from them.
        reply: the answer to what was taken.
        content_types: beginnings of media types that are taken; others are answered 415.
    """

    verify: Callable[[Request, Source], bool]
    split: Callable[[bytes, Source], Sequence[Raw]]
    challenge: Callable[[Request, Source], Reply | None] = lambda request, source: None
    reply: Reply = Reply()
    content_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One network.

    Args:
        name: the network, as it stands in events and in the settings.
        parse: one item to its events; pure. Raises Malformed for what cannot be read, never anything else.
        account: what `account` of a source means here.
        tested: `live` when the network itself was read by it, `recorded` when only payloads of its shape were.
        closed: what is not open any more and what is left, or empty.
        matches: also asked where `everything` comes: whether an item is about the source all the same.
    """

    name: str
    title: str
    reads: str
    parse: Callable[[Raw, Source], Iterable[Parsed]]
    poll: Poll | None = None
    stream: Stream | None = None
    webhook: Webhook | None = None
    account: str = ""
    credentials: tuple[Credential, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    terms: Terms = Terms()
    tested: Tested = "recorded"
    closed: str = ""
    matches: Callable[[Raw, Source], bool] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*", self.name):
            raise ConfigError(f"a network is named with small letters and digits, not {self.name!r}")
        if not self.shapes:
            raise ConfigError("a connector has a poll, a stream or a webhook", where=self.name)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The ways it is read."""
        ways: tuple[tuple[Shape, object], ...] = (
            ("stream", self.stream),
            ("poll", self.poll),
            ("webhook", self.webhook),
        )
        return tuple(shape for shape, way in ways if way is not None)

    @property
    def needs_no_credentials(self) -> bool:
        """Whether it works by `vigie connect NAME` alone."""
        return all(credential.optional for credential in self.credentials)
