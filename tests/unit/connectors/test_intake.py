"""From items to events: conversations, repeats, edits, deletions, dead letters."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.base import Connector, Deletion, Page, Parsed, Poll, Source
from connectors.counters import Counters
from connectors.intake import Intake
from connectors.memory import Memory
from connectors.normalize import make_event
from connectors.people import people_from
from schemas.errors import BrokerError, Malformed, Refused, Unavailable
from schemas.event import Event
from schemas.forgotten import erased, mark_of
from schemas.settings import Brand, Connectors, DeadLetters
from schemas.units import Secret
from tests.support.fakes import FakePublisher, FixedClock
from tests.support.networks import NOW

KEY = Secret("a key of the test")


def parse(raw: Any, source: Source) -> Iterator[Parsed]:
    """An item is the keyword arguments of an event; "bad" and "bug" fail, {"gone": id} and {"left": author} delete."""
    if raw == "bad":
        raise Malformed("the item is bad")
    if raw == "bug":
        raise KeyError("a mistake")
    if "gone" in raw:
        yield Deletion(id=raw["gone"])
    elif "left" in raw:
        yield Deletion(author=raw["left"])
    else:
        yield make_event(source, **{"author_id": "u1", "created_at": NOW, "text": "hello", **raw})


CONNECTOR = Connector(
    name="x", title="X", reads="", parse=parse, poll=Poll(pages=lambda http, source, cursor: iter([Page(items=())]))
)
PEOPLE = people_from([Brand(name="acme", accounts=("acmehelp",))], [])


class Made:
    """An intake on a memory that stays, with a broker in memory."""

    def __init__(self, path: Path | None = None, **options: Any) -> None:
        self.publisher = options.pop("publisher", None) or FakePublisher()
        self.memory = options.pop("memory", None) or Memory(path, remember=1000)
        self.clock = FixedClock(NOW)
        self.counters = Counters()
        source = Source(
            network="x",
            name="x",
            since=options.pop("since", NOW - timedelta(days=1)),
            until=options.pop("until", None),
            brand=options.pop("brand", ""),
            track=options.pop("track", ()),
            people=PEOPLE,
            secrets={"X_TOKEN": Secret("token-of-a-test-4711")},
        )
        self.intake = Intake(
            CONNECTOR, source, self.publisher, self.memory, clock=self.clock, counters=self.counters, **options
        )

    def take(self, *items: Any) -> list[Event]:
        before = len(self.publisher.events)
        self.intake.take(items)
        self.intake.commit("c")
        return self.publisher.events[before:]

    def count(self, name: Any) -> int:
        return self.counters.get("x", name)


def test_an_event_is_stamped_and_published_once():
    made = Made()

    (event,) = made.take({"id": "1"}, {"id": "1"})

    assert event.received_at == NOW
    assert (made.count("received"), made.count("published"), made.count("repeated")) == (2, 1, 1)


def test_an_edit_is_noticed_and_keeps_the_instant_of_the_event():
    made = Made()
    made.take({"id": "1"})
    made.clock.sleep(60)

    (event,) = made.take({"id": "1", "text": "hello again", "created_at": NOW + timedelta(seconds=30)})

    assert (event.edited, event.text, event.created_at) == (True, "hello again", NOW)
    assert event.received_at == NOW + timedelta(seconds=60)


def test_more_likes_are_no_edit():
    made = Made()
    made.take({"id": "1"})

    assert made.take({"id": "1", "followers": 7}) == []


def test_a_reply_joins_the_conversation_of_its_parent():
    made = Made()

    events = made.take({"id": "1"}, {"id": "2", "parent": "1"}, {"id": "3", "parent": "2"})

    assert [event.conversation_id for event in events] == ["x:1"] * 3


def test_an_unknown_parent_is_asked_for_once():
    asked: list[str] = []
    made = Made(root=lambda native: asked.append(native) or "100")

    events = made.take({"id": "2", "parent": "1"}, {"id": "3", "parent": "1"}, {"id": "4", "parent": "3"})

    assert [event.conversation_id for event in events] == ["x:100"] * 3
    assert asked == ["1"]


def test_without_an_answer_the_parent_opens_the_conversation():
    assert Made(root=lambda native: None).take({"id": "2", "parent": "1"})[0].conversation_id == "x:1"
    assert Made().take({"id": "2", "parent": "1"})[0].conversation_id == "x:1"


def test_a_parent_that_comes_later_finds_its_conversation_and_is_no_edit():
    made = Made(root=lambda native: "100")
    made.take({"id": "2", "parent": "1"})

    (event,) = made.take({"id": "1", "parent": "100"})

    assert (event.conversation_id, event.edited) == ("x:100", False)


def test_a_conversation_that_the_network_gives_is_taken_as_it_is():
    made = Made(root=lambda native: pytest.fail("nobody needs to ask"))

    assert made.take({"id": "2", "parent": "1", "conversation": "1"})[0].conversation_id == "x:1"


def test_a_deletion_by_id_carries_what_the_event_had():
    made = Made()
    made.take(
        {"id": "1"}, {"id": "2", "parent": "1", "author_id": "acmehelp", "created_at": NOW + timedelta(minutes=5)}
    )

    (gone,) = made.take({"gone": "2"})

    assert gone.deleted
    assert (gone.event_id, gone.conversation_id, gone.parent_id) == ("x:2", "x:1", "x:1")
    assert (gone.author.id, gone.author.role, gone.brand) == ("acmehelp", "brand", "acme")
    assert (gone.created_at, gone.text) == (NOW + timedelta(minutes=5), "")


def test_a_deletion_is_published_once_and_nothing_comes_back():
    made = Made()
    made.take({"id": "1"}, {"gone": "1"})

    assert made.take({"gone": "1"}, {"id": "1"}, {"id": "1", "text": "other"}) == []
    assert made.count("repeated") == 3


def test_everything_of_an_author_who_left_is_deleted():
    made = Made()
    made.take({"id": "1"}, {"id": "2"}, {"id": "3", "author_id": "u2"})

    assert {event.event_id for event in made.take({"left": "u1"})} == {"x:1", "x:2"}


def test_an_author_who_left_within_one_page_is_gone_too():
    made = Made()

    events = made.take({"id": "1"}, {"left": "u1"})

    assert [event.deleted for event in events] == [False, True]


def test_what_was_never_published_cannot_be_deleted():
    made = Made()

    assert made.take({"gone": "9"}, {"left": "u9"}) == []
    assert made.count("unknown_deletions") == 2


def test_a_bad_item_is_buried_and_the_page_goes_on():
    made = Made()

    events = made.take({"id": "1"}, "bad", {"id": "2"})

    (letter,) = made.publisher.letters
    assert [event.event_id for event in events] == ["x:1", "x:2"]
    assert (letter.stage, letter.source, letter.error, letter.reason) == (
        "connect",
        "x:x",
        "Malformed",
        "the item is bad",
    )
    assert (letter.payload, letter.network) == (b"bad", "x")


def test_a_mistake_of_a_parser_costs_the_item_alone():
    made = Made()

    assert len(made.take("bug", {"id": "2"})) == 1
    assert made.publisher.letters[0].error == "KeyError"
    assert "mistake" not in made.publisher.letters[0].reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"text": "x" * 70_000}, "max_text_chars", id="a text too long"),
        pytest.param({"created_at": NOW + timedelta(days=3)}, "max_future", id="a clock that runs ahead"),
        pytest.param({"created_at": NOW.replace(year=1999)}, "earliest", id="a clock that stands still"),
        pytest.param({"author_id": ""}, "author", id="nobody"),
        pytest.param({"id": "9" * 600}, "id of the item", id="an id without end"),
    ],
)
def test_what_no_event_may_be_is_buried(fields: dict[str, Any], reason: str):
    made = Made()

    assert made.take({"id": "1", **fields}) == []
    assert reason in made.publisher.letters[0].reason


def test_no_secret_is_kept_in_a_dead_letter_or_in_raw():
    made = Made(settings=Connectors(keep_raw=True))

    (event,) = made.take({"id": "1", "text": "the token-of-a-test-4711"})
    made.take({"id": "2", "author_id": "", "text": "token-of-a-test-4711"})

    assert b"4711" not in made.publisher.letters[0].payload
    assert isinstance(event.raw, msgspec.Raw)
    assert b"4711" not in bytes(event.raw)


def test_raw_is_kept_only_when_asked_for():
    assert Made().take({"id": "1"})[0].raw is msgspec.UNSET


def test_most_of_a_network_is_about_something_else():
    made = Made(everything=True, track=("lumora",))

    events = made.take(
        {"id": "1", "text": "lumoracorp"},
        {"id": "2", "text": "my LUMORA!"},
        {"id": "3", "text": "what is it", "parent": "2", "conversation": "2", "author_id": "u2"},
        {"id": "4", "text": "no", "parent": "9", "conversation": "9"},
        {"id": "5", "text": "we are here", "author_id": "acmehelp"},
        {"id": "2", "text": "my grinder"},
    )

    assert [event.event_id for event in events] == ["x:2", "x:3", "x:5", "x:2"]
    assert made.count("filtered") == 2


def test_what_strangers_wrote_and_cannot_be_read_is_not_kept():
    made = Made(everything=True, track=("café",))

    made.take({"odd": "my café"}, b'{"odd": "my caf\\u00e9"}', {"odd": "my mother"}, b'{"broken')

    kept = [letter.payload for letter in made.publisher.letters]
    assert [payload[:4] for payload in kept] == [b'{"od', b'{"od', b'{"br']
    assert not any(b"mother" in payload for payload in kept)
    assert made.count("filtered") == 1


def test_an_answer_of_the_brand_that_cannot_be_read_is_kept():
    made = Made(everything=True, track=("lumora",))

    made.take({"odd": "Sorry!", "by": "AcmeHelp"}, {"odd": "hello", "by": "acmehelpless"})

    assert [b"Sorry!" in letter.payload for letter in made.publisher.letters] == [True]


def test_what_is_not_kept_still_says_that_the_network_has_changed():
    made = Made(everything=True, track=("lumora",), dead_letters=DeadLetters(min_events=10, max_share=0.5))

    with pytest.raises(Refused, match="10 of 10"):
        made.take(*[{"odd": str(number)} for number in range(10)])


def test_a_backfill_keeps_to_its_span():
    made = Made(since=NOW - timedelta(hours=1), until=NOW)

    events = made.take(
        {"id": "1", "created_at": NOW - timedelta(hours=1)},
        {"id": "2", "created_at": NOW - timedelta(hours=1, seconds=1)},
        {"id": "3", "created_at": NOW},
    )

    assert [event.event_id for event in events] == ["x:1"]


def test_two_brands_that_see_one_event_do_not_take_it_from_each_other():
    memory = Memory(None, remember=100)
    first, second = Made(memory=memory, brand="acme"), Made(memory=memory, brand="lumora")

    (event,) = first.take({"id": "1"})

    assert event.brand == "acme"
    assert second.take({"id": "1"}) == []
    assert second.take({"id": "1", "text": "edited"})[0].brand == "acme"


def test_when_most_cannot_be_read_the_source_is_stopped():
    made = Made(dead_letters=DeadLetters(max_share=0.5, min_events=10))

    with pytest.raises(Refused, match="10 of 10 items could not be read"):
        made.take(*["bad"] * 10)


def test_some_that_cannot_be_read_stop_nothing():
    made = Made(dead_letters=DeadLetters(max_share=0.5, min_events=10))

    for number in range(50):
        made.take("bad", {"id": f"{number}a"}, {"id": f"{number}b"})

    assert made.count("buried") == 50


class Forgetting(FakePublisher):
    """A publisher that follows the list of who was forgotten."""

    def publish(self, event: Event) -> Event:
        """Take it without them."""
        marks = {mark_of("x", "pilar", key=KEY)}
        return super().publish(erased(event, key=KEY, is_forgotten=marks.__contains__))


def test_who_was_forgotten_does_not_come_back_into_the_memory_with_their_posts(tmp_path: Path):
    path = tmp_path / "memory.sqlite"
    made = Made(path, publisher=Forgetting())
    posts = [
        {"id": "1", "author_id": "pilar"},
        {"id": "pilar/2", "author_id": "pilar"},
        {"id": "3", "parent": "pilar/2"},
        {"id": "4", "parent": "pilar/9"},
    ]

    assert len(made.take(*posts)) == 4
    again = made.take(*posts)

    made.memory.__exit__(None, None, None)
    assert b"pilar" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    mark = mark_of("x", "pilar", key=KEY)
    assert [one.event_id for one in again] == [f"x:{mark}/2"], "what has their name for its id is stored once by that"


def test_a_reply_to_who_was_forgotten_stays_in_the_conversation():
    made = Made(publisher=Forgetting())
    mark = mark_of("x", "pilar", key=KEY)

    sent = made.take(
        {"id": "pilar/2", "author_id": "pilar"}, {"id": "3", "parent": "pilar/2"}, {"id": "4", "parent": "3"}
    )

    assert [one.conversation_id for one in sent] == [f"x:{mark}/2"] * 3


def test_nothing_is_remembered_that_the_broker_did_not_take(tmp_path: Path):
    made = Made(tmp_path / "m.sqlite", publisher=FakePublisher(refuses=["x:1"]))
    made.intake.take([{"id": "1"}])

    with pytest.raises(BrokerError):
        made.intake.commit("c1")

    assert (made.memory.cursor("x"), made.memory.find("x:1")) == (None, None)


def test_a_network_that_goes_away_while_it_is_asked_for_a_root_leaves_the_page_unsaved():
    def away(native: str) -> str:
        raise Unavailable("no answer")

    made = Made(root=away)

    with pytest.raises(Unavailable):
        made.intake.take([{"id": "1"}, {"id": "3", "parent": "2"}])
    made.intake.commit(None)

    assert [event.event_id for event in made.publisher.events] == ["x:1"]
    assert made.memory.cursor("x") is None
