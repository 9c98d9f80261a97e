"""`vigie dead-letters` as a person types it: what it refuses, and with which sentence."""

import os
import sys
from pathlib import Path

import pytest

from deploy import cli


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["list", "--state", "lost"], "'lost' is none of open, retried, dropped, all", id="unknown state"),
        pytest.param(["list", "--stage", "brew"], "'brew' is none of connect, enrich", id="unknown stage"),
        pytest.param(["list", "--since", "soon"], "'soon' is no time", id="no time"),
        pytest.param(["list"], "there is no data in this folder", id="no store"),
        pytest.param(["retry"], "nothing says which", id="retry everything by accident"),
        pytest.param(["drop"], "nothing says which", id="drop everything by accident"),
        pytest.param(["retry", "--all"], "nothing runs here that could try again", id="nothing runs"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
):
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("VIGIE_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(sys, "argv", ["vigie", "dead-letters", *arguments])

    with pytest.raises(SystemExit) as stop:
        cli.main()

    said = capsys.readouterr()
    assert (stop.value.code, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1
