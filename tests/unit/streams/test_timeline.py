"""What the responses agent remembers of a conversation."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from schemas import codec
from schemas.enriched import Enriched, Language, Sentiment
from schemas.event import Role
from schemas.policy import ResponsePolicy
from schemas.units import Duration
from streams.assess import Assessment, assess
from streams.instants import to_ms
from streams.timeline import MAX_BYTES, Timeline, TooLong, add, content_ends_ms, entries, pack, unpack, without_content
from tests.support.builders import at, make_author, make_book, make_enriched, make_event

BOOK = make_book()


def said(native: str, clock: str, role: Role = "customer", *, received: str = "", **fields: object) -> Enriched:
    """An event written and received at these times of the test day."""
    return make_enriched(
        make_event(native, role=role, created_at=at(clock), received_at=at(received or clock), **fields)
    )


def told(*said_in_order: Enriched) -> Timeline:
    timeline: Timeline | None = None
    for one in said_in_order:
        timeline = add(timeline, one, 3, BOOK) or timeline
    assert timeline is not None
    return timeline


def test_the_first_event_opens_the_timeline_of_its_conversation():
    timeline = told(said("1", "09:00"))

    assert (timeline.conversation_id, timeline.network, timeline.brand) == ("mastodon:1", "mastodon", "acme")
    assert (timeline.partition, timeline.version, timeline.fired) == (3, 0, ())


def test_a_repeated_event_says_nothing_new():
    timeline = told(said("1", "09:00"))

    assert add(timeline, said("1", "09:00"), 3, BOOK) is None


def test_an_older_copy_says_nothing_new():
    timeline = told(said("1", "09:00", received="09:30"))

    assert add(timeline, said("1", "09:00", received="09:10", text="before it was edited"), 3, BOOK) is None


def test_a_newer_copy_replaces_the_older_one():
    timeline = told(said("1", "09:00"), said("1", "09:00", received="09:30", text="edited"))

    assert len(timeline.entries) == 1
    assert timeline.customer is not None
    assert timeline.customer.text == "edited"


def test_a_deletion_holds_whatever_copy_comes_later():
    timeline = told(said("1", "09:00"), said("1", "09:00", received="09:10", deleted=True))

    assert add(timeline, said("1", "09:00", received="23:00"), 3, BOOK) is None
    assert [entry.deleted for entry in entries(timeline)] == [True]


def test_a_deletion_that_was_fetched_before_the_copy_we_know_holds_too():
    timeline = told(said("1", "09:00", received="10:00"), said("1", "09:00", received="09:10", deleted=True))

    assert [entry.deleted for entry in entries(timeline)] == [True]


def test_the_customer_who_wrote_last_is_shown():
    timeline = told(
        said("1", "09:00", text="first"),
        said("2", "09:20", author=make_author(id="u2", handle="ben"), text="last", permalink="https://x.example/2"),
        said("3", "09:10", text="between, and late to arrive"),
        said("4", "09:30", "brand", text="our answer"),
    )

    customer = timeline.customer
    assert customer is not None
    assert (customer.handle, customer.text, customer.permalink) == ("ben", "last", "https://x.example/2")


def test_a_conversation_that_only_the_brand_wrote_in_shows_no_customer():
    assert told(said("1", "09:00", "brand"), said("2", "09:10", "automation")).customer is None


def test_the_words_of_a_deleted_event_are_not_kept():
    timeline = told(said("1", "09:00"), said("1", "09:00", received="09:10", deleted=True, text="still sent along"))

    assert timeline.customer is not None
    assert timeline.customer.text == ""
    assert b"still sent" not in pack(timeline)
    assert b"parcel" not in pack(timeline)


def test_only_the_beginning_of_a_very_long_text_is_kept():
    timeline = told(said("1", "09:00", text="é" * 10_000))

    assert timeline.customer is not None
    assert timeline.customer.text == "é" * 500


def about_a_leader(timeline: Timeline) -> bool:
    return any(entry.mentions_leader for entry in entries(timeline))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as it was written", "newer copy first"])
def test_a_mention_that_was_edited_away_counts_the_same_in_either_order(order: tuple[int, int]):
    before = make_enriched(make_event("1", received_at=at("09:01")), mentions_leader=True)
    after = make_enriched(make_event("1", received_at=at("09:05"), edited=True), mentions_leader=False)
    copies = [before, after]

    timeline = told(*(copies[index] for index in order))

    assert about_a_leader(timeline) == about_a_leader(told(before, after))


def test_the_brand_is_learned_from_the_first_event_that_knows_it():
    assert told(said("1", "09:00", brand=""), said("2", "09:10", "brand", brand="acme")).brand == "acme"


def test_measures_take_the_times_and_roles_of_all_events():
    timeline = told(said("1", "09:00"), said("2", "09:10:00.250", "leader", received="09:11"))

    question, answer = entries(timeline)

    assert (question.event_id, question.role, question.at_ms) == ("mastodon:1", "customer", to_ms(at("09:00")))
    assert (answer.role, answer.at_ms - question.at_ms) == ("leader", 600_250)
    assert answer.version == to_ms(at("09:11"))


def test_what_is_remembered_comes_back_from_the_table():
    timeline = told(
        said("1", "09:00", text="Où est mon colis ? 📦", permalink="https://x.example/1"),
        said("2", "09:10", "brand"),
        make_enriched(
            make_event("3", created_at=at("09:20")),
            mentions_leader=True,
            language=Language(code="fr", confidence=1.0),
            sentiment=Sentiment(label="positive", score=0.333, confidence=0.5),
        ),
    )

    assert unpack(pack(timeline)) == timeline


def test_sentiment_is_remembered_in_hundredths():
    timeline = told(make_enriched(sentiment=Sentiment(label="negative", score=-0.336, confidence=0.5)))

    assert (timeline.entries[0].score, timeline.entries[0].label) == (-34, "negative")


def test_who_has_no_handle_is_known_by_id():
    timeline = told(said("1", "09:00", author=make_author("brand", handle="", id="team-7")))

    assert timeline.entries[0].author == "team-7"


def test_all_orders_of_arrival_end_in_the_same_entries():
    copies = [
        said("1", "09:00"),
        said("1", "09:00", received="09:05", text="edited"),
        said("2", "09:10", "brand"),
        said("2", "09:10", "brand", received="09:20", deleted=True),
    ]

    ends = {
        (frozenset(msgspec.structs.replace(one, first_ms=0) for one in timeline.entries), timeline.customer)
        for timeline in (told(*order) for order in itertools.permutations(copies))
    }

    assert len(ends) == 1


@pytest.mark.parametrize("year", [1999, 2004, 2017, 2026, 2038, 2099])
def test_milliseconds_are_exact_in_any_year(year: int):
    epoch, start = datetime(1970, 1, 1, tzinfo=UTC), datetime(year, 3, 2, 9, 0, tzinfo=UTC)
    base = (start - epoch) // timedelta(milliseconds=1)

    found = [to_ms(start + timedelta(milliseconds=ms)) - base for ms in range(1000)]

    assert found == list(range(1000))


def test_content_leaves_the_timeline_and_its_times_stay():
    timeline = told(said("1", "09:00", text="My lid"), said("2", "09:05", "brand"))

    emptied = without_content(timeline, before_ms=to_ms(at("09:10")))

    assert emptied.customer is not None
    assert (emptied.customer.text, emptied.customer.handle, emptied.customer.author_id) == ("", "", "")
    assert [bool(one.author) for one in emptied.entries] == [False, True]  # who answered is what is measured
    assert entries(emptied) == entries(timeline)


def test_what_was_fetched_later_stays():
    timeline = told(said("1", "09:00", received="09:30", text="My lid"))

    assert without_content(timeline, before_ms=to_ms(at("09:10"))) == timeline


def test_content_ends_with_what_was_fetched_first_and_never_without_terms():
    timeline = told(said("1", "09:00"), said("2", "09:05"))

    assert content_ends_ms(timeline, 60_000) == to_ms(at("09:01"))
    assert content_ends_ms(timeline, None) is None
    assert content_ends_ms(without_content(timeline, before_ms=to_ms(at("10:00"))), 60_000) is None


def test_a_timeline_of_the_version_before_is_read():
    timeline = told(said("1", "09:00"))
    fields = msgspec.msgpack.decode(pack(timeline))
    fields[6] = fields[6][:7]  # a customer without received_ms

    assert unpack(msgspec.msgpack.encode(fields)).customer == msgspec.structs.replace(timeline.customer, received_ms=0)


def as_long_as_may_be(name: str, every: int) -> Assessment:
    """A timeline with no room for one more event, of which each so many-th is an answer."""
    roles: tuple[Role, ...] = ("customer", "brand")
    book = make_book(ResponsePolicy(name="a day for all", first=Duration(86_400), next=Duration(86_400), owner="Nora"))
    customer, brand = (add(None, said("1", "09:00", role), 3, book).entries[0] for role in roles)
    event_bytes, count = 220 + len(name), MAX_BYTES // (220 + len(name)) + 1
    assert count * event_bytes > MAX_BYTES
    filled = tuple(
        msgspec.structs.replace(
            brand if number % every == 1 else customer,
            event_id=f"{number:06d}".ljust(len(name) - len(customer.author), "x"),
            at_ms=customer.at_ms + number * 7_200_000,
        )
        for number in range(count + 1)
    )
    timeline = msgspec.structs.replace(told(said("1", "09:00")), entries=filled)
    with pytest.raises(TooLong):
        add(timeline, said("new", "09:00"), 3, BOOK)
    return assess(timeline, book, watermark_ms=filled[-1].at_ms, version=1)


@pytest.mark.parametrize("id_chars", [20, 80, 512])
@pytest.mark.parametrize("every", [2, 100_000])
def test_a_conversation_that_may_not_grow_any_more_fits_the_records_of_kafka(id_chars: int, every: int):
    full = as_long_as_may_be("x" * id_chars, every)

    assert len(pack(full.timeline)) < MAX_BYTES
    assert len(codec.encode(full.conversation)) < MAX_BYTES
