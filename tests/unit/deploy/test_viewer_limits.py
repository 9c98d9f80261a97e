"""Which settings the page sends with its queries, by what the store lets its user set."""

from clickhouse_connect.driver.models import SettingDef

from deploy.viewer.store import LIMIT_S, limits

NAMES = ("max_execution_time", "max_result_rows", "result_overflow_mode", "date_time_output_format")


def server(readonly: str, *, locked: tuple[str, ...] = ()) -> dict[str, SettingDef]:
    """The settings of a server as a user has them."""
    found = {name: SettingDef(name, "0", int(name in locked)) for name in NAMES}
    return {**found, "readonly": SettingDef("readonly", readonly, int(readonly != "0"))}


def test_who_may_write_promises_not_to():
    assert limits(server("0"))["readonly"] == 1


def test_who_may_not_write_is_not_asked_to_promise():
    assert limits(server("2")).keys() == set(NAMES)


def test_a_bound_of_the_server_is_never_raised():
    own = {**server("2"), "max_execution_time": SettingDef("max_execution_time", "2", 0)}
    wide = {**server("2"), "max_execution_time": SettingDef("max_execution_time", "60", 0)}

    assert limits(own)["max_execution_time"] == 2
    assert limits(wide)["max_execution_time"] == LIMIT_S


def test_what_is_locked_is_left_as_it_is():
    assert limits(server("1", locked=NAMES[1:])).keys() == {"max_execution_time"}
    assert limits(server("1", locked=NAMES)) == {}
