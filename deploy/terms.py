"""The terms of use of every network, with what the settings make of them: for the store, the broker and the workers."""

from collections.abc import Mapping

from connectors import registry
from connectors.terms import Limits, limits, shortest
from schemas.settings import Settings

_COMPACTED_S = 3 * 3600.0  # max.compaction.lag.ms of streams.tables, and an hour for the cleaner to come round


def of(settings: Settings) -> Limits:
    """Seconds that each field of each network may be kept.

    Raises:
        ConfigError: a setting allows more than the terms do without saying so, or names no network.
    """
    return limits(registry.terms(), settings.retention.networks)


def shortest_by_network(settings: Settings) -> Mapping[str, float]:
    """Seconds after which something of a network has to go, for the networks whose terms say so."""
    found = of(settings)
    return {network: seconds for network in found if (seconds := shortest(found, network)) is not None}


def of_state(settings: Settings) -> Mapping[str, float]:
    """Seconds for which a worker may remember what a network gave: less, since its changelog is compacted later."""
    return {
        network: max(seconds / 2, seconds - _COMPACTED_S) for network, seconds in shortest_by_network(settings).items()
    }


def shortest_of_sources(settings: Settings) -> float | None:
    """The shortest of these seconds among the networks that the settings read; None when none of them sets a limit."""
    by_network = shortest_by_network(settings)
    read = {source.network for source in settings.sources}
    return min((seconds for network, seconds in by_network.items() if network in read), default=None)
