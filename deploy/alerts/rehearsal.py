"""What would be told, to whom and when, if these alerts came: by the rules of the notify agent, sending nothing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.alert import Alert
from streams.dispatch import Outgoing, plan, weight
from streams.instants import to_ms
from streams.links import Links
from streams.notices import Change, Notice, Notices, hear, put_off, settle
from streams.routing import Routing, refusal
from streams.telling import compose

_MINUTE_MS = 60_000
_AT_ONCE_MS = 1000
_LONGEST_MS = 8 * 86_400_000  # a week-end, and a bridge before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that would happen. `what` is routed, unrouted, held, dropped, message or summary."""

    at: datetime
    what: str
    alert_ids: tuple[str, ...]
    route: str = ""
    channels: tuple[str, ...] = ()
    why: str = ""
    title: str = ""
    body: str = ""


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """A notify agent whose clock is that of the alerts, and whose channels take everything."""

    routing: Routing
    links: Links | None
    max_age_s: float
    notices: dict[str, Notices] = field(default_factory=dict)
    recent: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def run(self, alerts: Sequence[Alert]) -> Iterator[Step]:
        """Let the alerts come in the order of their instants, and time pass until nothing waits."""
        now_ms = 0
        for alert in sorted(alerts, key=_came_ms):
            came_ms = _came_ms(alert)
            if came_ms - now_ms >= _AT_ONCE_MS:
                yield from self._pass(now_ms, came_ms)
            now_ms = max(now_ms, came_ms)
            yield from self._hear(alert, now_ms)
        yield from self._pass(now_ms, now_ms + _LONGEST_MS)

    def _hear(self, alert: Alert, now_ms: int) -> Iterator[Step]:
        key = alert.conversation_id
        before = self.notices.get(key) or Notices(conversation_id=key, partition=0)
        change = hear(before, alert, self.routing, now_ms=now_ms, max_age_s=self.max_age_s)
        self.notices[key] = change.notices
        if alert.state == "firing":
            yield self._routed(alert, now_ms)
        yield from _dropped(change, now_ms)

    def _routed(self, alert: Alert, now_ms: int) -> Step:
        passed: list[str] = []
        for route in self.routing.routes:
            if not (condition := refusal(route.match, alert)):
                channels = tuple(target.name for target in self.routing.targets_of(route))
                why = "; ".join(passed) or "the first route"
                return _step(now_ms, "routed", [alert], route=route.name, channels=channels, why=why)
            passed.append(f"{route.name}: not its {condition}")
        return _step(now_ms, "unrouted", [alert], why="; ".join(passed) or "there is no route")

    def _pass(self, from_ms: int, until_ms: int) -> Iterator[Step]:
        """What happens between two instants, looked at by the minute: quiet hours end on one."""
        now_ms = from_ms
        while now_ms < until_ms and any(one.waiting for one in self.notices.values()):
            for name in self.routing.targets:
                yield from self._tell(name, now_ms)
            now_ms = (now_ms // _MINUTE_MS + 1) * _MINUTE_MS

    def _tell(self, name: str, now_ms: int) -> Iterator[Step]:
        target = self.routing.targets[name]
        waiting = [one for notices in self.notices.values() for one in notices.waiting if one.target == name]
        now = plan(target, waiting, recent=self.recent[name], now_ms=now_ms)
        for one in now.held:
            key = one.alert.conversation_id
            self.notices[key] = put_off(self.notices[key], [one.key], held=True)
            yield _step(now_ms, "held", [one.alert], route=one.route, channels=(name,), why="quiet hours")
        for outgoing in now.outgoing:
            self.recent[name] += [now_ms] * weight(target, outgoing)
            yield self._told(name, outgoing, now_ms)

    def _told(self, name: str, outgoing: Outgoing, now_ms: int) -> Step:
        target, notices = self.routing.targets[name], outgoing.notices
        for one in notices:
            key = one.alert.conversation_id
            self.notices[key] = settle(self.notices[key], [one.key], "sent", now_ms=now_ms).notices
        message = compose(target, notices, outgoing.why, links=self.links, now_ms=now_ms)
        return _step(
            now_ms,
            "message" if len(notices) == 1 else "summary",
            [one.alert for one in notices],
            route=_routes(notices),
            channels=(name,),
            why=_why(target.channel.group_above, outgoing),
            title=message.title,
            body=message.body,
        )


def _dropped(change: Change, now_ms: int) -> Iterator[Step]:
    for entry in change.log:
        yield Step(
            at=_instant(now_ms),
            what="dropped",
            alert_ids=(entry.alert_id,),
            route=entry.route,
            channels=(entry.channel,),
            why=entry.reason,
        )


def _step(
    now_ms: int,
    what: str,
    alerts: Sequence[Alert],
    *,
    route: str = "",
    channels: tuple[str, ...] = (),
    why: str = "",
    title: str = "",
    body: str = "",
) -> Step:
    ids = tuple(alert.alert_id for alert in alerts)
    return Step(
        at=_instant(now_ms), what=what, alert_ids=ids, route=route, channels=channels, why=why, title=title, body=body
    )


def _routes(notices: Sequence[Notice]) -> str:
    return ", ".join(dict.fromkeys(one.route for one in notices))


def _why(allowed: int, outgoing: Outgoing) -> str:
    if outgoing.why == "quiet":
        return "quiet hours are over"
    return f"more than {allowed} at once" if len(outgoing.notices) > 1 else ""


def _came_ms(alert: Alert) -> int:
    """When a state of an alert came about, as far as it says."""
    instants = [alert.fired_at]
    if alert.state == "firing" and alert.snoozed_until:
        instants.append(alert.snoozed_until)
    if alert.state == "acknowledged" and alert.acknowledged_at:
        instants.append(alert.acknowledged_at)
    if alert.state == "resolved" and alert.resolved_at:
        instants.append(alert.resolved_at)
    return max(to_ms(instant) for instant in instants)


def _instant(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
