"""`vigie up` on one machine: the workers, and beside them what the settings ask for."""

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from deploy.companions import Companions
from deploy.processes import free_port
from tests.support.stand import PLAIN
from tests.support.system import rows, running, until

pytestmark = pytest.mark.integration

_TOKEN = "a-bearer-token-of-some-length"


def _commands(process: subprocess.Popen[str]) -> dict[str, int]:
    """The commands of `vigie` that run under a process, by their first word."""
    found: dict[str, int] = {}
    for child in psutil.Process(process.pid).children():
        words = child.cmdline() if child.status() != psutil.STATUS_ZOMBIE else []
        if "deploy.cli" in words:
            found[words[words.index("deploy.cli") + 1]] = child.pid
    return found


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/actions", timeout=1)
    except urllib.error.HTTPError:
        return True  # it says no to a request without a token, so it is there
    except OSError:
        return False
    return True


def test_sources_are_read_and_decisions_taken_and_who_is_killed_comes_back(tmp_path: Path) -> None:
    inbox, data_dir, port = tmp_path / "inbox", tmp_path / "D", free_port()
    inbox.mkdir()
    (inbox / "posts.ndjson").write_text(
        json.dumps(
            {
                "event_id": "x:1",
                "network": "x",
                "brand": "acme",
                "conversation_id": "x:1",
                "author": {"id": "ana", "role": "customer"},
                "text": "Where is my parcel?",
                "created_at": "2026-11-02T08:00:00Z",
                "received_at": "2026-11-02T08:00:01Z",
            }
        )
    )
    config = tmp_path / "vigie.toml"
    config.write_text(f'[[sources]]\nnetwork = "folder"\naccount = "{inbox}"\n')
    variables = {
        "VIGIE_CONFIG": str(config),
        "VIGIE_ACTIONS__TOKEN": _TOKEN,
        "VIGIE_ACTIONS__PORT": str(port),
        **PLAIN,
    }

    with running("up", "--data-dir", data_dir, **variables) as process:
        until(lambda: _answers(port), timeout_s=60, what="the server of decisions")
        os.kill(_commands(process)["actions"], signal.SIGKILL)
        until(lambda: not _answers(port), timeout_s=10, what="its end")
        until(lambda: _answers(port), timeout_s=30, what="the server of decisions again")
        until(
            lambda: rows(data_dir, "SELECT event_id FROM events") == [{"event_id": "x:1"}],
            timeout_s=60,
            what="the post of the folder",
        )


def test_what_cannot_run_with_these_settings_is_said_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_DATA", raising=False)  # of who runs the tests, and no setting
    with Companions({"connect": ("connect", "nowhere")}, tmp_path) as companions:
        until(companions.watch, timeout_s=30, what="a sentence")

        (sentence,) = companions.watch()

    assert sentence.startswith("connect cannot run with these settings: ")
    assert "nowhere" in sentence
