"""What `vigie connectors` does: check, record and read back networks."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from connectors.anonymize import anonymized
from connectors.base import Deletion
from connectors.counters import Counters
from connectors.probe import Sample, sample
from connectors.roster import Job, Wish, roster
from deploy import logs
from deploy.connecting import Reading, instant_from, pool_of, read_sources, told
from deploy.signals import stop_on_signals
from schemas.errors import ConfigError, ConnectorError, Malformed
from schemas.settings import Settings

_SHOWN_CHARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A source, or a network, and how to look at it; `since` as a person writes it."""

    settings: Settings
    environ: Mapping[str, str]
    name: str
    since: str
    track: tuple[str, ...] = ()
    account: str = ""

    def jobs(self, *, until: datetime | None = None) -> list[Job]:
        """What is meant."""
        since = instant_from(self.since, where="--since")
        wish = Wish(names=[self.name], since=since, until=until, track=self.track, account=self.account)
        return roster(self.settings, self.environ, wish)


def checked(asked: Asked, *, seconds: float) -> int:
    """Say of each source whether it can be read, and show three events. Exit code: 0, or 1 when one cannot."""
    logs.configure("ERROR")
    failed = 0
    for job in asked.jobs():
        _say(f"{job.source.name}: {job.connector.title}, {', '.join(job.connector.shapes)}")
        for credential in job.connector.credentials:
            _say(f"  {credential.name}: {'set' if job.source.has(credential.name) else 'not set'}; {credential.why}")
        if job.connector.poll is None and job.connector.stream is None:
            _say("  it pushes: `vigie webhooks` answers it; nothing can be asked")
            continue
        try:
            _show(_sampled(job, asked.settings, events=3, seconds=seconds))
        except ConnectorError as error:
            failed = 1
            _say(f"  {error}")
    return failed


def recorded(asked: Asked, *, seconds: float, items: int, folder: Path) -> Iterator[Path]:
    """Write payloads in the form of the contract tests, one file per event that was found, content replaced."""
    logs.configure("ERROR")
    for job in asked.jobs():
        found = _sampled(job, asked.settings, events=items, seconds=seconds)
        if not found.items:
            raise ConnectorError("nothing was found to record", where=job.source.name, fix="Widen --since or --track.")
        target = folder / job.connector.name
        target.mkdir(parents=True, exist_ok=True)
        for number, item in enumerate(found.items, start=1):
            path = target / f"recorded_{number}.json"
            path.write_text(json.dumps(_case(item, job), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            yield path


def read_back(asked: Asked, *, until: str, data_dir: Path) -> int:
    """Read [since, until) of each source, with a cursor of its own, until there is nothing more."""
    logs.configure("WARNING")
    start, end = instant_from(asked.since, where="--since"), instant_from(until, where="--until")
    if start >= end:
        raise ConfigError("--since is not before --until", fix="Give an earlier --since.")
    jobs = [_apart(job, asked.since, until) for job in asked.jobs(until=end)]
    pushed = [job for job in jobs if job.connector.poll is None]
    if pushed:
        raise ConfigError(
            f"{pushed[0].connector.title} cannot be read back",
            where=f"source {asked.name}",
            fix="It has no list of what was written before; a stream reaches as far back as its cursor.",
        )
    with stop_on_signals() as stopping, _bar(asked.name, start, end) as reached:
        reading = Reading(jobs=jobs, settings=asked.settings, data_dir=data_dir, until="caught up", reached=reached)
        return told(read_sources(reading, stopping))


def _apart(job: Job, since: str, until: str) -> Job:
    """With a name, and so a cursor, of its own: the words that were typed, so that the same command goes on."""
    return replace(job, source=replace(job.source, name=f"{job.source.name} from {since} until {until}"))


def _sampled(job: Job, settings: Settings, *, events: int, seconds: float) -> Sample:
    counters = Counters()
    with pool_of(settings, counters, threading.Event()) as pool:
        return sample(job, pool, events=events, seconds=seconds)


def _show(found: Sample) -> None:
    limits = ", ".join(f"{name}: {value}" for name, value in sorted(found.limits.items()))
    _say(f"  limits: {limits or 'the network names none'}")
    unread = f", {found.malformed} of them cannot be read" if found.malformed else ""
    _say(f"  looked at {found.looked_at} items{unread}; {len(found.events)} events:")
    for event in found.events:
        text = " ".join(event.text.split())[:_SHOWN_CHARS]
        _say(
            f"  {event.created_at:%Y-%m-%d %H:%M} {event.author.role} {event.author.handle or event.author.id}: {text}"
        )


def _case(item: object, job: Job) -> dict[str, object]:
    try:
        values = msgspec.json.decode(item) if isinstance(item, bytes | str) else item
    except msgspec.DecodeError:
        values = item.decode("utf-8", "replace") if isinstance(item, bytes) else item
    clean = anonymized(values)
    events: list[object] = []
    try:
        for parsed in job.connector.parse(clean, job.source):
            if not isinstance(parsed, Deletion):
                event = msgspec.to_builtins(parsed)
                events.append({field: value for field, value in event.items() if field != "received_at"})
    except Malformed as error:
        events = [f"the replaced item is no longer what the network documents: {error.what}"]
    return {"about": f"recorded {datetime.now(UTC):%Y-%m-%d}, content replaced", "items": [clean], "events": events}


@contextmanager
def _bar(name: str, start: datetime, end: datetime) -> Iterator[Callable[[datetime, int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[reached]}"), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    task = bar.add_task(f"reading {name} back", total=(end - start).total_seconds(), reached="")

    def reached(at: datetime, events: int) -> None:
        done_s = (min(at, end) - start).total_seconds()
        bar.update(task, completed=max(0.0, done_s), reached=f"{events:,} events, up to {at:%Y-%m-%d %H:%M}")

    with bar:
        yield reached


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
