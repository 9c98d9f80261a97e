"""Timeline: what the responses agent remembers of one conversation, and how an event or a decision changes it. Pure."""

import msgspec
from msgspec import Struct

from schemas.action import Action, ActionKind
from schemas.enriched import Enriched
from schemas.errors import VigieError
from schemas.event import HUMAN_ANSWER_ROLES, ROLES
from schemas.topics import CONVERSATIONS
from streams.instants import to_ms
from streams.leaders import leader_of
from streams.measure import Entry
from streams.rules import Rulebook

MAX_BYTES = CONVERSATIONS.max_message_bytes  # of a record of the changelog, and of one that is published
_EVENT_BYTES, _FIRED_BYTES, _DECIDED_BYTES = 220, 120, 150  # in whichever record they take more, without long names
MAX_ACTIONS = 500  # beyond it the oldest are forgotten
_TEXT_CHARS = 500
CUSTOMER = ROLES.index("customer")
_ANSWERS = tuple(ROLES.index(role) for role in HUMAN_ANSWER_ROLES)


class TooLong(VigieError):
    """A conversation that cannot be remembered as a whole."""


class Remembered(Struct, frozen=True, array_like=True):
    """One event of the timeline, as an array to keep the changelog small. `score` is sentiment in -100..100.

    `first_ms` is when the first copy of it was received: the rules of then hold for it. `leader` is whom it is about.
    """

    event_id: str
    at_ms: int
    role: int
    version: int
    deleted: bool = False
    score: int = 0
    label: str = ""
    author: str = ""
    mentions_leader: bool = False
    spam: bool = False
    first_ms: int = 0
    stamp: str = ""
    led_stamp: str = ""
    leader: str = ""


class Customer(Struct, frozen=True, array_like=True):
    """The customer event that was written last: what an alert shows of the conversation. `received_ms` is when it was
    fetched, from which terms of use count.
    """

    at_ms: int
    event_id: str
    author_id: str
    handle: str
    language: str
    permalink: str | None
    text: str
    received_ms: int = 0


class Decided(Struct, frozen=True, array_like=True):
    """What a person decided. `turn` 0 is the one that waited then."""

    action_id: str
    kind: ActionKind
    at_ms: int
    by: str = ""
    turn: int = 0
    until_ms: int = 0
    to: str = ""


class Fired(Struct, frozen=True, array_like=True):
    """An alert that was sent: of which turn, at which level and step, and the state that was sent last."""

    turn: int
    level: str
    at_ms: int
    started_ms: int
    target_s: float
    step: int = 1
    to: str = ""
    state: str = "firing"
    by: str = ""
    acknowledged_ms: int = 0
    until_ms: int = 0


class PastThread(Struct, frozen=True, array_like=True):
    """A thread of a past: see `measure.Thread`."""

    number: int
    start_ms: int
    answered_ms: int | None = None
    closed_ms: int | None = None


class Past(Struct, frozen=True, array_like=True):
    """What is left of a conversation that is over: see `streams.past`. `threads` are the first and the last.

    `last_ms` is its last event, `standing_ms` the last that was not deleted, `spoken_ms` the last of a human. `stamp`
    names the promise of the first turn; `assigned` is to whom it was assigned last.
    """

    first_ms: int
    last_ms: int
    last_event_id: str
    spoken_ms: int
    standing_ms: int
    events: int
    customer_events: int
    turns: int
    threads: tuple[PastThread, ...]
    stamp: str
    first_response_s: float | None
    first_response_business_s: float | None
    sentiment: str
    breached: bool
    about_leader: bool
    mentions_leader: bool
    leader: str
    assigned: str
    only_spam: bool
    settled_ms: int


class Timeline(Struct, frozen=True, array_like=True):
    """One conversation. `partition` is where its events come from; `version` that of its last published state.

    Decisions may be known before the first event is: then there are no entries and nothing is published.
    `due_ms` is when something changes by itself, 0 for never, as it was when it was published last, under `rules`.
    `most_turns` is how many turns any version can have had until then.
    """

    conversation_id: str
    partition: int
    network: str = ""
    brand: str = ""
    version: int = 0
    entries: tuple[Remembered, ...] = ()
    customer: Customer | None = None
    fired: tuple[Fired, ...] = ()
    decisions: tuple[Decided, ...] = ()
    due_ms: int = 0
    rules: int = 0
    past: Past | None = None
    most_turns: int = 0


class _Head(Struct, frozen=True, array_like=True):
    """The beginning of a timeline, up to its version."""

    conversation_id: str
    partition: int
    network: str = ""
    brand: str = ""
    version: int = 0


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Timeline)
_HEAD = msgspec.msgpack.Decoder(_Head)


def pack(timeline: Timeline) -> bytes:
    """The timeline as the table keeps it."""
    return _ENCODER.encode(timeline)


def unpack(packed: bytes) -> Timeline:
    """The timeline from the table's bytes."""
    return _DECODER.decode(packed)


def version_of(packed: bytes) -> int:
    """The version of a timeline, without reading the rest of it."""
    return _HEAD.decode(packed).version


def add(timeline: Timeline | None, enriched: Enriched, partition: int, book: Rulebook) -> Timeline | None:
    """The timeline with this event, or None when it says nothing new: a repeat, or an older copy.

    Raises:
        TooLong: one more may not fit the records that Kafka takes.
    """
    event = enriched.event
    timeline = timeline or Timeline(event.conversation_id, partition)
    if timeline.past is not None and to_ms(event.created_at) <= timeline.past.last_ms:
        return None  # what is over stays as it was measured
    known = next((old for old in timeline.entries if old.event_id == event.event_id), None)
    if known is None and _most_bytes(timeline) > MAX_BYTES:
        raise TooLong(
            f"the conversation has {len(timeline.entries):,} events, and with one more may not fit a record of Kafka",
            fix="Split it where it is published.",
        )
    version = to_ms(event.received_at)
    if known is not None and (known.deleted, known.version) >= (event.deleted, version):
        return None
    entry = _remembered(enriched, version if known is None else min(known.first_ms, version), book)
    others = tuple(old for old in timeline.entries if old.event_id != entry.event_id)
    return msgspec.structs.replace(
        timeline,
        network=timeline.network or event.network,
        brand=timeline.brand or event.brand,
        entries=(*others, entry),
        customer=_customer(timeline.customer, enriched),
    )


def _most_bytes(timeline: Timeline) -> int:
    """What a timeline may take in a record: more than it does, since a refused record would be tried for ever."""
    events = sum(_EVENT_BYTES + len(one.event_id.encode()) + len(one.author.encode()) for one in timeline.entries)
    return events + _FIRED_BYTES * len(timeline.fired) + _DECIDED_BYTES * len(timeline.decisions)


def _remembered(enriched: Enriched, first_ms: int, book: Rulebook) -> Remembered:
    event = enriched.event
    leader = leader_of(enriched, book.leaders.values())
    mentions_leader = enriched.mentions_leader or bool(leader)
    stamp, led_stamp = "", ""
    if event.author.role == "customer":
        stamp, led_stamp = book.stamps(enriched, received_ms=first_ms, mentions_leader=mentions_leader)
    return Remembered(
        event_id=event.event_id,
        at_ms=to_ms(event.created_at),
        role=ROLES.index(event.author.role),
        version=to_ms(event.received_at),
        deleted=event.deleted,
        score=round(enriched.sentiment.score * 100),
        label=enriched.sentiment.label,
        author=event.author.handle or event.author.id,
        mentions_leader=mentions_leader,
        spam=enriched.is_spam,
        first_ms=first_ms,
        stamp=stamp,
        led_stamp=led_stamp,
        leader=leader,
    )


def decide(timeline: Timeline | None, action: Action, partition: int) -> Timeline | None:
    """The timeline with this decision, or None when it is known already."""
    timeline = timeline or Timeline(action.conversation_id, partition)
    if timeline.past is not None and to_ms(action.at) <= timeline.past.last_ms:
        return None
    if any(known.action_id == action.action_id for known in timeline.decisions):
        return None
    one = Decided(
        action_id=action.action_id,
        kind=action.kind,
        at_ms=to_ms(action.at),
        by=action.by,
        turn=action.turn or 0,
        until_ms=0 if action.until is None else to_ms(action.until),
        to=action.to,
    )
    ordered = sorted((*timeline.decisions, one), key=lambda each: (each.at_ms, each.action_id))
    return msgspec.structs.replace(timeline, decisions=tuple(ordered[-MAX_ACTIONS:]))


def _customer(known: Customer | None, enriched: Enriched) -> Customer | None:
    event = enriched.event
    if event.author.role != "customer":
        return known
    candidate = Customer(
        at_ms=to_ms(event.created_at),
        event_id=event.event_id,
        author_id=event.author.id,
        handle=event.author.handle,
        language=enriched.language.code,
        permalink=event.permalink,
        text="" if event.deleted else event.text[:_TEXT_CHARS],
        received_ms=to_ms(event.received_at),
    )
    if known is None or (candidate.at_ms, candidate.event_id) >= (known.at_ms, known.event_id):
        return candidate
    return known


def content_ends_ms(timeline: Timeline, keep_ms: int | None) -> int | None:
    """When what a network gave has to leave the timeline, kept for `keep_ms` from when it was fetched; None: never."""
    if keep_ms is None:
        return None
    fetched = [one.version for one in timeline.entries if _names_customer(one)]
    if timeline.customer is not None and _holds_content(timeline.customer):
        fetched.append(timeline.customer.received_ms or timeline.customer.at_ms)
    return min(fetched) + keep_ms if fetched else None


def without_content(timeline: Timeline, *, before_ms: int) -> Timeline:
    """The timeline without what was fetched before this instant: who wrote and what; when they did stays."""
    customer = timeline.customer
    if customer is not None and (customer.received_ms or customer.at_ms) < before_ms:
        customer = msgspec.structs.replace(customer, author_id="", handle="", permalink=None, text="")
    entries = tuple(
        msgspec.structs.replace(one, author="") if one.version < before_ms and _names_customer(one) else one
        for one in timeline.entries
    )
    return msgspec.structs.replace(timeline, customer=customer, entries=entries)


def _names_customer(one: Remembered) -> bool:
    return bool(one.author) and ROLES[one.role] == "customer"


def _holds_content(customer: Customer) -> bool:
    return bool(customer.author_id or customer.handle or customer.text or customer.permalink)


def most_turns(timeline: Timeline) -> int:
    """How many turns any version up to the next can have: all but the last were ended, by an answer or a decision.

    It never falls: who wrote an event may turn out to be somebody else. Nor does it count on what was published, which
    a worker that lost its table does not know. It is not simply the events of customers, for the sake of posts with
    thousands of comments that nobody answers: each number up to here costs a row in each version.
    """
    before = timeline.past
    customers = sum(one.role == CUSTOMER for one in timeline.entries)
    ended = sum(one.role in _ANSWERS for one in timeline.entries)
    ended += sum(one.kind == "close" for one in timeline.decisions)
    possible = min(customers, ended + 1) + (before.turns if before else 0)
    if len(timeline.decisions) >= MAX_ACTIONS or (timeline.version and not timeline.most_turns):
        # decisions were forgotten, or it was remembered before this was
        possible = customers + (before.customer_events if before else 0)
    return max(timeline.most_turns, possible)


def is_unheard(timeline: Timeline) -> bool:
    """Whether nothing is to be published of it: nobody wrote, or to a conversation that is over only the brand did."""
    if timeline.past is None:
        return not timeline.entries
    return not any(one.role == CUSTOMER for one in timeline.entries)


def is_only_spam(timeline: Timeline) -> bool:
    """Whether customers wrote, and nothing but spam: then nobody waits for an answer."""
    if timeline.past is not None and timeline.past.turns and not timeline.past.only_spam:
        return False
    written = [one.spam for one in timeline.entries if ROLES[one.role] == "customer" and not one.deleted]
    return bool(written) and all(written)


def entries(timeline: Timeline) -> list[Entry]:
    """What `measure` takes."""
    return [
        Entry(
            event_id=one.event_id,
            at_ms=one.at_ms,
            role=ROLES[one.role],
            version=one.version,
            deleted=one.deleted,
            stamp=one.stamp,
            led_stamp=one.led_stamp,
            mentions_leader=one.mentions_leader,
        )
        for one in timeline.entries
    ]
