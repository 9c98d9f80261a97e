"""Finding: what one check of `vigie doctor` or `vigie boards check` found, and how to repair it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.errors import VigieError
from schemas.settings import Settings

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`cause` says what was seen, also when all is well; `repair` what to do, empty when there is nothing to do."""

    name: str
    verdict: Verdict
    cause: str
    repair: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is examined.

    Args:
        folder: beside vigie.toml. data_dir: a data folder that was named by hand, which goes before what is set.
    """

    settings: Settings
    folder: Path
    data_dir: Path | None = None


def ok(name: str, cause: str) -> Finding:
    """All is well."""
    return Finding(name=name, verdict="ok", cause=cause)


def failed(name: str, error: VigieError) -> Finding:
    """The check ended in an error."""
    where = f" ({error.where})" if error.where else ""
    return Finding(name=name, verdict="fail", cause=f"{error.what}{where}", repair=error.fix)
