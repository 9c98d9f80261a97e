"""Are the workers well, does any of them lag, and do test events arrive? As they said themselves, in ClickHouse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from deploy import canary
from deploy.clickhouse.reach import running_on
from deploy.doctor.finding import Finding, Subject, ok
from schemas.errors import VigieError
from schemas.settings import Settings
from schemas.worker import MEMORY_LIMIT_BYTES
from streams.store import connect, mapped
from streams.worker import AGENTS

_MUCH = 1000  # records: less is what is on its way
_MEGABYTE = 1e6
_WORKERS = (
    "SELECT worker, agent, state, reason, silent_seconds, lag, ifNull(memory_bytes, 0) FROM workers ORDER BY worker"
)
# Of each partition the most that was said within the last minute, and in a minute five minutes ago.
_LAGS = """
SELECT agent, sum(is_now * most), sum((1 - is_now) * most)
FROM
(
    SELECT agent, topic, partition, at > now64(3, 'UTC') - 60 AS is_now, max(records) AS most
    FROM worker_lags
    WHERE at > now64(3, 'UTC') - 60 OR at > now64(3, 'UTC') - 360 AND at < now64(3, 'UTC') - 300
    GROUP BY agent, topic, partition, is_now
)
GROUP BY agent
ORDER BY agent
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One row of the view `workers`."""

    worker: str
    agent: str
    state: str
    reason: str = ""
    silent_s: float = 0.0
    lag: int = 0
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Records that an agent has yet to handle, now and five minutes ago."""

    now: int
    before: int


def examine(subject: Subject) -> Iterator[Finding]:
    """What they said. Where no ClickHouse runs, or its views are not there, that is a finding of its own already."""
    settings, folder = subject.settings, subject.data_dir or Path(subject.settings.embedded.data_dir)
    url = (settings.clickhouse.url if subject.data_dir is None else "") or running_on(folder)
    if not url:
        return
    try:
        client = connect(msgspec.structs.replace(settings.clickhouse, url=url))
        try:
            yield from _asked(client, settings)
        finally:
            client.close()
    except VigieError:
        return


def _asked(client: Any, settings: Settings) -> Iterator[Finding]:
    with mapped("view workers"):
        rows = client.query(_WORKERS).result_rows
        lags = {str(agent): Lag(now=now, before=before) for agent, now, before in client.query(_LAGS).result_rows}
    workers = [
        Worker(worker=name, agent=agent, state=state, reason=reason, silent_s=silent, lag=lag, memory_bytes=memory)
        for name, agent, state, reason, silent, lag, memory in rows
    ]
    found = [*judged(workers), *lagging(lags, settings.kafka.partitions)]
    yield from found
    if settings.canary.every:
        wrong = canary.diagnose(client, settings.canary, datetime.now(UTC))
        yield travelled(wrong, all_well=all(finding.verdict == "ok" for finding in found))


def judged(workers: Sequence[Worker]) -> Iterator[Finding]:
    """What the state of each means."""
    unwell = [one for one in workers if one.state in ("silent", "stalled", "failed")]
    if workers and all(one.state == "silent" for one in workers):
        yield _all_silent(min(one.silent_s for one in workers))
    else:
        for one in unwell:
            yield _unwell(one)
    absent = [agent for agent in AGENTS if agent not in {one.agent for one in workers}]
    if absent:
        cause = f"no worker of {', '.join(absent)} has said that it runs"
        repair = f"Start them: `vigie up`, or `vigie worker {' '.join(absent)}`"
        yield Finding(name="workers", verdict="warn", cause=cause, repair=repair)
    if workers and not unwell:
        yield ok("workers", f"{len(workers)} are well, {sum(one.lag for one in workers):,} records wait")
    for one in workers:
        if one.memory_bytes > MEMORY_LIMIT_BYTES:
            yield _heavy(one)


def lagging(lags: Mapping[str, Lag], partitions: int) -> Iterator[Finding]:
    """Agents that are far behind and do not catch up."""
    for agent, lag in lags.items():
        if lag.now > _MUCH and lag.now >= lag.before > 0:
            yield Finding(
                name=f"lag of {agent}",
                verdict="warn",
                cause=f"{lag.now:,} records wait, five minutes ago {lag.before:,}",
                repair=f"Start more of them, up to {partitions} (kafka.partitions): `vigie worker {agent}`; SCALE.md",
            )


def travelled(wrong: str, *, all_well: bool) -> Finding:
    """What it means for the path that a test event did or did not arrive."""
    if not wrong:
        return ok("canary", "the last test event came in time")
    if "took" in wrong:
        repair = "The board Pipeline shows which part takes how long; more workers of the agent that lags"
        return Finding(name="canary", verdict="warn", cause=wrong, repair=repair)
    repair = (
        "Workers are well: start `vigie canary`, or `vigie up`, which runs it; its log says why none is sent"
        if all_well
        else "Mend the workers first; then `vigie canary --check`"
    )
    return Finding(name="canary", verdict="warn" if "ever" in wrong else "fail", cause=wrong, repair=repair)


def _all_silent(seconds: float) -> Finding:
    return Finding(
        name="workers",
        verdict="fail",
        cause=f"no word from any worker for {_span(seconds)}: none runs, or none of their words is stored",
        repair="Start `vigie up` or the workers; when they run, the log of the sink says why nothing is stored",
    )


def _unwell(one: Worker) -> Finding:
    behind = f", {one.lag:,} records behind" if one.lag else ""
    again = f"`vigie worker {one.agent}`" if one.agent in AGENTS else f"`vigie {one.agent}`"
    if one.state == "silent":
        cause = f"no word for {_span(one.silent_s)}{behind}: it was killed, or has lost Kafka"
        repair = f"Start it again: {again}; its log says how it ended"
    elif one.state == "stalled":
        cause = f"it stands still: {one.reason}"
        repair = f"Its log says what it waits for (`batch_retried`); mend that, or start it again: {again}"
    else:
        cause = f"it stopped itself: {one.reason}"
        repair = f"Its log says why, `vigie dead-letters list --stage {one.agent}` on what; mend it, then start {again}"
    return Finding(name=f"worker {one.worker}", verdict="fail", cause=cause, repair=repair)


def _heavy(one: Worker) -> Finding:
    return Finding(
        name=f"memory of {one.worker}",
        verdict="warn",
        cause=f"{one.memory_bytes / _MEGABYTE:,.0f} MB, more than {MEMORY_LIMIT_BYTES / _MEGABYTE:,.0f}",
        repair=f"More workers share it (`vigie worker {one.agent}`); if it grows without events, start it again",
    )


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
