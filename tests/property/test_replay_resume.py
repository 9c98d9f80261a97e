"""A replay that is killed anywhere, any number of times, loses no row."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.source import FileSource
from connectors.positions import PositionFile
from connectors.replay import replay
from schemas.settings import Connectors
from tests.support.fakes import FakePublisher, FixedClock, Killed
from tests.support.twcs import twcs_row, write_twcs

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOOD, BROKEN = 30, 4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 20), max_size=6), st.sampled_from([None, 1.0, 60.0]), st.booleans())
def test_replay_killed_anywhere_loses_nothing(kills, speed, rebase):
    with tempfile.TemporaryDirectory() as folder:
        rows = [twcs_row(n, at=f"Tue Oct 31 22:{(n * 7) % GOOD:02d}:00 +0000 2017") for n in range(GOOD)]
        file = write_twcs(Path(folder, "f.csv"), [*rows, *[f"broken {n}" for n in range(BROKEN)]])
        publishers = [FakePublisher(killed_after=kill) for kill in kills] + [FakePublisher()]

        for run, publisher in enumerate(publishers):
            clock = FixedClock(NOW + timedelta(hours=run))
            try:
                with FileSource(file, "twcs", Connectors(), clock=clock) as source:
                    replay(
                        source, publisher, clock=clock, sleep=clock.sleep, speed=speed, rebase=rebase,
                        position=PositionFile(Path(folder, "position.json"), broker="b"),
                    )  # fmt: skip
                break
            except Killed:
                continue

        instants = {(event.event_id, event.created_at) for one in publishers for event in one.events}
        assert {event_id for event_id, _ in instants} == {f"x:{n}" for n in range(GOOD)}
        assert len(instants) == GOOD  # every run moved it by the same constant
        assert len({letter.dead_letter_id for one in publishers for letter in one.letters}) == BROKEN
