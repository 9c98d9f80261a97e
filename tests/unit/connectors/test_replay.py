"""Replaying: order, speed, shift, position, report."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.files.source import FileSource
from connectors.positions import PositionFile, mark_drained
from connectors.replay import Progress, Report, replay
from schemas.errors import BrokerError, ConfigError
from schemas.settings import Connectors
from tests.support.fakes import FakePublisher, FixedClock, Killed
from tests.support.twcs import twcs_row, write_twcs

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = datetime(2017, 10, 31, 22, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [twcs_row(n, at=f"Tue Oct 31 22:{n:02d}:00 +0000 2017") for n in range(10)]
    return write_twcs(tmp_path / "f.csv", [*rows, "broken", "also,broken"])


def run(file: Path, publisher: FakePublisher, clock: FixedClock | None = None, **options: object) -> Report:
    clock = clock or FixedClock(NOW)
    with FileSource(file, "twcs", Connectors(), clock=clock) as source:
        return replay(source, publisher, clock=clock, sleep=clock.sleep, **options)


def ids(publisher: FakePublisher) -> list[str]:
    return [event.event_id for event in publisher.events]


def test_report_counts_every_row_and_tells_the_causes(file):
    publisher = FakePublisher()

    report = run(file, publisher)

    assert (report.rows, report.published, report.buried, report.resumed_from) == (12, 10, 2, 0)
    assert (report.first_at, report.last_at) == (FIRST, FIRST + timedelta(minutes=9))
    assert report.causes == {
        "the row has 1 columns, 7 are needed": 1,
        "the row has 2 columns, 7 are needed": 1,
    }
    assert report.examples[0] == "f.csv, line 12: the row has 1 columns, 7 are needed."
    assert report.bytes == publisher.bytes
    assert (len(publisher.events), len(publisher.letters)) == (10, 2)


def test_full_speed_never_sleeps(file):
    clock = FixedClock(NOW)

    run(file, FakePublisher(), clock)

    assert clock.slept == []


@pytest.mark.parametrize(("speed", "seconds"), [pytest.param(1.0, 60.0, id="real"), pytest.param(60.0, 1.0, id="60x")])
def test_speed_follows_the_time_between_events(file, speed, seconds):
    clock = FixedClock(NOW)

    report = run(file, FakePublisher(), clock, speed=speed)

    assert clock.slept == [seconds] * 9
    assert report.seconds == 9 * seconds


def test_event_is_on_the_broker_before_the_next_one_is_waited_for(file):
    publisher, clock = FakePublisher(), FixedClock(NOW)
    on_broker = []

    def sleep(seconds: float) -> None:
        on_broker.append(len(publisher.events))
        clock.sleep(seconds)

    with FileSource(file, "twcs", Connectors(), clock=clock) as source:
        replay(source, publisher, clock=clock, sleep=sleep, speed=1)

    assert on_broker == list(range(1, 10))


def test_rebase_moves_all_by_one_constant_so_that_the_last_is_now(file):
    publisher = FakePublisher()

    run(file, publisher, rebase=True)

    instants = [event.created_at for event in publisher.events]
    assert instants[-1] == NOW
    assert instants == [NOW - timedelta(minutes=9 - n) for n in range(10)]
    assert {event.received_at for event in publisher.events} == {NOW}


def test_resumed_replay_uses_the_same_shift_and_starts_where_it_left_off(file, tmp_path):
    position = PositionFile(tmp_path / "position.json", broker="b1")
    first, second = FakePublisher(killed_after=7), FakePublisher()
    with pytest.raises(Killed):
        run(file, first, rebase=True, speed=1, position=position)

    report = run(file, second, FixedClock(NOW + timedelta(days=5)), rebase=True, position=position)

    assert report.resumed_from == 7
    assert sorted(ids(first) + ids(second)) == sorted(f"x:{n}" for n in range(10))
    assert second.events[-1].created_at == NOW
    assert not position.path.exists()


def test_refused_record_stops_the_replay_and_the_position_stays_before_it(file, tmp_path):
    position = PositionFile(tmp_path / "position.json", broker="b1")
    with pytest.raises(BrokerError):
        run(file, FakePublisher(refuses=["x:5"]), position=position)
    second = FakePublisher()

    run(file, second, position=position)

    assert set(ids(second)) >= {f"x:{n}" for n in range(5, 10)}


@pytest.mark.parametrize(
    ("drained", "resumed_from"), [pytest.param(False, 0, id="lost"), pytest.param(True, 6, id="stored behind it")]
)
def test_broker_that_forgot_gets_again_what_was_not_stored_behind_it(file, tmp_path, drained, resumed_from):
    path = tmp_path / "position.json"
    with pytest.raises(Killed):
        run(file, FakePublisher(killed_after=6), speed=1, position=PositionFile(path, broker="b1"))
    if drained:
        mark_drained(path)

    report = run(file, FakePublisher(), position=PositionFile(path, broker="b2"))

    assert report.resumed_from == resumed_from


def test_drained_rows_stay_drained_when_a_later_run_dies(file, tmp_path):
    path = tmp_path / "position.json"
    with pytest.raises(Killed):
        run(file, FakePublisher(killed_after=6), speed=1, position=PositionFile(path, broker="b1"))
    mark_drained(path)
    with pytest.raises(Killed):
        run(file, FakePublisher(killed_after=3), speed=1, position=PositionFile(path, broker="b1"))

    report = run(file, FakePublisher(), position=PositionFile(path, broker="b2"))

    assert report.resumed_from == 6


def test_position_of_another_file_or_shift_is_not_used(file, tmp_path):
    position = PositionFile(tmp_path / "position.json", broker="b1")
    with pytest.raises(Killed):
        run(file, FakePublisher(killed_after=6), speed=1, position=position)
    assert run(file, FakePublisher(), rebase=True, position=position).resumed_from == 0
    with pytest.raises(Killed):
        run(file, FakePublisher(killed_after=6), speed=1, position=position)
    file.write_bytes(file.read_bytes() + twcs_row(99).encode())

    assert run(file, FakePublisher(), position=position).resumed_from == 0


def test_row_that_was_in_the_future_is_not_lost_when_the_replay_resumes_later(tmp_path):
    rows = [twcs_row(n, at=f"Tue Oct 31 22:{n:02d}:00 +0000 2017") for n in range(4)]
    file = write_twcs(tmp_path / "f.csv", [*rows, twcs_row(9, at="Tue Mar 03 00:00:00 +0000 2026")])
    position = PositionFile(tmp_path / "position.json", broker="b1")
    first, second = FakePublisher(killed_after=3), FakePublisher()
    with pytest.raises(Killed):
        run(file, first, speed=1, position=position)

    run(file, second, FixedClock(NOW + timedelta(days=9)), position=position)

    assert {f"x:{n}" for n in range(4)} <= {*ids(first), *ids(second)}
    assert len(first.letters) == 1


def test_garbage_in_the_position_file_starts_again(file, tmp_path):
    path = tmp_path / "position.json"
    path.write_bytes(b"{")

    assert run(file, FakePublisher(), position=PositionFile(path, broker="b1")).resumed_from == 0


def test_position_that_cannot_be_written_stops_before_anything_is_published(file, tmp_path):
    (tmp_path / "blocked").write_text("a file where a folder is needed")
    publisher = FakePublisher()

    with pytest.raises(ConfigError, match="cannot be written"):
        run(file, publisher, position=PositionFile(tmp_path / "blocked" / "position.json", broker="b1"))

    assert publisher.events == []


def test_progress_tells_bytes_read_then_rows_published(file):
    heard: list[Progress] = []

    run(file, FakePublisher(), progress=heard.append)

    assert [one.phase for one in heard] == ["reading", "reading", "publishing", "publishing"]
    assert (heard[1].done, heard[1].total) == (file.stat().st_size, file.stat().st_size)
    assert (heard[-1].done, heard[-1].total) == (12, 12)


def test_marking_drained_without_a_position_does_nothing(tmp_path):
    mark_drained(tmp_path / "none.json")

    assert not (tmp_path / "none.json").exists()
