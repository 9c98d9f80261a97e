"""A network of its own for the chaos: each broker in a namespace, on a bridge, so that its cable can be pulled.

One more place on it is for a worker. The whole run moves into fresh namespaces first, of the network and of what is
mounted. Nothing of it is seen outside, and nothing is left.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from tests.support.kafka import LOOPBACK, Host

_INSIDE = "CHAOS_INSIDE"
_NET = "10.77.0"


def missing() -> str:
    """Why there can be no such network; empty when there can."""
    if os.geteuid() != 0:
        return "namespaces need root"
    absent = [program for program in ("unshare", "nsenter", "ip") if shutil.which(program) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


def move_in(module: str) -> None:
    """Start this module again in a namespace of its own, in place of this process; there, bring the loopback up."""
    if os.environ.get(_INSIDE):
        _ip("link set lo up")
    elif not missing():
        os.environ[_INSIDE] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--", sys.executable, "-m", module])


class Network:
    """A bridge, and one cable per broker."""

    def __init__(self) -> None:
        self._holders: list[subprocess.Popen[bytes]] = []

    def hosts(self, count: int) -> list[Host]:
        """So many places, each with a cable of its number."""
        if not os.environ.get(_INSIDE):
            return [LOOPBACK] * count
        _ip("link add bridge type bridge")
        _ip(f"addr add {_NET}.254/24 dev bridge")
        _ip("link set bridge up")
        return [self._host(number) for number in range(count)]

    def _host(self, number: int) -> Host:
        holder = subprocess.Popen(["unshare", "--net", "--", "sleep", "infinity"])  # keeps the namespace
        self._holders.append(holder)
        inside = ("nsenter", "--target", str(holder.pid), "--net", "--")
        _wait_for_namespace(holder.pid)
        _ip(f"link add cable{number} type veth peer name end{number}")
        _ip(f"link set end{number} netns {holder.pid}")
        _ip(f"link set cable{number} master bridge up")
        for line in (f"addr add {_NET}.{number + 1}/24 dev end{number}", f"link set end{number} up", "link set lo up"):
            _ip(line, inside)
        return Host(f"{_NET}.{number + 1}", inside)

    def cut(self, number: int) -> None:
        """Pull the cable of one place: packets vanish, nobody is told."""
        _ip(f"link set cable{number} down")

    def mend(self, number: int) -> None:
        """Plug it in again."""
        _ip(f"link set cable{number} up")

    def close(self) -> None:
        """Let the namespaces go."""
        for holder in self._holders:
            holder.kill()
            holder.wait()


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """The network for the length of a `with` block."""
    made = Network()
    try:
        yield made
    finally:
        made.close()


def _ip(line: str, inside: tuple[str, ...] = ()) -> None:
    subprocess.run([*inside, "ip", *line.split()], check=True)


def _wait_for_namespace(pid: int) -> None:
    """Until the child has left ours: then `sleep` runs, and the namespace stays."""
    while os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net"):
        os.sched_yield()
