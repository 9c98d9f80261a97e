"""Look at a source without publishing: a few items, what they become, what the network says of its limits."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from connectors.base import Deletion, Raw
from connectors.http import Http, HttpPool
from connectors.intake import is_about
from connectors.roster import Job
from connectors.words import matcher
from schemas.errors import ConfigError, Malformed
from schemas.event import Event

MOST_ITEMS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen. `limits` are the network's own headers; `malformed` counts what could not be read."""

    items: tuple[Raw, ...]
    events: tuple[Event, ...]
    looked_at: int
    malformed: int
    limits: Mapping[str, str]


def sample(job: Job, pool: HttpPool, *, events: int, seconds: float) -> Sample:
    """Read until so many events were found, or so much time has passed, or there is no more.

    Raises:
        ConfigError: the network only pushes. ConnectorError: it could not be read.
    """
    connector, source = job.connector, job.source
    way = connector.stream or connector.poll
    if way is None:
        raise ConfigError(f"{connector.title} only pushes", where=f"source {source.name}", fix="Run `vigie webhooks`.")
    http = Http(pool, connector, source)
    has_word = matcher(source.track)
    kept: list[Raw] = []
    found: list[Event] = []
    looked_at = malformed = 0
    ends_at = pool.monotonic() + seconds
    with closing(way.pages(http, source, None)) as reading:  # type: ignore[type-var]
        for page in reading:
            for item in page.items:
                looked_at += 1
                try:
                    parsed = [one for one in connector.parse(item, source) if not isinstance(one, Deletion)]
                except Malformed:
                    malformed += 1
                    continue
                wanted = [
                    one for one in parsed if not way.everything or is_about(one, item, connector, source, has_word)
                ]
                if wanted and len(found) < events:
                    kept.append(item)
                    found += wanted
            if len(found) >= events or looked_at >= MOST_ITEMS or pool.monotonic() >= ends_at:
                break
    return Sample(
        items=tuple(kept), events=tuple(found[:events]), looked_at=looked_at, malformed=malformed, limits=http.limits
    )
