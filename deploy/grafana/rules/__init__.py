"""One file per alert rule. Each offers `rules(settings)`: none, one, or one for each watch of its kind."""

import importlib
import pkgutil

from deploy.grafana.rules.base import Rule
from schemas.settings import Settings


def kinds() -> tuple[str, ...]:
    """The names of the files, which are the headings of RUNBOOK.md."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name != "base"))


def rules(settings: Settings) -> tuple[Rule, ...]:
    """Every rule of these settings."""
    found: list[Rule] = []
    for kind in kinds():
        found += importlib.import_module(f"{__name__}.{kind}").rules(settings)
    return tuple(found)
