"""What connectors remember survives them, and never grows without end."""

import sqlite3
from pathlib import Path

import pytest

from connectors.forgotten import left_of
from connectors.memory import Known, Memory
from schemas.errors import ConfigError, Unavailable
from schemas.forgotten import mark_of
from schemas.privacy import pseudonym
from schemas.settings import Privacy
from schemas.units import Secret


def known(number: int, **fields: object) -> Known:
    return Known(
        **{  # type: ignore[arg-type]
            "event_id": f"x:{number}",
            "conversation_id": "x:1",
            "digest": b"d",
            "author_id": f"u{number % 3}",
            **fields,
        }
    )


def test_what_was_committed_is_there_for_the_next_process(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit("a", "c1", [known(1), known(2, parent_id="x:1", role="brand", created_ms=7, deleted=True)])

    with Memory(tmp_path / "m.sqlite", remember=100) as again:
        assert again.cursor("a") == "c1"
        assert again.cursor("b") is None
        assert again.find("x:2") == known(2, parent_id="x:1", role="brand", created_ms=7, deleted=True)
        assert again.find("x:9") is None


def test_a_cursor_of_none_leaves_the_one_before(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit("a", "c1", [])
        memory.commit("a", None, [known(1)])

        assert memory.cursor("a") == "c1"
        memory.forget_cursor("a")
        assert memory.cursor("a") is None


def test_events_and_cursor_are_written_together_or_not_at_all(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit("a", "c1", [known(1)])

        with pytest.raises(ConfigError):
            memory.commit("a", object(), [known(3)])  # type: ignore[arg-type]  # no text: the second statement fails

        assert (memory.cursor("a"), memory.find("x:3")) == ("c1", None)
        memory.commit("a", "c3", [known(4)])
        assert memory.cursor("a") == "c3"


def test_the_first_are_forgotten_first(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=50) as memory:
        for number in range(500):
            memory.commit("a", str(number), [known(number)])

        kept = [number for number in range(500) if memory.find(f"x:{number}")]
    assert kept == list(range(kept[0], 500))
    assert 50 <= len(kept) <= 100


def test_everything_of_an_author_is_found(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit("a", None, [known(number) for number in range(6)])
        memory.commit("a", None, [Known(event_id="y:1", conversation_id="y:1", author_id="u1", digest=b"d")])

        assert {one.event_id for one in memory.written_by("x", "u1")} == {"x:1", "x:4"}


def test_two_processes_may_share_it(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as one, Memory(tmp_path / "m.sqlite", remember=100) as other:
        one.commit("a", "c1", [known(1)])
        other.commit("b", "c2", [known(2)])

        assert (other.cursor("a"), one.cursor("b")) == ("c1", "c2")
        assert one.find("x:2") == known(2)


def test_a_file_that_is_no_memory_is_a_clear_error(tmp_path: Path):
    (tmp_path / "m.sqlite").write_bytes(b"this is no database, and longer than its header would be" * 20)

    with pytest.raises(ConfigError, match="cannot be read or written"):
        Memory(tmp_path / "m.sqlite", remember=100)


def test_a_file_with_a_spoiled_page_is_a_clear_error_and_says_how_to_begin_anew(tmp_path: Path):
    path = tmp_path / "m.sqlite"
    with Memory(path, remember=10_000) as memory:
        memory.commit("a", "c1", [known(number) for number in range(2_000)])
    with path.open("r+b") as file:
        file.seek(4096)  # the first page holds the schema
        file.write(b"\x5a" * (path.stat().st_size - 4096))

    with Memory(path, remember=10_000) as memory, pytest.raises(ConfigError, match="sources begin anew") as caught:
        memory.commit("a", "c2", [known(number) for number in range(2_000)])
    assert str(path) in str(caught.value)
    path.unlink()
    with Memory(path, remember=10_000) as memory:
        assert memory.cursor("a") is None


def test_on_a_full_disk_nothing_is_changed_and_it_goes_on_when_there_is_room(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit("a", "c1", [known(1)])
        (pages,) = memory._db.execute("PRAGMA page_count").fetchone()
        memory._db.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own word for a disk without room

        with pytest.raises(Unavailable, match="full"):
            memory.commit("a", "c2", [known(number, conversation_id="x" * 5_000) for number in range(2, 20)])

        assert (memory.cursor("a"), memory.find("x:2")) == ("c1", None)
        memory._db.execute("PRAGMA max_page_count = 1000000")
        memory.commit("a", "c2", [known(2)])
        assert memory.cursor("a") == "c2"


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be read or written"):
        Memory(tmp_path / "file" / "m.sqlite", remember=100)


def test_killed_in_the_middle_of_a_commit_it_holds_what_was_before(tmp_path: Path):
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit("a", "c1", [known(1)])
    half = sqlite3.connect(tmp_path / "m.sqlite", isolation_level=None)
    half.execute("BEGIN IMMEDIATE")
    half.execute("UPDATE cursors SET cursor = 'c2'")
    half.close()  # as the system does for a process that is killed

    with Memory(tmp_path / "m.sqlite", remember=100) as again:
        assert again.cursor("a") == "c1"


KEY = Secret("a key of the test")
DID = "did:plc:pilar12"


def forget(memory: Memory, *names: str, network: str = "bluesky", privacy: Privacy = Privacy(forget_key=KEY)) -> int:
    marks = {mark_of(network, name, key=KEY) for name in names}
    return memory.rewrite(lambda one: left_of(one, privacy, marks.__contains__), network=network)


def test_a_forgotten_author_leaves_the_events_of_others_too(tmp_path: Path):
    mark = mark_of("bluesky", DID, key=KEY)
    own = f"bluesky:at://{DID}/app.bsky.feed.post/3k"
    answer, reply = "bluesky:at://did:plc:acme/app.bsky.feed.post/4", "bluesky:at://did:plc:tom/app.bsky.feed.post/5"
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit(
            "a",
            None,
            [
                known(1, event_id=own, conversation_id=own, author_id=DID),
                known(2, event_id=answer, conversation_id=own, parent_id=own, role="brand"),
                known(3, event_id=reply, conversation_id=own, parent_id=answer),
                known(4, event_id=f"bluesky:{DID}/8", conversation_id=f"bluesky:{DID}", role="brand"),
                known(5, event_id="bluesky:at://did:plc:pilar123/1", conversation_id=f"bluesky:{DID}4"),
                known(6, event_id="x:6", conversation_id=f"x:{DID}"),
            ],
        )

        assert forget(memory, DID) == 2

        marked = f"bluesky:at://{mark}/app.bsky.feed.post/3k"
        found = {one: memory.find(one) for one in (own, answer, reply, f"bluesky:{DID}/8")}
        assert found[own] is found[f"bluesky:{DID}/8"] is None
        assert [(one.conversation_id, one.parent_id) for one in found.values() if one] == [
            (marked, marked),
            (marked, answer),
        ]
        assert memory.find("bluesky:at://did:plc:pilar123/1") is not None
        assert memory.find("x:6") is not None
        assert forget(memory, DID) == 0
    raw = (tmp_path / "m.sqlite").read_bytes()
    assert raw.count(DID.encode()) == raw.count(DID.encode() + b"3") + raw.count(DID.encode() + b"4") + 1  # that of x


def test_who_is_known_by_a_pseudonym_alone_is_forgotten_under_the_id_that_is_remembered():
    privacy = Privacy(forget_key=KEY, pseudonym_key=Secret("another key of the test"))
    with Memory(None, remember=100) as memory:
        memory.commit("a", None, [known(1), known(2), known(3, role="brand", author_id="u1")])

        assert forget(memory, pseudonym("x", "u1", key=privacy.pseudonym_key), network="x", privacy=privacy) == 1

        assert [memory.find(f"x:{number}") is None for number in (1, 2, 3)] == [True, False, False]


def test_every_page_is_rewritten_and_what_another_wrote_meanwhile_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.memory._PAGE", 2)
    with Memory(None, remember=100) as memory:
        memory.commit("a", None, [known(number, author_id="u") for number in range(7)])

        def change(one: Known) -> None:
            if one.event_id == "x:5":
                memory.commit("a", None, [known(5, author_id="another")])

        assert memory.rewrite(change) == 6

        assert memory.find("x:5") == known(5, author_id="another")
