"""From `[[sources]]` and the environment to Sources: what this process reads, with the credentials of each."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.base import Connector, Source
from connectors.people import People, people_from
from connectors.registry import connector_of, connectors
from schemas.errors import ConfigError
from schemas.settings import Settings, SourceSettings
from schemas.units import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A source and who reads it."""

    connector: Connector
    source: Source
    interval_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for beside the settings. Its `track` and `account` go before theirs."""

    names: Sequence[str]
    since: datetime
    until: datetime | None = None
    track: tuple[str, ...] = ()
    account: str = ""


def roster(settings: Settings, environ: Mapping[str, str], wish: Wish) -> list[Job]:
    """The sources of these names; a name is that of a source, or of a network with all its sources.

    A network that is named and has no source in the settings gets one, when it can do without.

    Raises:
        ConfigError: a name, a network or a credential is missing or wrong.
    """
    people = people_from(settings.brands, settings.leaders)
    declared = _named(settings.sources)
    jobs: dict[str, Job] = {}
    for name in wish.names:
        chosen = [one for label, one in declared if name in (label, one.network)]
        if not chosen and name not in connectors() and declared:
            labels = ", ".join(label for label, _ in declared)
            raise ConfigError(f"there is no source and no network {name!r}", fix=f"Sources in vigie.toml: {labels}.")
        for one in chosen or [SourceSettings(network=connector_of(name).name)]:
            job = _job(one, environ, wish, people)
            jobs[job.source.name] = job
    return list(jobs.values())


def share_of(jobs: Iterable[Job], number: int, of: int) -> list[Job]:
    """The part that machine `number` of `of` reads, counted from 1: the same on every start, no talk between them."""
    return [job for job in jobs if zlib.crc32(job.source.name.encode()) % of == number - 1]


def _named(sources: Iterable[SourceSettings]) -> list[tuple[str, SourceSettings]]:
    named: dict[str, SourceSettings] = {}
    for one in sources:
        label = _label(one)
        if label in named:
            raise ConfigError(
                f"two sources are called {label!r}", where="sources", fix="Give each a name of its own: name = …"
            )
        named[label] = one
    return list(named.items())


def _label(one: SourceSettings) -> str:
    return one.name or (f"{one.network}:{one.account}" if one.account else one.network)


def _job(one: SourceSettings, environ: Mapping[str, str], wish: Wish, people: People) -> Job:
    connector = connector_of(one.network)
    unknown = sorted(set(one.options) - set(connector.options))
    if unknown:
        there = ", ".join(connector.options) or "none"
        raise ConfigError(
            f"{one.network} knows no option {unknown[0]!r}", where=f"source {_label(one)}", fix=f"There are: {there}."
        )
    account = wish.account or one.account
    label = _label(one) if account == one.account else f"{one.network}:{account}"
    source = Source(
        network=connector.name,
        name=label,
        since=wish.since,
        until=wish.until,
        account=account,
        brand=one.brand,
        track=wish.track or one.track or people.words_of(one.brand),
        options=one.options,
        people=people,
        secrets=_secrets(connector, one, environ, label),
    )
    interval_s = float(one.interval or (connector.poll.interval_s if connector.poll else 60.0))
    return Job(connector=connector, source=source, interval_s=interval_s)


def _secrets(connector: Connector, one: SourceSettings, environ: Mapping[str, str], label: str) -> dict[str, Secret]:
    ending = f"_{one.credentials.upper()}" if one.credentials else ""
    found = {
        credential.name: Secret(environ[credential.name + ending].strip())
        for credential in connector.credentials
        if environ.get(credential.name + ending, "").strip()
    }
    missing = [one for one in connector.credentials if not one.optional and one.name not in found]
    if missing:
        lines = "; ".join(f"{one.name}{ending}: {one.why}" for one in missing)
        raise ConfigError(
            f"{connector.title} needs credentials that are not in the environment: {lines}",
            where=f"source {label}",
            fix="Set them in the environment of this process; they never stand in vigie.toml.",
        )
    return found
