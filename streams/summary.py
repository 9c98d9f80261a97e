"""The conversation as it is published: its state, its turns, how long it took. Pure."""

from dataclasses import dataclass
from typing import cast

from schemas.conversation import Conversation, State, Turn
from schemas.enriched import SentimentLabel
from schemas.policy import policy_version
from streams.businesstime import business_ms
from streams.instants import to_instant
from streams.measure import TurnClock
from streams.timeline import Remembered, is_only_spam, most_turns
from streams.view import View, priority

_CUSTOMER = 0  # the place of the role in schemas.event.ROLES


def conversation(view: View) -> Conversation:
    """What is published of a conversation."""
    timeline, measures = view.timeline, view.measures
    remembered = sorted(timeline.entries, key=lambda one: (one.at_ms, one.event_id))
    felt = [one for one in remembered if one.role == _CUSTOMER and not one.deleted]
    open_turn = measures.open_turn
    before = [timeline.past] if timeline.past else []
    past = timeline.past if timeline.past and timeline.past.turns else None
    current = open_turn or (measures.turns[0] if measures.turns and past is None else None)
    policy = current.promise.policy if current and current.promise else None
    target_s = _seconds(current.target_ms) if current else None
    if current is None and view.promise_before is not None:
        policy = view.promise_before.policy
        target_s = round(policy.first * 1000) / 1000
    customer = timeline.customer
    authors = {one.event_id: one.author for one in remembered}
    turns = tuple(_turn(view, turn, authors) for turn in measures.turns)
    asked = view.asked(open_turn) if open_turn else []
    snoozed_ms = max((one.until_ms or 0 for one in asked), default=0)
    first, total = _resolutions(view)
    return Conversation(
        conversation_id=timeline.conversation_id,
        version=view.version,
        network=timeline.network,
        brand=timeline.brand,
        state="quiet" if is_only_spam(timeline) else _state(view),
        first_event_at=to_instant(min([remembered[0].at_ms, *(one.first_ms for one in before)])),
        last_event_at=to_instant(remembered[-1].at_ms),
        last_event_id=remembered[-1].event_id,
        turns=turns,
        earlier_turns=past.turns if past else 0,
        most_turns=most_turns(timeline),
        threads=measures.threads[-1].number if measures.threads else 0,
        events=sum(not one.deleted for one in remembered) + sum(one.events for one in before),
        customer_events=sum(one.role == _CUSTOMER for one in remembered) + sum(one.customer_events for one in before),
        first_response_s=past.first_response_s if past else turns[0].waited_s if turns else None,
        first_response_business_s=past.first_response_business_s
        if past
        else turns[0].waited_business_s
        if turns
        else None,
        closed_at=None if total is None else to_instant(total.end_ms),
        first_resolution_s=None if first is None else first.wall_s,
        first_resolution_business_s=None if first is None else first.business_s,
        total_resolution_s=None if total is None else total.wall_s,
        total_resolution_business_s=None if total is None else total.business_s,
        policy=policy.name if policy else "",
        policy_version=policy_version(policy) if policy else "",
        target_s=target_s,
        waiting_since=to_instant(open_turn.start.at_ms) if open_turn else None,
        due_at=None if open_turn is None or open_turn.due_ms is None else to_instant(open_turn.due_ms),
        breached=any(one.breached for one in before)
        or any(turn.is_breached(view.watermark_ms) for turn in measures.turns),
        priority=priority(
            policy.priority if policy else "normal",
            breached=open_turn is not None and open_turn.is_breached(view.watermark_ms),
        ),
        language=customer.language if customer else "und",
        sentiment_start=next((_sentiment(one.sentiment) for one in before if one.sentiment), None)
        or (_label(felt[0]) if felt else None),
        sentiment_end=_label(felt[-1]) if felt else None,
        sentiment_score_end=felt[-1].score / 100 if felt else None,
        mentions_leader=view.mentions_leader,
        leader=view.leader.name if view.leader else "",
        customer_id=customer.author_id if customer else "",
        customer_handle=customer.handle if customer else "",
        customer_received_at=to_instant(customer.received_ms) if customer and customer.received_ms else None,
        owner=view.owner(current),
        delegates=view.delegates(current),
        acknowledged_by=next((one.by for one in reversed(asked) if one.until_ms is None), ""),
        snoozed_until=to_instant(snoozed_ms) if snoozed_ms >= view.watermark_ms else None,
        permalink=customer.permalink if customer else None,
        last_customer_text=customer.text if customer else "",
    )


def _turn(view: View, turn: TurnClock, authors: dict[str, str]) -> Turn:
    answer = turn.answer
    policy = turn.promise.policy if turn.promise else None
    return Turn(
        turn=turn.number,
        thread=turn.thread,
        is_first=turn.is_first,
        start_event_id=turn.start.event_id,
        started_at=to_instant(turn.start.at_ms),
        customer_events=turn.customer_events,
        answer_event_id=answer.event_id if answer else None,
        answered_at=to_instant(answer.at_ms) if answer else None,
        answered_by_role=answer.role if answer else None,
        answered_by=authors[answer.event_id] if answer else "",
        waited_s=turn.waited_ms(0) / 1000 if answer else None,
        waited_business_s=turn.waited_business_ms(0) / 1000 if answer else None,
        closed_at=None if turn.closed_ms is None else to_instant(turn.closed_ms),
        handed_over_at=None if turn.handed_over_ms is None else to_instant(turn.handed_over_ms),
        target_s=_seconds(turn.target_ms),
        due_at=None if turn.due_ms is None else to_instant(turn.due_ms),
        breached=turn.is_breached(view.watermark_ms),
        policy=policy.name if policy else "",
        policy_version=policy_version(policy) if policy else "",
        priority=policy.priority if policy else "normal",
        owner=view.owner(turn),
    )


def _state(view: View) -> State:
    if view.measures.open_turn:
        return "waiting"
    if not view.measures.threads:
        return "quiet"
    settled = view.measures.settled_ms(view.watermark_ms, view.book.quiet_after_ms)
    return "answered" if settled is None else "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resolution:
    end_ms: int
    wall_s: float
    business_s: float


def _resolutions(view: View) -> tuple[_Resolution | None, _Resolution | None]:
    """How long it took until the first thread was resolved, and until the last one was: both from the first event."""
    threads = view.measures.threads
    if not threads:
        return None, None
    settled_ms = view.measures.settled_ms(view.watermark_ms, view.book.quiet_after_ms)
    one = threads[0]
    first_ms = settled_ms if threads[-1] is one else one.answered_ms if one.closed_ms is None else one.closed_ms
    first = view.promise_before or (view.measures.turns[0].promise if view.measures.turns else None)
    calendar = first.calendar if first else None

    def since_start(end_ms: int | None) -> _Resolution | None:
        if end_ms is None:
            return None
        return _Resolution(
            end_ms=end_ms,
            wall_s=(end_ms - one.start_ms) / 1000,
            business_s=business_ms(one.start_ms, end_ms, calendar) / 1000,
        )

    return since_start(first_ms), since_start(settled_ms)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _label(one: Remembered) -> SentimentLabel | None:
    return _sentiment(one.label) if one.label else None


def _sentiment(label: str) -> SentimentLabel:
    return cast(SentimentLabel, label)
