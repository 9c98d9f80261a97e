"""`vigie doctor`: one file per part of the system, each with `examine(subject)`, found by listing the folder."""

import importlib
import pkgutil
from collections.abc import Iterator

from deploy.doctor.finding import Finding, Subject


def parts() -> tuple[str, ...]:
    """The parts of the system that are looked at."""
    return tuple(
        sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in ("finding", "showing"))
    )


def examine(subject: Subject) -> Iterator[Finding]:
    """Look at every part."""
    for part in parts():
        yield from importlib.import_module(f"{__name__}.{part}").examine(subject)
