"""Statistics in the views against the same figures worked out in plain Python."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas.conversation import Conversation, Turn
from schemas.tables import CONVERSATIONS, EVENTS, TURNS
from streams.rows import conversation_row, event_row, turn_rows
from streams.store import Store
from tests.support.builders import DAY, at, make_author, make_conversation, make_enriched, make_event, make_turn

pytestmark = pytest.mark.integration

NOBODY = {"target_s": None, "due_at": None}


def put(store: Store, *conversations: Conversation) -> None:
    rows = [row for one in conversations for row in turn_rows(one)]
    store.insert(TURNS, rows, token="turns")
    store.insert(CONVERSATIONS, [conversation_row(one) for one in conversations], token="conversations")


def conversation(native: int, *turns: Turn, **fields: Any) -> Conversation:
    return make_conversation(*turns, conversation_id=f"mastodon:{native}", customer_id=f"u{native}", **fields)


def exact(values: list[float], share: float) -> float | None:
    """The value at place floor(share × how many) of the sorted values, counted from 0."""
    ranked = sorted(values)
    return ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else None


def one(client: Client, sql: str) -> dict[str, Any]:
    (row,) = client.query(sql).named_results()
    return dict(row)


@pytest.mark.parametrize(
    ("fields", "outcome", "within_target"),
    [
        pytest.param({"waited_s": 60.0}, "in_time", True, id="answered in time"),
        pytest.param({"waited_s": 7200.0}, "late", False, id="answered late"),
        pytest.param({"breached": True}, "waiting_late", False, id="waits past the target"),
        pytest.param({"due_at": datetime(2099, 1, 1, tzinfo=UTC)}, "waiting_in_time", None, id="waits, not late yet"),
        pytest.param({"closed_at": at("09:10")}, "closed_without_answer", None, id="settled in time"),
        pytest.param(
            {"closed_at": at("12:00"), "breached": True}, "closed_without_answer", False, id="settled past the target"
        ),
        pytest.param({"waited_s": 60.0, **NOBODY}, "answered", None, id="answered, nothing promised"),
        pytest.param(NOBODY, "waiting", None, id="waits, nothing promised"),
        pytest.param({"due_at": None}, "waiting_in_time", None, id="waits for hours that never come"),
    ],
)
def test_each_turn_has_one_outcome(
    client: Client, store: Store, fields: dict[str, Any], outcome: str, within_target: bool | None
):
    put(store, conversation(1, make_turn(1, is_first=True, **fields), state="waiting"))

    assert client.query("SELECT outcome, within_target FROM response_turns").result_rows == [(outcome, within_target)]


def test_who_waits_counts_with_their_age_and_who_was_settled_has_none(client: Client, store: Store):
    asked = datetime.now(UTC) - timedelta(hours=2)
    put(
        store,
        conversation(1, make_turn(1, is_first=True, waited_s=90.0)),
        conversation(2, make_turn(1, is_first=True, started_at=asked)),
        conversation(3, make_turn(1, is_first=True, closed_at=at("09:30")), state="closed"),
    )

    rows = client.query(
        "SELECT age_seconds, waiting_seconds, business_seconds_at_least FROM response_turns ORDER BY ALL"
    ).result_rows
    assert rows[0] == (90.0, None, 90.0)
    assert rows[1][0] == rows[1][1]
    assert 7200 <= rows[1][0] < 7260
    assert rows[1][2] == 3600.0, "it is past its target of an hour: at least so much"
    assert rows[2] == (None, None, None)


def history(chance: random.Random) -> list[Conversation]:
    """Conversations with answered, waiting, settled and unpromised turns."""
    found = []
    for number in range(120):
        turns = []
        for place in range(1, chance.randrange(1, 4) + 1):
            fields: dict[str, Any] = {"started_at": at("06:00") + timedelta(minutes=7 * number + 200 * place)}
            fields |= {"is_first": place == 1, "policy": chance.choice(("default", "urgent")), "owner": "care"}
            if chance.random() < 0.7:
                fields["waited_s"] = float(chance.randrange(1, 9000))
            elif chance.random() < 0.5:
                fields |= {"closed_at": fields["started_at"] + timedelta(hours=3)}
            turns.append(make_turn(place, **fields))
        found.append(
            conversation(number, *turns, state="waiting", brand=chance.choice(("acme", "boreal")), network="mastodon")
        )
    return found


@pytest.mark.parametrize("response", ["first", "next"])
@pytest.mark.parametrize("dimension", ["all", "network", "brand", "priority", "policy", "language", "owner"])
def test_figures_equal_a_plain_count(client: Client, store: Store, dimension: str, response: str):
    told = history(random.Random(7))
    put(store, *told)
    wanted: dict[str, list[tuple[Conversation, Turn]]] = {}
    values: dict[str, Callable[[Conversation, Turn], str]] = {
        "all": lambda _, __: "",
        "network": lambda one, _: one.network,
        "brand": lambda one, _: one.brand,
        "priority": lambda _, turn: turn.priority,
        "policy": lambda _, turn: turn.policy,
        "language": lambda one, _: one.language,
        "owner": lambda _, turn: turn.owner,
    }
    for one_ in told:
        for turn in one_.turns:
            if (response == "first") == turn.is_first:
                wanted.setdefault(values[dimension](one_, turn), []).append((one_, turn))

    found = client.query(
        "SELECT * FROM response_times(since = '2026-01-01 00:00:00', until = '2026-12-31 00:00:00') "
        f"WHERE dimension = '{dimension}' AND response = '{response}'"
    ).named_results()

    rows = {row["value"]: row for row in found}
    assert set(rows) == set(wanted)
    for value, told_here in wanted.items():
        row, turns = rows[value], [turn for _, turn in told_here]
        answered = [turn.waited_s for turn in turns if turn.waited_s is not None]
        late = [turn for turn in turns if (turn.breached if turn.waited_s is not None else not turn.closed_at)]
        assert (row["turns"], row["answered"]) == (len(turns), len(answered))
        assert row["conversations"] == row["customers"] == len({one_.conversation_id for one_, _ in told_here})
        assert row["answered_median_seconds"] == exact(answered, 0.5)
        assert row["answered_p90_seconds"] == exact(answered, 0.9)
        assert row["late"] == len(late)
        assert row["in_time"] == sum(turn.waited_s is not None and not turn.breached for turn in turns)
        assert row["share_within_target"] == pytest.approx(row["in_time"] / (row["in_time"] + row["late"]))


def test_percentiles_hold_those_who_wait_still(client: Client, store: Store):
    asked = datetime.now(UTC) - timedelta(hours=5)
    answered = [make_turn(1, is_first=True, waited_s=float(seconds)) for seconds in (10, 20, 30, 40, 50, 60)]
    waiting = [make_turn(1, is_first=True, started_at=asked) for _ in range(4)]
    put(store, *(conversation(number, turn) for number, turn in enumerate([*answered, *waiting])))

    row = one(
        client,
        "SELECT * FROM response_times(since = '2020-01-01 00:00:00', until = now() + INTERVAL 1 DAY) "
        "WHERE dimension = 'all'",
    )

    assert (row["median_seconds"], row["answered_median_seconds"], row["answered_p90_seconds"]) == (60.0, 40.0, 60.0)
    assert 5 * 3600 <= row["p75_seconds"] <= row["p90_seconds"] <= row["slowest_seconds"] < 5 * 3600 + 60
    assert (row["business_median_seconds"], row["business_p90_seconds"]) == (60.0, 3600.0)
    assert (row["waiting"], row["waiting_late"]) == (4, 4)
    assert (row["share_within_target"], row["answered_share_within_target"]) == (0.6, 1.0)


def test_a_group_without_figures_has_null_and_not_nan(client: Client, store: Store):
    put(store, conversation(1, make_turn(1, is_first=True, closed_at=at("09:30")), state="closed"))

    row = one(client, "SELECT * FROM response_times_by_day WHERE dimension = 'brand'")

    empty = {name for name, value in row.items() if value is None}
    assert {name for name in row if name.endswith("_seconds") or "share" in name} == empty
    assert (row["day"], row["value"], row["turns"], row["closed_without_answer"]) == (DAY.date(), "acme", 1, 1)


def test_no_turns_are_no_rows(client: Client):
    assert client.query("SELECT * FROM response_times_by_day").result_rows == []
    assert client.query(
        "SELECT avg(within_target), quantileExactOrNull(0.9)(age_seconds) FROM response_turns"
    ).first_row == (
        None,
        None,
    )


def test_hours_of_the_week_are_told_apart(client: Client, store: Store):
    sunday = DAY + timedelta(days=6, hours=23)
    put(
        store,
        conversation(1, make_turn(1, waited_s=10.0, started_at=at("09:59"))),
        conversation(2, make_turn(1, waited_s=20.0, started_at=sunday)),
    )

    rows = client.query(
        "SELECT value, median_seconds FROM response_times_by_day WHERE dimension = 'hour of week' ORDER BY value"
    ).result_rows

    assert rows == [("1 09", 10.0), ("7 23", 20.0)]


def test_a_conversation_that_changes_changes_every_figure_of_its_day(client: Client, store: Store):
    """Sums added up as rows come in would keep what was true before."""
    question = "SELECT turns, waiting, answered, median_seconds FROM response_times_by_day WHERE dimension = 'all'"
    put(store, conversation(1, make_turn(1), make_turn(2), customer_events=2, version=1))
    put(store, conversation(1, make_turn(1, waited_s=300.0, customer_events=2), version=3))
    put(store, conversation(1, make_turn(1, waited_s=60.0), make_turn(2), customer_events=2, version=2))

    assert client.query(question).result_rows == [(1, 0, 1, 300.0)]


def events(store: Store, *told: tuple[str, str, dict[str, Any]]) -> None:
    rows = [
        event_row(
            make_enriched(make_event(native, role=role, **fields), is_spam=fields.get("text") == "spam"),  # type: ignore[arg-type]
            published_at=at("09:00"),
            topic="signal.enriched.v1",
            partition=0,
            offset=0,
        )
        for native, role, fields in told
    ]
    store.insert(EVENTS, rows, token="events")


def test_counts_stand_beside_each_other(client: Client, store: Store):
    events(
        store,
        ("1", "customer", {}),
        ("2", "customer", {"author": make_author(id="u2"), "conversation_id": "mastodon:2"}),
        ("3", "customer", {"author": make_author(id="u2"), "conversation_id": "mastodon:2"}),
        ("4", "brand", {}),
        ("5", "automation", {}),
        ("6", "customer", {"text": "spam"}),
        ("7", "customer", {"deleted": True}),
    )
    put(
        store, conversation(1, make_turn(1, is_first=True, waited_s=60.0)), conversation(2, make_turn(1, is_first=True))
    )

    row = one(client, "SELECT * FROM activity_by_day")

    assert (row["day"], row["network"], row["brand"]) == (DAY.date(), "mastodon", "acme")
    counts = ("events", "customer_events", "answers", "conversations", "customers", "turns", "turns_answered")
    assert [row[name] for name in counts] == [5, 3, 1, 2, 2, 2, 1]


def test_findings_hold_what_the_events_hold(client: Client, store: Store):
    events(store, ("1", "customer", {}), ("1", "customer", {"received_at": at("09:30")}), ("2", "brand", {}))
    events(store, ("2", "brand", {"deleted": True}))

    assert client.query("SELECT event_id, intent, topics FROM event_findings").result_rows == [
        ("mastodon:1", "complaint", ["delivery"])
    ]


def test_an_event_whose_instant_was_corrected_leaves_its_old_place(client: Client, store: Store):
    question = "SELECT toString(toDate(created_at)) FROM event_findings ORDER BY ALL"
    moved = DAY - timedelta(days=40)
    events(store, ("1", "customer", {"received_at": at("10:00")}), ("2", "customer", {}))
    events(store, ("1", "customer", {"created_at": moved, "received_at": at("11:00")}))

    for _ in range(2):
        client.command("SYSTEM REFRESH VIEW events_by_time_sweep")
        client.command("SYSTEM WAIT VIEW events_by_time_sweep")

    assert client.query(question).result_rows == [("2026-01-21",), ("2026-03-02",)]
    events(store, ("1", "customer", {"received_at": at("10:00")}))  # an old copy, delivered again
    assert client.query(question).result_rows == [("2026-01-21",), ("2026-03-02",)]


def test_the_one_who_waits_is_shown_with_what_they_wrote(client: Client, store: Store):
    asked = datetime.now(UTC) - timedelta(minutes=10)
    put(
        store,
        conversation(1, make_turn(1, waited_s=60.0)),
        conversation(
            2,
            make_turn(1, started_at=asked, due_at=asked + timedelta(minutes=5), owner="Ada"),
            last_customer_text="Anyone?",
            delegates=("Nora",),
        ),
    )

    row = one(client, "SELECT * FROM waiting_customers")

    assert (row["conversation_id"], row["last_customer_text"], row["delegates"]) == ("mastodon:2", "Anyone?", ["Nora"])
    assert row["outcome"] == "waiting_late"
    assert 600 <= row["waiting_seconds"] < 660
    assert 300 <= row["over_seconds"] < 360


@pytest.mark.parametrize("merged", [False, True], ids=["copies apart", "copies merged"])
def test_a_period_holds_the_turns_that_hold_wherever_late_events_have_moved_them(
    client: Client, store: Store, merged: bool
):
    chance = random.Random(11)
    for version in range(1, 5):
        for native in range(40):
            turns = [
                make_turn(place, started_at=at("00:00") + timedelta(hours=chance.randrange(0, 96)), waited_s=60.0)
                for place in range(1, chance.randrange(1, 4) + 1)
            ]
            told = conversation(native, *turns, version=version, customer_events=3)
            store.insert(TURNS, turn_rows(told), token=f"{version}:{native}")
    if merged:
        client.command("OPTIMIZE TABLE raw_turns FINAL")
    columns = "conversation_id, turn, started_at, outcome"
    period = "since = '2026-03-03 00:00:00', until = '2026-03-04 00:00:00'"

    found = client.query(f"SELECT {columns} FROM response_turns_between({period}) ORDER BY ALL").result_rows

    whole = client.query(f"SELECT {columns} FROM response_turns ORDER BY ALL").result_rows
    day = (DAY + timedelta(days=1)).replace(tzinfo=None)
    assert found == [row for row in whole if day <= row[2] < day + timedelta(days=1)]
    assert 0 < len(found) < len(whole)
