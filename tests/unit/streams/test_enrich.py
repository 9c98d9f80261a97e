"""The enrich agent: what the model makes of events, and what becomes of events that break it."""

from collections.abc import Sequence
from datetime import datetime

from schemas import codec
from schemas.deadletter import DeadLetter
from schemas.enriched import Enriched
from schemas.event import Event
from streams.agents.enrich import _enrich, register
from streams.meters import Meters
from tests.support.agents import FakeApp, FakeMessage, make_context, make_records, run_agent
from tests.support.builders import make_event


class FakeEnricher:
    """Finds nothing. A text with the words "breaks the model" takes its whole batch with it, as a model does."""

    def __init__(self, *, forgets_one: bool = False) -> None:
        self.batches: list[int] = []
        self._forgets_one = forgets_one

    def enrich(self, events: Sequence[Event], *, processed_at: datetime) -> list[Enriched]:
        self.batches.append(len(events))
        if any("breaks the model" in event.text for event in events):
            raise FloatingPointError("a value in the text")
        found = [Enriched(event=event, processed_at=processed_at, model_version="fake") for event in events]
        return found[1:] if self._forgets_one and len(events) > 1 else found


def batch(*texts: str) -> list[FakeMessage]:
    return [record.message for record in make_records(*events(*texts))]


def events(*texts: str) -> list[Event]:
    return [make_event(str(number), text=text) for number, text in enumerate(texts)]


def texts_of(good: Sequence[tuple[object, bytes]]) -> list[str]:
    return [codec.decode(payload, Enriched).event.text for _, payload in good]


def test_a_batch_goes_through_the_model_at_once():
    enricher = FakeEnricher()

    good, failures = _enrich(batch("a", "b", "c"), enricher, Meters())

    assert texts_of(good) == ["a", "b", "c"]
    assert failures == []
    assert enricher.batches == [3]


def test_one_event_that_breaks_the_model_does_not_take_the_batch_with_it():
    good, failures = _enrich(batch("a", "this breaks the model", "c"), FakeEnricher(), Meters())

    assert texts_of(good) == ["a", "c"]
    assert [(message.offset, type(error)) for message, error in failures] == [(1, FloatingPointError)]


def test_unreadable_records_never_reach_the_model():
    records = [record.message for record in make_records(b"no event", *events("a"), b"")]
    enricher = FakeEnricher()

    good, failures = _enrich(records, enricher, Meters())

    assert texts_of(good) == ["a"]
    assert [message.offset for message, _ in failures] == [0, 2]
    assert enricher.batches == [1]


def test_an_answer_of_the_model_that_is_too_short_is_no_answer():
    good, failures = _enrich(batch("a", "b"), FakeEnricher(forgets_one=True), Meters())

    assert texts_of(good) == ["a", "b"]
    assert failures == []


def test_every_result_stays_with_its_own_record():
    good, _ = _enrich(batch("a", "this breaks the model", "c"), FakeEnricher(), Meters())

    assert [(message.offset, codec.decode(payload, Enriched).event.text) for message, payload in good] == [
        (0, "a"),
        (2, "c"),
    ]


def test_what_was_found_is_published_where_the_event_stood_and_then_acknowledged():
    context = make_context()
    app: FakeApp = context.app
    register(context, FakeEnricher())

    run_agent(context, "enrich", make_records(*events("a"), partition=3, key=b"mastodon:1"))

    (one,) = app.producer.taken
    assert (one.topic, one.partition, one.key) == ("signal.enriched.v1", 3, b"mastodon:1")
    assert one.timestamp == 1_772_442_001.5  # when the connector published: event-to-row is measured from it
    assert app.journal == ["sent signal.enriched.v1", "taken signal.enriched.v1", "done"]


def test_the_event_that_broke_the_model_is_buried_with_the_name_of_the_fault_only():
    context = make_context()
    app: FakeApp = context.app
    register(context, FakeEnricher())
    broken = make_event("7", text="this breaks the model")

    run_agent(context, "enrich", make_records(*events("a"), broken, *events("c")))

    (letter,) = [codec.decode(value, DeadLetter) for value in app.producer.values("signal.deadletter.v1")]
    assert (letter.stage, letter.offset, letter.error, letter.reason) == (
        "enrich",
        1,
        "FloatingPointError",
        "FloatingPointError",
    )
    assert letter.payload == codec.encode(broken)
    assert len(app.producer.values("signal.enriched.v1")) == 2
    assert (context.progress.handled, context.progress.buried) == (3, 1)
    assert app.journal[-1] == "done"


def test_events_of_a_conversation_keep_their_order():
    context = make_context()
    app: FakeApp = context.app
    register(context, FakeEnricher())
    texts = [f"text {number}" for number in range(20)]

    run_agent(context, "enrich", make_records(*events(*texts[:11])), make_records(*events(*texts[11:])))

    enriched = [codec.decode(value, Enriched) for value in app.producer.values("signal.enriched.v1")]
    assert [one.event.text for one in enriched] == texts
