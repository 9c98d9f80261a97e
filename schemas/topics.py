"""TOPICS: every topic, what it carries, how it is kept, who writes and who reads it."""

from dataclasses import dataclass

import msgspec

from schemas.action import Action
from schemas.alert import Alert
from schemas.conversation import Conversation
from schemas.deadletter import DeadLetter
from schemas.delivery import Delivery
from schemas.enriched import Enriched
from schemas.event import Event
from schemas.forgotten import Forgotten
from schemas.rules import Rules
from schemas.window import Window
from schemas.worker import WorkerState

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `key` names the field that keys its records; `max_message_bytes` bounds one record.

    `partitions` is set where order among all records matters more than sharing; else it is kafka.partitions.
    `personal` topics hold what networks gave: their terms of use shorten `retention_days`.
    """

    name: str
    carries: type[msgspec.Struct]
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    retention_days: int
    max_message_bytes: int = 1_048_576
    partitions: int | None = None
    personal: bool = False
    compacted: bool = False
    why: str

    def retention_s(self, term_s: float | None) -> float:
        """How long it is kept, given the shortest term of use among the networks that are read.

        A record goes with the newest of its segment: the term leaves a quarter for the segment to fill.
        """
        days_s = float(self.retention_days * DAY_S)
        return days_s if term_s is None or not self.personal else min(days_s, term_s * 0.75)


EVENTS = Topic(
    name="signal.events.v1",
    personal=True,
    carries=Event,
    key="conversation_id",
    producers=("connectors",),
    consumers=("enrich",),
    retention_days=30,
    why="what was written, as the networks gave it",
)
ENRICHED = Topic(
    name="signal.enriched.v1",
    personal=True,
    carries=Enriched,
    key="conversation_id",
    producers=("enrich",),
    consumers=("responses", "watch", "sink"),
    retention_days=30,
    why="events with language, sentiment, entities, topics and intent",
)
CONVERSATIONS = Topic(
    name="signal.conversations.v1",
    personal=True,
    carries=Conversation,
    key="conversation_id",
    producers=("responses",),
    consumers=("watch", "sink"),
    retention_days=30,
    max_message_bytes=4_194_304,
    why="the measured state of a conversation, each time it changes",
)
ALERTS = Topic(
    name="signal.alerts.v1",
    personal=True,
    carries=Alert,
    key="conversation_id",
    producers=("responses", "watch"),
    consumers=("sink", "notify"),
    retention_days=30,
    why="warnings, breaches, watches that left their bounds, and their end",
)
ACTIONS = Topic(
    name="signal.actions.v1",
    carries=Action,
    key="conversation_id",
    producers=("deploy",),
    consumers=("responses", "watch", "sink"),
    retention_days=30,
    why="what people decided about a conversation: acknowledged, snoozed, assigned, closed",
)
DELIVERIES = Topic(
    name="signal.deliveries.v1",
    carries=Delivery,
    key="conversation_id",
    producers=("notify",),
    consumers=("sink",),
    retention_days=30,
    why="what was told to which channel, what failed and what waits",
)
RULES = Topic(
    name="signal.rules.v1",
    carries=Rules,
    key="since",
    producers=("responses",),
    consumers=("responses", "sink"),
    retention_days=36_500,
    max_message_bytes=4_194_304,
    partitions=1,
    why="every edition of the promises and opening hours, so that the past stays as it was measured",
)
FORGOTTEN = Topic(
    name="signal.forgotten.v1",
    carries=Forgotten,
    key="mark",
    producers=("deploy",),
    consumers=("connectors", "enrich"),
    retention_days=36_500,
    partitions=1,
    compacted=True,
    why="keyed hashes of authors who were forgotten, so that they stay so when their posts come again",
)
WINDOWS = Topic(
    name="signal.windows.v1",
    carries=Window,
    key="partition",
    producers=("watch",),
    consumers=("watch",),
    retention_days=1,
    partitions=1,
    why="what each partition shows at an instant; all of them together are judged by the watches",
)
WORKERS = Topic(
    name="signal.workers.v1",
    carries=WorkerState,
    key="worker",
    producers=("enrich", "responses", "watch", "sink", "notify", "deploy"),
    consumers=("sink",),
    retention_days=1,
    partitions=1,
    why="what each process says of itself: state, lag, memory; one that says nothing is missed",
)
DEAD_LETTERS = Topic(
    name="signal.deadletter.v1",
    personal=True,
    carries=DeadLetter,
    key="dead_letter_id",
    producers=("connectors", "enrich", "responses", "watch", "sink", "notify"),
    consumers=("sink",),
    retention_days=90,
    max_message_bytes=8_388_608,
    why="inputs that could not be handled, kept longer and larger than what they failed to become",
)

TOPICS: tuple[Topic, ...] = (
    *(EVENTS, ENRICHED, CONVERSATIONS, ALERTS),
    *(ACTIONS, DELIVERIES, RULES, FORGOTTEN, WINDOWS, WORKERS, DEAD_LETTERS),
)
