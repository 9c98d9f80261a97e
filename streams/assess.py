"""From a timeline to what is published of it: the conversation, its alerts, its next deadline. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import msgspec

from schemas.alert import LEVELS, Alert, AlertLevel, alert_id
from schemas.conversation import Conversation, State, Turn
from schemas.enriched import SentimentLabel
from schemas.policy import Priority, ResponsePolicy, policy_version
from streams.businesstime import Calendar
from streams.measure import Entry, Measures, TurnClock, due_levels, fired, measure
from streams.policies import choose
from streams.timeline import Fired, Remembered, Timeline, entries, is_only_spam

Calendars = Mapping[str, Calendar]

_ALWAYS_OPEN: Calendars = {}
_ESCALATING = frozenset({"breach", "escalation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What to publish, the timeline to remember once it is published, and when to look again."""

    timeline: Timeline
    conversation: Conversation
    alerts: tuple[Alert, ...]
    next_due_ms: int | None


def assess(
    timeline: Timeline,
    policies: Sequence[ResponsePolicy],
    calendars: Calendars = _ALWAYS_OPEN,
    *,
    watermark_ms: int,
    version: int,
    quiet_after_ms: int,
) -> Assessment:
    """Measure a timeline, which holds at least one entry, as it stands at the watermark.

    What has fired has fired: on a machine whose clock is behind, the watermark is at least past that.
    """
    watermark_ms = max(watermark_ms, *(one.at_ms + 1 for one in timeline.fired if not one.resolved), 0)
    policy = _policy(timeline, policies)
    measures = measure(entries(timeline), policy, _calendar(policy, calendars))
    version = max(version, timeline.version + 1)
    sent, alerts = _alerts(timeline, measures, policy, watermark_ms, version)
    conversation = _conversation(timeline, measures, policy, watermark_ms, version, quiet_after_ms)
    return Assessment(
        timeline=msgspec.structs.replace(timeline, version=version, fired=sent),
        conversation=conversation,
        alerts=alerts,
        next_due_ms=_next_due(measures, policy, sent),
    )


def next_due(timeline: Timeline, policies: Sequence[ResponsePolicy], calendars: Calendars = _ALWAYS_OPEN) -> int | None:
    """When the next level of this timeline comes due, for an index that is rebuilt."""
    policy = _policy(timeline, policies)
    measures = measure(entries(timeline), policy, _calendar(policy, calendars))
    return _next_due(measures, policy, timeline.fired)


def _calendar(policy: ResponsePolicy | None, calendars: Calendars) -> Calendar | None:
    return calendars[policy.calendar] if policy and policy.calendar else None


def _policy(timeline: Timeline, policies: Sequence[ResponsePolicy]) -> ResponsePolicy | None:
    if is_only_spam(timeline):
        return None  # nothing was promised to a robot
    return choose(policies, network=timeline.network, brand=timeline.brand, mentions_leader=timeline.mentions_leader)


def _next_due(measures: Measures, policy: ResponsePolicy | None, sent: Sequence[Fired]) -> int | None:
    turn = measures.open_turn
    if turn is None:
        return None
    done = {one.level for one in sent if one.turn == turn.number and not one.resolved}
    return min((due.at_ms for due in due_levels(turn, policy) if due.level not in done), default=None)


def _alerts(
    timeline: Timeline, measures: Measures, policy: ResponsePolicy | None, watermark_ms: int, version: int
) -> tuple[tuple[Fired, ...], tuple[Alert, ...]]:
    """Alerts whose state changed since the last time, and the full list of what has been sent."""
    known = {(one.turn, one.level): one for one in timeline.fired}
    now: dict[tuple[int, str], Fired] = {}
    by_number = {turn.number: turn for turn in measures.turns}
    for turn in measures.turns:
        for due in fired(turn, policy, watermark_ms):
            now[turn.number, due.level] = Fired(
                turn=turn.number,
                level=due.level,
                at_ms=due.at_ms,
                started_ms=turn.start.at_ms,
                target_s=(turn.target_ms or 0) / 1000,
                resolved=turn.answer is not None,
            )
    for key, one in known.items():  # a level that no longer holds, since a late event moved its turn, has ended
        now.setdefault(key, msgspec.structs.replace(one, resolved=True))
    sent = tuple(now[key] for key in sorted(now, key=lambda key: (key[0], LEVELS.index(cast(AlertLevel, key[1])))))
    changed = [one for one in sent if known.get((one.turn, one.level)) != one]
    alerts = tuple(_alert(timeline, one, by_number.get(one.turn), policy, version) for one in changed)
    return sent, alerts


def _alert(
    timeline: Timeline,
    one: Fired,
    turn: TurnClock | None,
    policy: ResponsePolicy | None,
    version: int,
) -> Alert:
    level = cast(AlertLevel, one.level)
    customer = timeline.customer
    answered = turn.answer if turn else None
    # never the watermark: the same alert, byte for byte, whenever and however often it is worked out
    until_ms = answered.at_ms if answered else one.at_ms
    return Alert(
        alert_id=alert_id(timeline.conversation_id, one.turn, level),
        version=version,
        state="resolved" if one.resolved else "firing",
        level=level,
        conversation_id=timeline.conversation_id,
        turn=one.turn,
        network=timeline.network,
        brand=timeline.brand,
        fired_at=_instant(one.at_ms),
        started_at=_instant(one.started_ms),
        target_s=one.target_s,
        resolved_at=_instant(until_ms) if one.resolved else None,
        policy=policy.name if policy else "",
        priority=_priority(policy, breached=level in _ESCALATING),
        waited_s=(until_ms - one.started_ms) / 1000,
        customer_handle=customer.handle if customer else "",
        text=customer.text if customer else "",
        language=customer.language if customer else "und",
        permalink=customer.permalink if customer else None,
        owner=policy.owner if policy else "",
        mentions_leader=timeline.mentions_leader,
    )


def _conversation(
    timeline: Timeline,
    measures: Measures,
    policy: ResponsePolicy | None,
    watermark_ms: int,
    version: int,
    quiet_after_ms: int,
) -> Conversation:
    remembered = sorted(timeline.entries, key=lambda one: (one.at_ms, one.event_id))
    authors = {one.event_id: one.author for one in remembered}
    felt = [one for one in remembered if one.role == 0 and not one.deleted]
    open_turn = measures.open_turn
    current = open_turn or (measures.turns[0] if measures.turns else None)
    breached = any(turn.is_breached(watermark_ms) for turn in measures.turns)
    customer = timeline.customer
    turns = tuple(_turn(turn, watermark_ms, authors) for turn in measures.turns)
    return Conversation(
        conversation_id=timeline.conversation_id,
        version=version,
        network=timeline.network,
        brand=timeline.brand,
        state="quiet" if is_only_spam(timeline) else _state(measures, watermark_ms, quiet_after_ms),
        first_event_at=_instant(remembered[0].at_ms),
        last_event_at=_instant(remembered[-1].at_ms),
        last_event_id=remembered[-1].event_id,
        turns=turns,
        events=sum(not one.deleted for one in remembered),
        customer_events=sum(one.role == 0 for one in remembered),
        first_response_s=turns[0].waited_s if turns else None,
        first_response_business_s=turns[0].waited_business_s if turns else None,
        policy=policy.name if policy else "",
        policy_version=policy_version(policy) if policy else "",
        target_s=_seconds(current.target_ms) if current else None,
        breached=breached,
        priority=_priority(policy, breached=open_turn is not None and open_turn.is_breached(watermark_ms)),
        language=customer.language if customer else "und",
        sentiment_start=_label(felt[0]) if felt else None,
        sentiment_end=_label(felt[-1]) if felt else None,
        sentiment_score_end=felt[-1].score / 100 if felt else None,
        mentions_leader=timeline.mentions_leader,
        customer_id=customer.author_id if customer else "",
        customer_handle=customer.handle if customer else "",
        owner=policy.owner if policy else "",
        permalink=customer.permalink if customer else None,
        last_customer_text=customer.text if customer else "",
    )


def _turn(turn: TurnClock, watermark_ms: int, authors: dict[str, str]) -> Turn:
    answer = turn.answer
    return Turn(
        turn=turn.number,
        start_event_id=turn.start.event_id,
        started_at=_instant(turn.start.at_ms),
        customer_events=turn.customer_events,
        answer_event_id=answer.event_id if answer else None,
        answered_at=_instant(answer.at_ms) if answer else None,
        answered_by_role=answer.role if answer else None,
        answered_by=authors[answer.event_id] if answer else "",
        waited_s=_waited_s(turn.start, answer),
        waited_business_s=turn.waited_business_ms(watermark_ms) / 1000 if answer else None,
        target_s=_seconds(turn.target_ms),
        due_at=None if turn.due_ms is None else _instant(turn.due_ms),
        breached=turn.is_breached(watermark_ms),
    )


def _waited_s(start: Entry, answer: Entry | None) -> float | None:
    return None if answer is None else (answer.at_ms - start.at_ms) / 1000


def _state(measures: Measures, watermark_ms: int, quiet_after_ms: int) -> State:
    if measures.open_turn:
        return "waiting"
    if not measures.turns:
        return "quiet"
    last = measures.last
    return "closed" if last and watermark_ms - last.at_ms > quiet_after_ms else "answered"


def _priority(policy: ResponsePolicy | None, *, breached: bool) -> Priority:
    if policy is None:
        return "normal"
    return "high" if breached and policy.priority == "normal" else policy.priority


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _label(one: Remembered) -> SentimentLabel | None:
    return cast(SentimentLabel, one.label) if one.label else None


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
