"""Finds connectors: every module in connectors/networks/, and the entry points `vigie.connectors` of other packages.

By name only, so that a setting can never import code.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points

from connectors import networks
from connectors.base import Connector, Terms
from schemas.errors import ConfigError

GROUP = "vigie.connectors"


@cache
def connectors() -> Mapping[str, Connector]:
    """Every connector by the name of its network.

    Raises:
        ConfigError: a module has no CONNECTOR, or two say that they are the same network.
    """
    found: dict[str, Connector] = {}
    for module in pkgutil.iter_modules(networks.__path__):
        if not module.name.startswith("_"):
            path = f"{networks.__name__}.{module.name}"
            _add(found, getattr(importlib.import_module(path), "CONNECTOR", None), path)
    for entry in entry_points(group=GROUP):
        try:
            loaded = entry.load()
        except Exception as error:  # another package's code: whatever it does, ours go on with a clear sentence
            raise ConfigError(
                f"the connector cannot be loaded: {type(error).__name__}: {error}",
                where=f"entry point {entry.name} = {entry.value}",
                fix="Repair or uninstall that package.",
            ) from error
        _add(found, loaded, f"entry point {entry.name} = {entry.value}")
    return dict(sorted(found.items()))


def connector_of(network: str) -> Connector:
    """The connector of a network.

    Raises:
        ConfigError: there is none.
    """
    known = connectors()
    if network not in known:
        close = get_close_matches(network, known, n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"there is no connector for {network!r}",
            fix=f"{hint}`vigie connectors list` shows all; `vigie connectors new {network}` begins one.",
        )
    return known[network]


def terms() -> Mapping[str, Terms]:
    """What each network's terms of use ask of whoever keeps its content."""
    return {name: connector.terms for name, connector in connectors().items()}


def _add(found: dict[str, Connector], connector: object, where: str) -> None:
    if not isinstance(connector, Connector):
        raise ConfigError("there is no CONNECTOR in it", where=where, fix="Declare one: see connectors/README.md.")
    if connector.name in found:
        raise ConfigError(f"the network {connector.name} has two connectors", where=where, fix="Uninstall one.")
    found[connector.name] = connector
