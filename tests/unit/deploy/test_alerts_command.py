"""`vigie alerts` as a person types it: what it refuses, and with which sentence."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import cli
from deploy.alerts.reading import alert_of
from schemas import codec
from schemas.alert import Alert
from tests.support.builders import at, make_alert, make_event

Vigie = Callable[..., tuple[int, str, str]]
CARE = "VIGIE_NOTIFY__CHANNELS__CARE"


@pytest.fixture
def vigie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Vigie:
    """Run the command in an empty folder, with one channel and nothing else set."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("VIGIE_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv(CARE, "json://127.0.0.1:9/s3cret")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vigie", "alerts", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["list", "--state", "open"], "'open' is none of firing, acknowledged", id="unknown state"),
        pytest.param(["list", "--level", "warning"], "'warning' is none of warning_50", id="unknown level"),
        pytest.param(["snooze", "x:1"], "either --for or --until", id="snooze without end"),
        pytest.param(["snooze", "x:1", "--for", "1h", "--until", "2099-01-01T00:00Z"], "either", id="two ends"),
        pytest.param(["snooze", "x:1", "--for", "soon"], "'soon' is no duration or instant", id="no duration"),
        pytest.param(["snooze", "x:1", "--until", "2001-01-01T00:00Z"], "is not ahead", id="the past"),
        pytest.param(["snooze", "x:1", "--until", "2099-01-01T00:00"], "has no time zone", id="no zone"),
        pytest.param(["assign", "x:1", "--to", " "], "nobody is named", id="assigned to nobody"),
        pytest.param(["ack", "x:1"], "nothing runs here that could be told", id="nothing runs"),
        pytest.param(["list"], "there is no data in this folder", id="no store"),
        pytest.param(["dry-run", "nowhere.ndjson"], "the file cannot be read", id="no file"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(vigie: Vigie, arguments: list[str], says: str):
    code, out, err = vigie(*arguments)

    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_rehearsal_of_alerts_says_what_would_be_sent_and_sends_nothing(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "alerts.ndjson").write_bytes(codec.encode(make_alert()) + b"\n\n")

    code, out, err = vigie("dry-run", "alerts.ndjson")

    assert (code, err) == (0, "")
    assert "routed   mastodon:1:1:breach [default] → care (the first route)" in out
    assert "@ana has been waiting for 1 h on Mastodon" in out
    assert "Nothing was sent." in out
    assert "s3cret" not in out


def test_a_rehearsal_of_events_works_their_alerts_out(vigie: Vigie, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VIGIE_ENRICH__STEPS", "false")
    answer = make_event("2", role="brand", created_at=at("11:00"))
    Path(tmp_path, "events.ndjson").write_bytes(codec.encode(answer) + b"\n" + codec.encode(make_event()) + b"\n")

    code, out, _ = vigie("dry-run", "events.ndjson")

    assert code == 0
    assert "02 Mar 10:00:00  routed   mastodon:1:1:breach [default]" in out


def test_a_line_that_is_neither_is_named(vigie: Vigie, tmp_path: Path):
    Path(tmp_path, "x.ndjson").write_bytes(codec.encode(make_alert()) + b'\n{"event_id": "x:1"}\n')

    code, _, err = vigie("dry-run", "x.ndjson")

    assert code == 2
    assert "x.ndjson, line 2: the bytes are not of type Event" in err


def test_an_alert_is_read_from_whatever_columns_its_view_has():
    full = make_alert(waited_business_s=60.0, to="Nora", delegates=("Nora", "Paul"))
    row = {
        "alert_id": full.alert_id,
        "state": "firing",
        "level": "breach",
        "conversation_id": full.conversation_id,
        "turn": 1,
        "network": "mastodon",
        "fired_at": full.fired_at,
        "started_at": full.started_at,
        "target_seconds": 3600.0,
        "waited_seconds": 3600.0,
        "waited_business_seconds": 60.0,
        "addressee": "Nora",
        "delegates": ["Nora", "Paul"],
        "stored_at": full.fired_at,
    }

    found = alert_of(row)

    assert isinstance(found, Alert)
    assert (found.waited_s, found.waited_business_s, found.to, found.delegates) == (
        3600.0,
        60.0,
        "Nora",
        full.delegates,
    )
    assert found.policy == ""
