"""What of an archive is in the store: its events once each, and its turns as a plain count of the file sees them."""

from pathlib import Path

from tests.support import archive
from tests.support.system import rows


def stored_turns(data_dir: Path, condition: str = "") -> list[archive.Turn]:
    """The turns that a reader of the view sees."""
    found = rows(data_dir, f"SELECT start_event_id, answer_event_id, waited_seconds FROM response_turns {condition}")
    return [
        archive.Turn(row["start_event_id"], row["answer_event_id"], _float_or_none(row["waited_seconds"]))
        for row in found
    ]


def _float_or_none(value: float | None) -> float | None:
    return None if value is None else float(value)


def assert_complete(data_dir: Path, file: Path, events: int) -> None:
    """So many events are stored, each once, and every turn of the file equals the plain count to the second."""
    (counts,) = rows(data_dir, "SELECT count() AS rows, uniqExact(event_id) AS events FROM events")
    assert {name: int(count) for name, count in counts.items()} == {"rows": events, "events": events}
    assert sorted(map(repr, stored_turns(data_dir))) == sorted(map(repr, archive.turns(file)))
