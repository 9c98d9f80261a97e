"""Who may do what on a ClickHouse server, as SQL: one user inserts, one reads the views, one looks for test events, one
owns the database. Pure.

Passwords are sent as SHA-256 only. They are long by rule, since the hash has no salt. Each statement may run again: it
replaces rights and password, and there is no moment without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from deploy.clickhouse.views import views
from schemas.errors import ConfigError
from schemas.settings import ClickHouse, Settings
from schemas.tables import CANARIES, DEAD_LETTERS, TABLES
from schemas.units import Secret

Role = Literal["ingest", "board", "canary", "admin"]
ROLES: tuple[Role, ...] = ("ingest", "board", "canary", "admin")
MIN_PASSWORD_CHARS = 16

SECONDS, MEMORY_BYTES, RESULT_ROWS, READ_ROWS, AT_ONCE = 60, 4 << 30, 1_000_000, 2_000_000_000, 20

# Grafana's plug-in sets max_execution_time with every query and fails when it may not.
_BOARD_LIMITS = (
    "readonly = 1",
    f"max_execution_time = {SECONDS} MIN 1 MAX {SECONDS} CHANGEABLE_IN_READONLY",
    f"max_memory_usage = {MEMORY_BYTES} CONST",
    f"max_result_rows = {RESULT_ROWS} CONST",
    "result_overflow_mode = 'throw' CONST",
    f"max_rows_to_read = {READ_ROWS} CONST",
    f"max_concurrent_queries_for_user = {AT_ONCE} CONST",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement: as it is shown, and as it is sent, with the hash of a password in it."""

    shown: str
    sent: str


def user_name(role: Role) -> str:
    """The name of the user who has this role."""
    return f"vigie_{role}"


def passwords(clickhouse: ClickHouse) -> dict[Role, Secret]:
    """The passwords that are set, by role."""
    given: dict[Role, Secret] = {
        "ingest": clickhouse.ingest_password,
        "board": clickhouse.board_password,
        "canary": clickhouse.canary_password,
        "admin": clickhouse.admin_password,
    }
    return {role: password for role, password in given.items() if password}


def statements(settings: Settings, cluster: bool, given: Mapping[Role, Secret]) -> list[Statement]:
    """What makes the users with these passwords, or brings them up to date.

    Raises:
        ConfigError: a password is too short.
    """
    on_cluster = f" ON CLUSTER '{settings.clickhouse.cluster or '{cluster}'}'" if cluster else ""
    found = [
        Statement(shown=text, sent=text)
        for text in (
            [f"CREATE SETTINGS PROFILE OR REPLACE vigie_board{on_cluster} SETTINGS {', '.join(_BOARD_LIMITS)}"]
            if "board" in given
            else []
        )
    ]
    for role, password in given.items():
        name = user_name(role)
        _check(role, password)
        profile = " SETTINGS PROFILE 'vigie_board'" if role == "board" else ""
        for verb in ("CREATE USER IF NOT EXISTS", "ALTER USER"):
            shown, digest = f"SHA-256 of {_variable(role)}", sha256(password.reveal().encode()).hexdigest()
            text = f"{verb} {name}{on_cluster} IDENTIFIED WITH sha256_hash BY '{shown}'{profile}"
            found.append(Statement(shown=text, sent=text.replace(shown, digest)))
        rights = ", ".join(_rights(role, settings, cluster))
        text = f"GRANT{on_cluster} {rights} TO {name} WITH REPLACE OPTION"
        found.append(Statement(shown=text, sent=text))
    return found


def _rights(role: Role, settings: Settings, cluster: bool) -> list[str]:
    database = settings.clickhouse.database
    if role == "board":
        return [f"SELECT ON {database}.{view}" for view in views(settings)]
    if role == "ingest":
        names = [table.name for table in TABLES]
        return [f"INSERT ON {database}.{name}" for name in (*names, *(f"{one}_local" for one in names if cluster))]
    if role == "canary":
        return [
            *(f"SELECT ON {database}.{view}" for view in (CANARIES.view, DEAD_LETTERS.view)),
            *(f"INSERT ON {database}.{CANARIES.name}{suffix}" for suffix in (("", "_local") if cluster else ("",))),
            f"SHOW TABLES ON {database}.*",  # of system.parts a user sees the tables that may be shown
            "SELECT ON system.parts",
        ]
    system = ("mutations", "merges", "parts", "replicas") if cluster else ("mutations", "merges", "parts")
    return [
        f"ALL ON {database}.*",
        *(f"SELECT ON system.{table}" for table in system),
        *(["CLUSTER ON *.*"] if cluster else []),
    ]


def _check(role: Role, password: Secret) -> None:
    if len(password.reveal()) < MIN_PASSWORD_CHARS:
        raise ConfigError(
            f"the password of {user_name(role)} has fewer than {MIN_PASSWORD_CHARS} characters",
            where=_variable(role),
            fix="Take a random one: openssl rand -base64 24",
        )


def _variable(role: Role) -> str:
    return f"VIGIE_CLICKHOUSE__{role.upper()}_PASSWORD"
