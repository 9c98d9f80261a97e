"""Configured names: found as people write them, and not where they are ordinary words."""

import pytest
import spacy

from schemas.names import slug
from schemas.settings import Brand, Leader, Settings
from streams.lang.names import Names
from streams.lang.tokenizer import build_tokenizer
from streams.lang.words import fold_words

SETTINGS = Settings(
    brands=(
        Brand(name="Allianz France", aliases=("Allianz",), accounts=("@AllianzFrance",), automation=("@AllianzBot",)),
        Brand(name="Société Générale", aliases=("SocGen",)),
        Brand(name="AXA"),
        Brand(name="Orange"),
    ),
    leaders=(Leader(name="Oliver Bäte", handles=("@OliverBaete",), spellings=("Oliver Baete", "Mr Bäte")),),
)
ORDINARY = frozenset({"orange", "free"})


def found(text: str) -> list[tuple[str, str]]:
    nlp = spacy.blank("xx")
    doc = build_tokenizer(nlp)(text)
    hits = Names.of(SETTINGS, ordinary=ORDINARY).find(
        [token.text for token in doc], fold_words([token.text for token in doc])
    )
    return [(doc[hit.start : hit.end].text, hit.name.canonical) for hit in hits]


@pytest.mark.parametrize(
    ("text", "name", "canonical"),
    [
        pytest.param("chez allianz france ça traîne", "allianz france", "brand:allianz-france", id="lower case"),
        pytest.param("ALLIANZ répondez", "ALLIANZ", "brand:allianz-france", id="upper case"),
        pytest.param("#AllianzFrance au secours", "#AllianzFrance", "brand:allianz-france", id="hashtag"),
        pytest.param("@allianzfrance bonjour", "@allianzfrance", "brand:allianz-france", id="handle"),
        pytest.param("Allianz's agent", "Allianz", "brand:allianz-france", id="possessive"),
        pytest.param("mon assureur Alianz", "Alianz", "brand:allianz-france", id="a letter missing"),
        pytest.param("mon assureur Alllianz", "Alllianz", "brand:allianz-france", id="a letter too many"),
        pytest.param("mon assureur Allaniz", "Allaniz", "brand:allianz-france", id="letters swapped"),
        pytest.param("la societe generale de Lyon", "societe generale", "brand:societe-generale", id="without accents"),
        pytest.param("SociétéGénérale nulle", "SociétéGénérale", "brand:societe-generale", id="without the space"),
        pytest.param("l'axa de mon quartier", "axa", "brand:axa", id="after an elision"),
        pytest.param("Oliver Baete must answer", "Oliver Baete", "leader:oliver-bate", id="leader's spelling"),
        pytest.param("oliver bäte must answer", "oliver bäte", "leader:oliver-bate", id="leader's name"),
        pytest.param("cc @OliverBaete", "@OliverBaete", "leader:oliver-bate", id="leader's handle"),
        pytest.param("Orange en panne", "Orange", "brand:orange", id="ordinary word with a capital"),
        pytest.param("#orange en panne", "#orange", "brand:orange", id="ordinary word as hashtag"),
    ],
)
def test_a_configured_name_is_found(text: str, name: str, canonical: str) -> None:
    assert (name, canonical) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "un jus d'orange",
        "une alliance",
        "taxa axe axé",
        "my axe",
        "@allianz_fan_club hello",
        "Oliver est parti",
        "",
        "# @",
    ],
)
def test_what_is_not_a_name_is_not_found(text: str) -> None:
    assert found(text) == []


def test_the_longest_name_wins() -> None:
    assert found("Allianz France répond") == [("Allianz France", "brand:allianz-france")]


def test_slug_is_plain_ascii() -> None:
    assert slug("Société Générale & Cie") == "societe-generale-cie"


def test_nearly_every_small_misspelling_of_a_long_name_is_found() -> None:
    variants = [
        spelling
        for name in ("allianz", "groupama", "bouygues")
        for at in range(1, len(name))
        for spelling in (
            name[:at] + name[at + 1 :],
            name[:at] + "e" + name[at:],
            name[:at] + "e" + name[at + 1 :],
            name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :] if at > 1 else name,
        )
    ]
    nlp = spacy.blank("xx")
    names = Names.of(Settings(brands=(Brand(name="Allianz"), Brand(name="Groupama"), Brand(name="Bouygues"))))

    docs = [build_tokenizer(nlp)(f"toujours rien chez {variant} !") for variant in variants]
    missed = [
        doc.text
        for doc in docs
        if not names.find([token.text for token in doc], fold_words([token.text for token in doc]))
    ]

    assert len(missed) <= 0.02 * len(variants)
