"""Response times: how long customers wait, by everything that a head of customer care asks."""

from deploy.grafana import looks, terms
from deploy.grafana.fields import NETWORK, OWNER, POST, counted, of_target, share, span
from deploy.grafana.house import House
from deploy.grafana.panels import Board, Columns, Field, Lines, Panel, Section, Stat, Table
from deploy.grafana.queries import response_times as ask
from deploy.grafana.said import Said, both, joined

_HOW = Said(
    en="Requests that came in the period; who still waits counts with the wait so far.",
    fr="Demandes arrivées dans la période ; un client qui attend encore compte pour le temps déjà attendu.",
)
_PERCENTILES = (
    span("median", Said(en="Median", fr="Médiane"), color="blue"),
    span("p75", Said(en="3 in 4", fr="3 sur 4"), color="purple"),
    span("p90", Said(en="9 in 10", fr="9 sur 10"), color="orange"),
    span("p95", Said(en="19 in 20", fr="19 sur 20"), color="red"),
)
_BY = {
    "network": (NETWORK, Said(en="By network", fr="Par réseau")),
    "brand": (Field(name="brand", title=Said(en="Brand", fr="Marque")), Said(en="By brand", fr="Par marque")),
    "priority": (
        Field(
            name="priority",
            title=Said(en="Priority", fr="Priorité"),
            terms=terms.PRIORITIES,
            colors=terms.PRIORITY_COLORS,
        ),
        Said(en="By priority", fr="Par priorité"),
    ),
    "policy": (
        Field(name="policy", title=Said(en="Promise", fr="Engagement")),
        Said(en="By promise", fr="Par engagement"),
    ),
    "owner": (OWNER, Said(en="By who answers", fr="Par responsable")),
    "language": (
        Field(name="language", title=Said(en="Language", fr="Langue"), terms=terms.TONGUES),
        Said(en="By language", fr="Par langue"),
    ),
}
_SPANS = dict(
    zip(
        ask.SPANS,
        (
            *(both("< 5 min"), both("5–15 min"), both("15–30 min"), both("30–60 min"), both("1–2 h"), both("2–4 h")),
            *(both("4–8 h"), both("8–24 h"), Said(en="1–3 days", fr="1–3 jours"), Said(en="> 3 days", fr="> 3 jours")),
        ),
        strict=True,
    )
)
_DAYS = dict(
    zip(
        ask.WEEKDAYS,
        (
            *(Said(en="Mon", fr="Lun."), Said(en="Tue", fr="Mar."), Said(en="Wed", fr="Mer.")),
            *(Said(en="Thu", fr="Jeu."), Said(en="Fri", fr="Ven."), Said(en="Sat", fr="Sam.")),
            Said(en="Sun", fr="Dim."),
        ),
        strict=True,
    )
)


def board(house: House) -> Board:
    """The board with the goal and the clock of this company."""
    return Board(
        place=2,
        title=Said(en="Response times", fr="Délais de réponse"),
        about=Said(
            en="How long customers wait for an answer: over time, by team and network, by hour of the week.",
            fr="Combien de temps les clients attendent une réponse : au fil du temps, par équipe et par réseau, "
            "par heure.",
        ),
        since="now-7d",
        sections=(
            Section(title=Said(en="In this period", fr="Sur cette période"), panels=_figures()),
            Section(title=Said(en="Over time", fr="Au fil du temps"), panels=_over_time()),
            Section(title=Said(en="Where and by whom", fr="Où et par qui"), panels=_by(house)),
            Section(title=Said(en="When", fr="Quand"), panels=_when(house)),
            Section(title=Said(en="Broken promises", fr="Promesses non tenues"), panels=(_breaches(),)),
        ),
    )


def _figures() -> tuple[Panel, ...]:
    return (
        Panel(
            number=1,
            title=Said(en="Requests", fr="Demandes"),
            about=Said(
                en="A request is one or more posts of a customer with no answer by a person between them. "
                "Broken: answered late, waiting past the promised time, or closed past it.",
                fr="Une demande est un ou plusieurs messages d'un client sans réponse d'une personne entre eux. "
                "Non tenue : réponse en retard, attente au-delà du délai promis, ou clôture au-delà.",
            ),
            sql=ask.COUNTS,
            shape=Stat(),
            fields=(
                counted("requests", Said(en="Requests", fr="Demandes")),
                counted("answered", Said(en="Answered", fr="Répondues")),
                counted("waiting", Said(en="Waiting", fr="En attente")),
                counted("broken", Said(en="Promise broken", fr="Promesse non tenue"), steps=looks.SOME_IS_FAIR),
            ),
            width=24,
            height=4,
        ),
        _waits(2, Said(en="First response", fr="Première réponse"), first=True),
        _waits(3, Said(en="Later responses", fr="Réponses suivantes"), first=False),
    )


def _waits(number: int, title: Said, *, first: bool) -> Panel:
    return Panel(
        number=number,
        title=title,
        about=_defined(first=first),
        sql=ask.figures(first=first),
        shape=Stat(),
        fields=(*_PERCENTILES, span("slowest", Said(en="Slowest", fr="La plus lente"), color=looks.FAINT)),
        width=24,
        height=4,
    )


def _defined(*, first: bool) -> Said:
    what = Said(
        en="From the first post of a customer to the first answer by a person; who comes back after a day of "
        "silence or a close begins anew.",
        fr="Du premier message d'un client à la première réponse d'une personne ; qui revient après un jour de "
        "silence ou une clôture recommence.",
    )
    if not first:
        what = Said(
            en="From a customer's reply to the next answer by a person.",
            fr="De la relance d'un client à la réponse suivante d'une personne.",
        )
    ranks = Said(
        en="Median: half waited no longer; 9 in 10: nine customers in ten waited no longer.",
        fr="Médiane : la moitié n'a pas attendu plus longtemps ; 9 sur 10 : neuf clients sur dix non plus.",
    )
    return joined(what, _HOW, ranks)


def _over_time() -> tuple[Panel, ...]:
    outcomes = {code: terms.OUTCOMES[code] for code in terms.OUTCOMES if code not in ("answered", "waiting")}
    outcomes["unpromised"] = Said(en="nothing promised", fr="sans promesse")
    return (
        Panel(
            number=4,
            title=Said(en="First response over time", fr="Première réponse au fil du temps"),
            about=_defined(first=True),
            sql=ask.percentiles(first=True),
            shape=Lines(unit=looks.SPAN, step="1h", logarithmic=True),
            fields=_PERCENTILES,
        ),
        Panel(
            number=5,
            title=Said(en="Later responses over time", fr="Réponses suivantes au fil du temps"),
            about=_defined(first=False),
            sql=ask.percentiles(first=False),
            shape=Lines(unit=looks.SPAN, step="1h", logarithmic=True),
            fields=_PERCENTILES,
        ),
        Panel(
            number=6,
            title=Said(en="What became of the requests", fr="Ce que les demandes sont devenues"),
            about=Said(
                en="Requests by the instant at which they came, and how they stand now.",
                fr="Demandes selon l'instant où elles sont arrivées, et leur état actuel.",
            ),
            sql=ask.OUTCOMES,
            shape=Lines(unit=looks.COUNT, stacked=True, step="1h"),
            fields=tuple(
                Field(name=code, title=text, unit=looks.COUNT, color=terms.OUTCOME_COLORS.get(code, looks.FAINT))
                for code, text in outcomes.items()
            ),
            width=24,
            height=7,
        ),
    )


def _by(house: House) -> tuple[Panel, ...]:
    about = joined(
        Said(en="First responses.", fr="Premières réponses."),
        _HOW,
        Said(
            en="× the promise: nine in ten waited at most so many times the time they were promised.",
            fr="× délai promis : neuf clients sur dix ont attendu au plus tant de fois le délai promis.",
        ),
    )
    return tuple(
        Panel(
            number=number,
            title=title,
            about=about,
            sql=ask.by(dimension),
            shape=Table(),
            fields=(
                column,
                Field(name="requests", title=Said(en="Requests", fr="Demandes"), unit=looks.COUNT, width=90),
                share("in_time", Said(en="In time", fr="À temps"), steps=looks.share_steps(house.goal), width=80),
                span("median", Said(en="Median", fr="Médiane"), width=120),
                span("p90", Said(en="9 in 10", fr="9 sur 10"), width=120),
                of_target(width=110),
                Field(name="waiting", title=Said(en="Waiting", fr="En attente"), unit=looks.COUNT, width=90),
            ),
            height=7,
        )
        for number, (dimension, (column, title)) in enumerate(_BY.items(), start=7)
    )


def _when(house: House) -> tuple[Panel, ...]:
    return (
        _kept_by_hour(house),
        _requests_by_hour(house),
        _distribution(),
    )


def _kept_by_hour(house: House) -> Panel:
    hour = Field(name="hour", title=Said(en="Hour", fr="Heure"), width=64)
    kept = tuple(
        Field(name=code, title=text, unit=looks.SHARE, decimals=0, steps=looks.share_steps(house.goal), paint=True)
        for code, text in _DAYS.items()
    )
    return Panel(
        number=13,
        title=Said(
            en=f"In time, by hour and weekday ({house.zone})", fr=f"À temps, par heure et par jour ({house.zone})"
        ),
        about=Said(
            en="Share of the requests that came in this hour of the week and were answered in time.",
            fr="Part des demandes arrivées à cette heure de la semaine qui ont reçu une réponse dans les délais.",
        ),
        sql=ask.week(ask.KEPT_BY_HOUR, house.zone),
        shape=Table(dense=True),
        fields=(hour, *kept),
        height=25,
    )


def _requests_by_hour(house: House) -> Panel:
    hour = Field(name="hour", title=Said(en="Hour", fr="Heure"), width=64)
    many = tuple(
        Field(name=code, title=text, unit=looks.COUNT, scale=looks.MORE, paint=True) for code, text in _DAYS.items()
    )
    return Panel(
        number=14,
        title=Said(
            en=f"Requests, by hour and weekday ({house.zone})", fr=f"Demandes, par heure et par jour ({house.zone})"
        ),
        about=Said(
            en="How many requests came in this hour of the week.",
            fr="Combien de demandes sont arrivées à cette heure de la semaine.",
        ),
        sql=ask.week(ask.COUNT_BY_HOUR, house.zone),
        shape=Table(dense=True),
        fields=(hour, *many),
        height=25,
    )


def _distribution() -> Panel:
    return Panel(
        number=15,
        title=Said(en="How long a first response takes", fr="Combien de temps prend une première réponse"),
        about=joined(
            Said(en="First responses by how long they took.", fr="Premières réponses selon leur durée."), _HOW
        ),
        sql=ask.DISTRIBUTION,
        shape=Columns(by="span", upright=True),
        fields=(
            Field(name="span", title=Said(en="Wait", fr="Attente"), terms=_SPANS),
            Field(name="answered", title=Said(en="answered", fr="répondu"), unit=looks.COUNT, color=looks.CALM),
            Field(
                name="waiting",
                title=Said(en="still waiting", fr="attend encore"),
                unit=looks.COUNT,
                color=looks.FAIR,
            ),
        ),
        width=24,
    )


def _breaches() -> Panel:
    return Panel(
        number=16,
        title=Said(en="The furthest past their promise", fr="Les plus grands dépassements"),
        about=Said(
            en="Requests of the period that were answered late, wait past the promised time, or were closed past"
            " it, those first that waited the most times their promised time.",
            fr="Demandes de la période qui ont eu une réponse en retard, qui attendent au-delà du délai promis "
            "ou qui ont été closes au-delà, de la plus grande attente à la plus petite, en nombre de fois le "
            "délai promis.",
        ),
        sql=ask.BREACHES,
        shape=Table(nothing=Said(en="Every promise was kept.", fr="Toutes les promesses ont été tenues.")),
        fields=(
            Field(name="asked", title=Said(en="Asked", fr="Reçue"), unit=looks.WHEN, width=130),
            Field(name="customer", title=Said(en="Customer", fr="Client"), width=140),
            Field(name="said", title=Said(en="Wrote", fr="A écrit"), wrap=True),
            span("wait", Said(en="Waited", fr="A attendu"), width=130),
            of_target(width=110),
            Field(
                name="outcome",
                title=Said(en="What became of it", fr="Suite donnée"),
                terms=terms.OUTCOMES,
                colors=terms.OUTCOME_COLORS,
                width=170,
            ),
            NETWORK,
            Field(name="policy", title=Said(en="Promise", fr="Engagement"), width=140),
            OWNER,
            POST,
        ),
        width=24,
        height=12,
    )
