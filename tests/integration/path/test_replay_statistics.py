"""Statistics per brand of a replayed archive against the same figures worked out in plain Python."""

import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import archive
from tests.support.brands import brand_of_each_tweet
from tests.support.complete import assert_complete
from tests.support.stand import PLAIN
from tests.support.system import rows, vigie
from tests.support.twcs import twcs_row, write_twcs

pytestmark = pytest.mark.integration

_REAL = Path(os.environ.get("TEST_DATA", "")) / "twcs_sample.csv"

_FIGURES = """
SELECT brand,
    quantileExactOrNull(0.5)(waited_seconds) AS answered_median,
    quantileExactOrNull(0.9)(waited_seconds) AS answered_p90,
    avg(waited_seconds <= 900) AS answered_share,
    quantileExactOrNull(0.5)(age_seconds) AS median, quantileExactOrNull(0.9)(age_seconds) AS p90,
    avg(age_seconds <= 900) AS share, toUnixTimestamp64Milli(now64(3)) / 1000 AS asked_at
FROM response_turns GROUP BY brand
"""


def _exact(values: list[float], share: float) -> float | None:
    ranked = sorted(values)
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else None


def _share(values: list[float]) -> float | None:
    return sum(value <= 900 for value in values) / len(values) if values else None


def _turns_per_brand(file: Path) -> dict[str, list[tuple[archive.Turn, datetime]]]:
    brands, started = brand_of_each_tweet(file), archive.instants(file)
    found: dict[str, list[tuple[archive.Turn, datetime]]] = defaultdict(list)
    for turn in archive.turns(file):
        tweet = turn.start.partition(":")[2]
        found[brands[tweet]].append((turn, started[tweet]))
    return found


def _assert_figures(data_dir: Path, turns: dict[str, list[tuple[archive.Turn, datetime]]]) -> None:
    found = {row["brand"]: row for row in rows(data_dir, _FIGURES)}
    assert set(found) == set(turns)
    for brand, of_brand in turns.items():
        row = found[brand]
        now = datetime.fromtimestamp(float(row["asked_at"]), UTC)
        answered = [turn.waited_s for turn, _ in of_brand if turn.waited_s is not None]
        ages = [(now - at).total_seconds() if turn.waited_s is None else turn.waited_s for turn, at in of_brand]
        assert row["answered_median"] == _exact(answered, 0.5), brand
        assert row["answered_p90"] == _exact(answered, 0.9), brand
        assert row["answered_share"] == (None if not answered else pytest.approx(_share(answered))), brand
        assert row["median"] == pytest.approx(_exact(ages, 0.5), abs=1), brand
        assert row["p90"] == pytest.approx(_exact(ages, 0.9), abs=1), brand
        assert row["share"] == pytest.approx(_share(ages)), brand


@pytest.mark.skipif(not _REAL.is_file(), reason="the public CSV is not here: name its folder in TEST_DATA")
def test_turns_and_figures_per_brand_of_real_conversations_equal_a_plain_count(tmp_path: Path) -> None:
    done = vigie("replay", _REAL, "--format", "twcs", "--until-done", "--data-dir", tmp_path / "D", **PLAIN)

    assert done.returncode == 0, done.stderr
    assert_complete(tmp_path / "D", _REAL, 2389)
    turns = _turns_per_brand(_REAL)
    assert len(turns) > 20
    _assert_figures(tmp_path / "D", turns)


def test_a_brand_that_never_answers_has_null_without_and_its_age_with_those_who_wait(tmp_path: Path) -> None:
    file = write_twcs(
        tmp_path / "archive.csv",
        [
            twcs_row(1, "AcmeHelp", at="Tue Oct 31 22:00:00 +0000 2017", text="we moved"),
            twcs_row(2, "900001", at="Tue Oct 31 22:10:00 +0000 2017", text="@AcmeHelp hello?", parent=1),
            twcs_row(3, "900002", at="Tue Oct 31 22:00:00 +0000 2017", text="@NordAide bonjour"),
            twcs_row(4, "NordAide", at="Tue Oct 31 22:15:00 +0000 2017", text="bonjour", parent=3),
        ],
    )

    done = vigie("replay", file, "--format", "twcs", "--until-done", "--data-dir", tmp_path / "D", **PLAIN)

    assert done.returncode == 0, done.stderr
    turns = _turns_per_brand(file)
    assert [[turn.waited_s for turn, _ in turns[brand]] for brand in ("AcmeHelp", "NordAide")] == [[None], [900.0]]
    _assert_figures(tmp_path / "D", turns)
