"""Pipeline: whether everything arrives, how long it takes, what could not be handled. For who is on call."""

from deploy.grafana import looks, operating, terms
from deploy.grafana.fields import NETWORK, counted
from deploy.grafana.house import House
from deploy.grafana.looks import Step
from deploy.grafana.macros import literal
from deploy.grafana.panels import Board, Field, Lines, Panel, Section, Stat, Table
from deploy.grafana.queries import pipeline as ask
from deploy.grafana.said import Said

# Measured: half of the events have their row after one second, all but one in a hundred after two.
_LATE = (Step(color=looks.GOOD), Step(color=looks.FAIR, since=5), Step(color=looks.BAD, since=60))
_STALE = (Step(color=looks.GOOD), Step(color=looks.FAIR, since=600), Step(color=looks.BAD, since=3600))
_CONNECTION = {
    "flows": Said(en="flows", fr="actif"),
    "silent": Said(en="silent", fr="silencieux"),
}
_DELIVERY = {
    "sent": Said(en="sent", fr="envoyé"),
    "grouped": Said(en="in a summary", fr="dans un résumé"),
    "held": Said(en="held until quiet hours end", fr="retenu jusqu'à la fin des heures de silence"),
    "failed": Said(en="failed, tried again", fr="échec, nouvel essai"),
    "dropped": Said(en="not told", fr="non transmis"),
}
_STAGE = Field(name="stage", title=Said(en="Where", fr="Où"), terms=terms.STAGES, width=150)
_LETTERS = Field(
    name="dead_letters",
    title=Said(en="Dead letters", fr="Lettres mortes"),
    unit=looks.COUNT,
    steps=looks.SOME_IS_FAIR,
    width=120,
)


def board(house: House) -> Board:
    """The board; `house` names the watches that tell of a silent network."""
    return Board(
        place=5,
        title=Said(en="Pipeline", fr="Chaîne de traitement"),
        about=Said(
            en="Is every network read, how long does a post take to its row, and what could not be handled?",
            fr="Chaque réseau est-il lu, en combien de temps un message arrive-t-il en base, et qu'est-ce qui "
            "n'a pas pu être traité ?",
        ),
        variables=("brand", "network"),
        marks=("storms",),
        since="now-6h",
        sections=(
            Section(title=Said(en="Does it flow?", fr="Tout circule-t-il ?"), panels=_flow()),
            Section(
                title=Said(en="Are the workers well?", fr="Les processus vont-ils bien ?"), panels=operating.workers()
            ),
            Section(title=Said(en="Networks", fr="Réseaux"), panels=(_networks(house),)),
            Section(title=Said(en="How long does it take?", fr="Combien de temps cela prend-il ?"), panels=_latency()),
            Section(title=Said(en="What failed?", fr="Qu'est-ce qui a échoué ?"), panels=_failures()),
        ),
    )


def _seconds(name: str, title: Said, *, color: str = "", steps: looks.Steps = ()) -> Field:
    return Field(name=name, title=title, unit=looks.SHORT_SPAN, decimals=1, color=color, steps=steps)


def _flow() -> tuple[Panel, ...]:
    return (
        _events(),
        _to_row(),
        _dead_letters(),
        _rate(),
    )


def _events() -> Panel:
    return Panel(
        number=1,
        title=Said(en="Events", fr="Événements"),
        about=Said(
            en="Events whose row was stored in the period, at which rate in its last minute, and how old the"
            " newest row is. By the instant of the row, not of the post.",
            fr="Événements dont la ligne a été stockée dans la période, à quel débit dans sa dernière "
            "minute, et l'âge de la ligne la plus récente. Selon l'instant de la ligne, non du message.",
        ),
        sql=ask.COUNTS,
        shape=Stat(),
        fields=(
            counted("events", Said(en="Stored", fr="Stockés")),
            Field(
                name="per_second",
                title=Said(en="Now", fr="Maintenant"),
                unit=looks.RATE,
                decimals=1,
                color=looks.CALM,
            ),
            Field(
                name="newest_row",
                title=Said(en="Newest row is", fr="Âge de la dernière ligne"),
                unit=looks.SPAN,
                decimals=0,
                steps=_STALE,
            ),
        ),
        width=10,
        height=4,
    )


def _to_row() -> Panel:
    return Panel(
        number=2,
        title=Said(en="From Kafka to the row", fr="De Kafka à la base"),
        about=Said(
            en="From the instant a connector handed an event to Kafka to the instant its row was stored, for"
            " posts written in the period.",
            fr="De l'instant où un connecteur confie un événement à Kafka à celui où sa ligne est stockée, "
            "pour les messages écrits dans la période.",
        ),
        sql=ask.TO_ROW,
        shape=Stat(),
        fields=(
            _seconds("median", Said(en="Median", fr="Médiane"), steps=_LATE),
            _seconds("p99", Said(en="99 in 100", fr="99 sur 100"), steps=_LATE),
        ),
        width=7,
        height=4,
    )


def _dead_letters() -> Panel:
    return Panel(
        number=3,
        title=Said(en="Dead letters", fr="Lettres mortes"),
        about=Said(
            en="Inputs that could not be handled, kept whole with the reason: in the period, in its last hour, and "
            "how many of the period nobody has decided about.",
            fr="Entrées qui n'ont pas pu être traitées, gardées entières avec la raison : dans la période, "
            "dans sa dernière heure, et combien attendent encore une décision.",
        ),
        sql=ask.FAILED,
        shape=Stat(),
        fields=(
            counted("dead_letters", Said(en="Period", fr="Période"), steps=looks.SOME_IS_FAIR),
            counted("last_hour", Said(en="Last hour", fr="Dernière heure"), steps=looks.NONE_IS_GOOD),
            counted("undecided", Said(en="Open", fr="Ouvertes"), steps=looks.SOME_IS_FAIR),
        ),
        width=7,
        height=4,
    )


def _rate() -> Panel:
    return Panel(
        number=4,
        title=Said(en="Events per second, by network", fr="Événements par seconde, par réseau"),
        about=Said(en="By the instant at which the row was stored.", fr="Selon l'instant où la ligne a été stockée."),
        sql=lambda language: ask.rate(terms.in_sql("network", terms.NETWORK_NAMES, language)),
        shape=Lines(unit=looks.RATE, label="network_name", stacked=True),
        width=24,
        height=7,
    )


def _networks(house: House) -> Panel:
    return Panel(
        number=5,
        title=Said(en="What comes from each network", fr="Ce qui vient de chaque réseau"),
        about=Said(
            en="For posts written in the period. Silent: a watch says that nothing comes although the same hours"
            " of earlier days brought posts. Fetched after: half of the posts were fetched sooner than that "
            "after they were written.",
            fr="Pour les messages écrits dans la période. Silencieux : une veille dit que rien ne vient alors "
            "que les mêmes heures des jours précédents apportaient des messages. Délai de lecture : la moitié"
            " des messages a été lue plus vite que cela après son écriture.",
        ),
        sql=ask.networks(", ".join(literal(name) for name in house.silences) or "''"),
        shape=Table(nothing=Said(en="Nothing came in this period.", fr="Rien n'est venu sur cette période.")),
        fields=(
            NETWORK,
            Field(
                name="connection",
                title=Said(en="State", fr="État"),
                terms=_CONNECTION,
                colors={"flows": looks.GOOD, "silent": looks.BAD},
                width=110,
            ),
            Field(name="last_fetched", title=Said(en="Last fetched", fr="Dernière lecture"), unit=looks.WHEN),
            Field(name="last_stored", title=Said(en="Last stored", fr="Dernier stockage"), unit=looks.WHEN),
            Field(name="events", title=Said(en="Events", fr="Événements"), unit=looks.COUNT, width=120),
            Field(name="delay", title=Said(en="Fetched after", fr="Délai de lecture"), unit=looks.SPAN, decimals=0),
            _LETTERS,
        ),
        width=24,
        height=9,
    )


def _latency() -> tuple[Panel, ...]:
    travel, travel_over_time = operating.canary()
    return (
        travel,
        _to_row_over_time(),
        travel_over_time,
        _stages(),
        _partitions(),
    )


def _to_row_over_time() -> Panel:
    return Panel(
        number=6,
        title=Said(en="From Kafka to the row, over time", fr="De Kafka à la base, au fil du temps"),
        about=Said(
            en="By the instant at which the event was handed to Kafka. When it rises, the workers do not keep up.",
            fr="Selon l'instant où l'événement a été confié à Kafka. Quand cela monte, les processus ne suivent plus.",
        ),
        sql=ask.LATENCY,
        shape=Lines(unit=looks.SHORT_SPAN),
        fields=(
            _seconds("median", Said(en="Median", fr="Médiane"), color="blue"),
            _seconds("p99", Said(en="99 in 100", fr="99 sur 100"), color="red"),
        ),
    )


def _stages() -> Panel:
    return Panel(
        number=7,
        title=Said(en="Which part takes how long", fr="Quelle étape prend combien de temps"),
        about=Said(
            en="Nine events in ten took no longer. Enriching: from Kafka to the enriched event, waiting "
            "included. Storing: from there to the row.",
            fr="Neuf événements sur dix n'ont pas pris plus longtemps. Enrichissement : de Kafka à "
            "l'événement enrichi, attente comprise. Stockage : de là à la ligne.",
        ),
        sql=ask.STAGES,
        shape=Lines(unit=looks.SHORT_SPAN),
        fields=(
            _seconds("enriching", Said(en="Enriching", fr="Enrichissement")),
            _seconds("storing", Said(en="Storing", fr="Stockage")),
        ),
    )


def _partitions() -> Panel:
    return Panel(
        number=8,
        title=Said(en="Partitions", fr="Partitions"),
        about=Said(
            en="The last offset of each partition that has its row, for posts written in the period. One "
            "that stands still while others move has lost its worker.",
            fr="La dernière position de chaque partition qui a sa ligne, pour les messages écrits dans la "
            "période. Une partition arrêtée quand les autres avancent a perdu son processus.",
        ),
        sql=ask.PARTITIONS,
        shape=Table(),
        fields=(
            Field(name="topic", title=Said(en="Topic", fr="Topic")),
            Field(name="partition", title=Said(en="Partition", fr="Partition"), width=100),
            Field(
                name="last_offset",
                title=Said(en="Last offset", fr="Dernière position"),
                unit=looks.COUNT,
                width=140,
            ),
            Field(name="events", title=Said(en="Events", fr="Événements"), unit=looks.COUNT, width=110),
            Field(name="last_stored", title=Said(en="Last stored", fr="Dernier stockage"), unit=looks.WHEN, width=140),
        ),
    )


def _failures() -> tuple[Panel, ...]:
    return (
        _dead_letters_over_time(),
        _decided(),
        _failed_steps(),
        _dead_letters_by_cause(),
        _deliveries(),
    )


def _dead_letters_over_time() -> Panel:
    return Panel(
        number=10,
        title=Said(en="Dead letters over time, by stage", fr="Lettres mortes au fil du temps, par étape"),
        about=Said(
            en="By the instant at which the input failed last.", fr="Selon l'instant du dernier échec de l'entrée."
        ),
        sql=lambda language: ask.dead_letters_over_time(terms.in_sql("stage", terms.STAGES, language)),
        shape=Lines(unit=looks.COUNT, label="stage_name", stacked=True, step="5m"),
        height=6,
    )


def _decided() -> Panel:
    return Panel(
        number=21,
        title=Said(en="Dead letters by day, and what became of them", fr="Lettres mortes par jour, et leur suite"),
        about=Said(
            en="By the day of the last failure, UTC. Open: nobody has decided about it. `vigie dead-letters retry` "
            "gives it to the stage that failed, `drop` gives it up.",
            fr="Selon le jour du dernier échec, UTC. Ouverte : personne n'a décidé. `vigie dead-letters retry` la rend "
            "à l'étape qui a échoué, `drop` y renonce.",
        ),
        sql=ask.DECIDED,
        shape=Table(nothing=Said(en="No dead letter.", fr="Aucune lettre morte.")),
        fields=(
            Field(name="day_of", title=Said(en="Day", fr="Jour"), width=110),
            _STAGE,
            Field(
                name="undecided",
                title=Said(en="Open", fr="Ouvertes"),
                unit=looks.COUNT,
                steps=looks.SOME_IS_FAIR,
                width=110,
            ),
            Field(name="retried", title=Said(en="Tried again", fr="Rejouées"), unit=looks.COUNT, width=110),
            Field(name="dropped", title=Said(en="Given up", fr="Abandonnées"), unit=looks.COUNT, width=110),
        ),
        height=6,
    )


def _failed_steps() -> Panel:
    return Panel(
        number=11,
        title=Said(en="Steps of enrichment that failed", fr="Étapes d'enrichissement en échec"),
        about=Said(
            en="Events written in the period that lack a finding because a step failed; the event itself is stored.",
            fr="Événements écrits dans la période auxquels il manque un constat parce qu'une étape a échoué "
            "; l'événement lui-même est stocké.",
        ),
        sql=ask.STEPS,
        shape=Table(nothing=Said(en="No step failed.", fr="Aucune étape n'a échoué.")),
        fields=(
            Field(name="step", title=Said(en="Step", fr="Étape")),
            Field(name="model_version", title=Said(en="Models", fr="Modèles")),
            Field(name="events", title=Said(en="Events", fr="Événements"), unit=looks.COUNT, width=110),
            Field(name="failed", title=Said(en="Last", fr="Dernier"), unit=looks.WHEN, width=140),
        ),
        height=6,
    )


def _dead_letters_by_cause() -> Panel:
    return Panel(
        number=12,
        title=Said(en="Dead letters by cause", fr="Lettres mortes par cause"),
        about=Said(
            en="Those of the period, with one reason and one place of each cause. The input itself is in the"
            " view dead_letters.",
            fr="Celles de la période, avec une raison et un lieu par cause. L'entrée elle-même est dans la "
            "vue dead_letters.",
        ),
        sql=ask.DEAD_LETTERS,
        shape=Table(nothing=Said(en="No dead letter.", fr="Aucune lettre morte.")),
        fields=(
            Field(name="failed", title=Said(en="Last", fr="Dernière"), unit=looks.WHEN, width=140),
            _STAGE,
            NETWORK,
            Field(name="error", title=Said(en="Error", fr="Erreur"), width=130),
            Field(name="reason", title=Said(en="Reason", fr="Raison"), wrap=True),
            _LETTERS,
            Field(name="example", title=Said(en="One of them", fr="L'une d'elles"), width=220),
        ),
        width=24,
        height=7,
    )


def _deliveries() -> Panel:
    return Panel(
        number=13,
        title=Said(en="Alerts told to people", fr="Alertes transmises"),
        about=Said(
            en="What was told of alerts in the period, by channel and outcome of each attempt.",
            fr="Ce qui a été transmis des alertes dans la période, par canal et issue de chaque tentative.",
        ),
        sql=ask.DELIVERIES,
        shape=Table(nothing=Said(en="There was nothing to tell.", fr="Aucune alerte à transmettre.")),
        fields=(
            Field(name="channel", title=Said(en="Channel", fr="Canal")),
            Field(
                name="state",
                title=Said(en="Outcome", fr="Issue"),
                terms=_DELIVERY,
                colors={"sent": looks.GOOD, "failed": looks.BAD, "dropped": looks.BAD},
            ),
            Field(name="reason", title=Said(en="Reason", fr="Raison")),
            Field(name="messages", title=Said(en="Attempts", fr="Tentatives"), unit=looks.COUNT, width=110),
            Field(name="last_try", title=Said(en="Last", fr="Dernière"), unit=looks.WHEN, width=140),
        ),
        width=24,
        height=7,
    )
