"""Forget an author everywhere: the list that keeps them forgotten first, then what runs, then what is stored.

The list comes first, so that nothing of theirs comes in while the rest is done, and what connectors remember last; each
step may be repeated, and a run that was killed is finished by the next.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from clickhouse_connect.driver.client import Client

from connectors.forgotten import left_of
from connectors.publish import Publisher
from deploy import history, topics
from deploy.connecting import memory_of
from deploy.privacy import audit
from deploy.privacy.erasure import erase
from deploy.privacy.subject import Subject, find, forget_key
from schemas.enriched import Enriched
from schemas.forgotten import Forgotten, erased, mark_of, without
from schemas.settings import Kafka, Settings
from schemas.tables import FORGOTTEN
from schemas.units import Secret
from streams.rows import Row
from streams.store import Store, mapped

STATE_TOPIC = "vigie-responses-timelines-changelog"
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PASSES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to forget: the store, and the broker when one runs."""

    settings: Settings
    client: Client
    store: Store
    data_dir: Path
    pause_s: float = 5.0

    @property
    def has_broker(self) -> bool:
        """Whether something runs that may still write."""
        return bool(self.settings.kafka.bootstrap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done: rows changed by table, events told to the workers, events that connectors forgot."""

    mark: str
    rows: dict[str, int]
    republished: int
    remembered: int = 0


def forget(places: Places, network: str, author: str) -> Done:
    """Forget one author.

    Raises:
        ConfigError: there is no key.
        BrokerError, StoreError: a part did not take it; run it again.
    """
    key = forget_key(places.settings.privacy)
    subject = find(places.client, network, author, places.settings.privacy)
    done = _forget(places, subject, key)
    # last: what was read before the list was known is there
    remembered = _unremember(places, frozenset(subject.marks(key)), network=network)
    return dataclasses.replace(done, remembered=remembered)


def _forget(places: Places, subject: Subject, key: Secret) -> Done:
    """Everywhere but where connectors remember."""
    settings, network = places.settings, subject.network
    now = datetime.now(UTC)
    listed = [Forgotten(mark=mark, network=network, at=now) for mark in subject.marks(key)]
    rows = [row_of(one) for one in listed]
    places.store.insert(FORGOTTEN, rows, token=f"forget:{rows[0][2]}")
    republished = 0
    if places.has_broker:
        with Publisher(settings.kafka) as publisher:
            for one in listed:
                publisher.forget(one)
            publisher.flush()
            for enriched in _emptied(places.client, subject, key):
                publisher.rewrite(enriched)
                republished += 1
        topics.tombstone(settings.kafka, STATE_TOPIC, named_after(subject, key))  # while their ids are known
    counts = _erase(places, subject, key)
    if places.has_broker:
        topics.tombstone(settings.kafka, STATE_TOPIC, named_after(subject, key))  # what was written meanwhile
    done = Done(mark=subject.mark(key), rows=counts, republished=republished)
    audit.record(places.store, "forget", done.mark, {"rows": counts, "republished": republished, "network": network})
    return done


def row_of(one: Forgotten) -> Row:
    """An entry of the list as the store keeps it."""
    return (one.mark, one.network, round((one.at - _EPOCH) / _MILLISECOND))


def forget_again(places: Places) -> list[Done]:
    """Forget whoever is on the list and is stored all the same: after a restore, or a rebuild from Kafka."""
    key = forget_key(places.settings.privacy)
    marks = _marks(places.client)
    with mapped("views events and conversations"):
        stored = places.client.query(
            "SELECT DISTINCT network, author_id FROM events WHERE author_id NOT LIKE 'forgotten-%'"
            " UNION DISTINCT SELECT DISTINCT network, customer_id FROM conversations"
            " WHERE customer_id != '' AND customer_id NOT LIKE 'forgotten-%'"
        ).result_rows
    found = [(str(network), str(author)) for network, author in stored]
    return [
        _forget(places, find(places.client, network, author, places.settings.privacy), key)
        for network, author in found
        if mark_of(network, author, key=key) in marks
    ]


def unremember(places: Places) -> int:
    """Forget whoever is on the list where connectors on this machine remember; how many events were theirs."""
    return _unremember(places, _marks(places.client))


def _unremember(places: Places, marks: frozenset[str], *, network: str = "") -> int:
    privacy = places.settings.privacy
    with memory_of(places.settings, places.data_dir) as memory:
        return memory.rewrite(lambda known: left_of(known, privacy, marks.__contains__), network=network)


def _marks(client: Client) -> frozenset[str]:
    with mapped("view forgotten"):
        return frozenset(str(row[0]) for row in client.query("SELECT mark FROM forgotten").result_rows)


def publish_list(client: Client, kafka: Kafka) -> int:
    """Give a broker that has forgotten everything the list of who was forgotten; how many there are."""
    with mapped("view forgotten"):
        rows = client.query("SELECT mark, network, forgotten_at FROM forgotten").result_rows
    if rows:
        with Publisher(kafka) as publisher:
            for mark, network, at in rows:
                publisher.forget(Forgotten(mark=mark, network=network, at=at.replace(tzinfo=UTC)))
    return len(rows)


def _erase(places: Places, subject: Subject, key: Secret) -> dict[str, int]:
    """Erase until nothing is found: what the workers had in hand may be stored in the meantime."""
    counts: dict[str, int] = {}
    for _ in range(_PASSES):
        found = erase(places.client, subject, places.settings, key)
        for table, count in found.items():
            counts[table] = counts.get(table, 0) + count
        if not places.has_broker:
            break
        _wait(places.pause_s)
        if not found:
            break
    return counts


_wait: Callable[[float], None] = time.sleep


def _emptied(client: Client, subject: Subject, key: Secret) -> Iterator[Enriched]:
    """Their events for the workers, a millisecond newer: findings stay, so that nothing is measured anew."""
    for page in history.written_by(client, subject.network, subject.ids):
        for stored in page:
            event = stored.enriched.event
            emptied = erased(event, key=key, is_forgotten=lambda _: True)
            kept = msgspec.structs.replace(
                event, author=emptied.author, text="", permalink=None, received_at=event.received_at + _MILLISECOND
            )
            yield msgspec.structs.replace(stored.enriched, event=kept, entities=())


def named_after(subject: Subject, key: Secret) -> list[str]:
    """Conversations whose own id names the author: the workers' state of them goes whole.

    Under its mark a conversation is stored already by a run that was killed: its state stands under the id of before.
    """
    found: dict[str, None] = {}
    for conversation in subject.conversations:
        native = conversation.partition(":")[2]
        for one, mark in zip(subject.ids, subject.marks(key), strict=True):
            before = without(native, mark, one)
            if without(before, one, mark) != before:
                found[f"{subject.network}:{before}"] = None
    return list(found)
