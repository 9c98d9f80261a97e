"""What a report says in English and in French. Pure."""

from dataclasses import dataclass

from deploy.board.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """All texts of a report in one language; braces are filled in."""

    title: str
    same_month: str
    two_months: str
    of_brand: str
    pace: str
    none: str
    share: str
    share_none: str
    first: str
    requests: str
    late: str
    before: str
    year_ago: str
    by_network: str
    by_brand: str
    one: str
    one_share: str
    queue: str
    nobody: str
    queue_size: str
    waits: str
    past: str
    owner: str
    voice: str
    silent: str
    topic: str
    alerts: str
    no_alerts: str
    watch: str
    count: str
    counted: str


ENGLISH = Said(
    title="Vigie: the week of {days}",
    same_month="{first} to {last} {month} {year}",
    two_months="{first} {month_before} to {last} {month} {year}",
    of_brand=", {brand}",
    pace="How fast do we answer?",
    none="No customer asked anything in this week.",
    share="Answered as promised: {share}",
    share_none="Nothing was promised, or nothing is decided yet.",
    first="First answer: half within {median}, nine in ten within {p90}",
    requests="Requests: {requests}, from customers: {customers}",
    late="Promises broken: {late}",
    before="the week before: {value}",
    year_ago="a year ago: {value}",
    by_network="By network",
    by_brand="By brand",
    one="{name}: {share}half within {median}, requests: {requests}",
    one_share="{share} as promised, ",
    queue="Who is still waiting, on {day} at {time}?",
    nobody="Nobody.",
    queue_size="Customers: {waiting}, of them past what was promised: {late}",
    waits="{who} ({network}) waits since {waited}{past}{owner}",
    past=", {over} past what was promised",
    owner=", to be answered by {owner}",
    voice="What did they tell us?",
    silent="Nothing on any topic that Vigie knows.",
    topic="{topic}: {posts} posts (the week before: {before}), {negative} of them negative",
    alerts="Alerts",
    no_alerts="None.",
    watch="watch “{watch}”",
    count="{name}: {number}",
    counted="How this is counted: a request belongs to the week in which it began. Who is not answered yet counts with "
    "the wait so far; automatic replies do not count as answers. Weeks begin on Monday, time zone {zone}.",
)

FRENCH = Said(
    title="Vigie\u00a0: la semaine du {days}",
    same_month="{first} au {last} {month} {year}",
    two_months="{first} {month_before} au {last} {month} {year}",
    of_brand=", {brand}",
    pace="À quelle vitesse répondons-nous\u202f?",
    none="Aucun client n’a rien demandé cette semaine.",
    share="Réponses dans le délai promis\u00a0: {share}",
    share_none="Rien n’a été promis, ou rien n’est encore joué.",
    first="Première réponse\u00a0: une sur deux en moins de {median}, neuf sur dix en moins de {p90}",
    requests="Demandes\u00a0: {requests}, de clients\u00a0: {customers}",
    late="Promesses non tenues\u00a0: {late}",
    before="semaine précédente\u00a0: {value}",
    year_ago="il y a un an\u00a0: {value}",
    by_network="Par réseau",
    by_brand="Par marque",
    one="{name}\u00a0: {share}une sur deux en moins de {median}, demandes\u00a0: {requests}",
    one_share="{share} dans le délai promis, ",
    queue="Qui attend encore, le {day} à {time}\u202f?",
    nobody="Personne.",
    queue_size="Clients\u00a0: {waiting}, dont hors délai\u00a0: {late}",
    waits="{who} ({network}) attend depuis {waited}{past}{owner}",
    past=", {over} de plus que promis",
    owner=", la réponse revient à {owner}",
    voice="Que nous ont-ils dit\u202f?",
    silent="Rien sur les sujets que Vigie connaît.",
    topic="{topic}\u00a0: {posts} messages (semaine précédente\u00a0: {before}), dont négatifs\u00a0: {negative}",
    alerts="Alertes",
    no_alerts="Aucune.",
    watch="veille «\u00a0{watch}\u00a0»",
    count="{name}\u00a0: {number}",
    counted="Comment on compte\u00a0: une demande appartient à la semaine où elle a commencé. Qui n’a pas encore reçu "
    "de réponse compte pour son attente jusqu’ici\u202f; une réponse automatique n’est pas une réponse. La semaine "
    "commence le lundi, fuseau horaire {zone}.",
)


def said_in(language: Language) -> Said:
    """The texts of a language."""
    return FRENCH if language == "fr" else ENGLISH
