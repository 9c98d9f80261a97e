"""A small disk for ClickHouse that can be filled: memory, mounted where its folder is."""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

SIZE_MB = 1024
LEAVE_BYTES = 160 << 20  # the embedded ClickHouse takes no insert below 256 MiB, and can finish one above 128 MiB


def missing() -> str:
    """Why there can be no such disk; empty when there can."""
    return "" if os.geteuid() == 0 else "mounting a disk needs root"


class Disk:
    """What is mounted at a folder, and the balloon that takes its room, all but `leave_bytes` of it."""

    def __init__(self, folder: Path, *, leave_bytes: int = LEAVE_BYTES) -> None:
        self.folder = folder
        self._leave_bytes = leave_bytes
        self._balloon = folder / "balloon"
        self._enough = threading.Event()
        self._filling = threading.Thread()

    def fill(self) -> None:
        """Leave hardly any room, and take what becomes free, until `free`."""
        self._enough.clear()
        self._fill()
        self._filling = threading.Thread(target=self._keep_full, daemon=True)
        self._filling.start()

    def free(self) -> None:
        """Give the room back."""
        self._enough.set()
        self._filling.join()
        self._balloon.unlink(missing_ok=True)

    def _keep_full(self) -> None:
        while not self._enough.wait(0.02):  # merges free some all the time
            self._fill()

    def _fill(self) -> None:
        with self._balloon.open("ab") as file, contextlib.suppress(OSError):  # what is written meanwhile takes some
            room = os.statvfs(self.folder)
            if (free := room.f_bavail * room.f_frsize - self._leave_bytes) > 0:
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Disk | None]:
    """A disk of its own at this folder for the length of a `with` block; None where it cannot be mounted.

    `make chaos` mounts it in a namespace of its own, so that it is gone with the run, however that ends.
    """
    folder.mkdir(parents=True)
    if missing():
        yield None
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)], check=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
