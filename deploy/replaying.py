"""A replay from end to end: a stack if none runs, the file, the wait until it is stored, the count of what is there."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from connectors.files.source import FileSource
from connectors.forgotten import ForgottenList
from connectors.positions import PositionFile, mark_drained
from connectors.publish import Publisher
from connectors.replay import Progress as ReplayProgress
from connectors.replay import Report, replay
from deploy.cli import EXIT_DEAD_LETTERS
from deploy.drain import until_drained
from deploy.running import find
from deploy.stack import Stack
from schemas.brokers import at
from schemas.clock import SystemClock
from schemas.settings import Kafka, Privacy, Settings
from streams.store import connect, mapped
from streams.worker import AGENTS

REPLAY_AGENTS = tuple(agent for agent in AGENTS if agent != "notify")  # history sends no messages
_STALLED_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to replay and how."""

    file: Path
    format_name: str
    speed: float | None
    rebase: bool
    position: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a replay. `stored` and `dead_letters` count the whole store; None when nobody waited."""

    report: Report
    stored: int | None
    dead_letters: int | None

    @property
    def exit_code(self) -> int:
        """0, or 3 when rows of this run became dead letters."""
        return EXIT_DEAD_LETTERS if self.report.buried else 0

    def lines(self, seconds: float) -> Iterator[str]:
        """What to tell the person who waited."""
        report = self.report
        if report.resumed_from:
            yield f"went on at row {report.resumed_from + 1:,}"
        if not report.rows:
            yield "the file holds no rows"
        published, buried = _counted(report.published, "event"), _counted(report.buried, "dead letter")
        yield f"{published} published, {buried}, in {seconds:.1f} s"
        for example in report.examples:
            yield f"  dead letter: {example}"
        if report.buried > len(report.examples):
            causes = ", ".join(f"{cause}: {count:,}" for cause, count in report.causes.items())
            yield f"  all causes: {causes}"
        if self.stored is not None:
            letters = _counted(self.dead_letters or 0, "dead letter")
            yield f"in the store now: {_counted(self.stored, 'event')}, {letters}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def replay_into(settings: Settings, job: Job, *, data_dir: Path, until_done: bool) -> Outcome:
    """Replay into the broker of the settings, else of the running stack of the folder, else of a stack of its own."""
    with FileSource(job.file, job.format_name, settings.connectors, clock=SystemClock()) as source:
        running = None if settings.kafka.bootstrap else find(data_dir)
        bootstrap = settings.kafka.bootstrap or (running.kafka if running else "")
        if bootstrap:
            identity = f"{bootstrap}#{running.pid if running else ''}"
            kafka = at(settings.kafka, bootstrap)
            report = _publish(source, job, kafka, PositionFile(job.position, broker=identity), settings.privacy)
            if until_done:
                with _bar("storing") as seen:
                    until_drained(kafka, stack=None, seen=seen, timeout_s=_STALLED_S)
            return Outcome(report=report, stored=None, dead_letters=None)
        with Stack(settings, data_dir=data_dir, agents=REPLAY_AGENTS, say=_say) as stack:
            kafka = stack.settings.kafka
            position = PositionFile(job.position, broker=stack.broker_identity, until_stored=True)
            try:
                report = _publish(source, job, kafka, position, settings.privacy)
            except KeyboardInterrupt:
                _say("interrupted; storing what was published, Ctrl-C again leaves at once")
                until_drained(kafka, stack=stack, timeout_s=_STALLED_S)
                mark_drained(job.position)
                _say("stored; the same command goes on from here")
                raise
            with _bar("storing") as seen:
                until_drained(kafka, stack=stack, seen=seen, timeout_s=_STALLED_S)
            position.remove()
            stored, dead_letters = _counts(stack.settings)
            return Outcome(report=report, stored=stored, dead_letters=dead_letters)


def _publish(source: FileSource, job: Job, kafka: Kafka, position: PositionFile, privacy: Privacy) -> Report:
    with (
        ForgottenList(kafka, privacy) as forgotten,
        _replay_bar(source.name) as seen,
        Publisher(kafka, pseudonym_key=privacy.pseudonym_key, erase=forgotten.erase) as publisher,
    ):
        return replay(
            source,
            publisher,
            clock=SystemClock(),
            sleep=time.sleep,
            speed=job.speed,
            rebase=job.rebase,
            progress=seen,
            position=position,
        )


def _counts(settings: Settings) -> tuple[int, int]:
    client = connect(settings.clickhouse)
    try:
        with mapped(settings.clickhouse.url):
            events = client.query("SELECT count() FROM events").result_rows[0][0]
            letters = client.query("SELECT count() FROM dead_letters").result_rows[0][0]
            return int(events), int(letters)
    finally:
        client.close()


@contextmanager
def _replay_bar(name: str) -> Iterator[Callable[[ReplayProgress], None]]:
    bar = _progress()
    task = bar.add_task(f"reading {name}", total=None, rate="")

    def seen(progress: ReplayProgress) -> None:
        verb, unit = ("reading", "B/s") if progress.phase == "reading" else ("publishing", "events/s")
        bar.update(
            task,
            description=f"{verb} {name}",
            completed=progress.done,
            total=progress.total,
            rate=f"{progress.rate:,.0f} {unit}",
        )

    with bar:
        yield seen


@contextmanager
def _bar(verb: str) -> Iterator[Callable[[str, int], None]]:
    bar = _progress()
    task = bar.add_task(verb, total=None, rate="")
    most: dict[str, int] = {}

    def seen(stage: str, lag: int) -> None:
        most[stage] = max(most.get(stage, 0), lag)
        bar.update(task, description=f"{verb}: {stage}", completed=most[stage] - lag, total=most[stage] or None)

    with bar:
        yield seen


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
