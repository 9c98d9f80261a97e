"""What an event is about; several topics may hold.

By the words people use for it in French and English, by a classifier trained on complaints about airlines, and by the
keywords and examples of the settings.
"""

from collections.abc import Sequence

from schemas.enriched import Topic
from schemas.settings import TopicSettings
from streams.lang.classifier import TOPIC
from streams.lang.examples import Examples
from streams.lang.words import Lexicon
from streams.steps.base import Finding, Reading, Step

# Folded as in streams.lang.words: no accents, `*` for any ending.
TOPICS: dict[str, tuple[str, ...]] = {
    "delay": (
        *("delay*", "late", "still waiting", "been waiting", "waiting for", "weeks ago", "days ago", "overdue", "slow"),
        *("tarmac", "no answer", "no reply", "no response", "not responded", "hours late", "taking forever", "hold up"),
        *("retard*", "attends depuis", "attend depuis", "attente", "toujours rien", "toujours pas", "sans reponse"),
        *("aucune reponse", "pas de reponse", "sans nouvelle*", "delai*", "trop long", "relance*", "lenteur*", "lent"),
    ),
    "price": (
        *("price*", "pricing", "expensive", "overpriced", "cost*"),
        *("premium*", "rip off", "ripoff", "fare*", "rate hike"),
        *("surcharge*", "overcharg*", "too much money", "fee", "fees", "price increase", "went up"),
        *("prix", "tarif*", "cher", "chere", "trop cher", "hors de prix", "augmentation*", "cotisation*", "surfactur*"),
        *("frais", "hausse", "facture trop", "arnaque sur les prix", "coute", "coutent"),
    ),
    "billing": (
        *("bill", "bills", "billing", "billed", "invoice*", "charged", "charged twice", "direct debit", "payment*"),
        *("double charge*", "statement", "paid twice", "facture*", "prelevement*", "preleve*", "debite*", "paiement*"),
        *("echeance*", "impaye*", "rib", "virement*", "mandat sepa"),
    ),
    "bug": (
        *("bug", "bugs", "buggy", "crash*", "glitch*"),
        *("error", "errors", "does n't work", "not working", "wo n't load"),
        *("broken", "freez*", "frozen", "blank page", "404", "500", "ca n't log", "cannot log", "wo n't open"),
        *("bogue*", "bugue*", "bugge*", "plante"),
        *("plantage*", "erreur*", "marche pas", "fonctionne pas", "marche plus"),
        *("fonctionne plus", "page blanche", "impossible de se connecter", "connexion impossible", "hs"),
    ),
    "app": (
        *("app", "apps", "application mobile", "mobile app", "website"),
        *("web site", "site web", "appli", "applis", "login"),
        *("log in", "password", "android", "ios", "iphone app", "espace client", "espace personnel", "mot de passe"),
        *("mise a jour", "update", "online account", "portal", "chatbot", "identifiant*", "compte en ligne", "le site"),
    ),
    "outage": (
        *("outage*", "is down", "are down", "service down", "no signal", "no service", "no internet", "wifi down"),
        *("panne*", "coupure*", "plus d'internet", "plus de reseau", "pas de reseau", "hors service", "indisponible*"),
    ),
    "delivery": (
        *("deliver*", "parcel*", "package", "packages", "courier*", "shipping", "shipment", "shipped", "tracking"),
        *("never arrived", "not arrived", "order number", "livr*", "colis", "expedi*", "livreur*", "suivi de commande"),
        *("point relais", "commande pas", "pas recu", "jamais recu", "pas arrive", "jamais arrive"),
    ),
    "luggage": (*("luggage", "bag", "bags", "baggage", "suitcase*", "lost bag", "carry on", "bagage*", "valise*"),),
    "booking": (
        *("booking*", "book", "booked", "rebook*"),
        *("reservation*", "reserve*", "appointment*", "flight booking", "ticket"),
        *("tickets", "seat", "seats", "boarding", "rendez-vous", "rdv", "reserver", "billet*", "creneau*"),
    ),
    "staff": (
        *("staff", "rude", "agent", "agents", "crew", "employee*", "attendant*", "representative*", "rep", "unhelpful"),
        *("advisor*", "adviser*", "supervisor*", "manager", "polite", "friendly", "customer service", "customer care"),
        *("conseiller*", "conseillere*", "desagreable*", "impoli*", "aimable*", "accueil", "personnel", "agence"),
        *("interlocuteur*", "interlocutrice*", "incompeten*"),
        *("service client*", "sav", "teleconseiller*", "receptionniste*"),
    ),
    "phone_queue": (
        *("on hold", "hold music", "hold for", "phone queue", "in a queue", "hung up", "hang up", "answer the phone"),
        *("call back", "called back", "call center", "call centre", "voicemail", "ca n't get through", "phone line*"),
        *("au telephone", "standard", "injoignable*"),
        *("raccroch*", "musique d'attente", "mise en attente", "en ligne depuis"),
        *("decroche*", "rappel*", "plateforme telephonique", "centre d'appel*", "repondeur", "joindre", "hotline"),
    ),
    "claim": (
        *("claim", "claims", "claimed", "adjuster*"),
        *("damage*", "accident*", "insurance claim", "water leak", "sinistre*"),
        *("degat*", "expert", "expertise", "constat", "indemnis*", "accidente*", "vol de", "inondation*", "cambriol*"),
        *("dedommag*", "declaration de", "compensation"),
    ),
    "reimbursement": (
        *("refund*", "reimburs*", "money back", "pay me back", "give me my money", "credit back", "voucher*"),
        *("rembours*", "mutuelle", "tiers payant"),
        *("mon argent", "rendez moi mon argent", "avoir de", "feuille de soin*"),
    ),
    "cancellation": (
        *("cancel*", "terminate my", "unsubscribe*", "close my account", "leaving you", "switching to", "resili*"),
        *("annul*", "desabonn*", "desinscri*", "retractation*", "cloturer", "fermer mon compte", "changer d'assur*"),
        *("je pars chez", "je vous quitte"),
    ),
    "contract": (
        *("contract*", "policy", "policies", "coverage"),
        *("covered", "renewal*", "renew", "terms and conditions", "quote"),
        *("contrat*", "garantie*", "clause*", "avenant*"),
        *("attestation*", "carte verte", "renouvel*", "devis", "franchise"),
        *("souscri*", "couverture"),
    ),
    "fraud": (
        *("fraud*", "scam*", "phishing", "hacked", "stolen", "unauthorized", "unauthorised", "identity theft", "fake"),
        *("arnaque*", "escroc*", "escroquerie*", "hameconnage", "pirat*", "usurpation", "faux", "vole", "frauduleu*"),
    ),
    "privacy": (
        *("privacy", "gdpr", "personal data", "data breach", "data leak", "my data", "rgpd", "donnees personnelles"),
        *("mes donnees", "fuite de donnees", "cnil", "demarchage", "spam call*", "harcel*"),
    ),
    "quality": (
        *("quality", "defective", "faulty", "poor quality", "fell apart", "cheap plastic", "qualite", "defectueu*"),
        *("casse", "cassee", "mauvaise qualite", "abime*"),
    ),
}
_SURE = 0.5


def build(trained: Sequence[str] = (), declared: Sequence[TopicSettings] = ()) -> Step:
    """The step for a classifier of these topics, with the topics of the settings beside those above."""
    phrases = {name: list(words) for name, words in TOPICS.items()}
    for topic in declared:
        phrases.setdefault(topic.name, []).extend(topic.keywords)
    lexicon = Lexicon.of(phrases)
    examples = Examples.of({topic.name: topic.examples for topic in declared})

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [Finding(topics=_topics(reading, lexicon, examples, trained)) for reading in readings]

    return Step(name="topics", run=run)


def _topics(reading: Reading, lexicon: Lexicon, examples: Examples, trained: Sequence[str]) -> tuple[Topic, ...]:
    """The surest first. A topic is as sure as the best of: how often it is named, the classifier, a near example."""
    found = {name: 1 - 0.4 / count for name, count in lexicon.find(reading.words).items()}
    if trained:
        for name, odds in zip(trained, reading.doc.user_data[TOPIC], strict=True):
            if odds >= _SURE:
                found[name] = max(odds, found.get(name, 0.0))
    for name, likeness in examples.find(reading.words).items():
        found[name] = max(likeness, found.get(name, 0.0))
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple([Topic(name=name, confidence=round(min(confidence, 1.0), 2)) for name, confidence in ranked])
