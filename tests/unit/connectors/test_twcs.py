"""A twcs file as a history of events and dead letters."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.files.history import Bad
from connectors.files.source import FileSource
from schemas.errors import ConfigError
from schemas.event import Event
from schemas.settings import Connectors
from tests.support.fakes import FixedClock
from tests.support.twcs import DATE, HEADER, twcs_row, write_twcs

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(path: Path, settings: Connectors | None = None) -> tuple[list[Event], list[Bad]]:
    with FileSource(path, "twcs", settings or Connectors(), clock=FixedClock(NOW)) as source:
        items = list(source.scan(now=NOW, seen=lambda done: None).items(0))
    return [item for item in items if isinstance(item, Event)], [item for item in items if isinstance(item, Bad)]


def at(minute: int) -> str:
    return f"Tue Oct 31 22:{minute:02d}:00 +0000 2017"


def test_reply_becomes_an_event_of_its_conversation(tmp_path):
    rows = [twcs_row(8, "HelpCo", at=at(5), text="sorry!", parent=7), twcs_row(7, at=at(1), text="@HelpCo broken")]

    events, bad = read(write_twcs(tmp_path / "f.csv", rows))

    question, answer = events
    assert (question.event_id, question.kind, question.author.role, question.parent_id) == (
        "x:7", "post", "customer", None,
    )  # fmt: skip
    assert (answer.event_id, answer.kind, answer.author.role, answer.parent_id) == ("x:8", "reply", "brand", "x:7")
    assert {event.conversation_id for event in events} == {"x:7"}
    assert {event.brand for event in events} == {"HelpCo"}
    assert {event.received_at for event in events} == {NOW}
    assert bad == []


def test_events_come_in_the_order_of_time_and_ties_by_id(tmp_path):
    rows = [twcs_row(5, at=at(9)), twcs_row(10, at=at(3)), twcs_row(9, at=at(3)), twcs_row(7, at=at(1))]

    events, _ = read(write_twcs(tmp_path / "f.csv", rows))

    assert [event.event_id for event in events] == ["x:7", "x:9", "x:10", "x:5"]


def test_rows_hang_together_through_an_event_that_is_not_in_the_file(tmp_path):
    rows = [twcs_row(3, at=at(2), parent=2), twcs_row(1, at=at(1), responses="2"), twcs_row(50, at=at(0))]

    events, _ = read(write_twcs(tmp_path / "f.csv", rows))

    assert {event.event_id: event.conversation_id for event in events} == {"x:1": "x:1", "x:3": "x:1", "x:50": "x:50"}


def test_cycles_and_self_links_are_one_conversation(tmp_path):
    rows = [twcs_row(1, at=at(1), parent=2), twcs_row(2, at=at(2), parent=1), twcs_row(3, at=at(3), parent=3)]

    events, _ = read(write_twcs(tmp_path / "f.csv", rows))

    assert [event.conversation_id for event in events] == ["x:1", "x:1", "x:3"]


def test_brand_is_the_one_with_most_events_then_by_name(tmp_path):
    rows = [
        twcs_row(1, responses="2,3,4"),
        twcs_row(2, "Zulu"), twcs_row(3, "Zulu"), twcs_row(4, "Alpha"),
        twcs_row(11, responses="12,13"),
        twcs_row(12, "Zulu"), twcs_row(13, "Alpha"),
    ]  # fmt: skip

    events, _ = read(write_twcs(tmp_path / "f.csv", rows))

    assert {event.conversation_id: event.brand for event in events} == {"x:1": "Zulu", "x:11": "Alpha"}


def test_brand_is_the_first_known_handle_mentioned_when_no_brand_has_written(tmp_path):
    rows = [
        twcs_row(1, at=at(1), text="@900002 @nobody look"),
        twcs_row(2, at=at(2), text="@helpco @Other hello?", parent=1),
        twcs_row(3, at=at(3), text="no mention"),
        twcs_row(4, "Other"), twcs_row(5, "HelpCo"),
    ]  # fmt: skip

    events, _ = read(write_twcs(tmp_path / "f.csv", rows))

    brands = {event.event_id: event.brand for event in events}
    assert (brands["x:1"], brands["x:2"], brands["x:3"]) == ("HelpCo", "HelpCo", "")


def test_repeated_row_is_given_again_unchanged(tmp_path):
    events, _ = read(write_twcs(tmp_path / "f.csv", [twcs_row(1), twcs_row(2, parent=1), twcs_row(1)]))

    assert [event.event_id for event in events] == ["x:1", "x:1", "x:2"]
    assert events[0] == events[1]


def test_bad_row_becomes_a_dead_letter_and_the_good_rows_go_on(tmp_path):
    broken = f'2,a,True,{DATE},"secret words,,'
    path = write_twcs(tmp_path / "f.csv", [twcs_row(1), broken, twcs_row(3), b"4,a,True,\xff,,,", ""])

    events, bad = read(path)

    letters = [one.letter for one in bad]
    assert [event.event_id for event in events] == ["x:1", "x:3"]
    assert [letter.payload for letter in letters] == [broken.encode() + b"\n", b"4,a,True,\xff,,,\n"]
    assert [(letter.stage, letter.source, letter.offset, letter.network) for letter in letters] == [
        ("connect", "twcs:f.csv", 3, "x"),
        ("connect", "twcs:f.csv", 5, "x"),
    ]
    assert letters[0].reason == "f.csv, line 3: a quote is not closed, or closes before the end of its column."
    assert letters[0].error == "Malformed"


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        pytest.param(twcs_row(at="Thu Jan 01 00:00:00 +0000 1970"), "earlier than connectors.earliest", id="1970"),
        pytest.param(twcs_row(at="Tue Mar 03 00:00:00 +0000 2026"), "later than connectors.max_future", id="future"),
        pytest.param(twcs_row(text="a" * 65_537), "longer than connectors.max_text_chars (65,536", id="long text"),
        pytest.param(twcs_row(text="a" * 1_000_000), "longer than connectors.max_text_chars", id="1 MB of text"),
    ],
)
def test_row_beyond_a_limit_is_a_dead_letter(tmp_path, row, cause):
    events, bad = read(write_twcs(tmp_path / "f.csv", [row]))

    assert events == []
    assert cause in bad[0].cause
    assert bad[0].letter.payload == row.encode() + b"\n"


def test_row_larger_than_a_dead_letter_keeps_its_beginning_and_says_so(tmp_path):
    huge = twcs_row(1, text="a" * 12_000_000)

    events, bad = read(write_twcs(tmp_path / "f.csv", [huge, twcs_row(2)]))

    assert [event.event_id for event in events] == ["x:2"]
    assert bad[0].letter.payload == huge.encode()[:5_242_880]
    assert "what follows is not kept" in bad[0].letter.reason


def test_gzip_file_reads_like_the_plain_one(tmp_path):
    plain = write_twcs(tmp_path / "f.csv", [twcs_row(1), twcs_row(2, parent=1)])
    packed = tmp_path / "f.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))

    assert read(packed)[0] == read(plain)[0]


def test_byte_order_mark_and_windows_line_ends_are_taken(tmp_path):
    path = tmp_path / "f.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([HEADER, twcs_row(1, text="fin"), ""]).encode())

    events, bad = read(path)

    assert [event.text for event in events] == ["fin"]
    assert bad == []


def test_header_alone_is_an_empty_history(tmp_path):
    assert read(write_twcs(tmp_path / "f.csv", [])) == ([], [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"id,words\n1,hi\n", "Found: id, words. Needed: tweet_id, author_id", id="other columns"),
        pytest.param(b'{"event_id":"x:1"}\n', "Give --format events", id="JSON lines"),
        pytest.param(b"\x1f\x8bnot really", "cannot be unpacked", id="broken gzip"),
    ],
)
def test_file_of_another_kind_is_refused_before_anything_is_read(tmp_path, content, message):
    path = tmp_path / "f.csv"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=message):
        read(path)


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="this is a folder"):
        read(tmp_path)


def test_unknown_format_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match="Choose one of twcs, events"):
        FileSource(tmp_path / "f", "xml", Connectors(), clock=FixedClock(NOW))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(Connectors(earliest="long ago"), "connectors.earliest: this is not a date", id="date"),
        pytest.param(Connectors(max_text_chars=1_000_000), "connectors.max_text_chars: a record of", id="characters"),
    ],
)
def test_setting_that_cannot_hold_is_refused(tmp_path, settings, message):
    with pytest.raises(ConfigError, match=message):
        read(write_twcs(tmp_path / "f.csv", []), settings)
