"""Messages to rows, pure: one tuple per row, in the column order of `schemas.tables`.

Instants become milliseconds since 1970, which is what DateTime64(3) is on the wire: exact, and without a zone to
get wrong. The same message gives the same row, however often it is read.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from schemas import codec
from schemas.action import Action
from schemas.alert import Alert
from schemas.conversation import Conversation, Turn
from schemas.correction import Correction
from schemas.deadletter import DeadLetter
from schemas.enriched import Enriched
from schemas.event import Event
from schemas.policy import policy_version
from schemas.rules import Rules, edition

Row = tuple[object, ...]

DELETED = 2**62  # more than any received_at in milliseconds: a deletion outlives every later copy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def event_row(enriched: Enriched, *, published_at: datetime, topic: str, partition: int, offset: int) -> Row:
    """The row of raw_events. A deleted event keeps its place and loses its words: text, entities, display name.

    Args:
        published_at: instant at which the connector handed the event to Kafka.
        topic, partition, offset: the record that held `enriched`.
    """
    event = enriched.event
    author = event.author
    entities = () if event.deleted else enriched.entities
    received_ms = _ms(event.received_at)
    return (
        event.event_id,
        event.network,
        event.brand,
        event.conversation_id,
        event.parent_id,
        event.kind,
        event.visibility,
        author.id,
        author.handle,
        "" if event.deleted else author.name,
        author.role,
        author.followers,
        author.verified,
        "" if event.deleted else event.text,
        event.language,
        event.permalink,
        event.rating,
        event.reach.likes,
        event.reach.shares,
        event.reach.views,
        event.edited,
        event.deleted,
        enriched.language.code,
        enriched.language.confidence,
        enriched.sentiment.label,
        enriched.sentiment.score,
        enriched.sentiment.confidence,
        [entity.text for entity in entities],
        [entity.label for entity in entities],
        [entity.start for entity in entities],
        [entity.end for entity in entities],
        [entity.canonical for entity in entities],
        [found.name for found in enriched.topics],
        [found.confidence for found in enriched.topics],
        enriched.intent,
        enriched.mentions_leader,
        enriched.is_spam,
        enriched.spam_reason,
        enriched.group_id,
        enriched.pii,
        list(enriched.failed_steps),
        enriched.model_version,
        _ms(event.created_at),
        received_ms,
        _ms(published_at),
        _ms(enriched.processed_at),
        topic,
        partition,
        offset,
        received_ms + (DELETED if event.deleted else 0),
        event.recipient,
    )


def canary_row(event: Event, *, arrived: bool) -> Row:
    """The row of raw_canaries: of a test event that came, or the note that it is late."""
    return (event.event_id, _ms(event.created_at), int(arrived))


def conversation_row(conversation: Conversation) -> Row:
    """The row of raw_conversations."""
    waiting = _waiting_turn(conversation)
    return (
        conversation.conversation_id,
        conversation.network,
        conversation.brand,
        conversation.state,
        _ms(conversation.first_event_at),
        _ms(conversation.last_event_at),
        conversation.last_event_id,
        conversation.events,
        conversation.customer_events,
        conversation.earlier_turns + len(conversation.turns),
        conversation.first_response_s,
        conversation.first_response_business_s,
        conversation.policy,
        conversation.policy_version,
        conversation.target_s,
        conversation.breached,
        conversation.priority,
        conversation.language,
        conversation.sentiment_start,
        conversation.sentiment_end,
        conversation.sentiment_score_end,
        conversation.mentions_leader,
        conversation.customer_id,
        conversation.customer_handle,
        conversation.owner,
        conversation.permalink,
        conversation.last_customer_text,
        conversation.version,
        conversation.threads,
        _ms_or_none(conversation.waiting_since or (waiting.started_at if waiting else None)),
        _ms_or_none(conversation.due_at or (waiting.due_at if waiting else None)),
        _ms_or_none(conversation.closed_at),
        conversation.first_resolution_s,
        conversation.first_resolution_business_s,
        conversation.total_resolution_s,
        conversation.total_resolution_business_s,
        conversation.leader,
        list(conversation.delegates),
        conversation.acknowledged_by,
        _ms_or_none(conversation.snoozed_until),
        _ms_or_none(conversation.customer_received_at),
    )


def turn_rows(conversation: Conversation) -> list[Row]:
    """The rows of raw_turns: its turns, then a deletion for every number that an older version may have had.

    No version relies on the one before it: of those in a batch only the greatest is stored.
    """
    most = conversation.most_turns or conversation.customer_events
    absent = range(conversation.earlier_turns + len(conversation.turns) + 1, most + 1)
    return [_turn_row(conversation, turn) for turn in conversation.turns] + [
        _turn_row(conversation, _vanished(conversation, number), is_deleted=1) for number in absent
    ]


def alert_row(alert: Alert) -> Row:
    """The row of raw_alerts."""
    return (
        alert.alert_id,
        alert.state,
        alert.level,
        alert.conversation_id,
        alert.turn,
        alert.network,
        alert.brand,
        alert.policy,
        alert.priority,
        _ms(alert.fired_at),
        _ms(alert.started_at),
        _ms_or_none(alert.resolved_at),
        alert.target_s,
        alert.waited_s,
        alert.customer_handle,
        alert.text,
        alert.language,
        alert.permalink,
        alert.owner,
        alert.mentions_leader,
        alert.version,
        alert.waited_business_s,
        alert.step,
        alert.to,
        alert.on_behalf_of,
        list(alert.delegates),
        _ms_or_none(alert.acknowledged_at),
        alert.acknowledged_by,
        _ms_or_none(alert.snoozed_until),
        alert.watch,
        alert.scope,
        alert.value,
        alert.threshold,
        alert.sample,
        alert.window_s,
        alert.explanation,
        _ms_or_none(alert.customer_received_at),
    )


def action_row(action: Action) -> Row:
    """The row of raw_actions."""
    return (
        action.action_id,
        action.kind,
        action.conversation_id,
        action.turn,
        _ms(action.at),
        action.by,
        _ms_or_none(action.until),
        action.to,
        action.note,
    )


def rules_rows(rules: Rules) -> list[Row]:
    """The rows of raw_rules: the edition, then its policies in the order in which they are tried, calendars, files."""
    since = _ms(rules.since)
    return [
        (since, "edition", 0, "", edition(rules), ""),
        *(
            (since, "policy", place, policy.name, policy_version(policy), codec.encode(policy).decode())
            for place, policy in enumerate(rules.policies, start=1)
        ),
        *(
            (
                since,
                "calendar",
                place,
                calendar.name,
                _fingerprint(codec.encode(calendar)),
                codec.encode(calendar).decode(),
            )
            for place, calendar in enumerate(rules.calendars, start=1)
        ),
        *(
            (since, "calendar_file", place, name, _fingerprint(content), content.decode("utf-8", "replace"))
            for place, (name, content) in enumerate(sorted(rules.files.items()), start=1)
        ),
    ]


def dead_letter_row(dead_letter: DeadLetter) -> Row:
    """The row of raw_dead_letters."""
    return (
        dead_letter.dead_letter_id,
        dead_letter.stage,
        dead_letter.source,
        dead_letter.partition,
        dead_letter.offset,
        dead_letter.network,
        dead_letter.error,
        dead_letter.reason,
        dead_letter.key,
        dead_letter.payload,
        dead_letter.code_version,
        _ms(dead_letter.failed_at),
        dead_letter.attempts,
    )


def correction_row(correction: Correction) -> Row:
    """The row of raw_corrections."""
    return (
        correction.event_id,
        correction.sentiment or "",
        correction.topics is not None,
        list(correction.topics or ()),
        _ms(correction.corrected_at),
    )


def _turn_row(conversation: Conversation, turn: Turn, *, is_deleted: int = 0) -> Row:
    promise = turn if _tells_threads(conversation) else conversation
    return (
        conversation.conversation_id,
        turn.turn,
        conversation.network,
        conversation.brand,
        conversation.state,
        turn.start_event_id,
        _ms(turn.started_at),
        turn.customer_events,
        turn.answer_event_id,
        _ms_or_none(turn.answered_at),
        turn.waited_s,
        turn.waited_business_s,
        turn.answered_by_role,
        turn.answered_by,
        turn.target_s,
        _ms_or_none(turn.due_at),
        turn.breached,
        promise.policy,
        promise.priority,
        conversation.language,
        conversation.mentions_leader,
        conversation.customer_handle,
        conversation.version,
        is_deleted,
        turn.thread,
        turn.is_first or turn.turn == 1,
        _ms_or_none(turn.closed_at),
        _ms_or_none(turn.handed_over_at),
        promise.policy_version,
        promise.owner,
        conversation.customer_id,
        conversation.sentiment_score_end,
        _ms_or_none(conversation.customer_received_at),
    )


def _tells_threads(conversation: Conversation) -> bool:
    """Whether its turns carry promises and threads of their own: messages from before have neither.

    The first turn of all is the first of its thread, so a message that tells threads marks at least that one.
    """
    return conversation.earlier_turns > 0 or any(turn.is_first for turn in conversation.turns)


def _waiting_turn(conversation: Conversation) -> Turn | None:
    """The turn that waits. Messages from before do not say since when."""
    last = conversation.turns[-1] if conversation.turns else None
    return last if last and conversation.state == "waiting" and last.answered_at is None else None


def _fingerprint(content: bytes) -> str:
    return blake2b(content, digest_size=4).hexdigest()


def _vanished(conversation: Conversation, number: int) -> Turn:
    return Turn(turn=number, start_event_id="", started_at=conversation.first_event_at, customer_events=0)


def _ms(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError("the instant has no zone; rows take aware instants only")
    return (instant - _EPOCH) // _MILLISECOND


def _ms_or_none(instant: datetime | None) -> int | None:
    return None if instant is None else _ms(instant)
