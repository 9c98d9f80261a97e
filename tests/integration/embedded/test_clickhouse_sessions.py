"""Settings, sessions and databases of the embedded ClickHouse are those of a server."""

import threading

import httpx
import pytest
from clickhouse_connect.driver.client import Client

from tests.support.clickhouse import Running, run

pytestmark = pytest.mark.integration


def test_settings_of_a_request_end_with_it(http: httpx.Client) -> None:
    in_session = {"session_id": "settings"}

    first = run(http, "SELECT getSetting('max_threads')", max_threads="1", **in_session)
    second = run(http, "SELECT getSetting('max_threads') = 1", **in_session)

    assert (first.text, second.text) == ("1\n", "0\n")


def test_set_in_a_session_lasts_and_does_not_leak(http: httpx.Client) -> None:
    run(http, "SET max_block_size = 77", session_id="one", max_threads="1").raise_for_status()
    asked = "SELECT getSetting('max_block_size')"

    assert run(http, asked, session_id="one").text == "77\n"
    assert run(http, asked, session_id="one", max_block_size="78").text == "78\n"
    assert run(http, asked, session_id="one").text == "77\n"
    assert run(http, asked, session_id="two").text != "77\n"
    assert run(http, asked).text != "77\n"


def test_temporary_table_lives_in_its_session_only(http: httpx.Client) -> None:
    run(http, "CREATE TEMPORARY TABLE mine (a Int8)", session_id="temporary").raise_for_status()
    run(http, "INSERT INTO mine VALUES (7)", session_id="temporary").raise_for_status()

    assert run(http, "SELECT * FROM mine", session_id="temporary").text == "7\n"
    assert run(http, "SELECT * FROM mine", session_id="another").status_code == 404
    assert run(http, "SELECT 1", session_id="temporary", close_session="1").text == "1\n"
    assert run(http, "SELECT * FROM mine", session_id="temporary").status_code == 404


def test_use_and_database_parameter_choose_the_database(client: Client, http: httpx.Client) -> None:
    asked = "SELECT currentDatabase()"

    assert run(http, asked, database="signal").text == "signal\n"
    assert run(http, asked, database="nowhere").status_code == 404
    run(http, "USE signal", session_id="use").raise_for_status()
    assert run(http, asked, session_id="use").text == "signal\n"
    assert run(http, asked, session_id="use", database="system").text == "system\n"
    assert run(http, asked, session_id="use").text == "signal\n"


def test_unknown_or_expired_session_is_reported_when_asked_for(http: httpx.Client) -> None:
    answer = run(http, "SELECT 1", session_id="never seen", session_check="1")

    assert "SESSION_NOT_FOUND" in answer.text


def test_session_runs_one_query_at_a_time(http: httpx.Client, server: Running) -> None:
    def ask() -> None:
        answers.append(httpx.post(server.url, content="SELECT sleep(1)", params={"session_id": "busy"}).text)

    answers: list[str] = []
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer == "0\n" for answer in answers) == [False, True]
    assert any("SESSION_IS_LOCKED" in answer for answer in answers)
    assert run(http, "SELECT 1", session_id="busy").text == "1\n"


def test_unknown_setting_in_the_url_is_refused(http: httpx.Client) -> None:
    assert run(http, "SELECT 1", no_such_setting="1").headers["X-ClickHouse-Exception-Code"] == "115"
