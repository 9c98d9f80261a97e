"""Messages for tests, with telling defaults: only what matters to a test is spelled out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.action import Action, ActionKind
from schemas.alert import Alert, AlertLevel, alert_id
from schemas.conversation import Conversation, Turn
from schemas.deadletter import DeadLetter, dead_letter_id
from schemas.enriched import Enriched, Entity, Language, Sentiment, Topic
from schemas.event import Author, Event, Role
from schemas.policy import ResponsePolicy
from schemas.settings import Settings
from schemas.worker import Lag, WorkerState
from streams.rules import Rulebook, present, rulebook

DAY = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


def at(clock: str, *, day: datetime = DAY) -> datetime:
    """An instant of the test day: at("09:05"), at("09:05:30.250")."""
    hours, minutes, *seconds = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds[0]) if seconds else 0.0)


def make_author(role: Role = "customer", **fields: Any) -> Author:
    """A customer called Ana, or the team of the brand Acme."""
    if role == "customer":
        return Author(**{"id": "u1", "role": role, "handle": "ana", "name": "Ana Diaz", **fields})
    return Author(**{"id": f"acme-{role}", "role": role, "handle": f"acme_{role}", "name": "Acme", **fields})


def make_event(native: str = "1", *, role: Role = "customer", **fields: Any) -> Event:
    """A customer's post on Mastodon about the brand Acme, which opens a conversation."""
    created_at = fields.get("created_at", at("09:00"))
    defaults: dict[str, Any] = {
        "event_id": f"mastodon:{native}",
        "network": "mastodon",
        "brand": "acme",
        "conversation_id": "mastodon:1",
        "author": make_author(role),
        "text": "The parcel is late, where is it?",
        "created_at": created_at,
        "received_at": created_at + timedelta(seconds=2),
    }
    return Event(**{**defaults, **fields})


def make_enriched(event: Event | None = None, **fields: Any) -> Enriched:
    """An event of `make_event`, found to be a complaint in English about the delivery."""
    event = make_event() if event is None else event
    defaults: dict[str, Any] = {
        "event": event,
        "processed_at": event.received_at + timedelta(seconds=1),
        "model_version": "test-1",
        "language": Language(code="en", confidence=0.99),
        "sentiment": Sentiment(label="negative", score=-0.5, confidence=0.8),
        "entities": (Entity(text="parcel", label="PRODUCT", start=4, end=10, canonical="product:parcel"),),
        "topics": (Topic(name="delivery", confidence=0.9),),
        "intent": "complaint",
    }
    return Enriched(**{**defaults, **fields})


def make_book(*policies: ResponsePolicy, **fields: Any) -> Rulebook:
    """The rules that hold when these are the policies, in this order; `fields` are more of the settings."""
    settings = Settings(policies=policies, **fields)
    return rulebook(settings, [present(settings, lambda name: b"", now=DAY)])


def make_action(kind: ActionKind = "acknowledge", **fields: Any) -> Action:
    """Nora's decision about the conversation of `make_event`, at half past nine."""
    defaults: dict[str, Any] = {"action_id": "a1", "conversation_id": "mastodon:1", "at": at("09:30"), "by": "Nora"}
    return Action(**{"kind": kind, **defaults, **fields})


def make_turn(turn: int = 1, *, waited_s: float | None = None, **fields: Any) -> Turn:
    """A turn with a target of one hour that starts at nine, ten, … o'clock; answered when `waited_s` is given."""
    started_at = fields.get("started_at", at("08:00") + timedelta(hours=turn))
    defaults: dict[str, Any] = {
        "turn": turn,
        "start_event_id": f"mastodon:{2 * turn - 1}",
        "started_at": started_at,
        "target_s": 3600.0,
        "due_at": started_at + timedelta(hours=1),
    }
    if waited_s is not None:
        defaults |= {
            "answer_event_id": f"mastodon:{2 * turn}",
            "answered_at": started_at + timedelta(seconds=waited_s),
            "answered_by_role": "brand",
            "answered_by": "acme_brand",
            "waited_s": waited_s,
            "waited_business_s": waited_s,
            "breached": waited_s >= 3600.0,
        }
    return Turn(**{**defaults, **fields})


def make_conversation(*turns: Turn, **fields: Any) -> Conversation:
    """A conversation of these turns; of one turn that waits when none is given."""
    turns = turns or (make_turn(),)
    last = turns[-1]
    customer_events = sum(turn.customer_events for turn in turns)
    answers = sum(turn.answered_at is not None for turn in turns)
    defaults: dict[str, Any] = {
        "conversation_id": "mastodon:1",
        "version": 1,
        "network": "mastodon",
        "brand": "acme",
        "state": "waiting" if last.answered_at is None else "answered",
        "first_event_at": turns[0].started_at,
        "last_event_at": last.answered_at or last.started_at,
        "last_event_id": last.answer_event_id or last.start_event_id,
        "turns": turns,
        "events": customer_events + answers,
        "customer_events": customer_events,
        "first_response_s": turns[0].waited_s,
        "first_response_business_s": turns[0].waited_business_s,
        "policy": "default",
        "policy_version": "1f2e3d4c",
        "target_s": last.target_s,
        "breached": any(turn.breached for turn in turns),
        "language": "en",
        "sentiment_start": "negative",
        "sentiment_end": "negative",
        "sentiment_score_end": -0.5,
        "customer_id": "u1",
        "customer_handle": "ana",
        "last_customer_text": "The parcel is late, where is it?",
    }
    return Conversation(**{**defaults, **fields})


def make_alert(level: AlertLevel = "breach", **fields: Any) -> Alert:
    """The waiting turn of `make_conversation`, an hour after it started."""
    conversation_id, turn = fields.get("conversation_id", "mastodon:1"), fields.get("turn", 1)
    defaults: dict[str, Any] = {
        "alert_id": alert_id(conversation_id, turn, level),
        "version": 1,
        "state": "firing",
        "level": level,
        "conversation_id": conversation_id,
        "turn": turn,
        "network": "mastodon",
        "brand": "acme",
        "fired_at": at("10:00"),
        "started_at": at("09:00"),
        "target_s": 3600.0,
        "waited_s": 3600.0,
        "policy": "default",
        "customer_handle": "ana",
        "text": "The parcel is late, where is it?",
        "language": "en",
    }
    return Alert(**{**defaults, **fields})


def make_dead_letter(payload: bytes = b'{"event_id": \xff', **fields: Any) -> DeadLetter:
    """Bytes of signal.events.v1 that are no event: not even UTF-8."""
    place: dict[str, Any] = {"stage": "enrich", "source": "signal.events.v1", "partition": 3, "offset": 41}
    place |= {name: fields[name] for name in place if name in fields}
    defaults: dict[str, Any] = {
        **place,
        "dead_letter_id": dead_letter_id(**place, payload=payload),
        "error": "DecodeError",
        "reason": "the bytes are not a Event: invalid utf-8",
        "failed_at": at("09:01"),
        "payload": payload,
        "key": b"mastodon:1",
        "network": "mastodon",
        "code_version": "0.1.0",
    }
    return DeadLetter(**{**defaults, **fields})


def make_worker_state(agent: str = "enrich", *, lag: int = 0, **fields: Any) -> WorkerState:
    """A worker of the agent on a machine called host, which works since eight; `lag` records wait in partition 0."""
    defaults: dict[str, Any] = {
        "worker": f"{agent}@host:8301",
        "agent": agent,
        "state": "working",
        "at": at("09:00"),
        "started_at": at("08:00"),
        "since": at("08:00:03"),
        "version": "0.1.0",
        "memory_bytes": 236_000_000,
        "lags": (Lag(agent=agent, topic="signal.events.v1", partition=0, records=lag),),
    }
    return WorkerState(**{**defaults, **fields})
