"""`vigie demo` and `vigie up`, as a newcomer meets them."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from streams.worker import AGENTS
from tests.support.stand import PLAIN, is_ready
from tests.support.system import family, rows, running, state, until, vigie

pytestmark = pytest.mark.integration


def test_demo_without_a_terminal_stops_by_itself_and_sums_up(tmp_path: Path) -> None:
    summary, data_dir = tmp_path / "summary.json", tmp_path / "D"

    done = vigie("demo", "--for", "30s", "--summary", summary, "--data-dir", data_dir)

    assert done.returncode == 0, done.stderr
    seen = json.loads(summary.read_bytes())
    assert seen["events_published"] == seen["events_stored"] > 1_000
    assert seen["duplicates_stored"] == seen["dead_letters"] == 0
    assert seen["conversations"] > 300
    assert seen["turns_answered"] > 200
    assert seen["turns_waiting"] > 100
    assert seen["alerts_by_level"]["breach"] > 100
    assert 0 < seen["seconds_to_first_row"] < 30
    assert set(seen["event_to_row_seconds"]) == {"p50", "p99"}
    (told,) = rows(data_dir, "SELECT count() AS events, uniqExact(network) AS networks FROM events")
    assert int(told["events"]) == seen["events_stored"]
    assert int(told["networks"]) >= 6
    assert "vigie sql --data-dir" in done.stdout


def test_interrupted_demo_ends_within_five_seconds_and_leaves_no_process(tmp_path: Path) -> None:
    data_dir = tmp_path / "D"
    with running("demo", "--data-dir", data_dir) as process:
        until(lambda: len(state(data_dir).get("workers", [])) == len(AGENTS), timeout_s=60, what="the workers")
        time.sleep(1)
        below = family(process.pid)

        interrupted_at = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        took_s = time.monotonic() - interrupted_at

    assert len(below) >= 6
    assert not [pid for pid in below if psutil.pid_exists(pid)]
    assert took_s < 5.0


def test_processes_end_when_the_command_that_started_them_is_killed(tmp_path: Path) -> None:
    data_dir = tmp_path / "D"
    with running("up", "--data-dir", data_dir, **PLAIN) as process:
        until(lambda: len(state(data_dir).get("workers", [])) == len(AGENTS), timeout_s=60, what="the workers")
        below = family(process.pid)

        process.kill()
        process.wait()

        until(lambda: not any(map(psutil.pid_exists, below)), timeout_s=10, what="no process left")
    again = vigie("sql", "--data-dir", data_dir, "SELECT count() FROM events")
    assert again.returncode == 0, "the folder of a killed stack opens again"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """One stack for the tests of its group, each of which leaves it running."""
    data_dir = tmp_path_factory.mktemp("up") / "D"
    with running("up", "--data-dir", data_dir, **PLAIN) as process:
        until(lambda: len(state(data_dir).get("workers", [])) == len(AGENTS), timeout_s=60, what="the workers")
        yield process, data_dir


@pytest.mark.xdist_group("up")
def test_nothing_listens_on_another_address_than_loopback(stack: tuple[subprocess.Popen[str], Path]) -> None:
    process, data_dir = stack
    until(lambda: all(_is_ready(one["health"]) for one in state(data_dir)["workers"]), timeout_s=60, what="all workers")

    listening = [
        connection.laddr
        for pid in family(process.pid)
        for connection in psutil.Process(pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]

    assert len(listening) >= 2 + len(AGENTS)
    assert {address.ip for address in listening} == {"127.0.0.1"}


def _is_ready(address: str) -> bool:
    return is_ready(int(address.rpartition(":")[2]))


@pytest.mark.xdist_group("up")
def test_a_second_stack_on_a_folder_is_refused_and_harms_nothing(stack: tuple[subprocess.Popen[str], Path]) -> None:
    _, data_dir = stack

    second = vigie("up", "--data-dir", data_dir)

    assert second.returncode == 2
    assert "a stack already runs on this folder" in second.stderr
    assert rows(data_dir, "SELECT count() AS events FROM events") == [{"events": 0}]


@pytest.mark.xdist_group("up")
def test_clickhouse_is_started_again_when_it_dies(stack: tuple[subprocess.Popen[str], Path]) -> None:
    process, data_dir = stack
    port = int(state(data_dir)["clickhouse"].rpartition(":")[2])
    (victim,) = [
        pid
        for pid in family(process.pid)
        if any(found.laddr.port == port for found in psutil.Process(pid).net_connections(kind="tcp") if found.laddr)
        and "deploy.embedded.clickhouse" in psutil.Process(pid).cmdline()
    ]

    psutil.Process(victim).kill()

    until(lambda: vigie("sql", "--data-dir", data_dir, "SELECT 1").returncode == 0, timeout_s=30, what="an answer")
    assert process.poll() is None
