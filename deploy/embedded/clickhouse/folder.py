"""One process per data folder: the engine's files do not survive two of them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import ProvisionError

_LOCK = "vigie.lock"


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Hold the data folder, making it if it is missing.

    Guarantee: the kernel drops the lock with the process, so a killed process leaves nothing to clean up.

    Raises:
        ProvisionError: another process holds it, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ProvisionError(
            f"the data folder cannot be used: {error.strerror}", where=str(folder), fix="Give a folder you may write to"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise ProvisionError(
                f"the data folder is in use by the process with pid {holder}",
                where=str(folder),
                fix="Stop that process, or give this one a folder of its own with --path",
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)
