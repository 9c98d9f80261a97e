"""An author is forgotten while everything runs, and stays so when their post comes again."""

import dataclasses
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from connectors.forgotten import FOLLOW_S, ForgottenList
from connectors.memory import known_of
from connectors.publish import Publisher
from deploy.clickhouse import backup
from deploy.clickhouse.migrate import migrate
from deploy.connecting import memory_of
from deploy.drain import until_drained
from deploy.privacy import after_restore, forgetting
from deploy.privacy.access import held
from deploy.privacy.forgetting import Places
from deploy.privacy.subject import find
from deploy.stack import Stack
from schemas.event import Author, Event
from schemas.settings import Enrich, Privacy, Settings
from schemas.units import Secret
from streams.store import Store, connect

pytestmark = [pytest.mark.integration, pytest.mark.slow]

KEY = Secret("a key of the test")
DID = "did:plc:pilar12"
POST = f"bluesky:at://{DID}/app.bsky.feed.post/3k"


def question(native: str, author: str, conversation: str = "") -> Event:
    now = datetime.now(UTC)
    return Event(
        event_id=native,
        network=native.partition(":")[0],
        conversation_id=conversation or native,
        author=Author(id=author, role="customer", handle="pilar.ost", name="Pilar Ost"),
        created_at=now,
        received_at=now,
        text="My lid cracked on day one, says Pilar Ost",
    )


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Places, Stack]]:
    folder = tmp_path_factory.mktemp("stack")
    settings = Settings(enrich=Enrich(steps=False), privacy=Privacy(forget_key=KEY))
    environ = {"VIGIE_PRIVACY__FORGET_KEY": KEY.reveal()}
    agents = ("enrich", "responses", "sink")
    with (
        Stack(settings, data_dir=folder, agents=agents, environ=environ) as stack,
        Store(stack.settings.clickhouse) as store,
    ):
        client = connect(stack.settings.clickhouse)
        yield Places(settings=stack.settings, client=client, store=store, data_dir=folder, pause_s=3.0), stack
        client.close()


def drained(stack: Stack) -> None:
    until_drained(stack.settings.kafka, stack=stack, timeout_s=60)
    time.sleep(2.0)


def stored(places: Places) -> str:
    tables = ("raw_events", "events_by_time", "raw_conversations", "raw_turns", "raw_alerts")
    for table in tables:
        places.client.command(f"OPTIMIZE TABLE {table} FINAL")
    return "\n".join(str(places.client.query(f"SELECT * FROM {table}").result_rows) for table in tables)


def test_an_author_is_forgotten_everywhere_and_stays_so(places: tuple[Places, Stack]):
    where, stack = places
    posts = [question("x:1", "88120453"), question(POST, DID), question("x:2", "77", "x:2")]
    with Publisher(stack.settings.kafka) as publisher:
        for one in posts:
            publisher.publish(one)
    with memory_of(where.settings, where.data_dir) as memory:
        memory.commit("s", None, [known_of(one, b"d") for one in posts])
    drained(stack)
    counts = "SELECT network, count() FROM events GROUP BY network ORDER BY network"
    waiting = "SELECT count(), sum(customer_events) FROM conversations WHERE state = 'waiting'"
    before = [where.client.query(sql).result_rows for sql in (counts, waiting)]
    with memory_of(where.settings, where.data_dir) as memory:
        subject = find(where.client, "x", "88120453", where.settings.privacy)
        assert {one["held_in"] for one in held(where.client, memory, subject)} == {
            "ClickHouse, view events",
            "ClickHouse, view conversations",
            "ClickHouse, view response_turns",
            "memory of the connectors",
        }

    first = forgetting.forget(where, "x", "88120453")
    second = forgetting.forget(where, "bluesky", DID)
    drained(stack)

    assert (first.remembered, second.remembered) == (1, 1)
    left = stored(where)
    assert "88120453" not in left
    assert DID not in left
    assert left.count("My lid") == 2  # of x:2, in its event and in its conversation
    assert [where.client.query(sql).result_rows for sql in (counts, waiting)] == before

    time.sleep(FOLLOW_S + 1)  # a connector that knows the list, and one that does not: then the worker does
    with ForgottenList(stack.settings.kafka, where.settings.privacy) as known:
        for erase in (known.erase, lambda event: event):
            with (
                Publisher(stack.settings.kafka, erase=erase) as publisher,
                memory_of(where.settings, where.data_dir) as memory,
            ):
                again = [msgspec.structs.replace(one, received_at=datetime.now(UTC)) for one in posts[:2]]
                memory.commit("s", None, [known_of(publisher.publish(one), b"d") for one in again])
    drained(stack)

    left = stored(where)
    assert "88120453" not in left
    assert DID not in left
    assert where.client.query(counts).result_rows == before[0]
    audit = where.client.query("SELECT action, subject FROM audit_log ORDER BY at").result_rows
    assert audit == [("forget", first.mark), ("forget", second.mark)]
    assert forgetting.forget(where, "x", "88120453").rows == {}
    assert forgetting.forget_again(where) == []

    path = next(Path(where.data_dir).rglob("memory.sqlite"))
    assert DID.encode() in path.read_bytes(), "the connector that does not know the list brought them back"
    assert forgetting.unremember(where) == 1
    assert forgetting.unremember(where) == 0
    left = path.read_bytes()
    assert b"88120453" not in left
    assert DID.encode() not in left
    with sqlite3.connect(path) as rows:
        kept = {str(row[0]) for row in rows.execute("SELECT event_id FROM events")}
    assert kept == {POST.replace(DID, second.mark), "x:2"}


def test_a_backup_of_before_does_not_bring_them_back(places: tuple[Places, Stack], tmp_path: Path):
    where, stack = places
    with Publisher(stack.settings.kafka) as publisher:
        for one in (question("x:9", "55512345"), question("x:10", "66612345")):
            publisher.publish(one)
    drained(stack)
    folder = tmp_path / "before"
    manifest = backup.backup(where.client, where.settings, folder)
    forgetting.forget(where, "x", "55512345")
    clickhouse = msgspec.structs.replace(where.settings.clickhouse, database="vigie_back")
    other = msgspec.structs.replace(where.settings, clickhouse=clickhouse)
    migrate(other)
    client = connect(clickhouse)

    with Store(clickhouse) as store:
        target = Places(settings=other, client=client, store=store, data_dir=where.data_dir, pause_s=0.0)
        found = after_restore.known(other, folder, manifest, without_list=False)
        backup.restore(client, other, folder)
        assert "55512345" in stored(target), "the backup does hold them"
        rows = client.query("SELECT count() FROM events").result_rows
        (done,) = after_restore.apply(target, found)
        left = stored(target)
        backup.restore(client, other, folder)  # as after a kill at the very end
        again = after_restore.apply(target, found)

    assert done.rows["raw_events"] == 1
    assert "55512345" not in left
    assert "66612345" in left, "who did not ask stays"
    assert client.query("SELECT count() FROM events").result_rows == rows
    assert again == []
    client.close()


def test_killed_at_any_part_the_next_call_finishes(places: tuple[Places, Stack], monkeypatch: pytest.MonkeyPatch):
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    where, stack = places
    quick = dataclasses.replace(where, pause_s=0.2)
    parts = {f"did:plc:killed{part.strip('_')}": part for part in ("_emptied", "_erase", "named_after", "memory_of")}
    posts = [question(f"bluesky:at://{author}/app.bsky.feed.post/1", author) for author in parts]
    with Publisher(stack.settings.kafka) as publisher, memory_of(where.settings, where.data_dir) as memory:
        for post in posts:
            publisher.publish(post)
        memory.commit("s", None, [known_of(post, b"d") for post in posts])
    drained(stack)
    tombstones: list[str] = []
    monkeypatch.setattr(forgetting.topics, "tombstone", lambda _, name, keys: tombstones.extend(keys))

    for author, part in parts.items():
        with monkeypatch.context() as patched:
            patched.setattr(forgetting, part, killed)
            with pytest.raises(Killed):
                forgetting.forget(quick, "bluesky", author)
        forgetting.forget(quick, "bluesky", author)

    left = stored(where)
    assert [author for author in parts if author in left] == []
    assert {post.conversation_id for post in posts} <= set(tombstones)
    with memory_of(where.settings, where.data_dir) as memory:
        assert [memory.written_by("bluesky", author) for author in parts] == [[]] * len(parts)
