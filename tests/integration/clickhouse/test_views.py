"""What a reader sees of rows that arrived many times, late, edited, deleted."""

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas import codec
from schemas.action import Action
from schemas.calendar import CalendarSettings
from schemas.errors import StoreError
from schemas.policy import ResponsePolicy, policy_version
from schemas.rules import Rules
from schemas.tables import ACTIONS, ALERTS, CONVERSATIONS, DEAD_LETTERS, EVENTS, RULES, TURNS
from schemas.units import Duration
from streams.rows import (
    Row,
    action_row,
    alert_row,
    conversation_row,
    dead_letter_row,
    event_row,
    rules_rows,
    turn_rows,
)
from streams.store import Store
from tests.support.builders import (
    DAY,
    at,
    make_alert,
    make_conversation,
    make_dead_letter,
    make_enriched,
    make_event,
    make_turn,
)

pytestmark = pytest.mark.integration


def event(native: str = "1", **fields: Any) -> Row:
    enriched = make_enriched(make_event(native, **fields))
    return event_row(enriched, published_at=at("09:00:05"), topic="signal.enriched.v1", partition=0, offset=0)


def test_an_event_stored_many_times_reads_once(client: Client, store: Store):
    for token in ("a", "b", "c"):
        store.insert(EVENTS, [event()], token=token)

    assert client.command("SELECT count() FROM raw_events") == 3
    assert client.command("SELECT count() FROM events") == 1


def test_every_field_comes_back_as_it_was_written(client: Client, store: Store):
    store.insert(EVENTS, [event(text="Où est mon colis 📦 ?")], token="a")

    row = client.query("SELECT * EXCEPT stored_at FROM events").first_item

    written = dict(zip((name for name, _ in EVENTS.columns), event(text="Où est mon colis 📦 ?"), strict=True))
    assert set(row) == set(written) - {"version"}
    assert row["text"] == "Où est mon colis 📦 ?"
    assert row["entities.canonical"] == ["product:parcel"]
    assert row["created_at"].isoformat(timespec="milliseconds") == "2026-03-02T09:00:00.000"
    assert row["parent_id"] is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)], ids=str)
def test_a_deletion_stays_whatever_copy_comes_later(client: Client, store: Store, order: tuple[int, int, int]):
    copies = [
        event(received_at=at("09:01"), text="first"),
        event(received_at=at("09:02"), text="gone", deleted=True),
        event(received_at=at("09:03"), text="again"),
    ]

    for place in order:
        store.insert(EVENTS, [copies[place]], token=str(place))

    assert client.query("SELECT event_id, deleted, text, author_name FROM events").result_rows == [
        ("mastodon:1", True, "", "")
    ]


def test_an_edit_that_moves_an_event_to_another_month_reads_once(client: Client, store: Store):
    store.insert(EVENTS, [event(created_at=at("00:00", day=DAY.replace(month=2)), received_at=at("09:00"))], token="a")
    store.insert(EVENTS, [event(created_at=at("00:00"), received_at=at("09:01"), text="edited")], token="b")

    assert client.query("SELECT text FROM events").result_rows == [("edited",)]
    assert client.command("SELECT count() FROM events WHERE created_at < '2026-03-01 00:00:00'") == 0


def test_a_retried_batch_is_stored_once(client: Client, store: Store):
    for _ in range(3):
        store.insert(EVENTS, [event("1"), event("2")], token="signal.enriched.v1:0:0-1")

    assert client.command("SELECT count() FROM raw_events") == 2


def test_another_batch_under_the_same_offsets_is_not_taken_for_a_copy(client: Client, store: Store):
    store.insert(EVENTS, [event("1")], token="signal.enriched.v1:0:0-0")
    store.insert(EVENTS, [event("2")], token="signal.enriched.v1:0:0-0")

    assert client.command("SELECT count() FROM events") == 2


def test_an_archive_of_fifteen_years_fits_in_one_batch(client: Client, store: Store):
    months = [(year, month) for year in range(2010, 2025) for month in range(1, 13)]
    rows = [event(f"{y}-{m}", created_at=at("09:00", day=DAY.replace(year=y, month=m))) for y, m in months]

    store.insert(EVENTS, rows, token="a")

    assert client.command("SELECT count() FROM events") == 180


def test_the_latest_state_of_a_conversation_holds_in_any_order(client: Client, store: Store):
    for version in (2, 3, 1):
        state = "answered" if version == 3 else "waiting"
        row = conversation_row(make_conversation(version=version, state=state))
        store.insert(CONVERSATIONS, [row], token=str(version))

    assert client.query("SELECT state FROM conversations").result_rows == [("answered",)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "the old version last"])
def test_a_turn_that_vanished_with_a_late_event_vanishes_here(client: Client, store: Store, order: tuple[int, int]):
    two = make_conversation(make_turn(1, waited_s=600.0), make_turn(2), version=5)
    one = make_conversation(make_turn(1, waited_s=60.0, customer_events=2), version=6)

    for place in order:
        store.insert(TURNS, turn_rows((two, one)[place]), token=str(place))

    expected = [(1, 60.0, True)]
    query = "SELECT turn, waited_seconds, is_first FROM response_turns"
    assert client.query(query).result_rows == expected
    client.command("OPTIMIZE TABLE raw_turns FINAL")
    assert client.query(query).result_rows == expected


def test_only_an_open_turn_of_a_waiting_conversation_counts_seconds(client: Client, store: Store):
    waiting = make_conversation(make_turn(1, waited_s=600.25), make_turn(2))
    closed = make_conversation(make_turn(1), conversation_id="mastodon:9", state="closed")

    store.insert(TURNS, turn_rows(waiting) + turn_rows(closed), token="a")

    rows = client.query(
        "SELECT conversation_id, turn, waited_seconds, "
        "waiting_seconds - date_diff('millisecond', started_at, now64(3)) / 1000 < 5 FROM response_turns ORDER BY ALL"
    ).result_rows
    assert rows == [("mastodon:1", 1, 600.25, None), ("mastodon:1", 2, None, 1), ("mastodon:9", 1, None, None)]


def test_an_alert_reads_in_its_latest_state(client: Client, store: Store):
    store.insert(ALERTS, [alert_row(make_alert(version=2, state="resolved", resolved_at=at("10:30")))], token="a")
    store.insert(ALERTS, [alert_row(make_alert(version=1))], token="b")

    rows = client.query("SELECT alert_id, state, toString(resolved_at) FROM alerts").result_rows
    assert rows == [("mastodon:1:1:breach", "resolved", "2026-03-02 10:30:00.000")]


def test_a_retry_reaches_the_copy_in_order_of_time_that_the_first_try_missed(client: Client, store: Store):
    client.command("RENAME TABLE events_by_time TO elsewhere")
    with pytest.raises(StoreError):
        store.insert(EVENTS, [event()], token="a")
    client.command("RENAME TABLE elsewhere TO events_by_time")

    store.insert(EVENTS, [event()], token="a")

    assert client.command("SELECT count() FROM events") == 1
    assert client.command("SELECT count() FROM event_findings") == 1


def test_every_field_of_an_alert_comes_back(client: Client, store: Store):
    alert = make_alert(
        "watch",
        turn=0,
        step=2,
        to="head of care",
        on_behalf_of="Ada Lovelace",
        delegates=("Nora Weil",),
        acknowledged_at=at("10:05"),
        acknowledged_by="Nora Weil",
        snoozed_until=at("11:00"),
        waited_business_s=1800.0,
        watch="slow",
        scope="network=x",
        value=0.5,
        threshold=0.8,
        sample=40,
        window_s=3600.0,
        explanation="Half were in time, four in five were promised.",
    )
    store.insert(ALERTS, [alert_row(alert)], token="a")

    row = client.query("SELECT * FROM alerts").first_item

    written = dict(zip((name for name, _ in ALERTS.columns), alert_row(alert), strict=True))
    hidden = {"version", "content_received_at"}  # for the table alone
    assert set(row) == set(written) - hidden | {"stored_at"}
    instants = {"fired_at", "started_at", "resolved_at", "acknowledged_at", "snoozed_until", "stored_at"}
    assert {name: value for name, value in row.items() if name not in instants} == {
        name: value for name, value in written.items() if name not in instants | hidden
    }


def test_a_decision_made_twice_reads_once(client: Client, store: Store):
    snooze = Action(action_id="a1", kind="snooze", conversation_id="x:1", at=at("09:00"), until=at("10:00"), by="Nora")
    for token in "ab":
        store.insert(ACTIONS, [action_row(snooze)], token=token)

    rows = client.query("SELECT kind, turn, acted_by, toString(snoozed_until) FROM actions").result_rows
    assert rows == [("snooze", None, "Nora", "2026-03-02 10:00:00.000")]


def test_an_edition_of_the_rules_holds_until_the_next(client: Client, store: Store):
    policy = ResponsePolicy(name="default", first=Duration(3600), next=Duration(7200), calendar="support")
    calendar = CalendarSettings(name="support", time_zone="Europe/Paris", icalendars=("closed.ics",))
    first = Rules(
        since=at("08:00"), policies=(policy,), calendars=(calendar,), files={"closed.ics": b"BEGIN:VCALENDAR"}
    )
    store.insert(RULES, rules_rows(first) + rules_rows(Rules(since=at("12:00"))), token="a")
    store.insert(RULES, rules_rows(first), token="b")

    rows = client.query(
        "SELECT kind, position, name, toHour(since), toHour(until), definition "
        "FROM rules ORDER BY since, kind, position"
    ).result_rows

    assert [row[:5] for row in rows] == [
        ("calendar", 1, "support", 8, 12),
        ("calendar_file", 1, "closed.ics", 8, 12),
        ("edition", 0, "", 8, 12),
        ("policy", 1, "default", 8, 12),
        ("edition", 0, "", 12, None),
    ]
    assert codec.decode(rows[3][5].encode(), ResponsePolicy) == policy
    assert rows[1][5] == "BEGIN:VCALENDAR"
    measured = client.query("SELECT fingerprint FROM rules WHERE kind = 'policy'").result_rows
    assert measured == [(policy_version(policy),)]


def test_a_dead_letter_keeps_its_bytes(client: Client, store: Store):
    letter = make_dead_letter(bytes(range(256)), key=b"\xff\x00")
    store.insert(DEAD_LETTERS, [dead_letter_row(letter), dead_letter_row(make_dead_letter(b"x", key=None))], token="a")

    rows = client.query(
        "SELECT payload, key FROM dead_letters ORDER BY length(payload)", query_formats={"String": "bytes"}
    ).result_rows
    assert rows == [(b"x", None), (bytes(range(256)), b"\xff\x00")]


def test_threads_may_share_a_store(client: Client, store: Store):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.insert(EVENTS, [event(str(n))], token=str(n)), range(40)))

    assert client.command("SELECT count() FROM events") == 40
