"""The list of who was forgotten, as the broker has it: read whole at the start, then followed.

Guarantee: an event that is taken `FOLLOW_S` after `vigie forget` ended has nothing of who was forgotten; before that
`vigie forget --again` finds it.
"""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec
import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from connectors.memory import Known, event_of
from schemas import codec
from schemas.brokers import client_options
from schemas.errors import BrokerError, DecodeError
from schemas.event import Event
from schemas.forgotten import Forgotten, erased
from schemas.privacy import protect
from schemas.settings import Kafka, Privacy
from schemas.topics import FORGOTTEN

FOLLOW_S = 5.0
_QUIET_POLLS = 2
_POLL_MS = 200
_START_S = 30.0

log = structlog.get_logger()


def left_of(known: Known, privacy: Privacy, is_forgotten: Callable[[str], bool]) -> Known | None:
    """What may still be remembered of an event, once authors were forgotten: of their own ones nothing.

    In an event of somebody else their mark takes the place of their id, as in what is published. They are known by the
    id that the network gives, and by their pseudonym.
    """
    event = event_of(known)
    if privacy.pseudonym_key:
        event = protect(event, key=privacy.pseudonym_key).event
    kept = erased(event, key=privacy.forget_key or privacy.pseudonym_key, is_forgotten=is_forgotten)
    if kept is event:
        return known
    if (kept.author, kept.event_id) != (event.author, event.event_id):
        return None
    return msgspec.structs.replace(known, conversation_id=kept.conversation_id, parent_id=kept.parent_id)


class ForgottenList:
    """Who was forgotten, for the length of a `with` block. Without a key nobody can have been."""

    def __init__(self, kafka: Kafka, privacy: Privacy) -> None:
        self._kafka = kafka
        self._key = privacy.forget_key or privacy.pseudonym_key
        self._marks: dict[str, Forgotten] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._key:
            consumer = self._open()
            self._thread = threading.Thread(target=self._follow, args=(consumer,), name="forgotten", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=FOLLOW_S * 2)

    def erase(self, event: Event) -> Event:
        """The event without those who were forgotten."""
        if not self._marks:
            return event
        return erased(event, key=self._key, is_forgotten=self._marks.__contains__)

    def read(self) -> list[Forgotten]:
        """The list as it is now; no key is needed for that.

        Raises:
            BrokerError: the broker does not answer.
        """
        self._open().close()
        return list(self._marks.values())

    def _open(self) -> KafkaConsumer:
        try:
            return self._read_whole()
        except KafkaError as error:
            raise BrokerError(
                f"the list of who was forgotten was not read: {type(error).__name__}",
                where=FORGOTTEN.name,
                fix="Start the broker; `vigie up` and `vigie topics` make its topics.",
            ) from error

    def _read_whole(self) -> KafkaConsumer:
        """A consumer that has read the list to its end."""
        consumer = KafkaConsumer(
            **client_options(self._kafka),
            client_id="vigie-forgotten",
            enable_auto_commit=False,
            fetch_max_wait_ms=50,
        )
        partition = TopicPartition(FORGOTTEN.name, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        deadline, quiet = time.monotonic() + _START_S, 0
        while quiet < _QUIET_POLLS:
            if time.monotonic() > deadline:
                consumer.close()
                raise BrokerError("the list of who was forgotten was not read in time", where=FORGOTTEN.name)
            came = self._take(consumer)
            behind = consumer.position(partition) < (consumer.highwater(partition) or 0)
            quiet = 0 if came or behind else quiet + 1
        return consumer

    def _take(self, consumer: KafkaConsumer) -> int:
        count = 0
        for records in consumer.poll(_POLL_MS).values():
            for record in records:
                count += 1
                try:
                    one = codec.decode(record.value, Forgotten, where=FORGOTTEN.name)
                    self._marks[one.mark] = one
                except DecodeError as error:
                    log.error("forgotten_unreadable", error=type(error).__name__)
        return count

    def _follow(self, consumer: KafkaConsumer) -> None:
        while not self._ended.wait(FOLLOW_S):
            try:
                self._take(consumer)
            except KafkaError as error:
                log.warning("forgotten_not_followed", error=type(error).__name__)
        consumer.close()
