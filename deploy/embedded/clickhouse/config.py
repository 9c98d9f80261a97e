"""The configuration the engine is started with: roles, limits, hidden tables.

The engine only knows the user `default` and cannot be told another one, so rights hang on roles of that user: a
connection takes one of them with `SET ROLE` and everything it runs is checked by the engine's own access control.
Measured on chdb 4.4 (26.9): `CREATE USER` finds no writable access storage and `EXECUTE AS` stays disabled whatever the
configuration says, while roles, row policies and constraints from a users file are enforced.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.clickhouse.users import Role
from schemas.errors import ConfigError

OWNER: Role = "owner"
READER: Role = "reader"
BOARD: Role = "board"

# What a reader may see of the database `system`: what drivers and Grafana's query builder ask for. The rest shows
# other people's queries, paths or errors. `tables`, `columns` and `databases` are filtered by right anyway.
VISIBLE_SYSTEM_TABLES = frozenset(
    {
        "aggregate_function_combinators",
        "collations",
        "columns",
        "contributors",
        "data_type_families",
        "databases",
        "formats",
        "functions",
        "keywords",
        "licenses",
        "numbers",
        "numbers_mt",
        "one",
        "primes",
        "settings",
        "table_engines",
        "table_functions",
        "tables",
        "time_zones",
        "zeros",
        "zeros_mt",
    }
)

# Settings a reader may not touch: they read files (templates, schemas), run an expression from a string, or change
# the parser the statement was judged with.
FIXED_SETTINGS = (
    "additional_result_filter",
    "additional_table_filters",
    "allow_experimental_kusto_dialect",
    "allow_experimental_prql_dialect",
    "dialect",
    "format_schema",
    "format_schema_source",
    "format_template_resultset",
    "format_template_row",
    "implicit_select",
    "parallel_replicas_custom_key",
    "readonly",
)

# With less room than this on its disk the engine merges nothing: on one that was full to the last byte it left parts
# that nobody could read (chdb 4.4, ClickHouse 26.9). Inserts are refused before that, see `Connection.insert`.
KEEP_FREE_BYTES = 128 << 20
INSERT_ROOM_BYTES = 2 * KEEP_FREE_BYTES

_VIEW = re.compile(r"\w+\.\w+")  # it becomes part of a GRANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one query may use. 0 means no limit for the owner; a reader always has one."""

    seconds: int = 0
    reader_seconds: int = 60
    memory_bytes: int = 4 << 30
    board_rows: int = 1_000_000


def write(limits: Limits, system_tables: Iterable[str], views: Sequence[str]) -> str:
    """Write the engine's configuration into the working directory and return the name of the file to start with.

    Raises:
        ConfigError: a view is not named `database.name`.
    """
    for view in views:
        if not _VIEW.fullmatch(view):
            raise ConfigError("a view is named database.name", where=f"--view {view}")
    users = Path("vigie-users.xml")
    users.write_text(_users(limits, sorted(set(system_tables) - VISIBLE_SYSTEM_TABLES), views), encoding="utf-8")
    config = Path("vigie-engine.xml")
    config.write_text(
        "<clickhouse>"
        f"<users_config>{users}</users_config>"
        "<max_server_memory_usage_to_ram_ratio>0.6</max_server_memory_usage_to_ram_ratio>"
        "<storage_configuration><disks><default>"
        f"<keep_free_space_bytes>{KEEP_FREE_BYTES}</keep_free_space_bytes></default></disks></storage_configuration>"
        "</clickhouse>\n",
        encoding="utf-8",
    )
    return config.name


def reader_settings(limits: Limits, role: Role) -> dict[str, str]:
    """What the connection of a reader or of a board starts with; the engine keeps it from being lifted."""
    settings = {
        "readonly": "2",
        "max_execution_time": str(limits.reader_seconds),
        "max_memory_usage": str(limits.memory_bytes),
    }
    return settings | ({"max_result_rows": str(limits.board_rows)} if role == BOARD else {})


def _users(limits: Limits, hidden: Iterable[str], views: Iterable[str]) -> str:
    fixed = "".join(f"<{name}><const/></{name}>" for name in FIXED_SETTINGS)
    policies = "".join(f"<{table}><filter>has(currentRoles(), '{OWNER}')</filter></{table}>" for table in hidden)
    constraints = f"""{fixed}
      <max_execution_time><min>1</min><max>{limits.reader_seconds}</max></max_execution_time>
      <max_memory_usage><min>1</min><max>{limits.memory_bytes}</max></max_memory_usage>"""
    rows = f"<max_result_rows><min>1</min><max>{limits.board_rows}</max></max_result_rows>"
    rows += "<result_overflow_mode><const/></result_overflow_mode>"
    shown = "".join(f"<query>GRANT SELECT ON {view}</query>" for view in views)
    return f"""<clickhouse>
<profiles>
  <default>
    <readonly>0</readonly>
    <implicit_select>0</implicit_select>
    <max_execution_time>{limits.seconds}</max_execution_time>
    <max_memory_usage>{limits.memory_bytes}</max_memory_usage>
  </default>
  <{READER}>
    <constraints>
      {constraints}
    </constraints>
  </{READER}>
  <{BOARD}>
    <constraints>
      {constraints}
      {rows}
    </constraints>
  </{BOARD}>
</profiles>
<roles>
  <{OWNER}><grants>
    <query>GRANT ALL ON *.*</query><query>REVOKE SYSTEM SHUTDOWN ON *.*</query>
  </grants></{OWNER}>
  <{READER}><grants><query>GRANT SHOW, SELECT ON *.*</query></grants></{READER}>
  <{BOARD}><grants>{shown}</grants></{BOARD}>
</roles>
<users><default>
  <password></password>
  <profile>default</profile><quota>default</quota>
  <networks><ip>::/0</ip></networks>
  <grants><query>GRANT {OWNER}, {READER}, {BOARD}</query></grants>
  <databases><system>{policies}</system></databases>
</default></users>
<quotas><default/></quotas>
</clickhouse>
"""
