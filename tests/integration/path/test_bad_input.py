"""What a person gives by mistake: a clear sentence, the good rows stored, the bad ones dead letters, the exit code."""

from pathlib import Path

import pytest

from tests.support.archive import COLUMNS
from tests.support.system import rows, vigie

pytestmark = pytest.mark.integration

_HEAD = (",".join(COLUMNS) + "\n").encode()


def _row(number: int, text: bytes = b"hello there", at: bytes = b"Tue Oct 31 22:10:47 +0000 2017") -> bytes:
    return b"%d,1001,True,%s,%s,,\n" % (number, at, text)


def test_bad_rows_become_dead_letters_and_the_good_ones_are_stored(tmp_path: Path) -> None:
    file, data_dir = tmp_path / "mixed.csv", tmp_path / "D"
    file.write_bytes(
        _HEAD
        + _row(1)
        + b"2,1001,True,Tue Oct 31\n"
        + b'3,1001,True,Tue Oct 31 22:10:47 +0000 2017,"never closed,,\n'
        + _row(4, b"caf\xe9")
        + _row(5, b"x" * 1_000_000)
        + _row(6, at=b"Thu Jan 01 00:00:00 +0000 1970")
        + _row(7, at=b"Tue Oct 31 22:10:47 +0000 2097")
        + _row(8)
    )

    done = vigie("replay", file, "--format", "twcs", "--until-done", "--data-dir", data_dir)

    assert done.returncode == 3, done.stderr
    stored = rows(data_dir, "SELECT event_id FROM events ORDER BY event_id")
    assert [row["event_id"] for row in stored] == ["x:1", "x:8"]
    letters = rows(
        data_dir,
        "SELECT stage, source, source_offset AS line, reason, length(payload) AS bytes FROM dead_letters ORDER BY line",
    )
    assert [(row["stage"], row["source"], int(row["line"])) for row in letters] == [
        ("connect", "twcs:mixed.csv", line) for line in (3, 4, 5, 6, 7, 8)
    ]
    assert all(row["reason"].startswith(f"mixed.csv, line {row['line']}: ") for row in letters)
    assert int(letters[3]["bytes"]) > 1_000_000, "the dead letter keeps the row whole"
    assert "mixed.csv, line 3: the row has 4 columns, 7 are needed" in done.stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"id,who,what\n1,2,3\n", "Found: id, who, what", id="unknown columns"),
        pytest.param(b"", "the file is empty", id="empty file"),
        pytest.param(None, "there is no such file", id="missing file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "archive.csv"
    if content is not None:
        file.write_bytes(content)

    done = vigie("replay", file, "--format", "twcs", "--data-dir", tmp_path / "D")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert str(file) in done.stderr
    assert says in done.stderr
    assert not (tmp_path / "D").exists(), "nothing was started"
