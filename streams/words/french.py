"""A notification in French. Spaces that must not break are written as escapes: they look like any other."""

from collections.abc import Sequence

from schemas.delivery import Occasion
from streams.words.facts import Facts, parts, short

_S = "\u00a0"  # before a colon, inside guillemets, between a number and its unit
_F = "\u202f"  # the narrow one, before a semicolon

TEST_TITLE = f"Vigie{_S}: ce canal fonctionne"
TEST_BODY = "Message d’essai, envoyé à la main. Les alertes sur les clients qui attendent trop arriveront ici."
QUIET = "Recueillies pendant les heures de silence."

_STATES = {
    "warning_50": "la moitié du délai est passée",
    "warning_75": "les trois quarts du délai sont passés",
    "warning_90": "le délai expire",
    "delegation": "proposée à un délégué",
    "breach": "délai dépassé",
    "escalation": "escalade",
    "watch": "veille",
}
_PRIORITIES = {"low": "basse", "normal": "normale", "high": "haute", "urgent": "urgente"}


def span(seconds: float) -> str:
    """A span of time."""
    days, hours, minutes, rest = parts(seconds)
    if days:
        return f"{days}{_S}j {hours}{_S}h" if hours else f"{days}{_S}j"
    if hours:
        return f"{hours}{_S}h{_S}{minutes:02d}" if minutes else f"{hours}{_S}h"
    return f"{minutes}{_S}min" if minutes else f"{rest}{_S}s"


def title(facts: Facts, occasion: Occasion) -> str:
    """One line that says it all."""
    alert, waited = facts.alert, span(facts.waited_s)
    if alert.level == "watch":
        watched = f"{alert.watch or 'veille'}{f' ({alert.scope})' if alert.scope else ''}"
        return f"Retour à la normale{_S}: {watched}" if occasion == "resolved" else f"Veille{_S}: {watched}"
    if occasion == "resolved":
        return f"N’attend plus{_S}: {facts.who} sur {facts.network}, après {waited}"
    line = f"{facts.who} attend depuis {waited} sur {facts.network}"
    if alert.level == "delegation" and alert.on_behalf_of:
        line = f"{alert.to or 'Délégués'}, merci de répondre pour {alert.on_behalf_of}{_S}: {line}"
    elif alert.level == "escalation":
        whom = f" pour {alert.to}" if alert.to else ""
        line = f"Escalade {alert.step}{whom}{_S}: {line}"
    elif alert.level.startswith("warning"):
        line = f"{facts.who} sur {facts.network}{_S}: {_left(facts)}"
    return f"{line} (report terminé)" if occasion == "again" else line


def body(facts: Facts, occasion: Occasion) -> list[str]:
    """The lines below the title."""
    alert = facts.alert
    lines = [_quoted(facts.text) if facts.text else ""]
    if alert.level == "watch":
        return [
            alert.explanation or alert.scope,
            "" if occasion == "resolved" else f"À faire{_S}: consulter le tableau de bord.",
        ]
    in_open_hours = f" (dont {span(facts.business_s)} ouvrées)" if facts.business_s is not None else ""
    lines.append(f"Attente{_S}: {span(facts.waited_s)}{in_open_hours}. Délai promis{_S}: {span(alert.target_s)}.")
    named = {"Règle": alert.policy, "Marque": alert.brand, "Priorité": _PRIORITIES.get(alert.priority, alert.priority)}
    if alert.priority == "normal":
        del named["Priorité"]
    lines.append(_named(named))
    lines.append(
        _named(
            {
                "Responsable": alert.owner,
                "Destinataire": alert.to if alert.to != alert.owner else "",
                "Au nom de": alert.on_behalf_of,
            }
        )
    )
    lines.append("Un membre de la direction est cité." if alert.mentions_leader else "")
    lines.append("" if occasion == "resolved" else f"À faire{_S}: {_todo(facts)}")
    return lines


def act(url: str) -> str:
    """The line with the signed link."""
    return f"Prendre en compte, reporter ou se l’attribuer{_S}: {url}"


def summary_title(count: int, levels: Sequence[tuple[str, int]]) -> str:
    """How many alerts, and of which levels, the gravest first."""
    return f"{count} alertes{_S}: " + ", ".join(f"{number} {_plural(level, number)}" for level, number in levels)


def grouped(above: int, within_s: float) -> str:
    """Why there is one message instead of many."""
    return f"Plus de {above} en {span(within_s)}{_S}: elles sont réunies en un seul message."


def line(facts: Facts, occasion: Occasion) -> str:
    """One alert in a summary."""
    alert = facts.alert
    if alert.level == "watch":
        return f"• {title(facts, occasion)} – {short(alert.explanation)}"
    state = "a reçu une réponse" if occasion == "resolved" else _STATES[alert.level]
    whom = f", pour {alert.to}" if alert.to else ""
    said = f"{_S}: {_quoted(short(alert.text))}" if alert.text else ""
    return f"• {facts.who}, {facts.network}, {span(facts.waited_s)}, {state}{whom}{said}"


def more(count: int) -> str:
    """What a summary leaves out."""
    return f"… et {count} {'autre' if count == 1 else 'autres'}{_S}: vigie alerts list"


def _left(facts: Facts) -> str:
    if facts.left_s <= 0:
        return "le délai est écoulé"
    return f"il reste {span(facts.left_s)} sur {span(facts.alert.target_s)}"


def _todo(facts: Facts) -> str:
    alert = facts.alert
    if alert.level == "delegation":
        whose = f" pour {alert.on_behalf_of}" if alert.on_behalf_of else ""
        return f"répondre{whose}, ou prendre en compte afin que personne d’autre ne soit sollicité."
    if alert.level == "escalation":
        return f"veiller à ce que quelqu’un réponde{_F}; la prise en compte met fin à l’escalade."
    if alert.level == "breach":
        return "répondre maintenant."
    return "répondre avant la fin du délai."


def _quoted(text: str) -> str:
    return f"«{_S}{text}{_S}»"


def _named(values: dict[str, str]) -> str:
    return " ".join(f"{name}{_S}: {value}." for name, value in values.items() if value)


def _plural(level: str, number: int) -> str:
    if level == "warning":
        return "avertissement" if number == 1 else "avertissements"
    if level == "delegation":
        return "proposée à un délégué" if number == 1 else "proposées à des délégués"
    if level == "escalation":
        return "escalade" if number == 1 else "escalades"
    if level == "breach":
        return "hors délai"
    if level == "resolved":
        return "terminée" if number == 1 else "terminées"
    return "veille" if number == 1 else "veilles"
