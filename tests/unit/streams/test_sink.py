"""What reaches ClickHouse: every record that can be stored, and of a bad batch all but the bad record."""

from collections.abc import Callable, Sequence

import pytest
from msgspec import Struct

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.errors import ConfigError, StoreError
from schemas.tables import ALERTS, CONVERSATIONS, DEAD_LETTERS, EVENTS, TABLES, TURNS, Table
from schemas.topics import TOPICS
from streams.agents.sink import ROUTES, Route, _store, register
from streams.restored import HEADER
from streams.rows import Row
from streams.store import Rejected, Transient
from tests.support.agents import FakeApp, FakeMessage, make_context, make_message, make_records, run_agent
from tests.support.builders import (
    make_alert,
    make_conversation,
    make_dead_letter,
    make_enriched,
    make_event,
    make_turn,
)

ROUTE = {route.topic.name: route for route in ROUTES}
ENRICHED, CONVERSATION = ROUTE["signal.enriched.v1"], ROUTE["signal.conversations.v1"]
ALERT, DEAD_LETTER = ROUTE["signal.alerts.v1"], ROUTE["signal.deadletter.v1"]


class FakeStore:
    """Takes a batch whole or not at all. A row at fault is one that holds the words "at fault"."""

    def __init__(self, *, fault: Callable[[], Exception] = lambda: Rejected("cannot parse")) -> None:
        self.rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
        self.inserts: list[tuple[str, int]] = []
        self._fault = fault

    def insert(self, table: Table, rows: Sequence[Row], *, token: str) -> int:
        self.inserts.append((table.name, len(rows)))
        if any("at fault" in str(value) for row in rows for value in row):
            raise self._fault()
        self.rows[table.name] += rows
        return len(rows)

    def column(self, table: Table, name: str) -> list[object]:
        """What one column of a table holds, in the order in which it was stored."""
        index = [column for column, _ in table.columns].index(name)
        return [row[index] for row in self.rows[table.name]]


def messages(*carried: Struct | bytes) -> list[FakeMessage]:
    return [record.message for record in make_records(*carried)]


def stored(store: FakeStore, route: Route, *carried: Struct | bytes) -> list[int]:
    """Store these; the offsets of those that were not taken, with their faults left aside."""
    return sorted(message.offset for message, _ in _store(messages(*carried), route, store))


def events(*texts: str) -> list[Struct]:
    return [make_enriched(make_event(str(number), text=text)) for number, text in enumerate(texts)]


def test_every_topic_that_the_sink_consumes_has_a_route():
    assert {route.topic.name for route in ROUTES} == {topic.name for topic in TOPICS if "sink" in topic.consumers}


def test_a_batch_becomes_one_insert_in_the_order_of_the_topic():
    store = FakeStore()

    stored(store, ENRICHED, *events("a", "b", "c"))

    assert store.inserts == [("raw_events", 3)]
    assert store.column(EVENTS, "text") == ["a", "b", "c"]
    assert store.column(EVENTS, "kafka_offset") == [0, 1, 2]
    assert store.column(EVENTS, "published_at") == [1_772_442_001_500] * 3


def test_turns_are_stored_before_their_conversation():
    store = FakeStore()

    stored(store, CONVERSATION, make_conversation(make_turn(1, waited_s=60.0), make_turn(2)))

    assert store.inserts == [("raw_turns", 2), ("raw_conversations", 1)]


@pytest.mark.parametrize(
    ("route", "carried", "table"),
    [
        pytest.param(ALERT, make_alert(), ALERTS, id="alerts"),
        pytest.param(DEAD_LETTER, make_dead_letter(), DEAD_LETTERS, id="dead letters"),
    ],
)
def test_each_topic_has_its_table(route: Route, carried: Struct, table: Table):
    store = FakeStore()

    assert stored(store, route, carried) == []
    assert store.inserts == [(table.name, 1)]


def test_unreadable_records_are_returned_and_the_others_stored():
    store = FakeStore()

    assert stored(store, ENRICHED, b"no event", *events("a", "b"), b"") == [0, 3]
    assert store.column(EVENTS, "text") == ["a", "b"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("position", ["first", "middle", "last"])
def test_the_row_at_fault_is_found_and_all_others_are_stored(size: int, position: str):
    at_fault = {"first": 0, "middle": size // 2, "last": size - 1}[position]
    texts = ["at fault" if number == at_fault else f"text {number}" for number in range(size)]
    store = FakeStore()

    failures = _store(messages(*events(*texts)), ENRICHED, store)

    assert [(message.offset, type(error)) for message, error in failures] == [(at_fault, Rejected)]
    assert store.column(EVENTS, "text") == [text for text in texts if text != "at fault"]


def test_several_rows_at_fault_are_all_found():
    store = FakeStore()

    found = stored(store, ENRICHED, *events("at fault", "a", "b", "at fault", "at fault", "c"))

    assert found == [0, 3, 4]
    assert store.column(EVENTS, "text") == ["a", "b", "c"]


def test_one_row_at_fault_is_found_in_few_inserts():
    store = FakeStore()

    stored(store, ENRICHED, *events(*["a"] * 500, "at fault", *["b"] * 523))

    assert len(store.inserts) <= 21  # one, then two for each of the ten halvings of 1024


def test_a_record_that_makes_no_row_is_found_like_a_row_at_fault():
    def place(carried: Struct, message: FakeMessage) -> list[tuple[Table, Row]]:
        if message.offset == 1:
            raise OverflowError("an instant beyond the calendar")
        return ENRICHED.place(carried, message)

    store = FakeStore()

    found = stored(store, Route(topic=ENRICHED.topic, place=place), *events("a", "b", "c"))

    assert found == [1]
    assert store.column(EVENTS, "text") == ["a", "c"]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(Transient("too many parts"), id="too busy"),
        pytest.param(StoreError("no answer"), id="no answer"),
        pytest.param(ConfigError("wrong password"), id="wrong password"),
    ],
)
def test_a_fault_of_the_store_is_no_fault_of_the_records(error: Exception):
    def fault() -> Exception:
        return error

    store = FakeStore(fault=fault)

    with pytest.raises(type(error)):
        stored(store, ENRICHED, *events("a", "at fault", "b"))

    assert len(store.inserts) == 1


def test_records_that_came_from_clickhouse_are_not_stored_again():
    fresh, restored = messages(*events("fresh", "restored"))
    restored = make_message(restored.value, headers=[(HEADER, b"1")])
    as_faust_hands_over = make_message(restored.value, headers={HEADER: b"1"})
    store = FakeStore()

    failures = _store([fresh, restored, as_faust_hands_over], ENRICHED, store)

    assert failures == []
    assert store.column(EVENTS, "text") == ["fresh"]


def test_headers_of_others_change_nothing():
    (message,) = messages(*events("a"))
    store = FakeStore()

    _store([make_message(message.value, headers=[("trace", b"1")])], ENRICHED, store)

    assert store.column(EVENTS, "text") == ["a"]


def test_an_unreadable_dead_letter_never_feeds_itself():
    store = FakeStore()

    assert stored(store, DEAD_LETTER, b"no dead letter", make_dead_letter()) == []
    assert len(store.rows["raw_dead_letters"]) == 1


def test_a_dead_letter_that_clickhouse_refuses_never_feeds_itself():
    store = FakeStore()

    failures = stored(store, DEAD_LETTER, make_dead_letter(), make_dead_letter(reason="at fault"))

    assert failures == []
    assert len(store.rows["raw_dead_letters"]) == 1


def test_of_one_conversation_only_the_newest_state_of_a_batch_is_stored():
    store = FakeStore()

    stored(
        store,
        CONVERSATION,
        make_conversation(version=1),
        make_conversation(conversation_id="mastodon:9", version=1),
        make_conversation(make_turn(1, waited_s=60.0), version=2),
    )

    assert list(
        zip(store.column(CONVERSATIONS, "conversation_id"), store.column(CONVERSATIONS, "version"), strict=True)
    ) == [
        ("mastodon:1", 2),
        ("mastodon:9", 1),
    ]
    assert len(store.column(TURNS, "turn")) == 2


def test_of_one_alert_only_the_newest_state_of_a_batch_is_stored():
    store = FakeStore()

    stored(
        store,
        ALERT,
        make_alert(version=1),
        make_alert("escalation", version=1),
        make_alert(version=2, state="resolved"),
    )

    assert sorted(store.column(ALERTS, "state")) == ["firing", "resolved"]
    assert len(store.rows["raw_alerts"]) == 2


@pytest.mark.parametrize(
    ("route", "older", "newer", "table"),
    [
        pytest.param(
            CONVERSATION,
            make_conversation(version=4),
            make_conversation(make_turn(1, waited_s=60.0), version=5),
            CONVERSATIONS,
            id="a conversation",
        ),
        pytest.param(ALERT, make_alert(version=4), make_alert(version=5, state="resolved"), ALERTS, id="an alert"),
    ],
)
def test_the_greatest_version_holds_although_an_older_one_comes_after_it(
    route: Route, older: Struct, newer: Struct, table: Table
):
    store = FakeStore()

    stored(store, route, newer, older)

    assert 5 in store.column(table, "version")


def test_every_copy_of_an_event_is_stored_since_the_view_decides():
    store = FakeStore()

    stored(store, ENRICHED, make_enriched(), make_enriched(make_event(edited=True)))

    assert store.column(EVENTS, "edited") == [False, True]


def test_a_batch_is_acknowledged_once_it_is_stored_and_its_dead_letters_are_taken():
    context, store = make_context(), FakeStore()
    app: FakeApp = context.app
    register(context, store)
    batch = make_records(*events("a", "at fault", "b"), topic="signal.enriched.v1")

    run_agent(context, "sink-signal.enriched.v1", batch)

    assert store.column(EVENTS, "text") == ["a", "b"]
    assert app.journal == ["sent signal.deadletter.v1", "taken signal.deadletter.v1", "done"]
    (letter,) = [codec.decode(value, DeadLetter) for value in app.producer.values("signal.deadletter.v1")]
    assert (letter.stage, letter.source, letter.offset, letter.error) == ("sink", "signal.enriched.v1", 1, "Rejected")
    assert (context.progress.handled, context.progress.buried) == (3, 1)
