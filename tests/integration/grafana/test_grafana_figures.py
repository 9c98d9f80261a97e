"""Figures of every board against the same figures counted in plain Python from what was told."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.enriched import Enriched
from tests.support.asking import Frame, Told, panel_query
from tests.support.plaincount import Turn, exact, turns

pytestmark = pytest.mark.integration

EVER, WEEK, TARGET_S = timedelta(days=20 * 365), timedelta(days=7), 3600.0
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECONDS_APART = 5.0  # between the figure of the board and that of the test, somebody who waits grows older


def panel(told: Told, board: str, number: int, period: timedelta = EVER, **chosen: tuple[str, ...]) -> Frame:
    return told.reader.ask(panel_query(board, number), period=period, chosen=chosen)


def rows(frame: Frame) -> list[dict[str, Any]]:
    return [dict(zip(frame.names, row, strict=True)) for row in frame.rows]


def share_in_time(asked: Iterable[Turn], now: datetime) -> float:
    """Of those that are decided: answered within the target, against answered after it or waiting past it."""
    kept = [turn.age_s(now) <= TARGET_S for turn in asked if turn.answered_at or turn.age_s(now) > TARGET_S]
    return sum(kept) / len(kept)


def by_customers(enriched: Iterable[Enriched]) -> list[Enriched]:
    """The newest copy of each post of a customer that is neither deleted nor spam."""
    newest: dict[str, Enriched] = {}
    for one in enriched:
        known = newest.get(one.event.event_id)
        if known is None or (known.event.deleted, known.event.received_at) <= (
            one.event.deleted,
            one.event.received_at,
        ):
            newest[one.event.event_id] = one
    return [
        one
        for one in newest.values()
        if one.event.author.role == "customer" and not one.is_spam and not one.event.deleted
    ]


def test_leadership_says_how_fast_and_how_many_wait(conversations: Told) -> None:
    now, asked = datetime.now(UTC), turns(conversations.enriched)
    first = [turn for turn in asked if turn.is_first]

    assert panel(conversations, "leadership", 1).one()["in_time"] == pytest.approx(share_in_time(asked, now), abs=0.002)
    for number, place in ((2, 0.5), (3, 0.9)):
        row = panel(conversations, "leadership", number).one()
        wait = exact([turn.age_s(now) for turn in first], place)
        assert row["first_response"] == pytest.approx(wait, abs=SECONDS_APART)
        assert row["of_target"] == pytest.approx(wait / TARGET_S, abs=SECONDS_APART / TARGET_S)
    waiting = panel(conversations, "leadership", 5).one()
    open_turns = [turn for turn in asked if turn.answered_at is None]
    assert waiting["waiting"] == len(open_turns)
    assert waiting["longest"] == pytest.approx(max(turn.age_s(now) for turn in open_turns), abs=SECONDS_APART)


def test_leadership_says_what_they_write_about(sample: Told) -> None:
    posts = by_customers(sample.enriched)
    networks = Counter((one.event.network, one.sentiment.label) for one in posts)
    topics = Counter(topic.name for one in posts for topic in one.topics)

    for row in rows(panel(sample, "leadership", 8, WEEK)):
        assert {label: row[label] for label in ("negative", "neutral", "positive")} == {
            label: networks[row["network"], label] for label in ("negative", "neutral", "positive")
        }
    told = rows(panel(sample, "leadership", 7, WEEK))
    assert {row["topic"]: row["posts"] for row in told} == {row["topic"]: topics[row["topic"]] for row in told}
    assert [row["posts"] for row in told] == sorted(topics.values(), reverse=True)[:10]
    texts = {one.event.text[:280]: {topic.name for topic in one.topics} for one in posts}
    assert all(row["topic"] in texts[row["quote"]] for row in told), "a quote is of its topic"


def test_response_times_counts_requests_by_network_and_by_how_long_they_took(conversations: Told) -> None:
    now, asked = datetime.now(UTC), turns(conversations.enriched)
    first = [turn for turn in asked if turn.is_first]

    counted = panel(conversations, "response-times", 1).one()
    assert counted["requests"] == len(asked)
    assert counted["answered"] == sum(turn.answered_at is not None for turn in asked)
    figures = panel(conversations, "response-times", 2).one()
    for name, place in (("median", 0.5), ("p75", 0.75), ("p90", 0.9), ("p95", 0.95)):
        expected = exact([turn.age_s(now) for turn in first], place)
        assert figures[name] == pytest.approx(expected, abs=SECONDS_APART), name
    brands = Counter(turn.brand for turn in first)
    for row in rows(panel(conversations, "response-times", 8)):
        assert row["requests"] == brands[row["brand"]]
    quick = rows(panel(conversations, "response-times", 15))[0]
    assert quick["answered"] == sum(turn.answered_at is not None and turn.age_s(now) < 300 for turn in first)


def test_response_times_of_one_brand_are_those_of_its_conversations(conversations: Told) -> None:
    now, asked = datetime.now(UTC), turns(conversations.enriched)
    (brand, _), *_ = Counter(turn.brand for turn in asked).most_common(1)
    of_brand = [turn for turn in asked if turn.brand == brand and turn.is_first]

    row = panel(conversations, "response-times", 2, brand=(brand,)).one()

    assert row["p90"] == pytest.approx(exact([turn.age_s(now) for turn in of_brand], 0.9), abs=SECONDS_APART)


def test_voice_counts_posts_feelings_and_languages(sample: Told) -> None:
    posts = by_customers(sample.enriched)

    row = panel(sample, "voice", 1, WEEK).one()

    assert row["posts"] == len(posts)
    assert row["negative_share"] == pytest.approx(sum(one.sentiment.label == "negative" for one in posts) / len(posts))
    assert row["customers"] == pytest.approx(len({(one.event.network, one.event.author.id) for one in posts}), rel=0.01)
    languages = Counter(one.language.code for one in posts)
    told = rows(panel(sample, "voice", 7, WEEK))
    assert {row["language"]: row["negative"] + row["neutral"] + row["positive"] for row in told} == dict(languages)


def test_inbox_counts_mentions_of_executives(sample: Told) -> None:
    mentions = [one for one in by_customers(sample.enriched) if one.mentions_leader]

    over_time = rows(panel(sample, "inbox", 6, WEEK))
    newest = panel(sample, "inbox", 7, WEEK)

    assert sum(row["negative"] + row["neutral"] + row["positive"] for row in over_time) == len(mentions)
    assert newest.column("said") == [
        one.event.text[:400]
        for one in sorted(mentions, key=lambda one: (-one.event.created_at.timestamp(), one.event.event_id))[:40]
    ]


def test_pipeline_counts_what_was_stored_and_what_was_not(sample: Told) -> None:
    last = {number % 4: number for number in range(len(sample.enriched))}

    stored = panel(sample, "pipeline", 1, WEEK).one()

    known = {one.event.event_id for one in sample.enriched}
    gone = {one.event.event_id for one in sample.enriched if one.event.deleted}
    assert stored["events"] == len(known - gone)
    assert panel(sample, "pipeline", 3, WEEK).one() == {
        "dead_letters": 1,
        "last_hour": 1,
        "undecided": 1,
    }
    told = {row["partition"]: row["last_offset"] for row in rows(panel(sample, "pipeline", 8, WEEK))}
    assert told == last


def test_pipeline_shows_how_workers_are_and_were(workers: Told) -> None:
    now = panel(workers, "pipeline", 14, HOUR).one()
    each = {row["agent"]: row for row in rows(panel(workers, "pipeline", 15, HOUR))}
    over_time, largest = (rows(panel(workers, "pipeline", number, HOUR)) for number in (16, 17))
    by_partition = {row["agent"]: row for row in rows(panel(workers, "pipeline", 18, HOUR))}

    assert {agent: row["state"] for agent, row in each.items()} == {
        "enrich": "working",
        "sink": "silent",
        "notify": "failed",
    }
    assert list(each) == ["sink", "notify", "enrich"], "who is not well comes first"
    assert (now["unwell"], now["well"], now["lag"], now["memory"]) == (2, 1, 8, 700_000_000)
    assert max(row["lag"] for row in over_time if row["agent_name"] == "enrichment") == 190
    assert max(row["memory"] for row in largest if row["worker"].startswith("enrich@")) == 200_000_019
    assert (by_partition["enrich"]["lag"], by_partition["enrich"]["most"]) == (0, 190)
    assert (by_partition["sink"]["lag"], by_partition["sink"]["most"]) == (8, 19)


def test_pipeline_shows_test_events_and_what_became_of_dead_letters(sample: Told) -> None:
    told = panel(sample, "pipeline", 19, DAY).one()
    (letters,) = rows(panel(sample, "pipeline", 21, DAY))

    assert told["missing"] == 1
    assert 2 <= told["newest"] == told["median"] == told["p99"] < 60
    assert {name: letters[name] for name in ("stage", "undecided", "retried", "dropped")} == {
        "stage": "enrich",
        "undecided": 1,
        "retried": 0,
        "dropped": 0,
    }
