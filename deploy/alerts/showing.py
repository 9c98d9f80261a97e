"""Alerts, deliveries and rehearsals for a person's eyes."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.alerts.rehearsal import Step
from schemas import codec
from schemas.alert import Alert
from streams.words import english
from streams.words.facts import facts, safe, short


def as_lines(alerts: Iterable[Alert]) -> None:
    """One JSON object per line, as they stand on the topic."""
    for alert in alerts:
        sys.stdout.write(codec.encode(alert).decode() + "\n")


def as_table(alerts: Sequence[Alert]) -> None:
    """A line for each."""
    now = datetime.now(UTC)
    table = Table("fired", "level", "state", "customer", "network", "waited", "promised", "owner", "text", "alert")
    for alert in alerts:
        known = facts(alert, now)
        level = f"{alert.level} {alert.step}" if alert.step > 1 else alert.level
        state = f"{alert.state} by {alert.acknowledged_by}" if alert.acknowledged_by else alert.state
        said = short(alert.text or alert.explanation)
        waited = "" if alert.level == "watch" else english.span(known.waited_s)
        promised = "" if alert.level == "watch" else english.span(alert.target_s)
        cells = (f"{alert.fired_at:%d %b %H:%M}", level, state, known.who, known.network, waited, promised)
        table.add_row(*(Text(safe(cell)) for cell in (*cells, alert.owner, said, alert.alert_id)))
    console = _console()
    console.print(table)
    console.print(f"alerts: {len(alerts)}. Instants in UTC.")


def in_full(alert: Alert, deliveries: Sequence[Mapping[str, Any]]) -> None:
    """Everything that is known of one, then what was told of it."""
    console = _console()
    for name, value in json.loads(codec.encode(alert)).items():
        if name != "version":
            console.print(Text(f"{name:20} {safe(str(value), 2000)}"))
    if not deliveries:
        console.print("\nnobody was told")
        return
    table = Table("at", "channel", "occasion", "state", "attempt", "alerts", "reason", "route")
    for row in deliveries:
        cells = (f"{row['at']:%d %b %H:%M:%S}", *(str(row[name]) for name in list(row)[1:]))
        table.add_row(*(Text(safe(cell)) for cell in cells))
    console.print()
    console.print(table)


def steps(happened: Iterable[Step], *, as_json: bool) -> None:
    """What would happen, in order."""
    console, counts = _console(), dict.fromkeys(("message", "summary", "held", "dropped", "unrouted"), 0)
    for step in happened:
        if as_json:
            sys.stdout.write(json.dumps(asdict(step), default=datetime.isoformat, ensure_ascii=False) + "\n")
            continue
        counts[step.what] = counts.get(step.what, 0) + 1
        what = step.alert_ids[0] if len(step.alert_ids) == 1 else f"{len(step.alert_ids)} alerts"
        where = f" → {', '.join(step.channels)}" if step.channels else ""
        route = f" [{step.route}]" if step.route else ""
        why = f" ({step.why})" if step.why else ""
        console.print(Text(f"{step.at:%d %b %H:%M:%S}  {step.what:8} {what}{route}{where}{why}"))
        for line in [step.title, *step.body.splitlines()] if step.title else []:
            console.print(Text(f"{'':17}│ {line}"))
    if not as_json:
        console.print(", ".join(f"{name}: {number}" for name, number in counts.items() if name != "routed"))
        console.print("Nothing was sent. Instants in UTC.")


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
