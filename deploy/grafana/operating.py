"""Panels about the processes themselves: workers, their lag and memory, and the test events. Pure."""

from deploy.grafana import looks, terms
from deploy.grafana.fields import counted
from deploy.grafana.looks import Step, Steps
from deploy.grafana.panels import Field, Lines, Panel, Stat, Table
from deploy.grafana.queries import workers as ask
from deploy.grafana.said import Said
from schemas.worker import MEMORY_LIMIT_BYTES, SILENT_AFTER_S

_STATES = {
    "working": Said(en="works", fr="fonctionne"),
    "waiting": Said(en="has no partitions (yet)", fr="sans partition (pour l'instant)"),
    "stalled": Said(en="stands still", fr="bloqué"),
    "failed": Said(en="stopped itself", fr="s'est arrêté de lui-même"),
    "silent": Said(en="silent", fr="silencieux"),
}
_STATE_COLORS = {
    "working": looks.GOOD,
    "waiting": looks.FAIR,
    "stalled": looks.BAD,
    "failed": looks.BAD,
    "silent": looks.BAD,
}
# Measured: half of the test events have their row after one second; canary.late_after is half a minute.
TRAVEL_STEPS: Steps = (Step(color=looks.GOOD), Step(color=looks.FAIR, since=5), Step(color=looks.BAD, since=30))
_SILENT: Steps = (Step(color=looks.GOOD), Step(color=looks.BAD, since=SILENT_AFTER_S))
_HEAVY: Steps = (Step(color=looks.GOOD), Step(color=looks.BAD, since=MEMORY_LIMIT_BYTES))
_AGENT = Field(name="agent", title=Said(en="Agent", fr="Agent"), terms=terms.AGENTS, width=170)
_LAG = Said(en="Lag", fr="Retard")
_OF_LAG = Said(
    en="Lag is the number of records of a partition that are still to be handled: its end less the greater of"
    " committed offset and start.",
    fr="Le retard est le nombre d'enregistrements d'une partition qui restent à traiter : sa fin moins la plus "
    "grande des deux valeurs entre position validée et début.",
)


def _memory(name: str, title: Said, *, steps: Steps = (), width: int = 0) -> Field:
    return Field(name=name, title=title, unit=looks.SIZE, decimals=0, steps=steps, width=width)


def workers() -> tuple[Panel, ...]:
    """How each process is, how far behind, and how large."""
    return (_now(), _each(), _lag(), _heap(), _lags())


def canary() -> tuple[Panel, ...]:
    """How long the test events took."""
    return (_travel(), _travel_over_time())


def _now() -> Panel:
    return Panel(
        number=14,
        title=Said(en="Workers now", fr="Processus en ce moment"),
        about=Said(
            en="Not well: silent for more than a minute, standing still, or stopped by itself. When all are "
            f"silent, it is the sink, Kafka or ClickHouse that fails. {_OF_LAG.en} `vigie doctor` names the "
            "cause and the command.",
            fr="En panne : silencieux depuis plus d'une minute, bloqué, ou arrêté de lui-même. Quand tous sont "
            f"silencieux, c'est le sink, Kafka ou ClickHouse qui est en panne. {_OF_LAG.fr} `vigie doctor` "
            "nomme la cause et la commande.",
        ),
        sql=ask.NOW,
        shape=Stat(),
        fields=(
            counted("unwell", Said(en="Not well", fr="En panne"), steps=looks.NONE_IS_GOOD),
            counted("well", Said(en="Well", fr="En marche")),
            counted("lag", _LAG),
            _memory("memory", Said(en="Largest memory", fr="Mémoire maximale"), steps=_HEAVY),
        ),
        width=24,
        height=4,
    )


def _each() -> Panel:
    return Panel(
        number=15,
        title=Said(en="Each worker", fr="Chaque processus"),
        about=Said(
            en="Each says every 15 seconds how it is. One that was killed turns silent; one that was told to stop "
            "is gone, and so is one in whose place another was started, or that has been silent for a day while "
            f"others do its work. {_OF_LAG.en} Here it is that of the partitions that the worker has.",
            fr="Chacun dit toutes les 15 secondes comment il va. Un processus tué devient silencieux ; un processus "
            "arrêté dans l'ordre disparaît, de même que celui qu'un autre remplace, ou qui se tait depuis un jour "
            f"quand d'autres font son travail. {_OF_LAG.fr} Ici, c'est celui des partitions du processus.",
        ),
        sql=ask.WORKERS,
        shape=Table(nothing=Said(en="No worker has said anything.", fr="Aucun processus ne s'est manifesté.")),
        fields=(
            _AGENT,
            Field(
                name="state",
                title=Said(en="State", fr="État"),
                terms=_STATES,
                colors=_STATE_COLORS,
                width=170,
            ),
            Field(name="since", title=Said(en="Since", fr="Depuis"), unit=looks.WHEN, width=130),
            Field(
                name="silent",
                title=Said(en="No word for", fr="Sans nouvelles depuis"),
                unit=looks.SPAN,
                decimals=0,
                steps=_SILENT,
                width=150,
            ),
            Field(name="lag", title=_LAG, unit=looks.COUNT, width=90),
            _memory("memory", Said(en="Memory", fr="Mémoire"), steps=_HEAVY, width=100),
            Field(name="version", title=Said(en="Version", fr="Version"), width=90),
            Field(name="models", title=Said(en="Models", fr="Modèles"), width=180),
            Field(name="worker", title=Said(en="Where", fr="Où"), width=200),
            Field(name="reason", title=Said(en="Reason", fr="Raison"), wrap=True),
        ),
        width=24,
        height=8,
    )


def _lag() -> Panel:
    return Panel(
        number=16,
        title=Said(en="Lag by agent", fr="Retard par agent"),
        about=Said(
            en=f"{_OF_LAG.en} All partitions of an agent together, of each the most in the span. It grows for "
            "minutes: start more workers of that agent, up to the number of partitions.",
            fr=f"{_OF_LAG.fr} Toutes les partitions d'un agent ensemble, avec le maximum de chacune dans "
            "l'intervalle. S'il croît pendant des minutes : lancer d'autres processus de cet agent, jusqu'au nombre "
            "de partitions.",
        ),
        sql=lambda language: ask.lag(terms.in_sql("agent", terms.AGENTS, language)),
        shape=Lines(unit=looks.COUNT, label="agent_name"),
    )


def _heap() -> Panel:
    return Panel(
        number=17,
        title=Said(en="Memory by worker", fr="Mémoire par processus"),
        about=Said(
            en="Memory that the process holds (RSS). The dashed line is at 600 MB, which no worker should need.",
            fr="Mémoire que détient le processus (RSS). La ligne en tirets est à 600 Mo, ce dont aucun processus ne "
            "devrait avoir besoin.",
        ),
        sql=ask.MEMORY,
        shape=Lines(unit=looks.SIZE, label="worker", goal=MEMORY_LIMIT_BYTES),
    )


def _lags() -> Panel:
    return Panel(
        number=18,
        title=Said(en="Lag by partition", fr="Retard par partition"),
        about=Said(
            en=f"{_OF_LAG.en} As it was said last in the period, the largest first. One partition alone: its worker "
            "stands still, or one conversation is very long.",
            fr=f"{_OF_LAG.fr} Tel qu'il a été dit en dernier dans la période, le plus grand d'abord. Une seule "
            "partition : son processus est bloqué, ou une conversation est très longue.",
        ),
        sql=ask.LAGS,
        shape=Table(nothing=Said(en="No worker has said anything.", fr="Aucun processus ne s'est manifesté.")),
        fields=(
            _AGENT,
            Field(name="topic", title=Said(en="Topic", fr="Topic")),
            Field(name="partition", title=Said(en="Partition", fr="Partition"), width=100),
            Field(name="lag", title=_LAG, unit=looks.COUNT, width=90),
            Field(name="most", title=Said(en="Most", fr="Maximum"), unit=looks.COUNT, width=100),
            Field(name="told", title=Said(en="Said", fr="Dit"), unit=looks.WHEN, width=130),
        ),
    )


def _travel() -> Panel:
    return Panel(
        number=19,
        title=Said(en="Test events", fr="Événements de test"),
        about=Said(
            en="A test event travels the whole path each minute, from the connector's producer to its row, and counts"
            " in no other figure. Those sent in the period: how long they took, how long ago the newest was sent that "
            "arrived, and how many were late and have not arrived. `vigie canary --check` asks the same.",
            fr="Un événement de test parcourt toute la chaîne chaque minute, du producteur du connecteur à sa ligne, "
            "et ne compte dans aucun autre chiffre. Ceux de la période : leur durée, l'âge du dernier qui est arrivé, "
            "et combien, en retard, ne sont pas arrivés. `vigie canary --check` demande la même chose.",
        ),
        sql=ask.CANARY,
        shape=Stat(),
        fields=(
            *(
                Field(name=name, title=title, unit=looks.SHORT_SPAN, decimals=1, steps=TRAVEL_STEPS)
                for name, title in (
                    ("median", Said(en="Median", fr="Médiane")),
                    ("p99", Said(en="99 in 100", fr="99 sur 100")),
                    ("newest", Said(en="Newest", fr="Dernier")),
                )
            ),
            Field(
                name="ago",
                title=Said(en="Sent ago", fr="Envoyé il y a"),
                unit=looks.SPAN,
                decimals=0,
                steps=(Step(color=looks.GOOD), Step(color=looks.FAIR, since=120), Step(color=looks.BAD, since=210)),
            ),
            counted("missing", Said(en="Missing", fr="Manquants"), steps=looks.NONE_IS_GOOD),
        ),
        width=24,
        height=4,
    )


def _travel_over_time() -> Panel:
    return Panel(
        number=20,
        title=Said(en="Test events, over time", fr="Événements de test, au fil du temps"),
        about=Said(
            en="How long the test events took to their row, by the instant at which they were sent. A gap: none was"
            " sent, or none arrived.",
            fr="Durée des événements de test jusqu'à leur ligne, selon l'instant de leur envoi. Un trou : aucun n'a "
            "été envoyé, ou aucun n'est arrivé.",
        ),
        sql=ask.TRAVEL,
        shape=Lines(unit=looks.SHORT_SPAN),
        fields=(
            Field(
                name="median",
                title=Said(en="Median", fr="Médiane"),
                unit=looks.SHORT_SPAN,
                decimals=1,
                color="blue",
            ),
            Field(
                name="p99",
                title=Said(en="99 in 100", fr="99 sur 100"),
                unit=looks.SHORT_SPAN,
                decimals=1,
                color="red",
            ),
        ),
        width=12,
    )
