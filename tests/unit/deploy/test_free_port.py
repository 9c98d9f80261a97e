"""A port that is given away for a child: nobody else gets it, and the child may listen on it."""

import socket
import subprocess
import sys

import pytest

from deploy.processes import free_port


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_port()
    drawn = iter([first, first, first + 1, first + 2, first + 3])
    monkeypatch.setattr("random.randrange", lambda *_: next(drawn))

    assert free_port() > first


def test_another_process_does_not_get_a_port_that_is_given_away_but_not_yet_listened_on() -> None:
    port = free_port()
    ask = (
        f"import itertools, random; drawn = itertools.count({port});"
        "random.randrange = lambda *_: next(drawn);"
        "from deploy.processes import free_port; print(free_port())"
    )

    other = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)

    assert int(other.stdout) > port


def test_a_child_listens_on_the_port_and_once_more_after_it_was_killed() -> None:
    port = free_port()
    listen = (
        "import socket, sys;"
        f"server = socket.create_server(('127.0.0.1', {port})); print('up', flush=True); sys.stdin.read()"
    )

    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "up\n"
            socket.create_connection(("127.0.0.1", port)).close()
            child.kill()
