"""advance(episodes, findings): from what the watches see at an instant to alerts that begin and end. Pure.

An episode is one time that a figure is out of its bounds, in one scope. It is said once when it has lasted, once when
it is over, and in between only when a person acts on it or the next delegate is asked. What a bound separates by a
hair is not said again and again: recovery must be clear and last, and after it a cooldown must pass.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec
from msgspec import Struct

from schemas.action import WATCH_PREFIX, Action
from schemas.alert import Alert, AlertState
from schemas.watch import ALL, SEVERAL, Watch
from streams.instants import to_ms
from streams.watch import Finding, together
from streams.watchwords import Words
from streams.windows import instant

CONFIRM_MS = 30_000  # out of its bounds for so long before it is said: a batch on its way is no alert
RECOVER_MS = 300_000  # within them for so long before it is over
GROUP_ABOVE = 3  # more scopes of one watch at once are one alert


class Episode(Struct, frozen=True, array_like=True):
    """One scope of one watch. Instants are milliseconds, 0 for none.

    `began_ms` is when it left its bounds and names the alert; `fired_ms` when that was said; `clear_ms` since when it
    is within them again; `resolved_ms` when its end was said, from which the cooldown counts.
    """

    watch: str
    scope: str
    began_ms: int = 0
    fired_ms: int = 0
    clear_ms: int = 0
    resolved_ms: int = 0
    state: str = "firing"
    step: int = 1
    members: tuple[str, ...] = ()
    acted: tuple[int, str] = (0, "")
    acknowledged_ms: int = 0
    acknowledged_by: str = ""
    until_ms: int = 0
    owner: str = ""


class Memory(Struct, frozen=True, array_like=True):
    """All that the judge remembers: the instant that was judged last, and episodes that are on or cooling down.

    `version` is that instant too, but for where a clock was set back: it never falls.
    """

    at_ms: int = 0
    episodes: tuple[Episode, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One episode after one instant: what is left of it, and what is to be said."""

    episode: Episode | None
    alerts: tuple[Alert, ...] = ()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Memory)


def pack(memory: Memory) -> bytes:
    """What the table keeps."""
    return _ENCODER.encode(memory)


def unpack(packed: bytes) -> Memory:
    """From the table's bytes."""
    memory = _DECODER.decode(packed)
    written_before_versions = not memory.version
    return msgspec.structs.replace(memory, version=memory.at_ms) if written_before_versions else memory


def rewound(memory: Memory, at_ms: int) -> Memory:
    """The memory of a judge whose clock was ahead, as of an instant that is past: what is on stays on.

    What was said keeps the name that it has. What had not been said yet begins anew, and so does what was about to end.
    """
    episodes = (_rewound(one, at_ms) for one in memory.episodes)
    return Memory(at_ms, tuple(one for one in episodes if one.fired_ms or one.resolved_ms), memory.version + 1)


def _rewound(one: Episode, at_ms: int) -> Episode:
    return _changed(
        one,
        began_ms=one.began_ms if one.fired_ms else 0,
        fired_ms=min(one.fired_ms, at_ms),
        clear_ms=0,
        resolved_ms=min(one.resolved_ms, at_ms),
    )


def advance(
    memory: Memory,
    watches: Sequence[Watch],
    found: Iterable[Finding],
    actions: Iterable[Action],
    at_ms: int,
    words: Words,
) -> tuple[Memory, list[Alert]]:
    """Judge one instant. An instant that was judged before changes nothing.

    Args:
        found: what these watches see; of an episode of which nothing is seen any more it is as if all were well.
        actions: what people decided about watches until then.
    """
    if at_ms <= memory.at_ms:
        return memory, []
    version = max(at_ms, memory.version + 1)
    known = {(one.watch, one.scope): one for one in memory.episodes}
    acted: defaultdict[str, list[Action]] = defaultdict(list)
    for action in sorted(actions, key=lambda one: (one.at, one.action_id)):
        acted[action.conversation_id].append(action)
    left: list[Episode] = []
    alerts: list[Alert] = []
    seen = _grouped(known, found, words)
    for finding in [*seen, *_unseen(known, seen, watches, words)]:
        key = finding.watch.name, finding.scope
        step = _step(known.pop(key, None), finding, acted[watch_id(*key)], at_ms, words)
        alerts += (msgspec.structs.replace(alert, version=version) for alert in step.alerts)
        if step.episode is not None:
            left.append(step.episode)
    return Memory(at_ms, tuple(sorted(left, key=lambda one: (one.watch, one.scope))), version), alerts


def watch_id(watch: str, scope: str) -> str:
    """What stands for a conversation's id in alerts and actions about a watch."""
    return f"{WATCH_PREFIX}{watch}:{scope}"


def _grouped(known: Mapping[tuple[str, str], Episode], found: Iterable[Finding], words: Words) -> list[Finding]:
    """Put one finding in the place of many of one watch that go wrong together, until all of them are well."""
    by_watch: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_watch[finding.watch.name].append(finding)
    result: list[Finding] = []
    for name, scopes in by_watch.items():
        group = known.get((name, SEVERAL))
        members = set(group.members) if group and group.fired_ms else set()
        alone = [one for one in scopes if _is_on(known.get((name, one.scope)))]
        others = [one for one in scopes if one not in alone and not one.delegates]
        bad = [one for one in others if one.condition == "bad"]
        if members or len(bad) > GROUP_ABOVE:
            inside = [one for one in others if one.scope in members or one.condition == "bad"]
            if inside:
                result.append(together(inside[0].watch, inside, words))
                scopes = [one for one in scopes if one not in inside]
        result += scopes
    return result


def _unseen(
    known: Mapping[tuple[str, str], Episode], seen: Iterable[Finding], watches: Sequence[Watch], words: Words
) -> list[Finding]:
    """All is well with what is not seen any more: a network without events, a watch that was taken out."""
    by_name = {watch.name: watch for watch in watches}
    missing = known.keys() - {(one.watch.name, one.scope) for one in seen}
    return [
        Finding(
            watch=by_name.get(name) or Watch(name=name, kind="backlog"),
            scope=scope,
            condition="good",
            value=0.0,
            threshold=0.0,
            sample=0,
            window_s=0.0,
            explanation=words.gone(scope),
        )
        for name, scope in sorted(missing)
    ]


def _is_on(episode: Episode | None) -> bool:
    return episode is not None and episode.fired_ms > 0


def _step(episode: Episode | None, finding: Finding, actions: Sequence[Action], at_ms: int, words: Words) -> Step:
    if episode is None or not episode.fired_ms:
        return _begin(episode, finding, at_ms, words)
    clear = finding.condition in ("good", "unknown")
    clear_ms = (episode.clear_ms or at_ms) if clear else 0
    settled = any(one.kind == "close" for one in _new(episode, actions, at_ms))
    if settled or (clear and at_ms - clear_ms >= RECOVER_MS):
        ended = _changed(episode, clear_ms=clear_ms or at_ms, state="resolved")
        alerts = _alerts(ended, finding, at_ms, words.language, words.recovered(finding.explanation))
        return Step(episode=Episode(episode.watch, episode.scope, resolved_ms=at_ms), alerts=alerts)
    return _go_on(
        _changed(episode, clear_ms=clear_ms, members=_joined(episode, finding)), finding, actions, at_ms, words
    )


def _begin(episode: Episode | None, finding: Finding, at_ms: int, words: Words) -> Step:
    episode = episode or Episode(finding.watch.name, finding.scope)
    cooling = episode.resolved_ms > 0 and at_ms - episode.resolved_ms < finding.watch.cooldown * 1000
    if finding.condition != "bad":
        return Step(episode=_changed(episode, began_ms=0) if cooling else None)
    episode = _changed(episode, began_ms=episode.began_ms or at_ms)
    if cooling or at_ms - episode.began_ms < CONFIRM_MS:
        return Step(episode=episode)
    fired = _changed(episode, fired_ms=at_ms, resolved_ms=0, members=finding.members)
    return Step(episode=fired, alerts=_alerts(fired, finding, at_ms, words.language, finding.explanation))


def _joined(episode: Episode, finding: Finding) -> tuple[str, ...]:
    return tuple(sorted({*episode.members, *finding.members}))


def _new(episode: Episode, actions: Sequence[Action], at_ms: int) -> list[Action]:
    """What people decided about this episode and is not yet known here."""
    return [one for one in actions if episode.fired_ms <= to_ms(one.at) <= at_ms and _place(one) > tuple(episode.acted)]


def _place(action: Action) -> tuple[int, str]:
    return to_ms(action.at), action.action_id


def _go_on(episode: Episode, finding: Finding, actions: Sequence[Action], at_ms: int, words: Words) -> Step:
    new = episode
    for action in _new(episode, actions, at_ms):
        new = _changed(new, acted=_place(action))
        if action.kind == "acknowledge":
            new = _changed(
                new, state="acknowledged", until_ms=0, acknowledged_ms=to_ms(action.at), acknowledged_by=action.by
            )
        elif action.kind == "snooze" and action.until is not None and to_ms(action.until) > at_ms:
            new = _changed(new, state="snoozed", until_ms=to_ms(action.until))
        elif action.kind == "assign":
            new = _changed(new, owner=action.to)
    if new.state == "snoozed" and new.until_ms <= at_ms:
        new = _changed(new, state="firing", until_ms=0)
    said = (new.state, new.owner, new.until_ms) != (episode.state, episode.owner, episode.until_ms)
    alerts = _alerts(new, finding, at_ms, words.language, finding.explanation) if said else ()
    if new.state == "firing" and finding.condition != "good" and new.step < len(finding.delegates):
        due_ms = new.fired_ms + round(new.step * finding.offer_every_s * 1000)
        if at_ms >= due_ms:
            new = _changed(new, step=new.step + 1)
            alerts += _alerts(new, finding, at_ms, words.language, finding.explanation)[-1:]
    return Step(episode=new, alerts=alerts)


def _alerts(episode: Episode, finding: Finding, at_ms: int, language: str, explanation: str) -> tuple[Alert, ...]:
    """The alert of the episode, and one for each delegate who was asked after the first."""
    first = _alert(episode, finding, at_ms, language, explanation)
    later = [
        msgspec.structs.replace(
            first, alert_id=f"{first.alert_id}_{step}", step=step, to=_told(finding.watch, finding, step)
        )
        for step in range(2, episode.step + 1)
    ]
    return (first, *later)


def _alert(episode: Episode, finding: Finding, at_ms: int, language: str, explanation: str) -> Alert:
    watch, resolved = finding.watch, episode.state == "resolved"
    end_ms = episode.clear_ms if resolved else at_ms
    alone = "" if watch.kind == "leader" or finding.scope in (ALL, SEVERAL) else finding.scope
    return Alert(
        alert_id=f"{watch_id(watch.name, finding.scope)}:{episode.began_ms}",
        version=at_ms,
        state=cast(AlertState, episode.state),
        level="watch",
        conversation_id=watch_id(watch.name, finding.scope),
        turn=0,
        network=alone if alone and watch.by == "network" else ALL,
        brand=alone if watch.by == "brand" else "",
        fired_at=instant(episode.fired_ms),
        started_at=instant(episode.began_ms),
        target_s=0.0,
        resolved_at=instant(end_ms) if resolved else None,
        priority=watch.priority,
        waited_s=(max(end_ms, episode.began_ms) - episode.began_ms) / 1000,
        owner=episode.owner,
        mentions_leader=bool(finding.leader),
        to=_told(watch, finding, 1),
        on_behalf_of=finding.leader if finding.delegates else "",
        delegates=finding.delegates,
        acknowledged_at=instant(episode.acknowledged_ms) if episode.acknowledged_ms else None,
        acknowledged_by=episode.acknowledged_by,
        snoozed_until=instant(episode.until_ms) if episode.state == "snoozed" else None,
        watch=watch.name,
        scope=finding.scope,
        value=finding.value,
        threshold=finding.threshold,
        sample=finding.sample,
        window_s=finding.window_s,
        language=language,
        explanation=explanation,
    )


def _told(watch: Watch, finding: Finding, step: int) -> str:
    return finding.delegates[min(step, len(finding.delegates)) - 1] if finding.delegates else watch.to


def _changed(episode: Episode, **fields: object) -> Episode:
    return msgspec.structs.replace(episode, **fields)
