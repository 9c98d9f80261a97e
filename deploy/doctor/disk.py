"""Is there room where data is kept on this machine?"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from deploy.doctor.finding import Finding, Subject, ok

_LITTLE, _TOO_LITTLE = 0.10, 0.03
_GIGABYTE = 1e9


def examine(subject: Subject) -> Iterator[Finding]:
    """The data folder, or the nearest folder above it that is there."""
    folder = (subject.data_dir or Path(subject.settings.embedded.data_dir)).absolute()
    there = next(one for one in (folder, *folder.parents) if one.exists())
    usage = shutil.disk_usage(there)
    yield room(there, usage.free, usage.total)


def room(folder: Path, free: int, total: int) -> Finding:
    """What so much free room means."""
    share = free / total if total else 0.0
    cause = f"{free / _GIGABYTE:.1f} GB free of {total / _GIGABYTE:.1f} ({share:.0%}) at {folder}"
    if share >= _LITTLE:
        return ok("disk", cause)
    repair = "Make room, or keep less: [retention] in vigie.toml"
    return Finding(name="disk", verdict="warn" if share >= _TOO_LITTLE else "fail", cause=cause, repair=repair)
