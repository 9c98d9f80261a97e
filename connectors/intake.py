"""From items to what is published: parse, find the conversation, drop repeats, bury what cannot be read.

Guarantee: at least once. `commit` returns when the broker has everything that was taken, and only then is the
cursor saved, together with what was published. Whoever is killed before takes the same items again, and they
become the same events.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from importlib.metadata import version
from typing import Protocol, TypeVar

import msgspec
import structlog

from connectors.base import Connector, Deletion, Parsed, Raw, Source
from connectors.counters import Counters
from connectors.files.limits import MAX_PAYLOAD_BYTES, Limits, limits_from, to_ms
from connectors.memory import Known, Memory, event_of, known_of
from connectors.secrets import redacted
from connectors.words import matcher
from schemas.clock import Clock
from schemas.deadletter import DeadLetter, dead_letter_id
from schemas.errors import Malformed, Refused
from schemas.event import Event
from schemas.settings import Connectors, DeadLetters

MAX_RAW_BYTES = 65_536
UNSPLIT = -1  # where a dead letter stands that is a whole delivery
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()

Root = Callable[[str], str | None]


class Sender(Protocol):
    """What takes events and dead letters, as `Publisher` does."""

    def publish(self, event: Event) -> Event:
        """Take an event; what may be remembered of it."""

    def bury(self, letter: DeadLetter) -> None:
        """Take a dead letter."""

    def flush(self) -> None:
        """Return when all that was taken is safe, else raise BrokerError."""


S = TypeVar("S", bound=Sender)


class Broker(Protocol[S]):
    """What gives senders to threads, as `SharedBroker` does."""

    def publisher(self) -> S:
        """A sender of one's own."""

    def renew(self, failed: S) -> None:
        """Give up the connection of a sender that failed."""


class Intake:
    """What one source gives, on its way to the broker.

    Args:
        root: asks the network for the event that opens a conversation, given the native id of one in it.
        everything: the network sends more than is about the source.
    """

    def __init__(
        self,
        connector: Connector,
        source: Source,
        sender: Sender,
        memory: Memory,
        *,
        clock: Clock,
        counters: Counters,
        settings: Connectors = Connectors(),
        dead_letters: DeadLetters = DeadLetters(),
        root: Root | None = None,
        everything: bool = False,
    ) -> None:
        self._connector = connector
        self._source = source
        self._sender = sender
        self._memory = memory
        self._clock = clock
        self._settings = settings
        self._limits: Limits
        self._counters = counters
        self._dead_letters = dead_letters
        self._root = root
        self._everything = everything
        self._has_word = matcher(source.track)
        self._has_own_name = matcher(source.people.names_on(source.network))
        self._prefix = f"{source.network}:"
        self._new: dict[str, Known] = {}
        self._published = 0
        self._saved: str | None = None
        self._reached_at: datetime | None = None
        self._seen = self._unread = 0

    @property
    def waiting(self) -> int:
        """How many events were taken since the last commit."""
        return self._published

    @property
    def reached_at(self) -> datetime | None:
        """The newest instant of what was taken."""
        return self._reached_at

    def take(self, items: Sequence[Raw]) -> None:
        """Hand items over to be published.

        Raises:
            BrokerError: the broker does not take them.
            Refused: most of what came could not be read: the network has changed, or the settings are wrong.
        """
        now = self._clock.now()
        self._limits = limits_from(self._settings, now)
        if items:
            self._counters.add(self._source.network, "received", len(items))
        for item in items:
            self._seen += 1
            for parsed in self._parsed(item, now):
                self._accept(parsed, item, now)
        self._refuse_if_most_is_bad()

    def commit(self, cursor: str | None) -> None:
        """Wait for the broker, then remember what was published and where to go on.

        Raises:
            BrokerError: it did not take something; nothing is remembered.
        """
        if self._published:
            self._sender.flush()
        if not self._new and not self._published and cursor in (None, self._saved):
            return
        self._saved = cursor if cursor is not None else self._saved
        self._memory.commit(self._source.name, cursor, self._new.values())
        self._counters.add(self._source.network, "published", self._published)
        self._counters.add(self._source.network, "commits")
        self._new, self._published = {}, 0

    def _parsed(self, item: Raw, now: datetime) -> list[Parsed]:
        try:
            return list(self._connector.parse(item, self._source))
        except Exception as error:  # a fault of the parser, too, costs this item and never the page
            if self._everything and not self._may_be_wanted(item):
                self._unread += 1
                self._counters.add(self._source.network, "filtered")
            else:
                self._bury(item, error, now)
        return []

    def _may_be_wanted(self, item: Raw) -> bool:
        """Whether what cannot be read is about the source or of the brand's own: nothing else of strangers is kept."""
        payload = redacted(item, ())
        try:
            words = msgspec.json.encode(msgspec.json.decode(payload)).decode()  # without escapes, which hide words
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return True  # nothing says what it is
        matches = self._connector.matches
        return (
            self._has_word(words) or self._has_own_name(words) or (matches is not None and matches(item, self._source))
        )

    def take_unread(self, item: Raw, error: Exception) -> None:
        """Hand over what could not even be split into items."""
        self._seen += 1
        self._bury(item, error, self._clock.now(), place=UNSPLIT)

    def _bury(self, item: Raw, error: Exception, now: datetime, *, place: int = 0) -> None:
        payload = redacted(item, self._source.secrets.values())[:MAX_PAYLOAD_BYTES]
        source = f"{self._source.network}:{self._source.name}"
        self._sender.bury(
            DeadLetter(
                dead_letter_id=dead_letter_id("connect", source, -1, place, payload),
                stage="connect",
                source=source,
                offset=place,
                error=type(error).__name__,
                reason=error.what if isinstance(error, Malformed) else "the parser failed: a fault of the connector",
                failed_at=now,
                payload=payload,
                network=self._source.network,
                code_version=version("vigie"),
            )
        )
        self._published += 1
        self._unread += 1
        self._counters.add(self._source.network, "buried")

    def _accept(self, parsed: Parsed, item: Raw, now: datetime) -> None:
        if isinstance(parsed, Deletion):
            self._delete(parsed, now)
            return
        known = self._known(parsed.event_id)
        if not self._is_wanted(parsed, known, item):
            self._counters.add(self._source.network, "filtered")
            return
        fault = self._limits.fault_of(to_ms(parsed.created_at), parsed.text)
        if fault:
            self._bury(item, Malformed(fault), now)
            return
        digest = _digest(parsed)
        if known is not None and known.digest and (known.deleted or known.digest == digest):
            self._counters.add(self._source.network, "repeated")
            return
        was_published = known is not None and known.digest != b""
        asks = known is None and self._has_unknown_parent(parsed)
        event = msgspec.structs.replace(
            parsed,
            conversation_id=known.conversation_id if known else self._conversation(parsed),
            created_at=_instant(known.created_ms) if known and was_published else parsed.created_at,
            received_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
            brand=(known.brand if known else "") or parsed.brand,  # the source that saw it first keeps it
            edited=parsed.edited or (was_published and not parsed.deleted),
            raw=self._raw(item),
        )
        kept = self._send(event, digest)
        if asks and kept.parent_id is not None:
            self._new[kept.parent_id] = Known(event_id=kept.parent_id, conversation_id=kept.conversation_id)

    def _has_unknown_parent(self, event: Event) -> bool:
        return not event.conversation_id and event.parent_id is not None and self._known(event.parent_id) is None

    def _is_wanted(self, event: Event, known: Known | None, item: Raw) -> bool:
        source = self._source
        if source.until is not None and not source.since <= event.created_at < source.until:
            return False
        if not self._everything:
            return True
        return (
            (known is not None and known.digest != b"")
            or (event.parent_id is not None and self._known(event.parent_id) is not None)
            or (event.conversation_id not in ("", event.event_id) and self._known(event.conversation_id) is not None)
            or is_about(event, item, self._connector, source, self._has_word)
        )

    def _conversation(self, event: Event) -> str:
        """The root, when the network gave only the parent."""
        parent = event.parent_id
        if event.conversation_id or parent is None:
            return event.conversation_id
        known = self._known(parent)
        if known is not None:
            return known.conversation_id
        native = self._root(parent.removeprefix(self._prefix)) if self._root else None
        return f"{self._prefix}{native}" if native else parent

    def _delete(self, deletion: Deletion, now: datetime) -> None:
        found = self._written_by(deletion.author) if deletion.author else [self._known(self._prefix + deletion.id)]
        published = [known for known in found if known is not None and known.digest]
        if not published:
            self._counters.add(self._source.network, "unknown_deletions")
        for known in published:
            if known.deleted:
                self._counters.add(self._source.network, "repeated")
                continue
            event = _tombstone(known, now)
            self._send(event, _digest(event))

    def _written_by(self, author_id: str) -> Sequence[Known | None]:
        network = self._source.network
        found = {known.event_id: known for known in self._memory.written_by(network, author_id)}
        return [*(found | {id: known for id, known in self._new.items() if known.author_id == author_id}).values()]

    def _send(self, event: Event, digest: bytes) -> Event:
        """Publish it, and remember it as the sender says: nobody who was forgotten comes back into the memory."""
        kept = self._sender.publish(event)
        log.debug("event_published", event_id=kept.event_id, network=event.network, source=self._source.name)
        if self._reached_at is None or event.created_at > self._reached_at:
            self._reached_at = event.created_at
        self._new[kept.event_id] = known_of(kept, digest)
        self._published += 1
        return kept

    def _known(self, event_id: str) -> Known | None:
        return self._new.get(event_id) or self._memory.find(event_id)

    def _raw(self, item: Raw) -> msgspec.Raw | msgspec.UnsetType:
        if not self._settings.keep_raw:
            return msgspec.UNSET
        payload = redacted(item, self._source.secrets.values())
        if len(payload) > MAX_RAW_BYTES:
            return msgspec.UNSET
        try:
            msgspec.json.decode(payload)
        except (msgspec.MsgspecError, UnicodeError):
            payload = msgspec.json.encode(payload.decode("utf-8", "replace"))
        return msgspec.Raw(payload)

    def _refuse_if_most_is_bad(self) -> None:
        limit = self._dead_letters
        if self._unread >= limit.min_events and self._unread > limit.max_share * self._seen:
            raise Refused(
                f"{self._unread} of {self._seen} items could not be read",
                where=f"source {self._source.name}",
                fix="Look at them among the dead letters: the network has changed its shape, or this source is wrong.",
            )
        if self._seen >= 50 * limit.min_events:  # what was long ago says nothing of today
            self._seen, self._unread = self._seen // 2, self._unread // 2


def is_about(event: Event, item: Raw, connector: Connector, source: Source, has_word: Callable[[str], bool]) -> bool:
    """Whether an event of a network that sends everything is about the source, as far as it says so itself."""
    matches = connector.matches
    return (
        event.author.role in ("brand", "leader")
        or has_word(event.text)
        or (matches is not None and matches(item, source))
    )


def _digest(event: Event) -> bytes:
    """Changes when an edit changes what was said; counts of likes and the time of fetching are not part of it."""
    parts = (event.text, event.deleted, event.rating, event.author.role, event.visibility)
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _instant(created_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=created_ms)


def _tombstone(known: Known, now: datetime) -> Event:
    """A deletion, with the instant and the author that the event had, so that it replaces it everywhere."""
    received_at = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return msgspec.structs.replace(event_of(known), received_at=received_at, deleted=True)
