"""Users of a ClickHouse server, as SQL."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from deploy.clickhouse.users import ROLES, passwords, statements
from deploy.clickhouse.views import views
from deploy.embedded.clickhouse.__main__ import parse_options
from deploy.embedded.clickhouse.arguments import user_arguments
from schemas.errors import ConfigError
from schemas.settings import ClickHouse, Settings
from schemas.tables import TABLES
from schemas.units import Secret

GOLDEN = Path(__file__).parents[2] / "golden"
LONG = Secret("long enough, and not told")
EVERY = dict.fromkeys(ROLES, LONG)


@pytest.mark.parametrize(("name", "cluster"), [("users.sql", False), ("users_cluster.sql", True)])
def test_the_rights_are_what_was_reviewed(name: str, cluster: bool):
    """`vigie migrate --users --print [--cluster] > tests/golden/NAME` rewrites it."""
    shown = "\n\n".join(f"{one.shown};" for one in statements(Settings(), cluster, EVERY)) + "\n"

    assert shown == (GOLDEN / name).read_text(encoding="utf-8")


def test_a_password_is_sent_as_its_hash_and_shown_as_its_variable():
    found = statements(Settings(), False, {"board": LONG})
    digest = sha256(LONG.reveal().encode()).hexdigest()

    assert sum(digest in one.sent for one in found) == 2
    assert not any(digest in one.shown or LONG.reveal() in one.shown + one.sent for one in found)


def test_a_short_password_is_refused_and_not_shown():
    with pytest.raises(ConfigError, match="fewer than 16") as caught:
        statements(Settings(), False, {"board": Secret("tiny")})

    assert "tiny" not in str(caught.value)


def test_only_users_with_a_password_are_made():
    assert passwords(ClickHouse(board_password=LONG)) == {"board": LONG}
    assert not any("vigie_ingest" in one.sent for one in statements(Settings(), False, {"board": LONG}))


def test_the_board_is_granted_views_and_no_table():
    (grant,) = (one.sent for one in statements(Settings(), False, {"board": LONG}) if one.sent.startswith("GRANT"))

    assert all(f"SELECT ON vigie.{view}" in grant for view in views(Settings()))
    assert not any(table.name in grant for table in TABLES)
    assert {table.view for table in TABLES} <= set(views(Settings()))


def test_who_ingests_is_granted_nothing_but_inserts():
    (grant,) = (one.sent for one in statements(Settings(), False, {"ingest": LONG}) if one.sent.startswith("GRANT"))

    assert all(right.startswith("INSERT ON vigie.raw_") for right in grant[len("GRANT ") : -len(" TO")].split(", "))


def test_the_canary_reads_no_text_and_writes_only_what_it_waits_for():
    (grant,) = (one.sent for one in statements(Settings(), False, {"canary": LONG}) if one.sent.startswith("GRANT"))

    rights = grant[len("GRANT ") : grant.index(" TO ")].split(", ")
    assert {right for right in rights if right.startswith("INSERT")} == {"INSERT ON vigie.raw_canaries"}
    assert not {"SELECT ON vigie.events", "SELECT ON vigie.conversations"} & set(rights)


def test_the_embedded_server_is_started_with_the_same_promise():
    settings = Settings(clickhouse=ClickHouse(password=LONG, board_password=LONG))
    arguments = user_arguments(settings)
    environ = {name: LONG.reveal() for name in ("VIGIE_CLICKHOUSE__PASSWORD", "VIGIE_CLICKHOUSE__BOARD_PASSWORD")}

    options = parse_options(["--path", "x", *arguments], environ)

    assert options.rim.users["default"].sha256
    assert options.rim.users["vigie_board"].role == "board"
    assert set(options.views) == {f"vigie.{view}" for view in views(settings)}
    assert LONG.reveal() not in " ".join(arguments)
    assert user_arguments(Settings()) == []


def test_settings_do_not_show_passwords():
    assert LONG.reveal() not in repr(msgspec.structs.replace(Settings(), clickhouse=ClickHouse(board_password=LONG)))
