"""Our own events as JSON lines."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.files.history import Bad
from connectors.files.source import FileSource
from schemas.errors import ConfigError
from schemas.event import Event
from schemas.settings import Connectors
from tests.support.fakes import FixedClock

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def line(event_id: str = "x:1", **changes: object) -> bytes:
    fields: dict[str, object] = {
        "event_id": event_id,
        "network": "x",
        "conversation_id": "x:1",
        "author": {"id": "a", "role": "customer"},
        "created_at": "2026-02-01T10:00:00Z",
        "received_at": "2026-02-01T10:00:02Z",
        "text": "secret words",
    }
    return json.dumps({key: value for key, value in (fields | changes).items() if value is not None}).encode()


def read(path: Path, *lines: bytes) -> tuple[list[Event], list[Bad]]:
    path.write_bytes(b"\n".join(lines))
    with FileSource(path, "events", Connectors(), clock=FixedClock(NOW)) as source:
        items = list(source.scan(now=NOW, seen=lambda done: None).items(0))
    return [item for item in items if isinstance(item, Event)], [item for item in items if isinstance(item, Bad)]


def test_events_come_in_the_order_of_time_then_of_lines(tmp_path):
    later, edit = line("x:2", created_at="2026-02-01T11:00:00+01:00"), line("x:2", edited=True)

    events, bad = read(tmp_path / "f", line("x:3", created_at="2026-02-01T10:30:00Z"), later, edit, b"", b" ")

    assert [(event.event_id, event.edited) for event in events] == [("x:2", False), ("x:2", True), ("x:3", False)]
    assert {event.created_at.utcoffset() for event in events} == {NOW.utcoffset()}
    assert bad == []


def test_missing_received_at_is_stamped_and_a_given_one_kept(tmp_path):
    events, _ = read(tmp_path / "f", line("x:1", received_at=None), line("x:2"))

    assert [event.received_at for event in events] == [NOW, datetime(2026, 2, 1, 10, 0, 2, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("payload", "cause"),
    [
        pytest.param(b'{"event_id": "secret', "the bytes are not of type Event", id="cut off"),
        pytest.param(b"[]", "the bytes are not of type Event", id="not an object"),
        pytest.param(b'{"event_id": "\xff"}', "the bytes are not of type Event", id="not UTF-8"),
        pytest.param(b'{"a": "\0"}', "NUL bytes", id="NUL byte"),
        pytest.param(line(text="a\0b"), "the text holds a NUL character", id="NUL character"),
        pytest.param(line(created_at=None), "missing required field `created_at`", id="no created_at"),
        pytest.param(line(created_at=None, received_at=None), "missing required field `created_at`", id="no times"),
        pytest.param(line(created_at="2026-02-01T10:00:00"), "`$.created_at`", id="time without zone"),
        pytest.param(line(created_at="9999-12-31T23:59:59-01:00"), "beyond the year 9999", id="end of time"),
        pytest.param(line(created_at="1999-01-01T00:00:00Z"), "earlier than connectors.earliest", id="too early"),
        pytest.param(line(created_at="2026-03-03T00:00:00Z"), "later than connectors.max_future", id="too late"),
        pytest.param(line(event_id=""), "`$.event_id`", id="empty id"),
        pytest.param(
            line(author={"id": "a", "role": "secret 'words'"}),
            "Invalid value - at `$.author.role`",
            id="unknown role",
        ),
        pytest.param(line(text="a" * 70_000), "longer than connectors.max_text_chars", id="long text"),
        pytest.param(line(text="a" * 1_100_000), "longer than 1,046,528 bytes", id="long line"),
    ],
)
def test_bad_line_is_a_dead_letter_that_repeats_none_of_its_words_in_the_reason(tmp_path, payload, cause):
    events, bad = read(tmp_path / "f", line("x:7"), payload, line("x:8"))

    letter = bad[0].letter
    assert [event.event_id for event in events] == ["x:7", "x:8"]
    assert cause in letter.reason
    assert "secret" not in letter.reason
    assert (letter.source, letter.offset, letter.payload) == ("events:f", 2, payload + b"\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"tweet_id,author_id,inbound\n", "Give --format twcs", id="twcs"),
        pytest.param(b'[\n{"event_id": "x:1"}]', "one JSON array", id="array"),
        pytest.param(b"", "the file is empty", id="empty"),
    ],
)
def test_file_of_another_kind_is_refused(tmp_path, content, message):
    with pytest.raises(ConfigError, match=message):
        read(tmp_path / "f", content)
