"""What the codes in the store are called by people. Queries answer with codes; Grafana's value mappings show these."""

from collections.abc import Mapping

from deploy.actions import words as acting
from deploy.board.words import NETWORKS, label, words_of
from deploy.grafana.looks import BAD, FAINT, FAIR, GOOD
from deploy.grafana.macros import literal
from deploy.grafana.said import LANGUAGES, Language, Said, both, spoken

Terms = Mapping[str, Said]
Colors = Mapping[str, str]


def _from_the_terminal(kind: str) -> Terms:
    """The words that the board in the terminal uses: the two never differ."""
    english, french = (getattr(words_of(language), kind) for language in LANGUAGES)
    codes = sorted({*english, *french})
    return {code: Said(en=label(english, code), fr=label(french, code)) for code in codes}


FEELINGS = _from_the_terminal("feelings")
INTENTS = _from_the_terminal("intents")
TOPICS = _from_the_terminal("topics")
LEVELS = _from_the_terminal("levels")
TONGUES = _from_the_terminal("tongues")
NETWORK_NAMES: Terms = {code: both(name) for code, name in NETWORKS.items()} | {"all": Said(en="all", fr="tous")}

PRIORITIES: Terms = {
    "urgent": Said(en="urgent", fr="urgente"),
    "high": Said(en="high", fr="haute"),
    "normal": Said(en="normal", fr="normale"),
    "low": Said(en="low", fr="basse"),
}
OUTCOMES: Terms = {
    "in_time": Said(en="answered in time", fr="répondu à temps"),
    "late": Said(en="answered late", fr="répondu en retard"),
    "waiting_in_time": Said(en="waits, still in time", fr="attend, encore dans les délais"),
    "waiting_late": Said(en="waits, past the target", fr="attend, hors délai"),
    "closed_without_answer": Said(en="closed without an answer", fr="clos sans réponse"),
    "answered": Said(en="answered, nothing promised", fr="répondu, sans promesse"),
    "waiting": Said(en="waits, nothing promised", fr="attend, sans promesse"),
}
# As the pages behind signed links say them.
ALERT_STATES: Terms = {
    code: Said(en=text, fr=acting.words("fr").states[code]) for code, text in acting.words("en").states.items()
}
STAGES: Terms = {
    "connect": Said(en="reading a network", fr="lecture d'un réseau"),
    "enrich": Said(en="enrichment", fr="enrichissement"),
    "responses": Said(en="response times", fr="délais de réponse"),
    "sink": Said(en="storing", fr="stockage"),
    "notify": Said(en="notification", fr="notification"),
    "watch": Said(en="watching", fr="veille"),
}
AGENTS: Terms = {
    **STAGES,
    "webhooks": Said(en="calls of networks", fr="appels des réseaux"),
    "canary": Said(en="test events", fr="événements de test"),
}
ENTITIES: Terms = {
    "PER": Said(en="person", fr="personne"),
    "ORG": Said(en="organisation", fr="organisation"),
    "LOC": Said(en="place", fr="lieu"),
    "BRAND": Said(en="our brand", fr="notre marque"),
    "PRODUCT": Said(en="product", fr="produit"),
}


def in_sql(column: str, known: Terms, language: Language) -> str:
    """The words for the codes of a column as SQL, for what Grafana maps no values of: menus, names of series."""
    codes = ", ".join(literal(code) for code in known)
    words = ", ".join(literal(spoken(text, language)) for text in known.values())
    return f"transform(toString({column}), [{codes}], [{words}], toString({column}))"


FEELING_COLORS: Colors = {"negative": BAD, "neutral": FAINT, "positive": GOOD}
OUTCOME_COLORS: Colors = {"in_time": GOOD, "late": FAIR, "waiting_late": BAD}
LEVEL_COLORS: Colors = {"breach": FAIR, "escalation": BAD, "watch": BAD}
STATE_COLORS: Colors = {"firing": BAD, "resolved": GOOD}
PRIORITY_COLORS: Colors = {"urgent": BAD, "high": FAIR}
