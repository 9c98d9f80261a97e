"""Rows of the board's questions to its answers. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from deploy.board.answers import (
    Alarm,
    Answering,
    Buried,
    Count,
    Customer,
    Flow,
    NetworkPace,
    Pace,
    Promise,
    Queue,
    Quote,
    Snapshot,
    Subject,
    Voice,
    Waits,
)

Rows = Sequence[Mapping[str, Any]]

_MINUTES = 60


def snapshot(found: Mapping[str, Rows | None], *, now: datetime, missing: tuple[str, ...]) -> Snapshot:
    """All answers; None in `found` is a question without one."""
    pace, queued, alarms, flowing, dead = (found[name] for name in ("pace", "queue", "alarms", "flow", "buried"))
    return Snapshot(
        now=now,
        answering=None if pace is None else answering(pace),
        queue=None if queued is None else queue(queued),
        voice=_voice(found),
        alarms=None if alarms is None else tuple(_alarm(row) for row in alarms),
        flow=None if flowing is None else _flow(flowing),
        buried=None if dead is None else Buried(letters=dead[0]["letters"], last_hour=dead[0]["last_hour"]),
        missing=missing,
    )


def answering(rows: Rows) -> Answering:
    """The rows of PACE."""
    totals = {row["since"]: row for row in rows if row["is_total"]}
    today = totals.get("today")
    networks = [
        NetworkPace(network=row["network"], pace=_pace(row))
        for row in rows
        if row["since"] == "today" and not row["is_total"]
    ]
    networks.sort(key=lambda one: (-one.pace.decided - one.pace.waiting, one.network))
    promised = today is not None and today["shortest_target"] is not None
    return Answering(
        hour=_pace(totals["hour"]) if "hour" in totals else Pace(),
        today=_pace(today) if today else Pace(),
        networks=tuple(networks),
        promise=Promise(shortest_s=today["shortest_target"], longest_s=today["longest_target"])
        if today and promised
        else None,
    )


def queue(rows: Rows) -> Queue:
    """The rows of QUEUE; no row is nobody waiting."""
    if not rows:
        return Queue()
    longest = tuple(
        Customer(
            handle=row["customer_handle"],
            network=row["network"],
            waited_s=row["waited"],
            over_s=row["over"],
            text=row["text"],
            mentions_leader=row["mentions_leader"],
        )
        for row in rows
    )
    first = rows[0]
    return Queue(waiting=first["waiting"], late=first["late"], leader=first["leader"], longest=longest)


def voice(mood: Rows, volume: Rows, subjects: Rows, names: Rows) -> Voice:
    """The rows of MOOD, VOLUME, SUBJECTS and NAMES."""
    minutes = {row["minutes_ago"]: row["events"] for row in volume}
    feelings = {count.name: count.events for count in _counts(mood, "sentiment")}
    return Voice(
        negative=feelings.get("negative", 0),
        neutral=feelings.get("neutral", 0),
        positive=feelings.get("positive", 0),
        per_minute=tuple(minutes.get(ago, 0) for ago in reversed(range(_MINUTES))),
        topics=_subjects(row for row in subjects if row["kind"] == "topic"),
        intents=_subjects(row for row in subjects if row["kind"] == "intent"),
        names=_counts(names, "name"),
        languages=_counts(mood, "language"),
    )


def _pace(row: Mapping[str, Any]) -> Pace:
    return Pace(
        kept=row["kept"],
        missed=row["missed"],
        waiting=row["waiting"],
        first=Waits(median_s=row["first_median"], p90_s=row["first_p90"]),
        next=Waits(median_s=row["next_median"], p90_s=row["next_p90"]),
    )


def _voice(found: Mapping[str, Rows | None]) -> Voice | None:
    mood, volume, subjects, names = (found[name] for name in ("mood", "volume", "subjects", "names"))
    if mood is None or volume is None or subjects is None or names is None:
        return None
    return voice(mood, volume, subjects, names)


def _alarm(row: Mapping[str, Any]) -> Alarm:
    return Alarm(
        level=row["level"],
        resolved=bool(row["resolved"]),
        ago_s=row["ago"],
        handle=row["customer_handle"],
        network=row["network"],
        waited_s=row["waited"],
        text=row["said"],
        mentions_leader=row["mentions_leader"],
    )


def _flow(rows: Rows) -> Flow:
    row = rows[0]
    return Flow(events=row["events"], per_second=row["per_second"], row_p50_s=row["row_p50"], row_p99_s=row["row_p99"])


def _counts(rows: Rows, column: str) -> tuple[Count, ...]:
    sums: dict[str, int] = {}
    for row in rows:
        sums[row[column]] = sums.get(row[column], 0) + row["events"]
    ordered = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name=name, events=events) for name, events in ordered)


def _subjects(rows: Iterable[Mapping[str, Any]]) -> tuple[Subject, ...]:
    """One subject per name, in order; its quote is the first of its rows that no other subject shows yet."""
    subjects: dict[str, Subject] = {}
    shown: set[str] = set()
    for row in rows:
        known = subjects.get(row["name"])
        text = row["quote"]
        quote = None
        if (known is None or known.quote is None) and text.strip() and text not in shown:
            quote = Quote(text=text, handle=row["author_handle"], network=row["network"])
            shown.add(text)
        if known is None or quote:
            subjects[row["name"]] = Subject(
                name=row["name"], events=row["events"], negative=row["negative"], quote=quote
            )
    return tuple(subjects.values())
