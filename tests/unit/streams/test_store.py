"""The writer's decisions: what it drops, retries, refuses, and never says."""

from collections.abc import Callable
from typing import Any

import pytest
from clickhouse_connect.driver import exceptions as driver

from schemas.errors import ConfigError, StoreError
from schemas.settings import ClickHouse
from schemas.tables import ALERTS, EVENTS
from schemas.units import Duration
from streams.rows import Row, alert_row, event_row
from streams.store import Rejected, Store, Transient, connect, mapped, newest
from tests.support.builders import at, make_alert, make_enriched, make_event

SETTINGS = ClickHouse(url="http://127.0.0.1:8123", insert_timeout=Duration(60))


class FakeClient:
    """Takes inserts as ClickHouse would, or raises what it was told, one error per call."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.inserts: list[tuple[str, list[tuple[Any, ...]], dict[str, Any]]] = []

    def insert(self, table: str, columns: list[tuple[Any, ...]], *, settings: dict[str, Any], **_: object) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.inserts.append((table, columns, settings))

    def close(self) -> None:
        pass


class Time:
    """Sleeps by moving its own hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


def store_on(client: FakeClient, time: Time) -> Store:
    dial: Callable[[ClickHouse], Any] = lambda _: client  # noqa: E731
    return Store(SETTINGS, connect=dial, sleep=time.sleep, monotonic=time.monotonic, jitter=lambda: 0.5)


def event(native: str = "1", **fields: Any) -> Row:
    enriched = make_enriched(make_event(native, **fields))
    return event_row(enriched, published_at=at("09:00:05"), topic="signal.enriched.v1", partition=0, offset=0)


def server_error(code: int, name: str) -> driver.DatabaseError:
    return driver.DatabaseError(f"Code: {code}. DB::Exception: in the row 'my secret' ({name})", code=code, name=name)


def test_copies_inside_a_batch_keep_the_greatest_version():
    old, new = event(received_at=at("09:01"), text="old"), event(received_at=at("09:02"), text="new")

    assert newest(EVENTS, [new, old, event("2")]) == [new, event("2")]


def test_of_equal_versions_the_last_wins():
    first, last = event(text="first"), event(text="last")

    assert newest(EVENTS, [first, last]) == [last]


def test_an_insert_returns_how_many_rows_are_left():
    client = FakeClient()

    kept = store_on(client, Time()).insert(EVENTS, [event(), event(), event("2")], token="t")

    assert kept == 2
    assert client.inserts[0][1][0] == ("mastodon:1", "mastodon:2")


def test_an_empty_batch_asks_nothing():
    client = FakeClient()

    assert store_on(client, Time()).insert(EVENTS, [], token="t") == 0
    assert client.inserts == []


def test_the_token_names_the_rows_too_since_a_new_broker_counts_offsets_from_zero():
    client = FakeClient()
    store = store_on(client, Time())

    for text in ("one", "one", "other"):
        store.insert(EVENTS, [event(text=text)], token="signal.enriched.v1:0:0-0")

    tokens = [settings["insert_deduplication_token"] for _, _, settings in client.inserts]
    assert tokens[0] == tokens[1] != tokens[2]
    assert all(token.startswith("signal.enriched.v1:0:0-0:") for token in tokens)


def test_inserts_are_not_buffered_by_the_server():
    client = FakeClient()

    store_on(client, Time()).insert(EVENTS, [event()], token="t")

    assert client.inserts[0][2]["async_insert"] == 0


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(driver.OperationalError("connection reset"), id="no answer"),
        pytest.param(driver.StreamFailureError("cut"), id="answer cut off"),
        pytest.param(driver.DatabaseError("HTTP driver received HTTP status 502"), id="a proxy in front says 502"),
        *(pytest.param(server_error(code, "LATER"), id=f"code {code}") for code in (202, 209, 210, 241, 252, 319, 425)),
        *(pytest.param(server_error(code, "LATER"), id=f"code {code}") for code in (242, 999)),
    ],
)
def test_what_heals_by_itself_is_tried_again(error: Exception):
    client, time = FakeClient(error, error, error), Time()

    store_on(client, time).insert(EVENTS, [event()], token="t")

    assert len(client.inserts) == 1
    assert time.pauses == [0.2, 0.4, 0.8]


def test_retries_send_the_same_batch_under_the_same_token():
    client, time = FakeClient(server_error(252, "TOO_MANY_PARTS")), Time()
    store = store_on(client, time)

    store.insert(EVENTS, [event()], token="t")
    store.insert(EVENTS, [event()], token="t")

    assert client.inserts[0] == client.inserts[1]


def test_retries_end_with_the_time_limit():
    client, time = FakeClient(*[server_error(210, "NETWORK_ERROR")] * 100), Time()

    with pytest.raises(StoreError) as caught:
        store_on(client, time).insert(EVENTS, [event()], token="t")

    assert not isinstance(caught.value, Transient | Rejected)
    assert 40 < time.now < 60
    assert max(time.pauses) == 10.0


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(server_error(53, "TYPE_MISMATCH"), id="the server refuses a value"),
        pytest.param(driver.DataError("Invalid None value"), id="the driver refuses a value"),
        pytest.param(AttributeError("'int' object has no attribute 'encode'"), id="a value of another type"),
    ],
)
def test_a_row_at_fault_is_rejected_at_once_so_that_the_batch_can_be_halved(error: Exception):
    time = Time()

    with pytest.raises(Rejected):
        store_on(FakeClient(error), time).insert(EVENTS, [event()], token="t")

    assert time.pauses == []


def test_a_text_that_is_not_unicode_is_a_row_at_fault():
    with pytest.raises(Rejected):
        store_on(FakeClient(), Time()).insert(EVENTS, [event(text="\ud800")], token="t")


@pytest.mark.parametrize("code", [16, 60, 81, 497, 516, 12345])
def test_a_server_that_is_not_set_up_blames_no_row(code: int):
    time = Time()

    with pytest.raises(StoreError) as caught:
        store_on(FakeClient(server_error(code, "X")), time).insert(EVENTS, [event()], token="t")

    assert not isinstance(caught.value, Transient | Rejected)
    assert time.pauses == []


@pytest.mark.parametrize("code", [53, 60, 252])
def test_an_error_of_an_insert_names_code_and_table_and_never_a_value(code: int):
    client = FakeClient(*[server_error(code, "NAME")] * 100)

    with pytest.raises(StoreError) as caught:
        store_on(client, Time()).insert(ALERTS, [alert_row(make_alert())], token="t")

    assert str(code) in str(caught.value)
    assert "raw_alerts" in str(caught.value)
    assert "secret" not in str(caught.value)


def all_driver_errors(base: type[Exception]) -> list[type[Exception]]:
    return [base, *(deeper for kind in base.__subclasses__() for deeper in all_driver_errors(kind))]


@pytest.mark.parametrize("kind", all_driver_errors(driver.ClickHouseError), ids=lambda kind: kind.__name__)
def test_every_error_of_the_driver_becomes_ours(kind: type[Exception]):
    error = kind() if kind is driver.StreamClosedError else kind("x")

    with pytest.raises(StoreError), mapped("table raw_events"):
        raise error


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("", id="none"),
        pytest.param("localhost:8123", id="no scheme"),
        pytest.param("http://", id="no host"),
        pytest.param("http://h:99999", id="no such port"),
        pytest.param("http://user:pw@h:8123", id="password in the address"),
    ],
)
def test_an_address_that_is_none_is_a_wrong_setting(url: str):
    with pytest.raises(ConfigError) as caught:
        connect(ClickHouse(url=url))

    assert "pw" not in str(caught.value)
