"""Canaries: events into every partition, timed until they are stored and measured. They tell when a fault is over."""

import json
import time
import urllib.parse
import urllib.request
import warnings
from datetime import UTC, datetime, timedelta

with warnings.catch_warnings():  # kafka-python 3.0 reads its own files with what Python 3.11 calls deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

from schemas import codec
from schemas.event import Author, Event
from schemas.topics import EVENTS

PARTITIONS = 4
NETWORK = "mastodon"  # the load is on another
_LONG_AGO = datetime(2017, 10, 1, tzinfo=UTC)  # before all of the load, whose time the agents follow
_TIMEOUT_S = 180.0


class Canaries:
    """Sends canaries and looks for them in ClickHouse, past every proxy."""

    def __init__(self, bootstrap: str, clickhouse: str) -> None:
        self._bootstrap = bootstrap
        self._clickhouse = clickhouse
        self._sent = 0

    def through(self) -> float:
        """Send one into every partition now; the seconds until all of them are stored and measured.

        Raises:
            TimeoutError: they did not come through.
        """
        begun = time.monotonic()
        self._sent += 1
        self._publish()
        while time.monotonic() - begun < _TIMEOUT_S:
            if self._stored("events") == self._stored("conversations") == PARTITIONS:
                return time.monotonic() - begun
            time.sleep(0.1)
        raise TimeoutError(f"canary {self._sent} did not come through within {_TIMEOUT_S:.0f} s")

    def _publish(self) -> None:
        deadline = time.monotonic() + _TIMEOUT_S
        while True:  # a producer that loses its broker at the wrong moment may give up: another one sends again
            try:
                self._send_all()
                return
            except (KafkaError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _send_all(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self._bootstrap.split(","),
            acks="all",
            request_timeout_ms=3_000,
            delivery_timeout_ms=8_000,
            max_block_ms=8_000,
            metadata_max_age_ms=2_000,
        )
        try:
            for partition in range(PARTITIONS):
                event = self._event(partition)
                key, value = event.conversation_id.encode(), codec.encode(event)
                producer.send(EVENTS.name, key=key, value=value, partition=partition).get(timeout=10)
        finally:
            producer.close(timeout=1)

    def _event(self, partition: int) -> Event:
        name = f"{NETWORK}:canary-{self._sent}-{partition}"
        written = _LONG_AGO + timedelta(seconds=self._sent)
        return Event(
            event_id=name,
            network=NETWORK,
            conversation_id=name,
            author=Author(id="canary", role="customer"),
            text="Is anybody there?",
            created_at=written,
            received_at=written,
        )

    def _stored(self, table: str) -> int:
        query = f"SELECT uniqExact(conversation_id) FROM vigie.{table} WHERE conversation_id LIKE "
        query += f"'{NETWORK}:canary-{self._sent}-%' FORMAT JSONCompact"
        try:
            address = f"{self._clickhouse}/?{urllib.parse.urlencode({'query': query})}"
            with urllib.request.urlopen(address, timeout=5) as answer:
                return int(json.load(answer)["data"][0][0])
        except (OSError, ValueError):
            return -1
