"""The words of the pages behind signed links, English and French."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. What holds braces is filled in."""

    code: str
    title: str
    acting_as: str
    state: str
    states: dict[str, str]
    seen_by: str
    unknown: str
    on_network: str
    acknowledge: str
    assign: str
    snooze: str
    close: str
    effect: str
    done: dict[str, str]
    done_title: str
    back: str
    invalid: str
    expired: str
    wrong: str
    busy: str
    away: str
    sorry: str


ENGLISH = Words(
    code="en",
    title="Alert",
    acting_as="You decide as {by}.",
    state="State: {state}.",
    states={"firing": "firing", "acknowledged": "acknowledged", "snoozed": "snoozed", "resolved": "over"},
    seen_by="by {by}",
    unknown="More cannot be shown at the moment; the buttons work all the same.",
    on_network="Open it on the network",
    acknowledge="Acknowledge",
    assign="I take it",
    snooze="Snooze {span}",
    close="Close: it is settled",
    effect="Acknowledging ends the escalation, and the clock runs on. A snooze is silent until it ends.",
    done={
        "acknowledge": "Acknowledged in the name of {by}.",
        "assign": "{by} is to answer from now on.",
        "snooze": "Silent until {until} UTC.",
        "close": "Closed. Should the customer write again, they wait anew.",
    },
    done_title="Done",
    back="Back to the alert",
    invalid="This link is not valid. Open it from the message again, whole.",
    expired="This link has expired. Open a newer message.",
    wrong="This was not understood: {why}.",
    busy="Too many requests. Try again in a minute.",
    away="It could not be recorded just now, nothing has changed. Try again in a minute.",
    sorry="Not done",
)

FRENCH = Words(
    code="fr",
    title="Alerte",
    acting_as="Vous décidez au nom de\u00a0: {by}.",
    state="État\u00a0: {state}.",
    states={"firing": "en cours", "acknowledged": "prise en compte", "snoozed": "reportée", "resolved": "terminée"},
    seen_by="par {by}",
    unknown="Le détail n’est pas disponible pour le moment\u202f; les boutons fonctionnent tout de même.",
    on_network="Ouvrir sur le réseau",
    acknowledge="Prendre en compte",
    assign="Je m’en charge",
    snooze="Reporter de {span}",
    close="Clore\u00a0: c’est réglé",
    effect="La prise en compte met fin à l’escalade, et l’attente continue de courir. "
    "Un report fait taire l’alerte jusqu’à son terme.",
    done={
        "acknowledge": "Prise en compte au nom de\u00a0: {by}.",
        "assign": "Désormais chargé de répondre\u00a0: {by}.",
        "snooze": "Silence jusqu’au {until} UTC.",
        "close": "Clos. Si le client écrit de nouveau, une nouvelle attente commence.",
    },
    done_title="C’est fait",
    back="Retour à l’alerte",
    invalid="Ce lien n’est pas valable. Ouvrez-le de nouveau, en entier, depuis le message.",
    expired="Ce lien a expiré. Ouvrez un message plus récent.",
    wrong="La demande n’a pas été comprise.",
    busy="Trop de demandes. Réessayez dans une minute.",
    away="Impossible de l’enregistrer pour l’instant, rien n’a changé. Réessayez dans une minute.",
    sorry="Rien n’a été fait",
)


def words(language: str) -> Words:
    """The words of a language."""
    return FRENCH if language == "fr" else ENGLISH
