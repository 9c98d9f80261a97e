"""What is still to be told, and what was: one value per conversation, and what an alert changes in it. Pure.

A notice is one alert for one target on one occasion. It waits until the target took it, or until there is no
more reason to tell it; then its key is kept, so that the same alert, which may come again at any time, is not
told again. An alert that was snoozed and fires again is another occasion.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from schemas.alert import Alert
from schemas.delivery import Delivery, DeliveryState, Occasion, delivery_id
from streams.instants import to_ms
from streams.routing import Routing
from streams.words.message import Said

KEPT_MS = 30 * 86_400_000  # what was told is remembered for as long as the topics keep an alert

_RANKS = {"warning_50": 1, "warning_75": 2, "warning_90": 3, "breach": 4, "escalation": 5}
_ENCODER = msgspec.json.Encoder()


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One alert for one target that is still to be told. `next_ms` is when it is tried next."""

    key: str
    alert: Alert
    target: str
    route: str
    language: str
    since_ms: int
    occasion: Occasion = "fired"
    snoozed_ms: int = 0
    attempts: int = 0
    next_ms: int = 0
    held: bool = False

    @property
    def said(self) -> Said:
        """What the words need of it."""
        return Said(alert=self.alert, occasion=self.occasion)


class Done(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice that is settled. `rank` is that of its level; `told` is false when it was dropped."""

    key: str
    target: str
    turn: int
    at_ms: int
    rank: int = 0
    occasion: Occasion = "fired"
    told: bool = True


class Snooze(Struct, frozen=True, kw_only=True):
    """Until when an alert was to be silent, and the version of it that said so: older ones may come again."""

    until_ms: int
    version: int = -1  # none is known of a snooze that was read back


class Notices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of one conversation, as the table keeps it. `partition` is that of its alerts; each state has a greater
    `version` than the one before."""

    conversation_id: str
    partition: int
    version: int = 0
    waiting: tuple[Notice, ...] = ()
    done: tuple[Done, ...] = ()
    snoozed: dict[str, Snooze] = {}


_DECODER = msgspec.json.Decoder(Notices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A conversation's notices after something happened, and the steps to write into the log."""

    notices: Notices
    log: tuple[Delivery, ...] = ()


def pack(notices: Notices) -> bytes:
    """The notices as bytes for the table."""
    return _ENCODER.encode(notices)


def unpack(packed: bytes) -> Notices:
    """The notices from the table's bytes."""
    return _DECODER.decode(packed)


def hear(notices: Notices, alert: Alert, routing: Routing, *, now_ms: int, max_age_s: float) -> Change:
    """What a state of an alert changes: something more to tell, or less."""
    last = notices.snoozed.get(alert.alert_id)
    if last is not None and alert.version <= last.version:
        return Change(notices=notices)
    if alert.state == "snoozed":
        until_ms = to_ms(alert.snoozed_until) if alert.snoozed_until else now_ms
        snoozed = {**notices.snoozed, alert.alert_id: Snooze(until_ms=until_ms, version=alert.version)}
        return _drop_alert(msgspec.structs.replace(notices, snoozed=snoozed), alert, "snoozed", now_ms)
    if alert.state == "acknowledged":
        return _drop_alert(notices, alert, "acknowledged", now_ms)
    if alert.state == "resolved":
        change = _drop_alert(notices, alert, "over", now_ms)
        return _add(change, alert, routing, "resolved", 0, now_ms)
    snoozed_ms = to_ms(alert.snoozed_until) if alert.snoozed_until else last.until_ms if last else 0
    if max(to_ms(alert.fired_at), snoozed_ms) <= now_ms - max_age_s * 1000:
        return Change(notices=notices)
    return _add(Change(notices=notices), alert, routing, "again" if snoozed_ms else "fired", snoozed_ms, now_ms)


def settle(
    notices: Notices, keys: Sequence[str], state: DeliveryState, *, now_ms: int, alerts: int = 1, reason: str = ""
) -> Change:
    """These notices were told, or are not told for a reason: they wait no longer."""
    wanted = [one for one in notices.waiting if one.key in keys]
    done = tuple(_done(one, now_ms, told=state != "dropped") for one in wanted)
    log = tuple(step(one, state, now_ms=now_ms, alerts=alerts, reason=reason) for one in wanted)
    kept = tuple(one for one in notices.done if one.at_ms > now_ms - KEPT_MS)
    waiting = tuple(one for one in notices.waiting if one.key not in keys)
    return Change(notices=msgspec.structs.replace(notices, waiting=waiting, done=(*kept, *done)), log=log)


def put_off(
    notices: Notices, keys: Sequence[str], *, held: bool = False, next_ms: int = 0, attempts: int = 0
) -> Notices:
    """These notices wait on: for quiet hours to end, or for the next attempt."""
    waiting = tuple(
        msgspec.structs.replace(
            one, held=one.held or held, next_ms=next_ms or one.next_ms, attempts=one.attempts + attempts
        )
        if one.key in keys
        else one
        for one in notices.waiting
    )
    return msgspec.structs.replace(notices, waiting=waiting)


def step(
    notice: Notice, state: DeliveryState, *, now_ms: int, attempt: int | None = None, alerts: int = 1, reason: str = ""
) -> Delivery:
    """The entry of the log about one step of a notice."""
    alert = notice.alert
    number = notice.attempts + (1 if state in ("sent", "grouped", "failed") else 0) if attempt is None else attempt
    return Delivery(
        delivery_id=delivery_id(notice.key, state, number),
        alert_id=alert.alert_id,
        level=alert.level,
        conversation_id=alert.conversation_id,
        network=alert.network,
        channel=notice.target,
        state=state,
        at=_instant(now_ms),
        turn=alert.turn,
        fired_at=alert.fired_at,
        brand=alert.brand,
        policy=alert.policy,
        route=notice.route,
        occasion=notice.occasion,
        snoozed_until=_instant(notice.snoozed_ms) if notice.snoozed_ms else None,
        attempt=number,
        alerts=alerts,
        reason=reason,
    )


def notice_key(alert_id: str, occasion: Occasion, snoozed_ms: int, target: str) -> str:
    """The one name of this alert for this target on this occasion."""
    return f"{alert_id}|{occasion}{snoozed_ms or ''}|{target}"


def done_of(delivery: Delivery) -> Done:
    """What an entry of the log says was settled."""
    snoozed_ms = to_ms(delivery.snoozed_until) if delivery.snoozed_until else 0
    return Done(
        key=notice_key(delivery.alert_id, delivery.occasion, snoozed_ms, delivery.channel),
        target=delivery.channel,
        turn=delivery.turn,
        at_ms=to_ms(delivery.at),
        rank=_RANKS.get(delivery.level, 0),
        occasion=delivery.occasion,
        told=delivery.state != "dropped",
    )


def is_over(notices: Notices, now_ms: int) -> bool:
    """Whether nothing of it matters any more, so that it can be forgotten."""
    return not notices.waiting and all(one.at_ms <= now_ms - KEPT_MS for one in notices.done)


def _add(change: Change, alert: Alert, routing: Routing, occasion: Occasion, snoozed_ms: int, now_ms: int) -> Change:
    route = routing.route(alert)
    if route is None or (occasion == "resolved" and not route.resolved):
        return change
    for target in routing.targets_of(route):
        notices = change.notices
        notice = Notice(
            key=notice_key(alert.alert_id, occasion, snoozed_ms, target.name),
            alert=alert,
            target=target.name,
            route=route.name,
            language=route.language or target.channel.language or routing.language,
            since_ms=now_ms,
            occasion=occasion,
            snoozed_ms=snoozed_ms,
        )
        if notice.key in {one.key for one in notices.waiting} | {one.key for one in notices.done}:
            continue
        if occasion == "resolved" and not _was_told(notices, notice):
            continue
        change = _outranked(change, notice, now_ms)
    return change


def _was_told(notices: Notices, notice: Notice) -> bool:
    fired = f"{notice.alert.alert_id}|"
    return any(one.told and one.target == notice.target and one.key.startswith(fired) for one in notices.done)


def _outranked(change: Change, notice: Notice, now_ms: int) -> Change:
    """Add a notice; of the levels of a turn that still wait for one target only the highest is told."""
    notices, rank = change.notices, _rank(notice)
    added = msgspec.structs.replace(notices, waiting=(*notices.waiting, notice))
    if not rank:
        return replace(change, notices=added)
    others = [one for one in notices.waiting if _same_turn(one, notice)]
    settled = [
        one for one in notices.done if one.told and one.target == notice.target and one.turn == notice.alert.turn
    ]
    higher = any(_rank(one) > rank for one in others) or any(
        one.rank > rank and one.occasion == notice.occasion for one in settled
    )
    again = notice.occasion == "resolved" and any(one.occasion == "resolved" for one in settled)
    lower = [notice.key] if higher or again else [one.key for one in others if 0 < _rank(one) < rank]
    dropped = settle(added, lower, "dropped", now_ms=now_ms, reason="superseded")
    return Change(notices=dropped.notices, log=(*change.log, *dropped.log))


def _same_turn(one: Notice, other: Notice) -> bool:
    return (one.target, one.alert.turn, one.occasion == "resolved") == (
        other.target,
        other.alert.turn,
        other.occasion == "resolved",
    )


def _drop_alert(notices: Notices, alert: Alert, reason: str, now_ms: int) -> Change:
    keys = [one.key for one in notices.waiting if one.alert.alert_id == alert.alert_id and one.occasion != "resolved"]
    return settle(notices, keys, "dropped", now_ms=now_ms, reason=reason) if keys else Change(notices=notices)


def _done(notice: Notice, now_ms: int, *, told: bool) -> Done:
    return Done(
        key=notice.key,
        target=notice.target,
        turn=notice.alert.turn,
        at_ms=now_ms,
        rank=_rank(notice),
        occasion=notice.occasion,
        told=told,
    )


def _rank(notice: Notice) -> int:
    """Of the levels that follow each other in one turn; each step of an escalation above the one before."""
    rank = _RANKS.get(notice.alert.level, 0)
    return rank + notice.alert.step - 1 if rank == _RANKS["escalation"] else rank


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
