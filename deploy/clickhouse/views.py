"""The views that people read, by the migrations that make them. Pure."""

import re

from deploy.clickhouse.files import render
from schemas.settings import Settings

_VIEW = re.compile(r"^CREATE (?:VIEW IF NOT EXISTS|OR REPLACE VIEW) \w+\.(\w+)", re.MULTILINE)


def views(settings: Settings) -> tuple[str, ...]:
    """Their names, without the database, in the order in which they were made."""
    statements = (statement for migration in render(settings, False) for statement in migration.statements)
    return tuple(dict.fromkeys(name for statement in statements for name in _VIEW.findall(statement)))


def owned(settings: Settings, view: str, on_cluster: str) -> str:
    """The statement that lets a view read raw tables in the name of who migrates: its readers need no right on them."""
    return (
        f"ALTER TABLE {settings.clickhouse.database}.{view}{on_cluster} "
        "MODIFY SQL SECURITY DEFINER DEFINER = CURRENT_USER"
    )
