"""The board's questions on a real ClickHouse: a few rows whose answers are worked out by hand."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from deploy.board.answers import Alarm, Answering, Count, Customer, Flow, NetworkPace, Pace, Promise, Quote, Waits
from deploy.board.questions import QUESTIONS, snapshot
from deploy.clickhouse.migrate import apply
from deploy.processes import free_port, spawn, stop, wait_for_port
from schemas.conversation import Conversation, Turn
from schemas.enriched import Enriched, Entity, Language, Sentiment, Topic
from schemas.settings import ClickHouse, Settings
from schemas.tables import ALERTS, CONVERSATIONS, DEAD_LETTERS, EVENTS, LETTER_DECISIONS, TURNS, Table
from streams.rows import Row, alert_row, conversation_row, dead_letter_row, event_row, turn_rows
from streams.store import Store, connect
from tests.support.builders import (
    DAY,
    at,
    make_alert,
    make_author,
    make_conversation,
    make_dead_letter,
    make_enriched,
    make_event,
    make_turn,
)

pytestmark = pytest.mark.integration

NOW = at("12:00").astimezone(ZoneInfo("Europe/Paris"))  # there, today began at 23:00 UTC of the day before
YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("chdb", reason="the extra `embedded` is not installed")
    folder, port = tmp_path_factory.mktemp("clickhouse"), free_port()
    command = [sys.executable, "-m", "deploy.embedded.clickhouse", "--path", str(folder / "data"), "--port", str(port)]
    child = spawn("clickhouse", command, log=folder / "clickhouse.log")
    try:
        wait_for_port(child, port, timeout_s=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop([child], grace_s=5)


def database(url: str, name: str) -> Client:
    """A client of a fresh database with all migrations applied."""
    settings = Settings(clickhouse=ClickHouse(url=url, database=name))
    first = connect(settings.clickhouse, database="default")
    apply(first, settings)
    first.close()
    return connect(settings.clickhouse)


def store(url: str, name: str, table: Table, *rows: Row) -> None:
    with Store(ClickHouse(url=url, database=name)) as writer:
        writer.insert(table, rows, token=f"{name}:{table.name}")


def turn(started_at: datetime, answered_at: datetime | None = None, *, number: int = 1) -> Turn:
    waited_s = None if answered_at is None else (answered_at - started_at).total_seconds()
    late = waited_s is not None and waited_s > 3600
    return make_turn(number, waited_s=waited_s, started_at=started_at, breached=late)


def conversation(name: str, network: str, *turns: Turn, **fields: object) -> Conversation:
    return make_conversation(*turns, conversation_id=name, network=network, customer_handle=name, **fields)


CONVERSATIONS_OF_THE_DAY = (
    # Kept this morning, and kept again within the last hour.
    conversation("ana", "x", turn(at("09:00"), at("09:30")), turn(at("11:00"), at("11:50"), number=2)),
    # Broken at 09:00, answered within the last hour.
    conversation("ben", "x", turn(at("08:00"), at("11:30"))),
    # Waits, broken at 11:30.
    conversation("cleo", "facebook", turn(at("10:30")), mentions_leader=True, last_customer_text="Madame, …"),
    # Waits, still in time.
    conversation("dora", "facebook", turn(at("11:40")), last_customer_text="Hello?"),
    # Waits since yesterday; its promise broke yesterday too.
    conversation("emil", "x", turn(at("16:00", day=YESTERDAY)), last_customer_text="I give up."),
    # Answered at the very target, yesterday in UTC and today in Paris.
    conversation("fay", "forum", turn(at("22:30", day=YESTERDAY), at("23:30", day=YESTERDAY))),
    # Nothing was promised.
    conversation("gus", "forum", msgspec.structs.replace(turn(at("11:00"), at("11:10")), target_s=None, due_at=None)),
    # Over and done with.
    conversation("hal", "x", turn(at("08:00", day=YESTERDAY), at("20:00", day=YESTERDAY))),
)


@pytest.fixture(scope="module")
def day(url: str) -> Iterator[Client]:
    client = database(url, "day")
    told = CONVERSATIONS_OF_THE_DAY
    older = conversation("ana", "x", turn(at("09:00")), version=0)
    store(url, "day", TURNS, *(row for one in (older, *told) for row in turn_rows(one)))
    store(url, "day", CONVERSATIONS, *(conversation_row(one) for one in (older, *told)))
    yield client
    client.close()


def test_pace_counts_a_promise_once_and_every_wait(day: Client) -> None:
    found = snapshot(day, now=NOW).answering

    # Waits of the hour: 600, 1200, 5400, 12600, 72000; of today 1800 and 3600 more.
    assert found is not None
    assert found.hour == Pace(
        kept=1,
        missed=1,
        waiting=3,
        first=Waits(median_s=5400, p90_s=72_000),
        next=Waits(median_s=3000, p90_s=3000),
    )
    assert found.today == Pace(
        kept=3,
        missed=2,
        waiting=3,
        first=Waits(median_s=3600, p90_s=72_000),
        next=Waits(median_s=3000, p90_s=3000),
    )
    assert found.today.share == 0.6
    assert found.promise == Promise(shortest_s=3600, longest_s=3600)


def test_pace_of_each_network_adds_up_to_today(day: Client) -> None:
    found = snapshot(day, now=NOW).answering

    assert found is not None
    assert [(one.network, one.pace.kept, one.pace.missed, one.pace.waiting) for one in found.networks] == [
        ("x", 2, 1, 1),
        ("facebook", 0, 1, 2),
        ("forum", 1, 0, 0),
    ]
    assert found.networks[1] == NetworkPace(
        network="facebook", pace=Pace(missed=1, waiting=2, first=Waits(median_s=5400, p90_s=5400))
    )


def test_queue_shows_the_most_overdue_first(day: Client) -> None:
    found = snapshot(day, now=NOW).queue

    assert found is not None
    assert (found.waiting, found.late, found.leader) == (3, 2, 1)
    assert found.longest == (
        Customer(handle="emil", network="x", waited_s=72_000, over_s=68_400, text="I give up."),
        Customer(handle="cleo", network="facebook", waited_s=5400, over_s=1800, text="Madame, …", mentions_leader=True),
        Customer(handle="dora", network="facebook", waited_s=1200, over_s=-2400, text="Hello?"),
    )


def test_a_turn_without_an_answer_ages_with_the_clock(day: Client) -> None:
    later = snapshot(day, now=NOW + timedelta(minutes=41)).queue

    assert later is not None
    assert [(one.handle, one.waited_s) for one in later.longest] == [("emil", 74_460), ("cleo", 7860), ("dora", 3660)]
    assert later.late == 3


def said(native: str, text: str, clock: str, score: float, **fields: object) -> Enriched:
    event = make_event(native, network="x", text=text, created_at=at(clock), author=make_author(handle=f"c{native}"))
    label = "negative" if score < 0 else "positive" if score > 0 else "neutral"
    return make_enriched(
        msgspec.structs.replace(event, **{name: fields.pop(name) for name in ("author", "deleted") if name in fields}),
        sentiment=Sentiment(label=label, score=score),
        **{"entities": (), **fields},
    )


def topics(*names: str) -> tuple[Topic, ...]:
    return tuple(Topic(name=name) for name in names)


def names(*spellings: tuple[str, str]) -> tuple[Entity, ...]:
    return tuple(Entity(text=text, label=label, start=0, end=len(text)) for text, label in spellings)


@pytest.fixture(scope="module")
def told(url: str) -> Iterator[Client]:
    client = database(url, "told")
    french = Language(code="fr", confidence=0.9)
    events = [
        said("1", "Still no parcel after three weeks!", "11:59:10", -0.9, topics=topics("delivery", "delay")),
        said("2", "Where is my parcel, please, Lyon?", "11:59:30", 0.0, topics=topics("delivery"), intent="question"),
        said("3", "late", "11:30", -1.0, topics=topics("delay"), entities=names(("lyon", "LOC"), ("Lyon", "LOC"))),
        said("4", "Merci à toute l'équipe de Lyon !", "08:00", 0.8, topics=(), intent="praise", language=french),
        said("5", "Yesterday at half past twelve", "12:30", -0.5, topics=topics("price"), language=french),
        # Not counted: ourselves, what was deleted, spam, and what is older than a day.
        said("6", "We are sorry", "11:58", 0.0, author=make_author("brand")),
        said("7", "Gone", "11:58", -1.0, deleted=True),
        said("8", "Win a phone", "11:58", 1.0, is_spam=True),
        said("9", "Two days ago", "11:58", -1.0),
    ]
    events[3] = msgspec.structs.replace(events[3], entities=names(("Lyon", "LOC"), ("Acme", "BRAND"), ("J'", "PER")))
    for index, days in ((4, 1), (8, 2)):
        event = events[index].event
        earlier = msgspec.structs.replace(event, created_at=event.created_at - timedelta(days=days))
        events[index] = msgspec.structs.replace(events[index], event=earlier)
    insert_events(client, events)
    yield client
    client.close()


def insert_events(client: Client, events: list[Enriched]) -> None:
    """With an instant of storage: event n of N reached its row n tenths of a second after Kafka had it, at 11:59:55."""
    stored_at = at("11:59:55")
    rows = []
    for place, one in enumerate(events, start=1):
        published_at = stored_at - timedelta(milliseconds=100 * place)
        row = event_row(one, published_at=published_at, topic="signal.enriched.v1", partition=0, offset=place)
        rows.append((*row, int(stored_at.timestamp() * 1000)))
    columns = [*EVENTS.columns, ("stored_at", "DateTime64(3, 'UTC')")]
    client.insert(
        EVENTS.name,
        rows,
        column_names=[name for name, _ in columns],
        column_type_names=[kind for _, kind in columns],
    )


def test_voice_counts_what_customers_wrote_in_a_day(told: Client) -> None:
    found = snapshot(told, now=NOW).voice

    assert found is not None
    assert (found.negative, found.neutral, found.positive, found.events) == (3, 1, 1, 5)
    assert found.languages == (Count(name="en", events=3), Count(name="fr", events=2))
    assert [(one.name, one.events) for one in found.intents] == [("complaint", 3), ("praise", 1), ("question", 1)]
    assert len(found.per_minute) == 60
    assert (found.per_minute[-1], found.per_minute[-2], found.per_minute[-31], sum(found.per_minute)) == (0, 2, 1, 3)


def test_voice_proves_each_topic_with_a_sentence_of_its_own(told: Client) -> None:
    found = snapshot(told, now=NOW).voice

    # "late" is felt most strongly about the delay but says little; what delay shows, delivery does not show again.
    assert found is not None
    assert [(one.name, one.events, one.negative) for one in found.topics] == [
        ("delay", 2, 2),
        ("delivery", 2, 1),
        ("price", 1, 1),
    ]
    assert [one.quote for one in found.topics] == [
        Quote(text="Still no parcel after three weeks!", handle="c1", network="x"),
        Quote(text="Where is my parcel, please, Lyon?", handle="c2", network="x"),
        Quote(text="Yesterday at half past twelve", handle="c5", network="x"),
    ]


def test_voice_counts_a_name_once_per_event_and_leaves_our_own_out(told: Client) -> None:
    found = snapshot(told, now=NOW).voice

    assert found is not None
    assert [(one.name.lower(), one.events) for one in found.names] == [("lyon", 2)]


def test_flow_measures_from_kafka_to_the_row(told: Client) -> None:
    found = snapshot(told, now=NOW).flow

    # Delays of 0.1 s to 0.9 s: the middle is 0.5, and 0.99 lies 0.92 of the way from 0.8 to 0.9.
    assert found == Flow(
        events=9, per_second=0.9, row_p50_s=pytest.approx(0.5), row_p99_s=pytest.approx(0.892, abs=1e-6)
    )


def test_alarms_come_newest_first_with_the_wait_of_now_or_of_the_end(url: str) -> None:
    client = database(url, "alarms")
    store(
        url,
        "alarms",
        ALERTS,
        alert_row(make_alert("warning_50", fired_at=at("09:30"), waited_s=1800.0)),
        alert_row(make_alert("breach", fired_at=at("10:00"), waited_s=3601.0, mentions_leader=True)),
        alert_row(make_alert("warning_50", fired_at=at("09:30"), waited_s=2400.0, state="resolved", version=2)),
    )

    found = snapshot(client, now=NOW).alarms

    words = "The parcel is late, where is it?"
    assert found == (
        Alarm(
            level="breach",
            resolved=False,
            ago_s=7200,
            handle="ana",
            network="mastodon",
            waited_s=10_800,
            text=words,
            mentions_leader=True,
        ),
        Alarm(
            level="warning_50",
            resolved=True,
            ago_s=9000,
            handle="ana",
            network="mastodon",
            waited_s=2400,
            text=words,
        ),
    )
    client.close()


def test_buried_counts_an_open_dead_letter_once(url: str) -> None:
    client = database(url, "buried")
    dropped = make_dead_letter(b"let go", failed_at=at("11:31"))
    store(url, "buried", DEAD_LETTERS, dead_letter_row(dropped))
    store(url, "buried", LETTER_DECISIONS, (dropped.dead_letter_id, "dropped", 1, "nora", 1_772_449_200_000))
    letters = [make_dead_letter(failed_at=at("09:00")), make_dead_letter(failed_at=at("09:01"))]
    letters.append(make_dead_letter(b"late", failed_at=at("11:30")))
    store(url, "buried", DEAD_LETTERS, *(dead_letter_row(one) for one in letters))

    found = snapshot(client, now=NOW).buried

    assert found is not None
    assert (found.letters, found.last_hour) == (2, 1)
    client.close()


def test_an_empty_database_is_known_to_be_empty(url: str) -> None:
    client = database(url, "empty")

    found = snapshot(client, now=NOW)

    assert found.missing == ()
    assert found.answering == Answering()
    assert found.queue is not None
    assert found.queue.waiting == 0
    assert found.voice is not None
    assert found.voice.events == 0
    assert found.alarms == ()
    assert found.flow == Flow()
    client.close()


def test_a_view_that_is_not_there_leaves_its_questions_open(url: str) -> None:
    client = database(url, "partial")
    client.command("DROP VIEW conversations")

    found = snapshot(client, now=NOW)

    assert found.missing == ("conversations",)
    assert found.queue is None
    assert found.answering == Answering()
    client.close()


def test_questions_read_views_only() -> None:
    asked = {view for question in QUESTIONS.values() for view in question.views}

    assert asked <= {"events", "conversations", "response_turns", "alerts", "dead_letters"}
    assert not any("raw_" in question.sql for question in QUESTIONS.values())


def test_now_may_stand_in_any_zone(day: Client) -> None:
    utc = snapshot(day, now=NOW.astimezone(UTC)).answering
    paris = snapshot(day, now=NOW).answering

    # Fay was answered today in Paris, yesterday in London; the last hour is the same everywhere.
    assert utc is not None
    assert paris is not None
    assert utc.hour == paris.hour
    assert (utc.today.kept, paris.today.kept) == (2, 3)
