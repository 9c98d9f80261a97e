"""Leader inbox: who names an executive or writes to one, who waits for them, and what was offered to a delegate."""

from deploy.grafana import looks, terms
from deploy.grafana.fields import FEELING, NETWORK, OWNER, POST, WAITING, counted, feelings, of_target, share, span
from deploy.grafana.house import House
from deploy.grafana.panels import Board, Field, Lines, Panel, Section, Stat, Table
from deploy.grafana.queries import inbox as ask
from deploy.grafana.said import Said

_CUSTOMER = Field(name="customer", title=Said(en="Customer", fr="Client"), width=140)
_LEADER = Field(name="leader", title=Said(en="Executive", fr="Dirigeant"), width=150)
_SAID = Field(name="said", title=Said(en="In their words", fr="Leurs mots"), wrap=True)
_SEEN_BY = Field(name="seen_by", title=Said(en="Acknowledged by", fr="Pris en compte par"), width=150)
_SNOOZED = Field(name="snoozed", title=Said(en="Snoozed until", fr="Reporté jusqu'à"), unit=looks.INSTANT, width=150)
_DECISIONS = {
    "acknowledge": Said(en="acknowledged", fr="pris en compte"),
    "snooze": Said(en="snoozed", fr="reporté"),
    "assign": Said(en="handed over", fr="confié"),
    "close": Said(en="closed", fr="clos"),
}


def board(house: House) -> Board:
    """The board with the goal of this company."""
    return Board(
        place=4,
        title=Said(en="Leader inbox", fr="Messages à la direction"),
        about=Said(
            en="Customers who name an executive or write to one: who waits, who was asked to answer, what was decided.",
            fr="Les clients qui nomment un dirigeant ou lui écrivent : qui attend, à qui la réponse a été "
            "proposée, ce qui a été décidé.",
        ),
        since="now-7d",
        sections=(
            Section(title=Said(en="Who waits for an executive?", fr="Qui attend un dirigeant ?"), panels=_queue(house)),
            Section(
                title=Said(en="Offered to a delegate", fr="Proposé à un délégué"), panels=(_delegated(), _decisions())
            ),
            Section(title=Said(en="What do they say?", fr="Que disent-ils ?"), panels=_mentions()),
        ),
    )


def _queue(house: House) -> tuple[Panel, ...]:
    return (
        _counts(),
        _requests(house),
        _waiting(),
    )


def _counts() -> Panel:
    return Panel(
        number=1,
        title=Said(en="Waiting now", fr="En attente maintenant"),
        about=Said(
            en="Whatever the period: conversations that name an executive or were written to one, whose last"
            " post has no answer by a person. Late: past the promised time. Not acknowledged: "
            "nobody has acknowledged it yet.",
            fr="Quelle que soit la période : conversations qui nomment un dirigeant ou lui sont adressées, "
            "dont le dernier message n'a pas de réponse d'une personne. En retard : au-delà du délai "
            "promis. Non prises en compte : personne ne les a encore prises en compte.",
        ),
        sql=ask.COUNTS,
        shape=Stat(),
        fields=(
            counted("waiting", Said(en="Waiting", fr="En attente")),
            counted("late", Said(en="Late", fr="En retard"), steps=looks.NONE_IS_GOOD),
            counted("unseen", Said(en="Not acknowledged", fr="Non prises en compte"), steps=looks.SOME_IS_FAIR),
            span("longest", Said(en="Longest wait", fr="Plus longue attente"), color=looks.CALM),
        ),
        height=4,
    )


def _requests(house: House) -> Panel:
    return Panel(
        number=2,
        title=Said(en="Requests in the period", fr="Demandes de la période"),
        about=Said(
            en="Requests of the period in conversations that mention an executive; who still waits counts "
            "with the wait so far. In person: answered by the executive's own account.",
            fr="Demandes de la période dans des conversations qui mentionnent un dirigeant ; un client qui "
            "attend encore compte pour le temps déjà attendu. En personne : répondues par le compte du "
            "dirigeant.",
        ),
        sql=ask.ANSWERS,
        shape=Stat(),
        fields=(
            counted("requests", Said(en="Requests", fr="Demandes")),
            share("in_time", Said(en="In time", fr="À temps"), steps=looks.share_steps(house.goal)),
            span("median", Said(en="Half wait less than", fr="La moitié attend moins de"), color=looks.CALM),
            counted("in_person", Said(en="Answered in person", fr="Répondues en personne")),
        ),
        height=4,
    )


def _waiting() -> Panel:
    return Panel(
        number=3,
        title=Said(en="Waiting for an executive", fr="En attente d'un dirigeant"),
        about=Said(
            en="Past the promised time first, of these the unhappy first, then the longest wait. Delegates: "
            "who may answer in the executive's name, in order.",
            fr="D'abord hors délai, parmi eux les mécontents, puis la plus longue attente. Délégués : qui "
            "peut répondre au nom du dirigeant, dans l'ordre.",
        ),
        sql=ask.QUEUE,
        shape=Table(nothing=Said(en="Nobody is waiting for an executive.", fr="Personne n'attend un dirigeant.")),
        fields=(
            WAITING,
            of_target(width=110),
            _LEADER,
            _CUSTOMER,
            _SAID,
            FEELING,
            NETWORK,
            OWNER,
            Field(name="deputies", title=Said(en="Delegates", fr="Délégués"), width=150),
            _SEEN_BY,
            _SNOOZED,
            POST,
        ),
        width=24,
        height=11,
    )


def _delegated() -> Panel:
    return Panel(
        number=4,
        title=Said(en="Offers to answer in an executive's name", fr="Réponses proposées au nom d'un dirigeant"),
        about=Said(
            en="Offers of the period, the newest first. An executive's customer who waits too long is offered to"
            " the delegates, one after the other.",
            fr="Propositions de la période, la plus récente d'abord. Le client d'un dirigeant qui attend trop "
            "est proposé aux délégués, l'un après l'autre.",
        ),
        sql=ask.DELEGATED,
        shape=Table(nothing=Said(en="Nothing was offered.", fr="Rien n'a été proposé.")),
        fields=(
            Field(name="fired", title=Said(en="When", fr="Quand"), unit=looks.WHEN, width=130),
            Field(
                name="state",
                title=Said(en="State", fr="État"),
                terms=terms.ALERT_STATES,
                colors=terms.STATE_COLORS,
                width=130,
            ),
            _LEADER,
            Field(name="offered_to", title=Said(en="Offered to", fr="Proposé à"), width=150),
            _SEEN_BY,
            _CUSTOMER,
            _SAID,
            span("wait", Said(en="Had waited", fr="Avait attendu"), width=120),
            NETWORK,
            POST,
        ),
        width=24,
        height=7,
    )


def _decisions() -> Panel:
    return Panel(
        number=5,
        title=Said(en="What was decided", fr="Ce qui a été décidé"),
        about=Said(
            en="Decisions of the period about conversations that concern an executive.",
            fr="Décisions de la période sur des conversations qui concernent un dirigeant.",
        ),
        sql=ask.DECISIONS,
        shape=Table(nothing=Said(en="Nothing was decided.", fr="Rien n'a été décidé.")),
        fields=(
            Field(name="decided", title=Said(en="When", fr="Quand"), unit=looks.WHEN, width=130),
            Field(name="decision", title=Said(en="Decision", fr="Décision"), terms=_DECISIONS, width=120),
            Field(name="who", title=Said(en="By", fr="Par"), width=120),
            Field(name="new_owner", title=Said(en="Handed to", fr="Confié à"), width=130),
            _SNOOZED,
            Field(name="note", title=Said(en="Note", fr="Note"), wrap=True),
            _CUSTOMER,
            NETWORK,
            POST,
        ),
        width=24,
        height=6,
    )


def _mentions() -> tuple[Panel, ...]:
    return (
        Panel(
            number=6,
            title=Said(en="Posts that mention an executive", fr="Messages qui mentionnent un dirigeant"),
            about=Said(
                en="Posts of customers in the period that name an executive, spam left out, by what they feel.",
                fr="Messages de clients dans la période qui nomment un dirigeant, hors spam, selon ce qu'ils "
                "ressentent.",
            ),
            sql=ask.MENTIONS_OVER_TIME,
            shape=Lines(unit=looks.COUNT, stacked=True, step="1h"),
            fields=feelings(),
            width=24,
            height=7,
        ),
        Panel(
            number=7,
            title=Said(en="The latest mentions", fr="Les dernières mentions"),
            about=Said(
                en="The newest of these posts, answered or not.",
                fr="Les plus récents de ces messages, répondus ou non.",
            ),
            sql=ask.MENTIONS,
            shape=Table(nothing=Said(en="No executive was mentioned.", fr="Aucun dirigeant n'a été mentionné.")),
            fields=(
                Field(name="written", title=Said(en="Written", fr="Écrit"), unit=looks.WHEN, width=130),
                FEELING,
                _CUSTOMER,
                _SAID,
                NETWORK,
                POST,
            ),
            width=24,
            height=11,
        ),
    )
