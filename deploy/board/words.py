"""What the board says in English and in French, and how each writes numbers, spans and dates. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Language = Literal["en", "fr"]

_SPACE = "\u00a0"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All texts in one language. Labels stand before their number, so that no plural is needed."""

    language: Language
    decimal: str
    thousands: str
    percent: str
    day: str
    ago: str
    open_quote: str
    close_quote: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]

    ask_pace: str
    ask_queue: str
    ask_voice: str
    alerts: str

    promise: str
    to: str
    last_hour: str
    today: str
    in_time: str
    first_answer: str
    next_answers: str
    median: str
    nine_in_ten: str
    waiting: str
    how_counted: str
    no_turns: str

    past_target: str
    names_leader: str
    over_target: str
    waits: str
    network: str
    who: str
    last_words: str
    nobody_waits: str

    day_events: str
    per_minute: str
    peak: str
    topic: str
    intent: str
    events: str
    in_their_words: str
    names: str
    languages: str
    nothing_said: str
    no_alerts: str

    stored: str
    to_row: str
    dead_letters: str
    in_last_hour: str
    not_there: str
    unknown: str

    feelings: Mapping[str, str]
    intents: Mapping[str, str]
    topics: Mapping[str, str]
    levels: Mapping[str, str]
    tongues: Mapping[str, str]


ENGLISH = Words(
    language="en",
    decimal=".",
    thousands=",",
    percent="%",
    day="d",
    ago="{} ago",
    open_quote="“",
    close_quote="”",
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
        *("November", "December"),
    ),
    ask_pace="How fast do we answer?",
    ask_queue="Who is still waiting?",
    ask_voice="What are they telling us?",
    alerts="Alerts",
    promise="promise",
    to="to",
    last_hour="last hour",
    today="today",
    in_time="in time",
    first_answer="first answer",
    next_answers="next answers",
    median="median",
    nine_in_ten="9 in 10",
    waiting="waiting",
    how_counted="In time: promises that were kept or that ran out in the period. "
    "Answers: those given in it, and everyone who waits now, as long as they have waited.",
    no_turns="No customer has asked anything yet today.",
    past_target="past target",
    names_leader="leader",
    over_target="over",
    waits="waits",
    network="network",
    who="who",
    last_words="said last",
    nobody_waits="Nobody is waiting.",
    day_events="events in 24 h",
    per_minute="per minute",
    peak="peak",
    topic="topic",
    intent="intent",
    events="events",
    in_their_words="in their words",
    names="names",
    languages="languages",
    nothing_said="No customer has written in the last 24 hours.",
    no_alerts="No alert so far.",
    stored="stored",
    to_row="to row",
    dead_letters="dead letters",
    in_last_hour="last hour",
    not_there="Not known, since ClickHouse does not have it yet: {}. Run `vigie migrate`.",
    unknown="unknown",
    feelings={"negative": "negative", "neutral": "neutral", "positive": "positive"},
    intents={},
    topics={"app": "app and site", "phone_queue": "phone queue"},
    levels={
        "warning_50": "50% used",
        "warning_75": "75% used",
        "warning_90": "90% used",
        "breach": "breach",
        "escalation": "escalation",
        "delegation": "offered to a delegate",
        "watch": "watch",
    },
    tongues={
        **{"en": "English", "fr": "French", "de": "German", "es": "Spanish", "it": "Italian", "pt": "Portuguese"},
        **{"nl": "Dutch", "ar": "Arabic", "und": "not clear"},
    },
)

FRENCH = Words(
    language="fr",
    decimal=",",
    thousands=_SPACE,
    percent=f"{_SPACE}%",
    day="j",
    ago=f"il y a{_SPACE}{{}}",
    open_quote=f"«{_SPACE}",
    close_quote=f"{_SPACE}»",
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre"),
        *("novembre", "décembre"),
    ),
    ask_pace=f"À quelle vitesse répondons-nous{_SPACE}?",
    ask_queue=f"Qui attend encore{_SPACE}?",
    ask_voice=f"Que nous disent-ils{_SPACE}?",
    alerts="Alertes",
    promise="promesse",
    to="à",
    last_hour="dernière heure",
    today="aujourd’hui",
    in_time="dans les délais",
    first_answer="1re réponse",
    next_answers="ensuite",
    median="médiane",
    nine_in_ten="9 sur 10",
    waiting="attendent",
    how_counted=f"Dans les délais{_SPACE}: promesses tenues ou échues dans la période. "
    f"Réponses{_SPACE}: celles données dans la période, et tous ceux qui attendent encore, pour le temps déjà attendu.",
    no_turns="Aucun client n’a encore rien demandé aujourd’hui.",
    past_target="hors délai",
    names_leader="direction",
    over_target="retard",
    waits="attend",
    network="réseau",
    who="qui",
    last_words="derniers mots",
    nobody_waits="Personne n’attend.",
    day_events="messages en 24 h",
    per_minute="par minute",
    peak="pic",
    topic="sujet",
    intent="intention",
    events="messages",
    in_their_words="dans leurs mots",
    names="noms",
    languages="langues",
    nothing_said="Aucun client n’a écrit ces dernières 24 heures.",
    no_alerts="Aucune alerte pour l’instant.",
    stored="stockés",
    to_row="en base",
    dead_letters="lettres mortes",
    in_last_hour="dernière heure",
    not_there=f"Inconnu, car ClickHouse ne l’a pas encore{_SPACE}: {{}}. Lancez `vigie migrate`.",
    unknown="inconnu",
    feelings={"negative": "négatif", "neutral": "neutre", "positive": "positif"},
    intents={
        "complaint": "plainte",
        "question": "question",
        "praise": "éloge",
        "request": "demande",
        "other": "autre",
    },
    topics={
        **{"delay": "retard", "price": "prix", "billing": "facturation", "bug": "bogue", "app": "appli et site"},
        **{"outage": "panne", "delivery": "livraison", "luggage": "bagages", "booking": "réservation"},
        **{"staff": "personnel", "phone_queue": "attente au tél.", "claim": "sinistre"},
        **{"reimbursement": "remboursement", "cancellation": "résiliation", "contract": "contrat"},
        **{"fraud": "fraude", "privacy": "vie privée", "quality": "qualité"},
    },
    levels={
        "warning_50": f"50{_SPACE}% du délai",
        "warning_75": f"75{_SPACE}% du délai",
        "warning_90": f"90{_SPACE}% du délai",
        "breach": "dépassement",
        "escalation": "escalade",
        "delegation": "proposée à un délégué",
        "watch": "veille",
    },
    tongues={
        **{"en": "anglais", "fr": "français", "de": "allemand", "es": "espagnol", "it": "italien", "pt": "portugais"},
        **{"nl": "néerlandais", "ar": "arabe", "und": "incertaine"},
    },
)

# As the networks write themselves; any other is written as it is called.
NETWORKS = {
    **{"appstore": "App Store", "bluesky": "Bluesky", "discord": "Discord", "facebook": "Facebook", "forum": "Forum"},
    **{"github": "GitHub", "googleplay": "Google Play", "hackernews": "Hacker News", "instagram": "Instagram"},
    **{"linkedin": "LinkedIn", "mastodon": "Mastodon", "playstore": "Google Play", "reddit": "Reddit"},
    **{"slack": "Slack", "telegram": "Telegram", "tiktok": "TikTok", "trustpilot": "Trustpilot", "twitter": "Twitter"},
    **{"whatsapp": "WhatsApp", "x": "X", "youtube": "YouTube", "zendesk": "Zendesk"},
}


def words_of(language: Language) -> Words:
    """The texts in this language."""
    return FRENCH if language == "fr" else ENGLISH


def network_name(network: str) -> str:
    """As the network writes itself."""
    return NETWORKS.get(network, network)


def label(known: Mapping[str, str], name: str) -> str:
    """The word for a name from the store; a name without one is shown as it is."""
    return known.get(name) or name.replace("_", " ")


def number(value: float, words: Words, *, decimals: int = 0) -> str:
    """1,234.5 or 1 234,5."""
    plain = f"{value:,.{decimals}f}"
    return plain.translate({ord(","): words.thousands, ord("."): words.decimal})


def percent(share: float | None, words: Words) -> str:
    """82% or 82 %, a dash when there is none. All and nothing are said only of all and nothing."""
    if share is None:
        return "–"
    whole = round(share * 100)
    if 0 < share < 1:
        whole = min(99, max(1, whole))
    return f"{whole}{words.percent}"


def span(seconds: float | None, words: Words) -> str:
    """How long, in its two largest units: 45 s, 14 min, 2 h 05, 3 d 4 h, 12 d; rounded down, a dash when unknown."""
    if seconds is None:
        return "–"
    whole = int(max(0.0, seconds))
    if whole < _MINUTE:
        return f"{whole}{_SPACE}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}{_SPACE}min"
    if whole < _DAY:
        minutes = f"{_SPACE}{whole % _HOUR // _MINUTE:02d}" if whole % _HOUR else ""
        return f"{whole // _HOUR}{_SPACE}h{minutes}"
    days, hours = whole // _DAY, whole % _DAY // _HOUR
    if days >= 10 or not hours:
        return f"{number(days, words)}{_SPACE}{words.day}"
    return f"{days}{_SPACE}{words.day}{_SPACE}{hours}{_SPACE}h"


def latency(seconds: float | None, words: Words) -> str:
    """How long, when parts of a second count: 820 ms, 1.2 s."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f}{_SPACE}ms"
    return f"{number(seconds, words, decimals=1)}{_SPACE}s" if seconds < _MINUTE else span(seconds, words)


def overdue(seconds: float | None, words: Words) -> str:
    """By how much over the target: +2 h 05; −12 min while that is left."""
    if seconds is None:
        return "–"
    return f"{'+' if seconds >= 0 else '−'}{span(abs(seconds), words)}"


def ago(seconds: float, words: Words) -> str:
    """2 min ago, il y a 2 min."""
    return words.ago.format(span(seconds, words))


def date_and_time(instant: datetime, words: Words) -> str:
    """Monday 2 March 2026, 14:05:32; lundi 2 mars 2026, 14:05:32."""
    day = "1er" if words.language == "fr" and instant.day == 1 else str(instant.day)
    weekday, month = words.weekdays[instant.weekday()], words.months[instant.month - 1]
    return f"{weekday} {day} {month} {instant.year}, {instant:%H:%M:%S}"
