"""`vigie board`, as a person starts it: on loopback only, pictures, and what it says when it cannot."""

import os
import re
import signal
import socket
import struct
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from deploy.grafana.boards import BOARDS
from deploy.viewer.chromium import program
from tests.support.system import running, vigie

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the tables of Vigie and nothing in them."""
    made = tmp_path_factory.mktemp("data") / "D"
    done = vigie("migrate", "--data-dir", made)
    assert done.returncode == 0, done.stderr
    return made


def test_it_serves_on_loopback_until_it_is_stopped(folder: Path):
    with running("board", "--data-dir", folder, "--port", "0", "--no-open") as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        with urllib.request.urlopen(address, timeout=10) as answer:
            assert "/d/vigie-leadership" in answer.url
            assert b"<main" in answer.read()
        listening = [
            connection.laddr.ip
            for one in (psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True))
            for connection in one.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=20)

    assert set(listening) == {"127.0.0.1"}
    assert code == 0
    assert time.monotonic() - began < 10


def test_a_port_that_is_taken_is_named_with_the_way_out(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = vigie("board", "--data-dir", folder, "--port", port, "--no-open")

    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_data_is_named_with_the_way_out(tmp_path: Path):
    done = vigie("board", "--data-dir", tmp_path / "nothing", "--no-open")

    assert done.returncode == 2
    assert "there is no data in this folder" in done.stderr


def test_without_a_browser_pictures_name_what_to_install(folder: Path, tmp_path: Path):
    done = vigie("board", "--data-dir", folder, "--png", tmp_path, PATH="/nowhere")

    assert done.returncode == 2
    assert "apt-get install chromium" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_pictures_of_every_board_are_written_even_before_there_is_data(folder: Path, tmp_path: Path):
    if program() is None:
        pytest.skip("NOT RUN in a browser: there is no Chromium on the PATH (apt-get install chromium)")

    done = vigie("board", "--data-dir", folder, "--png", tmp_path / "P", "--lang", "fr")

    assert done.returncode == 0, done.stderr
    written = sorted((tmp_path / "P").iterdir())
    assert [str(path) for path in written] == sorted(done.stdout.split())
    assert len(written) == 2 * len(BOARDS)
    widths = {re.search(r"(-phone)?\.png$", path.name)[1]: _width(path) for path in written}  # type: ignore[index]
    assert widths == {None: 1600, "-phone": 390}
    assert all(os.path.getsize(path) > 5_000 for path in written)


def _width(path: Path) -> int:
    width: int = struct.unpack(">I", path.read_bytes()[16:20])[0]
    return width
