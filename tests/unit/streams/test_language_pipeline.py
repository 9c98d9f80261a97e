"""The enricher with the pipeline that ships: it answers for any text, and one failure stays one failure."""

from datetime import UTC, datetime

import pytest

from schemas import codec
from schemas.enriched import Enriched
from schemas.event import Author
from schemas.settings import Brand, Leader, Privacy, Settings
from schemas.units import Secret
from streams.pipeline import BATCHES_REMEMBERED, TEXTS_REMEMBERED, Pipeline
from streams.steps.base import Finding, Reading, Step
from tests.support.builders import make_event

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SETTINGS = Settings(
    brands=(Brand(name="Acme", accounts=("@acme",)),), leaders=(Leader(name="Jane Roe", handles=("@janeroe",)),)
)
BAD_TEXTS = {
    "empty": "",
    "spaces": "  \n\t ",
    "emoji": "😀👍🏽❤️",
    "addresses": "https://t.co/x http://a.b/c",
    "one megabyte": "word " * 200_000,
    "one word of a megabyte": "a" * 1_000_000,
    "lone surrogates": "\ud800 hello \udfff",
    "right to left": "\u202eشكرا جزيلا\u202c",
    "zero width": "\u200b\u200d\ufeff",
    "control characters": "\x00\x01\x1b[0m hi \x7f",
    "unknown language": "Dziękuję bardzo za szybką odpowiedź",
    "signs": "@ # @@ ## !!! ??? (((",
    "escapes": "\\ud800 \\u0041 \\x",
    "combining": "a\u0301" * 3_000,
    "highest code point": "\U0010ffff" * 5,
}


@pytest.fixture(scope="module")
def enricher() -> Pipeline:
    return Pipeline(SETTINGS)


def enrich(enricher: Pipeline, *texts: str) -> list[Enriched]:
    return enricher.enrich([make_event(str(at), text=text) for at, text in enumerate(texts)], processed_at=NOW)


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
def test_any_text_gets_an_answer(enricher: Pipeline, text: str) -> None:
    (enriched,) = enrich(enricher, text)

    assert enriched.failed_steps == ()
    assert codec.decode(codec.encode(enriched), Enriched).event.event_id == enriched.event.event_id


@pytest.mark.parametrize("name", ["empty", "spaces", "addresses", "zero width", "right to left"])
def test_a_text_that_says_nothing_gets_low_confidence(enricher: Pipeline, name: str) -> None:
    (enriched,) = enrich(enricher, BAD_TEXTS[name])

    assert enriched.language.code == "und"
    assert enriched.language.confidence == 0.0
    assert enriched.sentiment.confidence <= 0.4


def test_a_batch_keeps_order_and_length(enricher: Pipeline) -> None:
    texts = [*BAD_TEXTS.values(), *(f"event {at}" for at in range(300))]

    found = enrich(enricher, *texts)

    assert [enriched.event.event_id for enriched in found] == [f"mastodon:{at}" for at in range(len(texts))]
    assert enricher.enrich([], processed_at=NOW) == []


def test_a_batch_says_the_same_as_one_by_one(enricher: Pipeline) -> None:
    texts = ["Merci Acme, super accueil à Lyon", "worst app ever", "", "¿Dónde está mi pedido?", "Jane Roe must go"]

    assert enrich(enricher, *texts) == [
        enricher.enrich([make_event(str(at), text=text)], processed_at=NOW)[0] for at, text in enumerate(texts)
    ]


def test_personal_numbers_are_gone_before_any_step(enricher: Pipeline) -> None:
    (enriched,) = enrich(enricher, "Acme, appelez-moi au 06 12 34 56 78 ou a@b.fr à Lyon")

    assert enriched.event.text == "Acme, appelez-moi au [phone] ou [email] à Lyon"
    assert enriched.pii == {"phone": 1, "email": 1}
    for entity in enriched.entities:
        assert enriched.event.text[entity.start : entity.end] == entity.text


def test_a_leader_is_mentioned_by_name_or_handle(enricher: Pipeline) -> None:
    found = enrich(enricher, "When will jane roe answer?", "cc @JaneRoe", "Acme is fine")

    assert [enriched.mentions_leader for enriched in found] == [True, True, False]


def test_a_failing_step_spoils_only_its_own_finding() -> None:
    enricher = Pipeline(SETTINGS)

    def run(readings: list[Reading]) -> list[Finding]:
        if any("bomb" in reading.doc.text for reading in readings):
            raise RuntimeError("broken")
        return [Finding(is_spam=True) for _ in readings]

    enricher.steps = (*enricher.steps[:-1], Step(name="broken", run=run))  # type: ignore[arg-type]  # a list is a sequence
    good, bad = enrich(enricher, "all is well", "this is a bomb and it breaks")

    assert (good.failed_steps, good.is_spam) == ((), True)
    assert (bad.failed_steps, bad.is_spam) == (("broken",), False)
    assert bad.language.code == "en"


def test_a_storm_is_read_once_and_stays_one_group() -> None:
    enricher = Pipeline(SETTINGS)
    read: list[int] = []

    def run(readings: list[Reading]) -> list[Finding]:
        read.append(len(readings))
        return [Finding() for _ in readings]

    enricher.steps = (Step(name="counting", run=run),)  # type: ignore[arg-type]  # a list is a sequence
    storm = "RT @ana: three days without any connection and nobody answers"
    first = enrich(enricher, storm, storm, "quite another subject in this text", storm)
    second = enrich(enricher, storm)

    assert read == [2, 0]
    assert len({enriched.group_id for enriched in (*first, *second)}) == 2
    assert len({enriched.event.event_id for enriched in first}) == 4


def test_what_was_read_before_is_told_as_if_it_were_new(enricher: Pipeline) -> None:
    text = "Merci Jane Roe, Acme est au top à Lyon, voir https://a.example"

    (first,), (again,) = enrich(enricher, text), enrich(enricher, text)
    (from_a_robot,) = enricher.enrich(
        [make_event("0", text=text, author=Author(id="b", role="customer", handle="acme_bot"))], processed_at=NOW
    )

    assert first == again
    assert (first.is_spam, from_a_robot.is_spam, from_a_robot.spam_reason) == (False, True, "robot")


def test_what_is_remembered_has_a_bound() -> None:
    enricher = Pipeline(SETTINGS)
    enricher.steps = ()

    for start in range(0, 3 * TEXTS_REMEMBERED, 256):
        enrich(enricher, *(f"event number {at}" for at in range(start, start + 256)))

    assert len(enricher._seen) == TEXTS_REMEMBERED


def test_with_a_key_customers_are_pseudonyms_from_here_on() -> None:
    enricher = Pipeline(Settings(privacy=Privacy(pseudonym_key=Secret("key"))))

    customer, brand = enricher.enrich([make_event("1"), make_event("2", role="brand")], processed_at=NOW)

    assert customer.event.author.id.startswith("p-")
    assert brand.event.author.id == "acme-brand"


def test_the_version_names_the_model_and_its_content(enricher: Pipeline) -> None:
    assert enricher.model_version.startswith("vigie-social-")
    assert len(enricher.model_version.partition("+")[2]) == 8


def test_words_of_a_batch_are_forgotten_and_their_places_too(enricher: Pipeline) -> None:
    strings, places = [], []
    for batch in range(3 * BATCHES_REMEMBERED):
        enrich(enricher, *(f"neverseen{batch}x{at} zqx{at}" for at in range(5)))
        strings.append(len(enricher.nlp.vocab.strings))
        places.append(len(enricher.nlp.vocab))  # spaCy counts words that it forgot until the vocabulary is loaded anew

    assert min(strings[-BATCHES_REMEMBERED:]) < 50
    for sizes in (strings, places):
        assert max(sizes[-BATCHES_REMEMBERED:]) <= max(sizes[BATCHES_REMEMBERED:-BATCHES_REMEMBERED]) + 5
