"""Does ClickHouse answer, is its schema up to date, and does its clock agree with ours?"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from deploy.clickhouse import files, migrate
from deploy.clickhouse.reach import reach
from deploy.doctor.finding import Finding, Subject, failed, ok
from schemas.errors import ConfigError, VigieError
from schemas.settings import ClickHouse, Settings
from streams.store import connect, mapped

_PATIENCE_S = 2.0  # who asks a doctor does not want to wait until an insert would be given up
_OFF_S, _FAR_OFF_S = 1.0, 10.0


def examine(subject: Subject) -> Iterator[Finding]:
    """Reachable, migrated, on time."""
    try:
        with reach(subject.settings, subject.data_dir) as clickhouse:
            yield from _asked(subject.settings, clickhouse)
    except ConfigError as error:
        repair = error.fix or "Start the stack with `vigie up`"
        yield Finding(name="clickhouse", verdict="fail", cause=f"{error.what} ({error.where})", repair=repair)
    except VigieError as error:
        yield failed("clickhouse", error)


def _asked(settings: Settings, clickhouse: ClickHouse) -> Iterator[Finding]:
    patient = msgspec.structs.replace(clickhouse, insert_timeout=type(clickhouse.insert_timeout)(_PATIENCE_S))
    client = connect(patient, database="default")
    try:
        yield ok("clickhouse", f"{clickhouse.url} answers, version {client.server_version}")
        settings = msgspec.structs.replace(settings, clickhouse=clickhouse)
        pending = migrate.pending(files.render(settings, bool(clickhouse.cluster)), migrate.applied(client, settings))
        yield _schema([one.file for one in pending])
        begun = time.monotonic()
        with mapped("SELECT now64"):
            there = float(client.command("SELECT toFloat64(now64(3, 'UTC'))"))  # type: ignore[arg-type]  # a number
        here = datetime.now(UTC).timestamp() - (time.monotonic() - begun) / 2
        yield clock(there - here)
    finally:
        client.close()


def _schema(pending: list[str]) -> Finding:
    if not pending:
        return ok("clickhouse schema", "up to date")
    cause = f"not applied: {', '.join(pending)}"
    return Finding(name="clickhouse schema", verdict="fail", cause=cause, repair="Run `vigie migrate`")


def clock(ahead_s: float) -> Finding:
    """What a difference between the clocks means: who waits is counted on that of ClickHouse."""
    cause = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} this machine"
    if abs(ahead_s) < _OFF_S:
        return ok("clickhouse clock", cause)
    repair = "Let both machines take their time from the same server (NTP)"
    verdict = "warn" if abs(ahead_s) < _FAR_OFF_S else "fail"
    return Finding(name="clickhouse clock", verdict=verdict, cause=cause, repair=repair)  # type: ignore[arg-type]
