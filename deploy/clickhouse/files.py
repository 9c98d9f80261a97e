"""The migrations as they lie in the folder: numbered files, their fingerprints, their placeholders filled in. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from schemas.settings import Settings

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_END = re.compile(r";[ ]*$", re.MULTILINE)
_CLUSTER_ONLY = "-- cluster only\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered file: its fingerprint as it lies in the folder, its statements filled in for this server."""

    number: int
    file: str
    sha256: str
    statements: tuple[str, ...]


def render(settings: Settings, cluster: bool) -> list[Migration]:
    """The numbered files in order, for one server or for a cluster."""
    filled = values(settings, cluster)
    found = sorted(
        (entry for entry in (files("deploy.clickhouse") / "migrations").iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    migrations = []
    for entry in found:
        source = entry.read_text(encoding="utf-8")
        migrations.append(
            Migration(
                number=int(entry.name.split("_")[0]),
                file=entry.name,
                sha256=sha256(source.encode()).hexdigest(),
                statements=_statements(source, filled),
            )
        )
    return migrations


def ledger(settings: Settings, cluster: bool) -> tuple[str, ...]:
    """The statements that make the table of what is applied."""
    source = (files("deploy.clickhouse") / "ledger.sql").read_text(encoding="utf-8")
    return _statements(source, values(settings, cluster))


def values(settings: Settings, cluster: bool) -> Mapping[str, str]:
    """What the placeholders of the files stand for."""
    database, name = settings.clickhouse.database, settings.clickhouse.cluster or "{cluster}"  # the server's own macro
    return {
        "database": database,
        "cluster": name,
        "on_cluster": f" ON CLUSTER '{name}'" if cluster else "",
        "local": "_local" if cluster else "",
        "global": "GLOBAL "
        if cluster
        else "",  # a set is made once and sent to every shard; on one server that is slower
        "replicated": "Replicated" if cluster else "",
        "replica": "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}', " if cluster else "",
        "everywhere": "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', " if cluster else "",
        "deduplication": "replicated_deduplication_window" if cluster else "non_replicated_deduplication_window",
    }


def _statements(source: str, values: Mapping[str, str]) -> tuple[str, ...]:
    cluster = bool(values["on_cluster"])
    parts = [part.strip() for part in _END.split(source)]
    chosen = (part.removeprefix(_CLUSTER_ONLY) for part in parts if cluster or not part.startswith(_CLUSTER_ONLY))
    return tuple(_PLACEHOLDER.sub(lambda found: values[found.group(1)], part) for part in chosen if part)
