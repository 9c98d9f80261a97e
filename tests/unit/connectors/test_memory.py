"""What connectors remember survives them, and never grows without end."""

import sqlite3
from pathlib import Path

import pytest

from connectors.memory import Known, Memory
from schemas.errors import ConfigError, Unavailable


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


def test_a_forgotten_author_leaves_the_events_of_others_too(tmp_path: Path):
    did, mark = "did:plc:pilar12", "forgotten-1"
    own = f"bluesky:at://{did}/app.bsky.feed.post/3k"
    answer, reply = "bluesky:at://did:plc:acme/app.bsky.feed.post/4", "bluesky:at://did:plc:tom/app.bsky.feed.post/5"
    with Memory(tmp_path / "m.sqlite", remember=100) as memory:
        memory.commit(
            "a",
            None,
            [
                known(1, event_id=own, conversation_id=own, author_id=did),
                known(2, event_id=answer, conversation_id=own, parent_id=own, role="brand"),
                known(3, event_id=reply, conversation_id=own, parent_id=answer),
                known(4, event_id=f"bluesky:{did}/8", conversation_id=f"bluesky:{did}", role="brand"),
                known(5, event_id="bluesky:at://did:plc:pilar123/1", conversation_id=f"bluesky:{did}4"),
                known(6, event_id="x:6", conversation_id=f"x:{did}"),
            ],
        )

        assert memory.forget_author("bluesky", did, mark=mark) == 1

        marked = f"bluesky:at://{mark}/app.bsky.feed.post/3k"
        found = {one: memory.find(one) for one in (own, answer, reply, f"bluesky:{did}/8")}
        assert found[own] is found[f"bluesky:{did}/8"] is None
        assert [(one.conversation_id, one.parent_id) for one in found.values() if one] == [
            (marked, marked),
            (marked, answer),
        ]
        assert memory.find("bluesky:at://did:plc:pilar123/1") is not None
        assert memory.find("x:6") is not None
        assert memory.forget_author("bluesky", did, mark=mark) == 0
    raw = (tmp_path / "m.sqlite").read_bytes()
    assert raw.count(did.encode()) == raw.count(did.encode() + b"3") + raw.count(did.encode() + b"4") + 1  # that of x
