"""What the pipeline that ships does with negation, strength, irony, emoji and mixed languages, English and French."""

from datetime import UTC, datetime

import pytest

from schemas.enriched import Enriched
from schemas.settings import Settings
from streams.pipeline import Pipeline
from tests.support.builders import make_event

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def enricher() -> Pipeline:
    return Pipeline(Settings())


def read(enricher: Pipeline, text: str) -> Enriched:
    return enricher.enrich([make_event("1", text=text)], processed_at=NOW)[0]


def score(enricher: Pipeline, text: str) -> float:
    return read(enricher, text).sentiment.score


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param("the service is good", "the service is not good", id="negation"),
        pytest.param("I am happy with the new app", "I am not happy with the new app", id="negation, far"),
        pytest.param("je suis content du service", "je ne suis pas content du service", id="French negation"),
        pytest.param("le service est bon", "le service n'est pas bon", id="French negation, elided"),
        pytest.param("this is great", "this is bad", id="plain words"),
        pytest.param("c'est super", "c'est nul", id="plain French words"),
        pytest.param("my parcel came 😍", "my parcel came 😡", id="emoji"),
        pytest.param("mon colis est arrivé ❤️", "mon colis est arrivé 😡", id="emoji in French"),
        pytest.param("my parcel came :)", "my parcel came :(", id="emoticon"),
        pytest.param("I love this", "I love this 🙄", id="irony by emoji"),
        pytest.param("great service, thanks a lot", "great service, thanks a lot /s", id="irony by mark"),
        pytest.param("great job, love it", "great job, love it #sarcasm", id="irony by hashtag"),
        pytest.param("bravo, super service", "bravo, super service #ironie", id="French irony by hashtag"),
        pytest.param(
            "merci le service client, génial", "merci qui ? merci le service client, génial", id="French irony"
        ),
    ],
)
def test_one_reads_better_than_the_other(enricher: Pipeline, better: str, worse: str) -> None:
    assert score(enricher, better) > score(enricher, worse) + 0.05


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        ("the delivery was bad", "the delivery was absolutely terrible"),
        ("the delivery was fine", "the delivery was really great"),
        ("la livraison était correcte", "la livraison était vraiment parfaite"),
    ],
)
def test_a_stronger_word_moves_the_score_further(enricher: Pipeline, weak: str, strong: str) -> None:
    first, second = score(enricher, weak), score(enricher, strong)

    assert second < first if "bad" in weak else second > first


@pytest.mark.parametrize(
    ("text", "label"),
    [
        pytest.param("omg le service client is the worst, jamais vu ça", "negative", id="blame in two languages"),
        pytest.param("j'adore this app so much, trop bien", "positive", id="praise in two languages"),
        pytest.param("This is NOT acceptable, still no refund!!!", "negative", id="capitals"),
        pytest.param("toujours aucune réponse, c'est inadmissible", "negative", id="French complaint"),
        pytest.param("merci pour votre aide, vous êtes au top !", "positive", id="French praise"),
    ],
)
def test_the_feeling_is_told(enricher: Pipeline, text: str, label: str) -> None:
    assert read(enricher, text).sentiment.label == label


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Dziękuję bardzo za szybką odpowiedź, świetna obsługa klienta", id="Polish"),
        pytest.param("Müşteri hizmetleri çok kötü, asla tavsiye etmem", id="Turkish"),
        pytest.param("Asiakaspalvelu on todella huono, en suosittele kenellekään", id="Finnish"),
        pytest.param("خدمة العملاء سيئة جدا", id="Arabic"),
        pytest.param("カスタマーサービスは最悪です", id="Japanese"),
    ],
)
def test_another_language_is_never_sold_as_a_fact(enricher: Pipeline, text: str) -> None:
    enriched = read(enricher, text)

    assert enriched.language.code not in ("en", "fr", "de", "es", "it", "pt")
    assert enriched.sentiment.confidence <= 0.45
    assert abs(enriched.sentiment.score) <= 0.45


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("my flight has been sitting on the tarmac for three hours", "delay"),
        ("you lost my suitcase again", "luggage"),
        ("the gate agent was so rude to my mother", "staff"),
        ("mon vol est annulé sans un mot", "cancellation"),
        ("vous avez perdu ma valise", "luggage"),
    ],
)
def test_topics_of_complaints_are_found(enricher: Pipeline, text: str, topic: str) -> None:
    assert topic in {found.name for found in read(enricher, text).topics}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("three weeks and still no refund, this is a disgrace", "complaint"),
        ("toujours rien depuis trois semaines, j'en ai marre", "complaint"),
        ("what time do you open on Sunday?", "question"),
        ("quels sont vos horaires le dimanche ?", "question"),
        ("thank you so much, brilliant service", "praise"),
        ("merci beaucoup, vous êtes géniaux", "praise"),
        ("please call me back about my order", "request"),
        ("pouvez-vous me rappeler svp", "request"),
        ("the train to Lyon leaves at nine", "other"),
    ],
)
def test_what_the_author_wants_is_told(enricher: Pipeline, text: str, intent: str) -> None:
    assert read(enricher, text).intent == intent
