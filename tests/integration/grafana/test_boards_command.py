"""`vigie boards` as a person types it, against a Grafana of the tests."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.grafana_server import TOKEN, Fault, serving
from tests.support.grafana_server import Grafana as Server

pytestmark = pytest.mark.integration

Vigie = Callable[..., "subprocess.CompletedProcess[str]"]
TOML = """
language = "fr"
[grafana]
url = "{url}"
clickhouse_url = "native://clickhouse:9000"
[[calendars]]
name = "support"
time_zone = "Europe/Paris"
hours = ["mon-fri 09:00-17:00"]
[[contact_points]]
name = "care"
kind = "email"
quiet_outside = "support"
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as grafana:
        yield grafana


@pytest.fixture
def vigie(server: Server, tmp_path: Path) -> Vigie:
    """The real command, in a folder with settings."""
    (tmp_path / "vigie.toml").write_text(TOML.format(url=server.url))
    own = {
        "VIGIE_GRAFANA__TOKEN": TOKEN,
        "VIGIE_GRAFANA__CLICKHOUSE_PASSWORD": "reader-secret",
        "VIGIE_GRAFANA__ADDRESSES__CARE": "care@example.com",
        "NO_PROXY": "127.0.0.1",
    }
    environ = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")} | own

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(Path(sys.executable).with_name("vigie")), "boards", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
        for secret in (TOKEN, "reader-secret", "care@example.com"):
            assert secret not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def test_check_diff_push_diff_push(vigie: Vigie, server: Server):
    first = vigie("diff")
    assert first.returncode == 1
    assert "+ folder Vigie alerts" in first.stdout
    assert server.writes == []

    pushed = vigie("push")
    assert (pushed.returncode, pushed.stderr) == (0, "")
    assert "done: create notification policy vigie" in pushed.stdout
    assert re.search(r"^\d+ changes\.$", pushed.stdout, re.MULTILINE)
    assert {one for one in server.state.boards if not one.endswith("-fr")} == set()

    server.forget()
    same = vigie("diff")
    assert (same.returncode, same.stdout) == (0, "Nothing would change.\n")
    again = vigie("push")
    assert (again.returncode, again.stdout) == (0, "Nothing to change.\n")
    assert server.writes == []

    checked = vigie("check", "--json")
    assert checked.returncode == 0, checked.stdout
    assert '"name": "difference", "verdict": "ok"' in checked.stdout


def test_an_edited_board_stops_a_push_before_it_begins(vigie: Vigie, server: Server):
    assert vigie("push").returncode == 0
    server.state.boards["vigie-voice-fr"]["dashboard"]["title"] = "La mienne"
    server.state.folders["vigie-boards"]["title"] = "Other"
    server.forget()

    refused = vigie("push")
    shown = vigie("diff")

    assert refused.returncode == 2
    assert "vigie-voice-fr" in refused.stderr
    assert "--force" in refused.stderr
    assert server.writes == []
    assert (shown.returncode, "! board" in shown.stdout) == (1, True)
    assert vigie("push", "--force").returncode == 0
    assert server.state.boards["vigie-voice-fr"]["dashboard"]["title"] != "La mienne"


def test_a_push_that_fails_in_the_middle_is_finished_by_the_next(vigie: Vigie, server: Server):
    server.faults.append(Fault(method="PUT", path="/v1/provisioning/folder", times=1, status=403))

    failed = vigie("push")

    assert failed.returncode == 1
    assert "changes are done" in failed.stderr
    assert "vigie boards --help" in failed.stderr
    rest = vigie("push")
    assert (rest.returncode, rest.stdout.count("done: create rule group")) == (0, 2)
    assert vigie("diff").returncode == 0


def test_an_expired_token_is_one_sentence(vigie: Vigie, server: Server):
    server.token = "another"

    refused = vigie("push")

    assert refused.returncode == 1
    assert "HTTP 401" in refused.stderr
    assert "Make a new token" in refused.stderr


def test_export_writes_a_tree_and_asks_nobody(vigie: Vigie, server: Server, tmp_path: Path):
    done = vigie("export", "out", "--lang", "en", "--lang", "fr")

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out" / "dashboards").glob("*.json"))) == 10
    assert (tmp_path / "out" / "provisioning" / "alerting" / "vigie-mute-timings.yaml").is_file()
    assert server.sent == []
    texts = [path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert not [text for text in texts if "care@example.com" in text or "reader-secret" in text or TOKEN in text]


def test_a_language_that_is_none_is_refused(vigie: Vigie):
    assert vigie("export", "out", "--lang", "de").returncode == 2
