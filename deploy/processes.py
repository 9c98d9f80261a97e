"""Child processes that never outlive their parent, and write what they say into a file."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigError, ProvisionError

_FIRST_PORT, _LAST_PORT = 20_000, 32_768  # Linux hands out ports from 32768 on, other systems from 49152 on
_PR_SET_PDEATHSIG = 1  # prctl(2), Linux
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(slots=True, kw_only=True)
class Child:
    """A running process of the stack."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    begun_at: int = 0

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def last_words(self, lines: int = 3) -> str:
        """The end of what it wrote into its log, for an error message."""
        try:
            text = self.log.read_bytes()[self.begun_at :][-4000:].decode("utf-8", "replace").strip()
        except OSError:
            return ""
        return " | ".join(text.splitlines()[-lines:])


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(name: str, command: Sequence[str], *, log: Path, environ: Mapping[str, str] | None = None) -> Child:
    """Start a process in a session of its own, so that Ctrl-C reaches only the parent, which stops it in order."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        begun_at = out.tell()
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    return Child(name=name, process=process, log=log, begun_at=begun_at)


def stop(children: Sequence[Child], *, grace_s: float) -> None:
    """End processes together: first asked, then, after `grace_s` seconds, killed."""
    for child in children:
        if child.alive:
            child.process.terminate()
    deadline = time.monotonic() + grace_s
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def free_port() -> int:
    """A loopback port for a child to listen on; nobody else who asks here, in any process, is given the same.

    It lies below the ports that the system hands out by itself, so that no connection which is opened before the
    child listens takes it away. It stays bound here, without listening, until this process ends: a child may listen
    on it, since servers set SO_REUSEADDR and we do once it is ours, but the next bind without that option fails.
    """
    while True:
        port, holder = random.randrange(_FIRST_PORT, _LAST_PORT), socket.socket()
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            holder.close()
            continue
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.detach()  # nobody closes it before this process ends
        return port


def require_free(port: int, what: str) -> None:
    """Refuse a port that somebody listens on: whoever it is would be taken for ours.

    Raises:
        ConfigError: the port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigError(
                f"port {port} is in use", where=what, fix="Stop what listens there, or set another; 0 takes a free one."
            ) from error


def wait_for_port(child: Child, port: int, *, timeout_s: float) -> None:
    """Return once the child listens.

    Raises:
        ProvisionError: it ended, or did not listen in time.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if not child.alive:
            raise ProvisionError(
                f"{child.name} ended at once: {child.last_words()}", where=str(child.log), fix="Read its log."
            )
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0 and child.alive:
                return
        time.sleep(0.02)
    raise ProvisionError(f"{child.name} did not listen within {timeout_s:.0f} s", where=str(child.log))
