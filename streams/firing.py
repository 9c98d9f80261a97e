"""The alerts of a conversation: what fired, in which state it stands, and when to look again. Pure."""

from collections.abc import Sequence
from typing import cast

import msgspec

from schemas.alert import LEVELS, Alert, AlertLevel, AlertState, alert_id
from streams.businesstime import business_ms
from streams.instants import to_instant
from streams.levels import Decision, DueLevel, decided, fired
from streams.measure import TurnClock
from streams.timeline import Fired, is_only_spam
from streams.view import View, priority

_ESCALATING = frozenset({"breach", "escalation"})


def alerts(view: View) -> tuple[tuple[Fired, ...], tuple[Alert, ...]]:
    """Alerts whose state changed since the last time, and the full list of what has been sent."""
    known = {(one.turn, one.level, one.step): one for one in view.timeline.fired}
    now: dict[tuple[int, str, int], Fired] = {}
    by_number = {turn.number: turn for turn in view.measures.turns}
    for turn in view.measures.turns:
        asked, plain = view.asked(turn), view.due(turn)
        said = [one for one in plain if _stands(known.get((turn.number, one.level, one.step)))]
        # a level that was said already is not moved by a decision that comes after it
        held = fired(turn, said, view.watermark_ms)
        moved = fired(turn, decided(plain, asked), view.watermark_ms)
        for due in {(one.level, one.step): one for one in [*moved, *held]}.values():
            now[turn.number, due.level, due.step] = _fired(turn, due, asked, view.watermark_ms)
    for key, one in known.items():  # a level that no longer holds, since a late event moved its turn, has ended
        now.setdefault(key, msgspec.structs.replace(one, state="resolved"))
    sent = tuple(now[key] for key in sorted(now, key=_order))
    changed = [one for one in sent if known.get((one.turn, one.level, one.step)) != one]
    return sent, tuple(_alert(view, one, by_number.get(one.turn)) for one in changed)


def _stands(one: Fired | None) -> bool:
    return one is not None and one.state != "resolved"


def _order(key: tuple[int, str, int]) -> tuple[int, int, int]:
    return key[0], LEVELS.index(cast(AlertLevel, key[1])), key[2]


def _fired(turn: TurnClock, due: DueLevel, asked: Sequence[Decision], watermark_ms: int) -> Fired:
    acknowledged = next((one for one in asked if one.until_ms is None and one.at_ms >= due.at_ms), None)
    until_ms = max((one.until_ms or 0 for one in asked if due.at_ms < one.at_ms), default=0)
    state: AlertState = "firing"
    if not turn.is_open:
        state = "resolved"
    elif acknowledged is not None:
        state = "acknowledged"
    elif watermark_ms <= until_ms:
        state = "snoozed"
    return Fired(
        turn=turn.number,
        level=due.level,
        at_ms=due.at_ms,
        started_ms=turn.start.at_ms,
        target_s=(turn.target_ms or 0) / 1000,
        step=due.step,
        to=due.to,
        state=state,
        by=acknowledged.by if acknowledged else "",
        acknowledged_ms=acknowledged.at_ms if acknowledged else 0,
        until_ms=until_ms,
    )


def _alert(view: View, one: Fired, turn: TurnClock | None) -> Alert:
    timeline, level = view.timeline, cast(AlertLevel, one.level)
    customer = timeline.customer
    ended_ms = turn.end_ms if turn else None
    # never the watermark: the same alert, byte for byte, whenever and however often it is worked out; and never the end
    # of a turn that was over before this one began, which a late event has given its number
    until_ms = one.at_ms if ended_ms is None or ended_ms < one.started_ms else ended_ms
    policy = turn.promise.policy if turn and turn.promise else None
    return Alert(
        alert_id=alert_id(timeline.conversation_id, one.turn, level, one.step),
        version=view.version,
        state=cast(AlertState, one.state),
        level=level,
        conversation_id=timeline.conversation_id,
        turn=one.turn,
        network=timeline.network,
        brand=timeline.brand,
        fired_at=to_instant(one.at_ms),
        started_at=to_instant(one.started_ms),
        target_s=one.target_s,
        resolved_at=to_instant(until_ms) if one.state == "resolved" else None,
        policy=policy.name if policy else "",
        priority=priority(policy.priority if policy else "normal", breached=level in _ESCALATING),
        waited_s=(until_ms - one.started_ms) / 1000,
        waited_business_s=business_ms(one.started_ms, until_ms, turn.calendar if turn else None) / 1000,
        customer_handle=customer.handle if customer else "",
        customer_received_at=to_instant(customer.received_ms) if customer and customer.received_ms else None,
        text=customer.text if customer else "",
        language=customer.language if customer else "und",
        permalink=customer.permalink if customer else None,
        owner=view.owner(turn),
        delegates=view.delegates(turn),
        mentions_leader=view.mentions_leader,
        step=one.step,
        to=one.to or view.owner(turn),
        on_behalf_of=view.leader.name if view.leader and turn and turn.about_leader else "",
        acknowledged_by=one.by,
        acknowledged_at=to_instant(one.acknowledged_ms) if one.acknowledged_ms else None,
        snoozed_until=to_instant(one.until_ms) if one.until_ms else None,
    )


def next_due(view: View, sent: Sequence[Fired]) -> int | None:
    """When something changes by itself: a level comes due, a snooze ends, or the conversation does."""
    turn = view.measures.open_turn
    if turn is None:
        return _closes_ms(view)
    done = {(one.level, one.step) for one in sent if one.turn == turn.number and one.state != "resolved"}
    ahead = [due.at_ms for due in decided(view.due(turn), view.asked(turn)) if (due.level, due.step) not in done]
    ahead += [one.until_ms for one in sent if one.turn == turn.number and one.state == "snoozed"]
    return min(ahead, default=None)


def _closes_ms(view: View) -> int | None:
    last, quiet_after_ms = view.measures.last, view.book.quiet_after_ms
    if not view.measures.threads or last is None or is_only_spam(view.timeline):
        return None
    settled = view.measures.settled_ms(view.watermark_ms, quiet_after_ms)
    return last.at_ms + quiet_after_ms if settled is None else None
