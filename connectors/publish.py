"""The only producer: events, dead letters and people's decisions to their topics, keyed, acknowledged by every replica.

Guarantee: what `flush` did not complain about is on the broker. Nothing is dropped in silence: a record that
was refused, or timed out, makes the next call raise BrokerError. A caller that publishes again after an
error may repeat records; every reader of the topics takes repeats.
Privacy: personal numbers and addresses leave the text before it is sent, and with a key customers become pseudonyms;
a dead letter keeps the input as it came, or it could not be mended.

Tuning, measured with 30,000 events of 420 bytes on the embedded broker (2 cores, kafka-python 3.0.12, one run
each): plain 12,000 events/s with batches of 16 KiB, 16,000 with 128 KiB; lz4 32,000 and 44,000, since the
checksum of a batch is computed in Python over what is sent.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas import codec
from schemas.action import Action
from schemas.brokers import Broker, address, client_options
from schemas.deadletter import DeadLetter
from schemas.enriched import Enriched
from schemas.errors import BrokerError
from schemas.event import Event
from schemas.forgotten import Forgotten
from schemas.privacy import protect
from schemas.topics import ACTIONS, DEAD_LETTERS, ENRICHED, EVENTS, FORGOTTEN, WORKERS, Topic
from schemas.units import Secret
from schemas.worker import WorkerState

BATCH_BYTES = 131_072
LINGER_MS = 20
RECORD_OVERHEAD_BYTES = 512  # header of a batch and of its record, key included
MAX_PENDING_BYTES = 33_554_432  # kafka-python's own buffer has no bound

_NO_KEY = Secret()

Erase = Callable[[Event], Event]


def _unchanged(event: Event) -> Event:
    return event


class Publisher:
    """A connection to the broker for the length of a `with` block. Leaving the block flushes."""

    def __init__(
        self,
        broker: Broker,
        *,
        pseudonym_key: Secret = _NO_KEY,
        erase: Erase = _unchanged,
        connect_s: float = 15.0,
        delivery_s: float = 60.0,
        compression: str | None = "lz4",
    ) -> None:
        """`erase` takes out of an event who was forgotten."""
        self.bootstrap = address(broker)
        self._broker = broker
        self._erase = erase
        self._pseudonym_key = pseudonym_key
        self.published = 0
        self.buried = 0
        self.bytes = 0
        self._connect_s = connect_s
        self._delivery_s = delivery_s
        self._compression = compression
        self._producer: KafkaProducer | None = None
        self._pending_bytes = 0
        self._refused: list[KafkaError] = []

    def __enter__(self) -> Self:
        self._producer = _producer(
            self._broker, connect_s=self._connect_s, delivery_s=self._delivery_s, compression=self._compression
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            producer, self._producer = self._producer, None
            if producer is not None:
                _close(producer, 0.0 if kind else self._delivery_s)

    def publish(self, event: Event) -> Event:
        """Hand an event over to be sent, without what is personal in it; `flush` says whether the broker took it.

        Returns:
            What may be remembered of it: the event as it came, or as it was sent where it names who was forgotten.
        Raises:
            BrokerError: this event cannot be taken, or an earlier one was refused.
        """
        protected = _protected(event, self._pseudonym_key)
        sent = self._erase(protected)  # so is it stored: under the mark of a pseudonym
        self._send(EVENTS, sent.conversation_id, codec.encode(sent))
        self.published += 1
        return event if sent is protected else sent

    def bury(self, letter: DeadLetter) -> None:
        """Hand a dead letter over to be sent; `flush` says whether the broker took it.

        Raises:
            BrokerError: this dead letter cannot be taken, or an earlier record was refused.
        """
        self._send(DEAD_LETTERS, letter.dead_letter_id, codec.encode(letter))
        self.buried += 1

    def act(self, action: Action) -> None:
        """Hand a decision over to be sent; `flush` says whether the broker took it.

        Raises:
            BrokerError: it cannot be taken, or an earlier record was refused.
        """
        self._send(ACTIONS, action.conversation_id, codec.encode(action))

    def forget(self, forgotten: Forgotten) -> None:
        """Hand over that an author was forgotten; `flush` says whether the broker took it.

        Raises:
            BrokerError: it cannot be taken, or an earlier record was refused.
        """
        self._send(FORGOTTEN, forgotten.mark, codec.encode(forgotten))

    def tell(self, state: WorkerState) -> None:
        """Hand over how a process is; `flush` says whether the broker took it.

        Raises:
            BrokerError: it cannot be taken, or an earlier record was refused.
        """
        self._send(WORKERS, state.worker, codec.encode(state))

    def rewrite(self, enriched: Enriched) -> None:
        """Hand over an event that was enriched before and has changed since; `flush` says whether the broker took it.

        Raises:
            BrokerError: it cannot be taken, or an earlier record was refused.
        """
        self._send(ENRICHED, enriched.event.conversation_id, codec.encode(enriched))

    def again(self, letter: DeadLetter, header: tuple[str, bytes]) -> None:
        """Hand the record that became this dead letter over to be sent once more, as it was, to where it stood.

        Raises:
            BrokerError: it cannot be taken, or an earlier record was refused.
        """
        self._raise_refused()
        try:
            sent = self._open().send(
                letter.source, letter.payload or None, letter.key, partition=letter.partition, headers=[header]
            )
        except (KafkaError, AssertionError, ValueError) as error:  # a partition that there is not is an assertion
            raise BrokerError(
                f"it cannot be sent to where it stood ({type(error).__name__})",
                where=f"{letter.source}[{letter.partition}]",
                fix="Look whether the broker runs and the topic has that partition.",
            ) from error
        sent.add_errback(self._refused.append)
        self._pending_bytes += len(letter.payload)

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until the broker has taken everything that was handed over.

        Raises:
            BrokerError: it did not take a record, or did not answer in time.
        """
        try:
            self._open().flush(self._delivery_s if timeout_s is None else timeout_s)
        except KafkaError as error:
            raise self._failure("the broker did not confirm the records in time", error) from error
        self._pending_bytes = 0
        self._raise_refused()

    def _send(self, topic: Topic, key: str, value: bytes) -> None:
        self._raise_refused()
        if len(value) + RECORD_OVERHEAD_BYTES > topic.max_message_bytes:
            raise BrokerError(
                f"a record of {len(value)} bytes is larger than the topic takes ({topic.max_message_bytes})",
                where=topic.name,
                fix="Lower connectors.max_text_chars.",
            )
        try:
            self._open().send(topic.name, value, key.encode()).add_errback(self._refused.append)
        except KafkaError as error:
            raise self._failure(f"no record can be sent to {topic.name}", error) from error
        self.bytes += len(value)
        self._pending_bytes += len(value)
        if self._pending_bytes >= MAX_PENDING_BYTES:
            self.flush()

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            raise BrokerError("the publisher is closed", where=self.bootstrap, fix="Use it inside its `with` block.")
        return self._producer

    def _raise_refused(self) -> None:
        if self._refused:
            first = self._refused[0]
            raise self._failure(f"the broker did not take {len(self._refused)} record(s)", first) from first

    def _failure(self, what: str, error: KafkaError) -> BrokerError:
        return BrokerError(
            f"{what} ({type(error).__name__})",
            where=f"{self.bootstrap}, topics {EVENTS.name} and {DEAD_LETTERS.name}",
            fix="Look whether the broker runs and has the topics (`vigie up` makes them), then start again: "
            "records that were taken before may be sent twice without harm.",
        )


class SharedBroker:
    """One connection for many publishers, each in a thread of its own, that hear only of their own records.

    `publisher()` is for a thread that publishes and flushes; when its flush fails, `renew` gives the threads a new
    connection, since an idempotent producer that lost a record does not recover.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        pseudonym_key: Secret = _NO_KEY,
        erase: Erase = _unchanged,
        connect_s: float = 15.0,
        delivery_s: float = 60.0,
    ) -> None:
        """`erase` takes out of an event who was forgotten."""
        self.bootstrap = address(broker)
        self._broker = broker
        self._erase = erase
        self._pseudonym_key = pseudonym_key
        self._connect_s = connect_s
        self._delivery_s = delivery_s
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None

    def __enter__(self) -> Self:
        self.publisher()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            _close(producer, 0.0 if kind else self._delivery_s)

    def publisher(self) -> Publisher:
        """A publisher on the present connection; it is made when there is none.

        Raises:
            BrokerError: no broker answers.
        """
        with self._lock:
            if self._producer is None:
                self._producer = _producer(
                    self._broker, connect_s=self._connect_s, delivery_s=self._delivery_s, compression="lz4"
                )
            publisher = Publisher(
                self._broker, pseudonym_key=self._pseudonym_key, erase=self._erase, delivery_s=self._delivery_s
            )
            publisher._producer = self._producer
            return publisher

    def renew(self, failed: Publisher) -> None:
        """Give up the connection of a publisher that failed, unless another thread did so before."""
        with self._lock:
            broken = self._producer
            if broken is None or failed._producer is not broken:
                return
            self._producer = None
        _close(broken, 0.0)


def _protected(event: Event, key: Secret) -> Event:
    try:
        return protect(event, key=key).event
    except Exception:  # what cannot be redacted is not kept; raised, one text could stop a connector for ever
        return msgspec.structs.replace(event, text="", raw=msgspec.UNSET)


def _producer(broker: Broker, *, connect_s: float, delivery_s: float, compression: str | None) -> KafkaProducer:
    try:
        return KafkaProducer(
            **client_options(broker),
            client_id="vigie-connector",
            acks="all",
            enable_idempotence=True,
            compression_type=compression,
            batch_size=BATCH_BYTES,
            linger_ms=LINGER_MS,
            max_request_size=DEAD_LETTERS.max_message_bytes,
            delivery_timeout_ms=int(delivery_s * 1000),
            request_timeout_ms=min(30_000, int(delivery_s * 500)),
            bootstrap_timeout_ms=int(connect_s * 1000),
            max_block_ms=int(connect_s * 1000),
            allow_auto_create_topics=False,  # a topic made by chance has the wrong number of partitions
            metrics_enabled=False,
        )
    except KafkaError as error:
        raise BrokerError(
            f"no broker answered ({type(error).__name__})",
            where=address(broker),
            fix="Start the stack with `vigie up`, or set kafka.bootstrap to a broker that is running.",
        ) from error


def _close(producer: KafkaProducer, timeout_s: float) -> None:
    try:
        producer.close(timeout=timeout_s)
    except KafkaError:
        # close() of kafka-python 3.0.12 flushes first, and leaves its thread sending when that fails
        producer._sender.force_close()
