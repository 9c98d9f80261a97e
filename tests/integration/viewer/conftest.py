"""One browser and one demo for all tests of the page."""

import json
import queue
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from deploy.viewer.chromium import program
from tests.support.browsing import Tab, tab
from tests.support.system import running, until

_START_S = 90.0
_WAITING = 250  # customers, once the history of the sample is in


def waiting(address: str) -> int:
    """How many customers wait, as the board says."""
    until_ms = int(time.time() * 1000)
    period = f"from={until_ms - 86_400_000}&to={until_ms}"
    with urllib.request.urlopen(f"{address}/api/boards/vigie-leadership/answers?{period}", timeout=20) as told:
        answers = [json.loads(line) for line in told]
    return int(next(one["rows"][0][0] for one in answers if one.get("panel") == 5 and "rows" in one))


@pytest.fixture(scope="session")
def browser() -> Iterator[Tab]:
    with tab() as opened:
        yield opened


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "D"


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> Iterator[str]:
    """The address of the boards of a running demo, as it prints it."""
    if program() is None:
        pytest.skip("NOT RUN in a browser: there is no Chromium on the PATH (apt-get install chromium)")
    with running("demo", "--data-dir", demo_folder) as process:
        address = _named_by(process.stdout)
        until(lambda: waiting(address) > _WAITING, timeout_s=_START_S, what="the history of the demo")
        yield address


def _named_by(output: IO[str] | None) -> str:
    """The address that the demo prints; what it says afterwards is read too, or it would wait for a reader."""
    assert output is not None
    said: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: [said.put(line) for line in output], daemon=True).start()
    heard = []
    while True:
        try:
            heard.append(said.get(timeout=_START_S))
        except queue.Empty:
            pytest.fail(f"the demo named no address of its boards: {heard}")
        if "boards: http" in heard[-1]:
            return heard[-1].split("boards: ", 1)[1].strip()
