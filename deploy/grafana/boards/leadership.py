"""Leadership: how fast do we answer, who is waiting, what are they telling us. For a phone and ten seconds."""

from deploy.grafana import looks, terms
from deploy.grafana.fields import FEELING, NETWORK, OWNER, POST, WAITING, counted, feelings, of_target, share
from deploy.grafana.house import House
from deploy.grafana.panels import Board, Columns, Field, Lines, Panel, Section, Stat, Table
from deploy.grafana.queries import leadership as ask
from deploy.grafana.said import Said, joined

_EARLIER = Said(en="A week earlier", fr="Une semaine avant")
_HOW_EARLIER = Said(
    en="A week earlier: the same hours seven days before, as they stood then; for a period longer than a week, "
    "the period of the same length just before it.",
    fr="Une semaine avant : les mêmes heures sept jours plus tôt, telles qu'elles étaient alors ; pour une "
    "période de plus d'une semaine, la période de même durée juste avant.",
)


def board(house: House) -> Board:
    """The board with the goal of this company."""
    return Board(
        place=1,
        title=Said(en="Leadership", fr="Direction"),
        about=Said(
            en="How fast we answer our customers, who is still waiting, and what they are telling us.",
            fr="À quelle vitesse nous répondons à nos clients, qui attend encore, et ce qu'ils nous disent.",
        ),
        sections=(
            Section(
                title=Said(en="How fast do we answer?", fr="À quelle vitesse répondons-nous ?"), panels=_pace(house)
            ),
            Section(title=Said(en="Who is still waiting?", fr="Qui attend encore ?"), panels=_queue()),
            Section(title=Said(en="What are they telling us?", fr="Que nous disent-ils ?"), panels=_voice()),
            Section(title=Said(en="Latest alerts", fr="Dernières alertes"), panels=(_alerts(),)),
        ),
    )


def _pace(house: House) -> tuple[Panel, ...]:
    return (
        _in_time(house),
        _first_response(
            2,
            Said(en="First response: half wait less than", fr="Première réponse : la moitié attend moins de"),
            Said(
                en="Median: half of the customers waited no longer.",
                fr="Médiane : la moitié des clients n'a pas attendu plus longtemps.",
            ),
            ask.first_response(0.5),
        ),
        _first_response(
            3,
            Said(
                en="First response: nine in ten wait less than", fr="Première réponse : neuf sur dix attendent moins de"
            ),
            Said(
                en="Nine customers in ten waited no longer.",
                fr="Neuf clients sur dix n'ont pas attendu plus longtemps.",
            ),
            ask.first_response(0.9),
        ),
        _in_time_over_time(house),
    )


def _in_time(house: House) -> Panel:
    steps = looks.share_steps(house.goal)
    return Panel(
        number=1,
        title=Said(en="Answered in time", fr="Réponses dans les délais"),
        about=joined(
            Said(
                en="Share of the requests of the period that were answered within the promised time. One "
                "that is past its target and still open counts as late; one that waits and is not late "
                "yet is not counted.",
                fr="Part des demandes de la période qui ont reçu une réponse dans le délai promis. Une "
                "demande hors délai, encore sans réponse, compte comme en retard ; une demande qui attend"
                " sans être en retard n'est pas encore comptée.",
            ),
            _HOW_EARLIER,
        ),
        sql=ask.in_time(house.goal),
        shape=Stat(),
        fields=(
            share("in_time", Said(en="Now", fr="Maintenant"), steps=steps),
            share("goal", Said(en="Goal", fr="Objectif"), color=looks.PLAIN),
            share("earlier_in_time", _EARLIER, color=looks.PLAIN),
        ),
        width=8,
        height=4,
    )


def _in_time_over_time(house: House) -> Panel:
    return Panel(
        number=4,
        title=Said(en="Answered in time, over the period", fr="Réponses dans les délais, au fil du temps"),
        about=Said(
            en="The same share, by the instant at which the request came. The dashed line is the goal.",
            fr="La même part, selon l'instant où la demande est arrivée. En pointillés, l'objectif.",
        ),
        sql=ask.PACE,
        shape=Lines(unit=looks.SHARE, goal=house.goal, top=1.0, step="1h"),
        fields=(Field(name="in_time", title=Said(en="In time", fr="Dans les délais"), decimals=0, color=looks.CALM),),
        width=24,
        height=6,
    )


def _first_response(number: int, title: Said, what: Said, sql: str) -> Panel:
    rest = Said(
        en="From a customer's first post to the first answer by a person, for requests that came in the period. "
        "Who still waits counts with the wait so far. × the promise: the same of the waits divided by their "
        "promised time; from 1 on the promise is broken.",
        fr="Du premier message du client à la première réponse d'une personne, pour les demandes arrivées dans "
        "la période. Un client qui attend encore compte pour le temps déjà attendu. × délai promis : le même "
        "calcul sur l'attente divisée par le délai promis ; à partir de 1, la promesse est rompue.",
    )
    return Panel(
        number=number,
        title=title,
        about=joined(what, rest, _HOW_EARLIER),
        sql=sql,
        shape=Stat(),
        fields=(
            Field(
                name="first_response",
                title=Said(en="Now", fr="Maintenant"),
                unit=looks.SPAN,
                decimals=0,
                color=looks.CALM,
            ),
            of_target(),
            Field(name="earlier_first_response", title=_EARLIER, unit=looks.SPAN, decimals=0, color=looks.PLAIN),
        ),
        width=8,
        height=4,
    )


def _queue() -> tuple[Panel, ...]:
    return (
        _how_many_wait(),
        _who_waits(),
    )


def _how_many_wait() -> Panel:
    return Panel(
        number=5,
        title=Said(en="Customers who wait now", fr="Clients qui attendent en ce moment"),
        about=Said(
            en="Whatever the period: customers whose last post has no answer by a person. Late: past the "
            "promised time. Unhappy: their last post reads negative.",
            fr="Quelle que soit la période : clients dont le dernier message n'a pas de réponse d'une "
            "personne. En retard : au-delà du délai promis. Mécontents : leur dernier message est "
            "négatif.",
        ),
        sql=ask.HOW_MANY_WAIT,
        shape=Stat(),
        fields=(
            counted("waiting", Said(en="Waiting", fr="En attente")),
            counted("late", Said(en="Late", fr="En retard"), steps=looks.NONE_IS_GOOD),
            counted("unhappy", Said(en="Unhappy", fr="Mécontents"), steps=looks.SOME_IS_FAIR),
            Field(
                name="longest",
                title=Said(en="Longest wait", fr="Plus longue attente"),
                unit=looks.SPAN,
                decimals=0,
                color=looks.CALM,
            ),
        ),
        width=24,
        height=4,
    )


def _who_waits() -> Panel:
    return Panel(
        number=6,
        title=Said(
            en="Who waits: the late, the unhappy, the longest",
            fr="Qui attend : en retard, mécontents, puis les plus anciens",
        ),
        about=Said(
            en="Customers past the promised time first, of these the unhappy first, then the longest wait. ×"
            " the promise: the wait so far divided by the promised time, on the clock of the wall.",
            fr="D'abord les clients hors délai, parmi eux les mécontents, puis la plus longue attente. × "
            "délai promis : l'attente divisée par le délai promis, heure pour heure.",
        ),
        sql=ask.QUEUE,
        shape=Table(nothing=Said(en="Nobody is waiting.", fr="Personne n'attend.")),
        fields=(
            WAITING,
            of_target(width=110),
            Field(name="customer", title=Said(en="Customer", fr="Client"), width=140),
            Field(name="said", title=Said(en="Said last", fr="Derniers mots"), wrap=True),
            FEELING,
            NETWORK,
            OWNER,
            POST,
        ),
        width=24,
        height=11,
    )


def _voice() -> tuple[Panel, ...]:
    return (
        _topics(),
        _by_network(),
        _volume(),
    )


def _topics() -> Panel:
    return Panel(
        number=7,
        title=Said(en="What they write about, in their words", fr="De quoi ils parlent, avec leurs mots"),
        about=Said(
            en="Posts of customers in the period by topic, spam left out; a post may have several topics. "
            "The quote is the newest negative post, or the newest if none is, of the period's last seven "
            "days.",
            fr="Messages de clients dans la période, par sujet, hors spam ; un message peut avoir plusieurs "
            "sujets. La citation est le dernier message négatif, ou à défaut le dernier, des sept "
            "derniers jours de la période.",
        ),
        sql=ask.TOPICS,
        shape=Table(nothing=Said(en="No customer has written.", fr="Aucun client n'a écrit.")),
        fields=(
            Field(name="topic", title=Said(en="Topic", fr="Sujet"), terms=terms.TOPICS, width=150),
            Field(name="posts", title=Said(en="Posts", fr="Messages"), unit=looks.COUNT, width=90),
            share("negative_share", Said(en="Negative", fr="Négatifs"), steps=looks.NEGATIVE_SHARE, width=90),
            Field(name="quote", title=Said(en="For example", fr="Par exemple"), wrap=True),
            NETWORK,
            POST,
        ),
        width=24,
        height=10,
    )


def _by_network() -> Panel:
    return Panel(
        number=8,
        title=Said(en="Posts by network and feeling", fr="Messages par réseau et sentiment"),
        about=Said(
            en="Posts of customers in the period, spam left out, by what they feel.",
            fr="Messages de clients dans la période, hors spam, selon ce qu'ils ressentent.",
        ),
        sql=ask.FEELINGS_BY_NETWORK,
        shape=Columns(by="network"),
        fields=(NETWORK, *feelings()),
    )


def _volume() -> Panel:
    return Panel(
        number=9,
        title=Said(en="Posts over the period, by feeling", fr="Messages au fil du temps, par sentiment"),
        about=Said(
            en="The same posts by the instant at which they were written.",
            fr="Les mêmes messages selon l'instant où ils ont été écrits.",
        ),
        sql=ask.VOLUME,
        shape=Lines(unit=looks.COUNT, stacked=True, step="15m"),
        fields=feelings(),
    )


def _alerts() -> Panel:
    return Panel(
        number=10,
        title=Said(en="Latest alerts", fr="Dernières alertes"),
        about=Said(
            en="Broken promises, escalations, offers to a delegate and watches of the period, the newest first, "
            "one per conversation. Warnings before a target are left out.",
            fr="Promesses non tenues, escalades, propositions à un délégué et veilles de la période, la plus "
            "récente d'abord, une par conversation. Les avertissements avant l'échéance n'y figurent pas.",
        ),
        sql=ask.ALERTS,
        shape=Table(nothing=Said(en="No alert in this period.", fr="Aucune alerte sur cette période.")),
        fields=(
            Field(name="fired", title=Said(en="When", fr="Quand"), unit=looks.WHEN, width=140),
            Field(
                name="level",
                title=Said(en="Alert", fr="Alerte"),
                terms=terms.LEVELS,
                colors=terms.LEVEL_COLORS,
                width=150,
            ),
            Field(
                name="state",
                title=Said(en="State", fr="État"),
                terms=terms.ALERT_STATES,
                colors=terms.STATE_COLORS,
                width=100,
            ),
            Field(name="what", title=Said(en="What", fr="Quoi"), wrap=True),
            NETWORK,
            OWNER,
            POST,
        ),
        width=24,
        height=10,
    )
