"""The clock of the stack's workers, which a fault can step: `wallclock.c` in front of their C library.

Only the wall clock is stepped, as when a machine's time is corrected: the monotonic clock goes on. Brokers,
ClickHouse, the connector and workers that are added keep the right time.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_SOURCE = Path(__file__).with_name("wallclock.c")


def missing() -> str:
    """Why clocks cannot be stepped; empty when they can."""
    if sys.platform != "linux":
        return "LD_PRELOAD is of Linux"
    return "" if shutil.which("cc") else "no C compiler is installed"


class WallClock:
    """What the workers take for the time: the right one, and so many seconds.

    Args:
        folder: where it is kept; each needs one of its own.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._file = folder / "ahead_s"
        self._library = folder / "wallclock.so"
        self._file.write_bytes(bytes(8))
        if not missing():
            command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(_SOURCE), "-ldl"]
            subprocess.run(command, check=True)

    def variables(self) -> Mapping[str, str]:
        """The environment in which a process follows this clock; empty where that cannot be."""
        return {} if missing() else {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}

    def step(self, seconds: int) -> None:
        """From now on the clock is so far ahead of the right time; with less than 0, behind."""
        file = os.open(self._file, os.O_WRONLY)  # in place: the processes have it in their memory
        try:
            os.pwrite(file, seconds.to_bytes(8, sys.byteorder, signed=True), 0)
        finally:
            os.close(file)
