"""The sample as a whole: large, varied, and invented."""

import itertools
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.sample.bundle import Sample, sample_events
from schemas import codec
from schemas.event import HUMAN_ANSWER_ROLES, Event

STORM = (datetime(2024, 4, 2, 15, 0, tzinfo=UTC), datetime(2024, 4, 2, 16, 0, tzinfo=UTC))
MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
EXAMPLE_DOMAIN = re.compile(r"(?:^|\.)example(?:\.[a-z]+)?$|\.invalid$|\.test$")
LINK = re.compile(r"https?://([^/\s]+)|\bwww\.([^/\s]+)")
PHONE = re.compile(r"(?<![\w.,])(?:\+|00)?\d(?:[ .-]?\d){8,13}(?!\w)")
FICTITIOUS = re.compile(  # numbers kept free for films: Arcep 01 99 00, Ofcom 08081 570, NANPA 555-01; or all zeros
    r"(?:0|0?0?33)199\d{6}|08081570\d{3}|1?\d{3}55501\d{2}|0+"
)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return sample_events()


@pytest.fixture(scope="module")
def events(sample: Sample) -> list[Event]:
    return [*sample.history, *sample.live]


def test_sample_is_large_enough(events):
    assert len(events) >= 1500
    assert len({event.conversation_id for event in events}) >= 480


def test_sample_has_many_networks_and_both_languages(events):
    networks = Counter(event.network for event in events)
    languages = Counter(event.language for event in events)

    assert len([network for network, count in networks.items() if count >= 20]) >= 6
    assert languages["fr"] >= 500
    assert languages["en"] >= 300


def test_split_leaves_a_long_history_and_a_busy_hour_to_live_through(sample):
    first_hour = [event for event in sample.live if event.received_at < STORM[1]]

    assert len(sample.history) >= 1000
    assert len(first_hour) >= 100


def test_every_event_reads_back_and_happens_in_order(events):
    assert [codec.decode(codec.encode(event), Event) for event in events] == events
    late = [after.received_at - before.received_at for before, after in itertools.pairwise(events)]
    assert min(late) > timedelta(seconds=-2.1)


def test_storm_fits_into_one_hour(events):
    per_hour = Counter(event.created_at.replace(minute=0, second=0) for event in events)

    (hour, count), (_, next_count) = per_hour.most_common(2)

    assert hour == STORM[0]
    assert count > 2 * next_count


def test_ids_are_unique_but_for_edits_and_deletions(events):
    originals = [event.event_id for event in events if not event.edited and not event.deleted]
    edits = [event for event in events if event.edited and not event.deleted]
    deletions = [event for event in events if event.deleted]

    assert len(originals) == len(set(originals))
    assert {event.event_id for event in edits + deletions} <= set(originals)
    assert len(edits) >= 5
    assert len(deletions) >= 5


def test_every_answer_points_into_its_own_conversation(events):
    conversations = {event.event_id: event.conversation_id for event in events}

    assert all(conversations[event.parent_id] == event.conversation_id for event in events if event.parent_id)


def test_every_role_and_kind_is_there(events):
    assert {event.author.role for event in events} == {"customer", "brand", "automation", "leader"}
    assert {event.kind for event in events} == {"post", "reply", "comment", "review", "message"}
    assert {event.rating for event in events if event.kind == "review"} == {1, 2, 3, 4, 5}
    assert len([event for event in events if event.author.role == "automation"]) >= 20


def test_some_customers_wait_for_ever_and_some_come_back(events):
    conversations: dict[str, list[Event]] = {}
    for event in events:
        conversations.setdefault(event.conversation_id, []).append(event)
    answered = [[event.author.role in HUMAN_ANSWER_ROLES for event in one] for one in conversations.values()]
    reopened = [one for one in answered if True in one and False in one[one.index(True) :]]

    assert 0.15 < len([one for one in answered if not any(one)]) / len(answered) < 0.6
    assert len(reopened) >= 40


def test_no_two_conversations_have_the_same_words_but_for_shares(events):
    conversations: dict[str, set[str]] = {}
    for event in events:
        if event.author.role == "customer" and len(event.text) > 40 and not event.text.startswith("RT @"):
            conversations.setdefault(event.text, set()).add(event.conversation_id)

    assert [found for found in conversations.values() if len(found) > 1] == []


def test_addresses_and_links_lead_nowhere(events):
    domains = {domain for event in events for domain in MAIL.findall(event.text)}
    hosts = {host or www for event in events for host, www in LINK.findall(event.text)}
    permalinks = {re.sub(r"^https://([^/]+)/.*$", r"\1", event.permalink) for event in events if event.permalink}

    assert [one for one in domains | hosts | permalinks if not EXAMPLE_DOMAIN.search(one.rstrip(".,)"))] == []


def test_telephone_numbers_are_fictitious(events):
    numbers = {re.sub(r"[ .-]", "", found) for event in events for found in PHONE.findall(event.text)}

    assert [number for number in numbers if not FICTITIOUS.fullmatch(number.lstrip("+"))] == []
