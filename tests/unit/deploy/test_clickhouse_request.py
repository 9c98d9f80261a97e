"""The parts of a request as a statement."""

import base64

import pytest

from deploy.embedded.clickhouse.errors import EngineError
from deploy.embedded.clickhouse.request import Statement, credentials, statement, transport


def make(query: str = "", body: bytes = b"", *, method: str = "POST", **params: str) -> Statement:
    given = ({"query": query} if query else {}) | params
    return statement(method, given.items(), {}, body)


def test_url_parameters_are_settings_unless_they_are_of_the_interface() -> None:
    made = make("SELECT {x:Int8}", max_threads="2", param_x="7", database="signal", session_id="s", query_id="q")

    assert (made.settings, made.parameters, made.database) == ({"max_threads": "2"}, {"x": "7"}, "signal")


def test_insert_keeps_its_data_apart() -> None:
    made = make("INSERT INTO t FORMAT CSV", b"1\n2\n")

    assert made.data is not None
    assert (made.text, made.input_format, bytes(made.data)) == (b"INSERT INTO t", "CSV", b"1\n2\n")


def test_statement_shows_neither_text_nor_data() -> None:
    shown = repr(make("INSERT INTO t VALUES ('jane')", param_x="jane"))

    assert "jane" not in shown


@pytest.mark.parametrize(
    ("method", "params", "readonly"),
    [
        ("GET", {}, True),
        ("POST", {}, False),
        ("POST", {"readonly": "1"}, True),
        ("POST", {"readonly": "2"}, True),
        ("POST", {"readonly": "0"}, False),
    ],
)
def test_get_and_the_setting_make_a_request_read_only(method: str, params: dict[str, str], readonly: bool) -> None:
    made = statement(method, {"query": "SELECT 1", **params}.items(), {}, b"")

    assert made.readonly is readonly
    assert "readonly" not in made.settings


@pytest.mark.parametrize(
    ("params", "name"),
    [
        pytest.param({}, "SYNTAX_ERROR", id="nothing to run"),
        pytest.param({"query": "SELECT 1", "a = 1, b": "1"}, "UNKNOWN_SETTING", id="a setting that is no name"),
        pytest.param({"query": "SELECT 1", "role": "owner"}, "UNKNOWN_ROLE", id="a role"),
    ],
)
def test_what_cannot_be_a_statement_is_refused(params: dict[str, str], name: str) -> None:
    with pytest.raises(EngineError) as raised:
        statement("POST", params.items(), {}, b"")

    assert raised.value.name == name


@pytest.mark.parametrize("timeout", ["0", "3601", "x"])
def test_session_timeout_has_bounds(timeout: str) -> None:
    with pytest.raises(EngineError):
        transport({"session_id": "s", "session_timeout": timeout}, "q")


def test_session_is_described_by_its_parameters() -> None:
    session = transport({"session_id": "s", "session_timeout": "5", "session_check": "1"}, "q").session

    assert session is not None
    assert (session.id, session.seconds, session.must_exist, session.close) == ("s", 5, True, False)


def test_password_may_hold_a_colon() -> None:
    token = base64.b64encode(b"grafana:a:b").decode()

    found = credentials({}, {"Authorization": f"Basic {token}"})

    assert (found.name, found.password, found.given) == ("grafana", "a:b", True)


def test_nothing_given_is_the_default_user() -> None:
    found = credentials({}, {})

    assert (found.name, found.password, found.given) == ("default", "", False)
