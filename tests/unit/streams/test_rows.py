"""Messages to rows."""

from datetime import datetime, timedelta, timezone

import pytest

from schemas.conversation import Conversation
from schemas.enriched import Enriched
from schemas.tables import ALERTS, CONVERSATIONS, DEAD_LETTERS, EVENTS, TURNS, Table
from streams.rows import Row, alert_row, conversation_row, dead_letter_row, event_row, turn_rows
from tests.support.builders import (
    at,
    make_alert,
    make_author,
    make_conversation,
    make_dead_letter,
    make_enriched,
    make_event,
    make_turn,
)


def named(table: Table, row: Row) -> dict[str, object]:
    return dict(zip((name for name, _ in table.columns), row, strict=True))


def stored(enriched: Enriched) -> dict[str, object]:
    row = event_row(enriched, published_at=at("09:00:05"), topic="signal.enriched.v1", partition=2, offset=7)
    return named(EVENTS, row)


def test_instants_become_exact_milliseconds_whatever_their_zone():
    created_at = datetime(2026, 3, 2, 10, 0, 0, 123999, tzinfo=timezone(timedelta(hours=1)))

    row = stored(make_enriched(make_event(created_at=created_at)))

    assert row["created_at"] == 1_772_442_000_123


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="no zone"):
        dead_letter_row(make_dead_letter(failed_at=datetime(2026, 3, 2, 9, 0)))  # noqa: DTZ001


def test_a_row_says_which_record_it_came_from():
    row = stored(make_enriched())

    assert (row["kafka_topic"], row["kafka_partition"], row["kafka_offset"]) == ("signal.enriched.v1", 2, 7)


def test_findings_land_in_parallel_arrays():
    row = stored(make_enriched())

    assert row["entities.canonical"] == ["product:parcel"]
    assert (row["entities.start"], row["entities.end"]) == ([4], [10])
    assert (row["topics"], row["topic_confidences"]) == (["delivery"], [0.9])


def test_a_deleted_event_loses_its_words_and_keeps_its_place():
    row = stored(make_enriched(make_event(deleted=True, author=make_author(name="Ana Diaz"))))

    assert (row["text"], row["author_name"], row["entities.text"]) == ("", "", [])
    assert (row["event_id"], row["author_id"], row["deleted"]) == ("mastodon:1", "u1", True)


def test_a_deletion_outranks_every_later_copy():
    deleted = stored(make_enriched(make_event(deleted=True, received_at=at("09:05"))))
    later = stored(make_enriched(make_event(received_at=at("23:00"))))

    assert deleted["version"] > later["version"]  # type: ignore[operator]


def test_a_later_copy_outranks_an_earlier_one():
    earlier = stored(make_enriched(make_event(received_at=at("09:05"))))
    later = stored(make_enriched(make_event(received_at=at("09:05:00.001"))))

    assert later["version"] > earlier["version"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        pytest.param(make_conversation(make_turn(1)), [(1, 0)], id="one customer event, one turn"),
        pytest.param(
            make_conversation(make_turn(1, waited_s=60.0, customer_events=2)),
            [(1, 0), (2, 1)],
            id="two merged into one",
        ),
        pytest.param(
            make_conversation(make_turn(1, waited_s=60.0), make_turn(2)),
            [(1, 0), (2, 0)],
            id="every event its own turn",
        ),
        pytest.param(
            make_conversation(make_turn(1), customer_events=4),
            [(1, 0), (2, 1), (3, 1), (4, 1)],
            id="three customer events deleted",
        ),
        pytest.param(
            make_conversation(make_turn(1), customer_events=2300, most_turns=2),
            [(1, 0), (2, 1)],
            id="thousands of comments, one answer that was deleted",
        ),
    ],
)
def test_turn_numbers_that_the_conversation_may_have_had_are_marked_deleted(
    conversation: Conversation, expected: list[tuple[int, int]]
):
    rows = [named(TURNS, row) for row in turn_rows(conversation)]

    assert [(row["turn"], row["is_deleted"]) for row in rows] == expected


def test_the_same_message_twice_gives_the_same_row():
    assert stored(make_enriched()) == stored(make_enriched())
    assert conversation_row(make_conversation()) == conversation_row(make_conversation())
    assert turn_rows(make_conversation()) == turn_rows(make_conversation())
    assert alert_row(make_alert()) == alert_row(make_alert())
    assert dead_letter_row(make_dead_letter()) == dead_letter_row(make_dead_letter())


def test_rows_are_in_the_order_of_their_table():
    conversation = named(CONVERSATIONS, conversation_row(make_conversation(make_turn(1, waited_s=600.25))))
    alert = named(ALERTS, alert_row(make_alert()))
    letter = named(DEAD_LETTERS, dead_letter_row(make_dead_letter()))

    assert (conversation["first_response_seconds"], conversation["turns"]) == (600.25, 1)
    assert (alert["alert_id"], alert["level"], alert["target_seconds"]) == ("mastodon:1:1:breach", "breach", 3600.0)
    assert (letter["payload"], letter["key"]) == (b'{"event_id": \xff', b"mastodon:1")


def test_a_turn_of_a_message_without_threads_is_first_when_it_is_number_one():
    message = make_conversation(make_turn(1, waited_s=60.0), make_turn(2), policy="default", owner="care team")

    rows = [named(TURNS, row) for row in turn_rows(message)]

    assert [(row["thread"], row["is_first"]) for row in rows] == [(1, True), (1, False)]
    assert {(row["policy"], row["policy_version"], row["owner"]) for row in rows} == {
        ("default", "1f2e3d4c", "care team")
    }


def test_a_turn_keeps_the_promise_that_it_was_measured_under():
    message = make_conversation(
        make_turn(1, waited_s=60.0, is_first=True),
        make_turn(2, is_first=True, thread=2, policy="leader", policy_version="9a8b", priority="urgent", owner="Ada"),
        policy="leader",
        priority="urgent",
        owner="Ada",
        threads=2,
    )

    rows = [named(TURNS, row) for row in turn_rows(message)]

    names = ("thread", "is_first", "policy", "policy_version", "priority", "owner")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (1, True, "", "", "normal", ""),
        (2, True, "leader", "9a8b", "urgent", "Ada"),
    ]


def test_an_older_message_still_says_since_when_its_customer_waits():
    row = named(CONVERSATIONS, conversation_row(make_conversation(make_turn(1, waited_s=60.0), make_turn(2))))

    assert row["waiting_since"] == 1_772_445_600_000
    assert row["due_at"] == 1_772_449_200_000


def test_nobody_waits_in_a_conversation_that_was_settled():
    row = named(CONVERSATIONS, conversation_row(make_conversation(make_turn(1), state="closed", closed_at=at("12:00"))))

    assert (row["waiting_since"], row["due_at"]) == (None, None)
    assert row["closed_at"] == 1_772_452_800_000
