"""Two workers of the responses agent on the embedded broker, of which one stands still and comes back."""

from pathlib import Path

import pytest

from tests.support import archive
from tests.support.scenarios import a_worker_frozen
from tests.support.stand import standing

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.twin]


def test_a_worker_frozen_past_its_session_never_overwrites_its_successor(
    tmp_path: Path,
) -> None:
    file = tmp_path / "archive.csv"
    archive.write(file, conversations=1_200)
    with standing(tmp_path / "undisturbed") as stand:
        done = stand.replay(file)
        assert done.returncode == 0, done.stderr
        expected = stand.stored()

    with standing(tmp_path / "D") as stand:
        a_worker_frozen(stand, file)

        assert stand.stored().differences(expected) == ""
