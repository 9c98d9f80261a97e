"""How many of the configured names are found as people write them, and how often a name is seen that is not there."""

import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import spacy

from schemas.settings import Brand, Competitor, Leader, Product, Settings
from streams.lang.names import Names
from streams.lang.tokenizer import build_tokenizer
from streams.lang.words import fold_words
from streams.models.corpora import read_posts
from streams.models.train_entities import annotated

BRANDS = {
    "Allianz": ("@AllianzFrance", "@allianz"),
    "Groupama": ("@GroupamaPVL",),
    "Matmut": ("@Matmut",),
    "Direct Assurance": ("@DirectAssurance",),
    "Crédit Agricole": ("@CreditAgricole",),
    "Société Générale": ("@SG_etVous",),
    "Bouygues Telecom": ("@bouyguestelecom",),
    "Air France": ("@AirFranceFR",),
    "SNCF": ("@SNCFVoyageurs",),
    "AXA": ("@AXAFrance",),
    "MAIF": ("@maif",),
    "Orange": ("@Orange_France",),
    "Vodafone": ("@VodafoneUK",),
    "Barclays": ("@BarclaysUKHelp",),
    "British Gas": ("@BritishGasHelp",),
}
COMPETITORS = ("Generali", "Macif", "Lloyds Bank", "Transavia", "Santander")
PRODUCTS = ("Livebox", "Flexi Auto", "Galaxy Fold", "ClickTop", "Freebox Ultra")
LEADERS = {"Oliver Bäte": ("@OliverBaete",), "Thomas Buberl": (), "Christel Heydemann": (), "Jane Fraser": ()}
SETTINGS = Settings(
    brands=tuple(Brand(name=name, accounts=accounts) for name, accounts in BRANDS.items()),
    competitors=tuple(Competitor(name=name) for name in COMPETITORS),
    products=tuple(Product(name=name) for name in PRODUCTS),
    leaders=tuple(Leader(name=name, handles=handles) for name, handles in LEADERS.items()),
)
ALL = (*BRANDS, *COMPETITORS, *PRODUCTS, *LEADERS)
HANDLES = tuple(handle for handles in (*BRANDS.values(), *LEADERS.values()) for handle in handles)
FRAMES = (
    "toujours aucune nouvelle de {} depuis lundi !",
    "{} vous êtes sérieux ?",
    "why does {} never answer",
    "Merci {}, au top",
    "(je quitte {}...)",
)
NLP = spacy.blank("xx")
TOKENIZER = build_tokenizer(NLP)
NAMES = Names.of(SETTINGS)


def hits(text: str) -> list[str]:
    doc = TOKENIZER(text)
    found = NAMES.find([token.text for token in doc], fold_words([token.text for token in doc]))
    return [hit.name.canonical.partition(":")[2] for hit in found]


def slips(name: str, rng: random.Random) -> Iterator[str]:
    """One slip of the finger each, anywhere behind the first letter: gone, twice, another one, two swapped."""
    for _ in range(6):
        at = rng.randrange(1, len(name) - 1)
        letter = rng.choice("aeinrst")
        yield name[:at] + name[at + 1 :]
        yield name[:at] + name[at] + name[at:]
        yield name[:at] + letter + name[at + 1 :]
        yield name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def writings(name: str) -> Iterator[str]:
    """Every way in which the test writes a name."""
    joined = name.title().replace(" ", "") if " " in name else name
    plain = name.translate(str.maketrans("éäè", "eae"))
    yield from (name, name.upper(), plain, f"#{joined}", f"#{joined.lower()}", f"#Boycott{joined}", f"{name}'s")
    yield from (f"d'{name}", f"{name}s", name.replace(" ", "-"), f"«{name}»", f"{name}{name[-1] * 3}")
    if name != "Orange":  # in lower case it is a fruit
        yield name.lower()
        yield f"#{joined}Fail"
    if len(name) >= 6 and name != "Orange":
        yield from slips(name, random.Random(name))


def test_nearly_all_writings_of_configured_names_are_found():
    written = [(name, frame.format(form)) for name in ALL for form in writings(name) for frame in FRAMES]
    written += [("", frame.format(handle)) for handle in HANDLES for frame in FRAMES]

    missed = [text for name, text in written if not hits(text)]

    assert len(written) > 4000
    assert len(missed) / len(written) < 0.02, missed[:40]


def test_a_misspelt_name_is_that_name():
    wrong = [
        (form, hits(form))
        for name in ALL
        for form in writings(name)
        if (found := hits(form)) and found != ["-".join(name.lower().translate(str.maketrans("éäè", "eae")).split())]
    ]

    assert len(wrong) <= 5, wrong


NOT_NAMED = (
    "une alliance en or et un jus d'orange pressé",
    "la maison, le matin, ma mutuelle et le directeur",
    "an orange jumper in size six, please",
    "the gas bill is british nonsense",
    "my bank is on a hill by the santa maria church",
    "general rules: no click, no top, no fold",
    "direct debit for my auto insurance",
    "Oliver and Thomas and Christel and Jane went home",
    "un crédit pour une exploitation agricole",
    "société de consommation, en général",
    "l'air de la France profonde",
    "taxi, taxe, axe, axel, maïs, mais, naif",
    "@allianz_fan_club @orangeade @maifan @axax",
    "#alliance #orangerie #axolotl #mainframe",
    "generalise, generalist, generous, generation",
    "transversal, transavant, translate, trans",
    "live box office, life box, libre box",
)


def test_almost_no_name_is_found_where_there_is_none():
    own = [line for line in NOT_NAMED for _ in range(1)]
    posts = [
        " ".join(word for word, _ in annotated(line, NLP_TOKENS))
        for line, _ in read_posts(Path(str(files("streams") / "models" / "french_posts.txt")))
        if not any(name.lower() in line.lower() for name in (*ALL, "sg", "Assurance"))
        and not any(handle.lower() in line.lower() for handle in HANDLES)
    ]
    texts = [*own, *posts]

    false = [(text, hits(text)) for text in texts if hits(text)]

    assert len(texts) > 250
    assert len(false) / len(texts) < 0.01, false


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("chez Generali", "competitor:generali"),
        ("ma live-box", "product:livebox"),
        ("Flexi-Auto", "product:flexi-auto"),
    ],
)
def test_competitors_and_products_have_ids_of_their_own(text: str, label: str):
    doc = TOKENIZER(text)

    (hit,) = NAMES.find([token.text for token in doc], fold_words([token.text for token in doc]))

    assert hit.name.canonical == label


NLP_TOKENS = spacy.blank("xx")
NLP_TOKENS.tokenizer = TOKENIZER
