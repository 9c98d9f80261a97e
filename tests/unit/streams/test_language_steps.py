"""Steps on Docs built by hand: no trained model is needed to know the rules."""

import pytest
import spacy
from spacy.tokens import Doc, Span

from schemas.enriched import Topic
from schemas.event import Author
from schemas.names import fold
from schemas.settings import Brand, Settings, TopicSettings
from streams.lang.classifier import LANGUAGE, SENTIMENT, TOPIC
from streams.lang.names import Names
from streams.lang.tokenizer import build_tokenizer
from streams.lang.words import Lexicon, fold_words, split_phrase
from streams.steps import entities, intent, language, sentiment, spam, topics
from streams.steps.base import Finding, Reading, Step
from tests.support.builders import make_event

LANGUAGES = ("en", "fr", "und")
SENTIMENTS = ("negative", "neutral", "positive")
NLP = spacy.blank("xx")
TOKENIZER = build_tokenizer(NLP)


def reading(
    text: str,
    *,
    odds: tuple[float, float, float] = (0.9, 0.05, 0.05),
    feeling: tuple[float, float, float] = (0.1, 0.8, 0.1),
    hint: str | None = None,
) -> Reading:
    doc = TOKENIZER(text)
    doc.user_data[LANGUAGE] = list(odds)
    doc.user_data[SENTIMENT] = list(feeling)
    tokens = tuple(token.text for token in doc)
    return Reading(
        event=make_event(text=text, language=hint), doc=doc, text=doc.text, tokens=tokens, words=fold_words(tokens)
    )


def one(step: Step, given: Reading) -> Finding:
    return step.run([given])[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("@AllianzFr l'appli #Panne", ["@AllianzFr", "l'", "appli", "#Panne"], id="handle, hashtag"),
        pytest.param("can't wait :) 😀!", ["ca", "n't", "wait", ":)", "😀", "!"], id="contraction, emoticon, emoji"),
        pytest.param("voir https://t.co/Ab1?x=1, merci", ["voir", "https://t.co/Ab1?x=1", ",", "merci"], id="address"),
        pytest.param("aujourd'hui qu'il", ["aujourd'hui", "qu'", "il"], id="French apostrophes"),
        pytest.param("Allianz's [email] 3,50€", ["Allianz", "'s", "[email]", "3,50", "€"], id="possessive, mark, sum"),
        pytest.param("@ handle n't 's", ["@", "handle", "n't", "'s"], id="words that were split before"),
    ],
)
def test_tokenizer_keeps_what_belongs_together(text: str, words: list[str]) -> None:
    assert [token.text for token in TOKENIZER(text)] == words


def test_fold_takes_case_and_accents_off() -> None:
    assert fold("RÉCLAMATION œuvre Straße") == "reclamation oeuvre strasse"


def test_lexicon_phrases_follow_the_tokenizer() -> None:
    for phrase in ("l'appli", "does n't work", "musique d'attente", "won't"):
        assert split_phrase(phrase) == fold_words([token.text for token in TOKENIZER(phrase)])


def test_lexicon_counts_words_stems_and_phrases() -> None:
    lexicon = Lexicon.of({"money": ("rembours*", "mon argent"), "delay": ("retard",)})

    assert lexicon.find(("remboursez", "mon", "argent", "remboursement")) == {"money": 3}
    assert lexicon.find(("mon", "retardataire")) == {}


def test_language_is_und_without_letters_or_certainty() -> None:
    step = language.build(LANGUAGES)

    assert one(step, reading("😀 123 https://a.fr/x @marie")).language.code == "und"  # type: ignore[union-attr]
    assert one(step, reading("hmm", odds=(0.4, 0.35, 0.25))).language.code == "und"  # type: ignore[union-attr]
    assert one(step, reading("the parcel")).language.code == "en"  # type: ignore[union-attr]


def test_a_hint_tips_the_balance_and_never_decides() -> None:
    step = language.build(LANGUAGES)

    assert one(step, reading("ok merci", odds=(0.5, 0.4, 0.1), hint="fr")).language.code == "fr"  # type: ignore[union-attr]
    assert one(step, reading("thank you", odds=(0.9, 0.05, 0.05), hint="fr")).language.code == "en"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "code"),
    [("ありがとう", "ja"), ("감사합니다", "ko"), ("ευχαριστώ", "el"), ("спасибо вам", "und"), ("شكرا", "und")],
)
def test_a_script_of_one_language_says_it(text: str, code: str) -> None:
    assert one(language.build(LANGUAGES), reading(text)).language.code == code  # type: ignore[union-attr]


def test_sentiment_is_held_back_in_an_unknown_language() -> None:
    step = sentiment.build(SENTIMENTS, LANGUAGES)
    known = one(step, reading("good", feeling=(0.0, 0.1, 0.9))).sentiment
    unknown = one(step, reading("dobrze", odds=(0.1, 0.1, 0.8), feeling=(0.0, 0.1, 0.9))).sentiment

    assert known is not None
    assert unknown is not None
    assert (known.label, known.score, known.confidence) == ("positive", 0.9, 0.9)
    assert abs(unknown.score) < abs(known.score)
    assert unknown.confidence < 0.4


def test_sentiment_of_nothing_is_nothing() -> None:
    found = one(sentiment.build(SENTIMENTS, LANGUAGES), reading("https://a.fr/x @marie ...")).sentiment

    assert found is not None
    assert found.confidence == 0.0


def test_a_configured_name_replaces_what_the_model_found() -> None:
    given = reading("Acme Bank in Paris")
    given.doc.ents = (Span(given.doc, 0, 2, label="PER"), Span(given.doc, 3, 4, label="LOC"))
    names = Names.of(Settings(brands=(Brand(name="Acme Bank"),)))

    found = one(entities.build(names), given).entities

    assert found is not None
    assert [(entity.text, entity.label, entity.canonical) for entity in found] == [
        ("Acme Bank", "BRAND", "brand:acme-bank"),
        ("Paris", "LOC", ""),
    ]
    assert [given.doc.text[entity.start : entity.end] for entity in found] == ["Acme Bank", "Paris"]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("toujours pas remboursé par la mutuelle", "reimbursement"),
        ("your app keeps crashing", "app"),
        ("45 minutes on hold", "phone_queue"),
        ("je veux résilier mon contrat", "cancellation"),
        ("mon colis n'est jamais arrivé", "delivery"),
        ("the agent was so rude", "staff"),
        ("premium went up again", "price"),
    ],
)
def test_topics_are_named_by_their_words(text: str, topic: str) -> None:
    found = one(topics.build(), reading(text)).topics

    assert found is not None
    assert topic in {item.name for item in found}


@pytest.mark.parametrize(
    ("text", "feeling", "expected"),
    [
        ("worst company ever", (0.9, 0.1, 0.0), "complaint"),
        ("Toujours aucune réponse, c'est inadmissible", (0.4, 0.5, 0.1), "complaint"),
        ("Quand ouvre l'agence de Lyon ?", (0.1, 0.8, 0.1), "question"),
        ("Merci à toute l'équipe, vous êtes super", (0.0, 0.1, 0.9), "praise"),
        ("Pouvez-vous me rappeler svp", (0.1, 0.8, 0.1), "request"),
        ("Il pleut", (0.1, 0.8, 0.1), "other"),
    ],
)
def test_intent_follows_words_and_feeling(text: str, feeling: tuple[float, float, float], expected: str) -> None:
    assert one(intent.build(SENTIMENTS), reading(text, feeling=feeling)).intent == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Earn money from home, make money today https://x.co/1", "promise of money"),
        ("Gagnez un iPhone, offre de prêt https://x.co/1", "promise of money"),
        ('I turned $300 into $9,420 in 9 days, no experience needed. DM "MOON"', "promise of money"),
        ("J'ai transformé 200 € en 4 000 €, liberté financière pour tous", "promise of money"),
        ("good app best app. use my code FREE4 for coins https://x.co/1", "advertising"),
        ("click here to buy now", "advertising"),
        ("follow back, f4f", "begging for followers"),
        ("#a #b #c #d #e #f #g https://x.co/1", "many hashtags"),
        ("@a @b @c @d @e @f https://x.co/1", "many handles"),
        ("My parcel is late https://x.co/1", ""),
        ("I never click here for a refund", ""),
        ("Je gagne à être connue", ""),
    ],
)
def test_spam_is_told_by_several_signs_and_says_why(text: str, expected: str) -> None:
    finding = one(spam.build(), reading(text))

    assert (finding.is_spam, finding.spam_reason) == (bool(expected), expected)


@pytest.mark.parametrize(
    ("handle", "expected"),
    [("weather_bot", True), ("NewsBot", True), ("bot", True), ("abbott", False), ("robot", False), ("botanist", False)],
)
def test_a_robot_is_an_account_that_calls_itself_one(handle: str, expected: bool) -> None:
    assert spam.is_robot(Author(id="1", role="customer", handle=handle)) is expected


def test_a_topic_of_the_settings_is_found_by_its_keywords_beside_those_that_are_known() -> None:
    declared = (
        TopicSettings(name="roadside_help", keywords=("tow truck", "dépann*")),
        TopicSettings(name="delay", keywords=("snail mail",)),
    )
    step = topics.build(declared=declared)

    assert [topic.name for topic in one(step, reading("le dépanneur est en retard")).topics or ()] == [
        "delay",
        "roadside_help",
    ]
    assert [topic.name for topic in one(step, reading("such snail mail")).topics or ()] == ["delay"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stuck on the motorway again, and of course nobody comes", True),
        ("en rade sur l'autoroute et personne ne vient", True),
        ("nobody answers my letter", False),
        ("the motorway is nice today", False),
        ("", False),
    ],
)
def test_a_topic_of_the_settings_is_found_by_likeness_to_its_examples(text: str, expected: bool) -> None:
    examples = ("stuck on the motorway and nobody comes", "en rade sur l'autoroute, personne ne vient")
    step = topics.build(declared=(TopicSettings(name="roadside_help", examples=examples),))

    found = {topic.name: topic.confidence for topic in one(step, reading(text)).topics or ()}

    assert ("roadside_help" in found) is expected
    assert all(0.5 <= confidence <= 1 for confidence in found.values())


def test_a_trained_topic_counts_from_one_half_on_and_the_surest_comes_first() -> None:
    given = reading("refund please")
    given.doc.user_data[TOPIC] = [0.9, 0.49]

    found = one(topics.build(("staff", "delay")), given).topics

    assert found == (Topic(name="staff", confidence=0.9), Topic(name="reimbursement", confidence=0.6))


def test_a_step_answers_for_each_reading_in_order() -> None:
    found = topics.build().run([reading("refund please"), reading("hello"), reading("parcel")])

    assert [bool(finding.topics) for finding in found] == [True, False, True]
    assert isinstance(TOKENIZER("x"), Doc)
