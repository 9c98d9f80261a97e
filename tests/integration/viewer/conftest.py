"""One browser and one demo for all tests of the page."""

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.viewer.chromium import program
from tests.support.browsing import Tab, tab
from tests.support.system import running

_START_S = 90.0


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
        said: queue.Queue[str] = queue.Queue()
        assert process.stdout is not None
        reading = threading.Thread(target=lambda: [said.put(line) for line in process.stdout or ()], daemon=True)
        reading.start()
        heard, deadline = [], time.monotonic() + _START_S
        while time.monotonic() < deadline:
            heard.append(said.get(timeout=_START_S))
            if "boards: http" in heard[-1]:
                yield heard[-1].split("boards: ", 1)[1].strip()
                return
        pytest.fail(f"the demo named no address of its boards: {heard}")
