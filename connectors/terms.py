"""How long what a network gave may be kept: its terms of use, and what the settings make of them. Pure.

Terms speak of fields of an event; numbers that were measured from it stay. Counted from when it was fetched.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from connectors.base import Terms
from schemas.errors import ConfigError
from schemas.settings import NetworkTerm

FIELDS = ("text", "author.id", "author.handle", "author.name", "permalink", "reach")
DAY_S = 86_400.0

Limits = Mapping[str, Mapping[str, float]]  # network → field → seconds


def limits(declared: Mapping[str, Terms], settings: Mapping[str, NetworkTerm]) -> dict[str, dict[str, float]]:
    """Seconds that each field of a network may be kept; what has no limit is left out.

    Raises:
        ConfigError: a setting allows more than the terms do without saying so, or names no network.
    """
    found = {network: _declared(terms) for network, terms in declared.items()}
    for network, setting in settings.items():
        _check_name(network, declared)
        allowed = found.get(network, {})
        if allowed and setting.keep > max(allowed.values()) and not setting.beyond_terms:
            raise ConfigError(
                f"the terms of {network} allow to keep its content for {max(allowed.values()) / DAY_S:g} days at most",
                where=f"retention.networks.{network}",
                fix="Keep it no longer, or add beyond_terms = true if you have a right to more.",
            )
        if setting.beyond_terms or not allowed:
            found[network] = dict.fromkeys(FIELDS, float(setting.keep))
        else:
            found[network] = {field: min(seconds, float(setting.keep)) for field, seconds in allowed.items()}
    return {network: fields for network, fields in sorted(found.items()) if fields}


def shortest(limits: Limits, network: str) -> float | None:
    """Seconds after which the first field of a network has to go; None when it may stay."""
    return min(limits.get(network, {}).values(), default=None)


def _declared(terms: Terms) -> dict[str, float]:
    fields: dict[str, float] = {}
    for field in FIELDS:
        days = [one.days for one in terms.keep if any(_covers(name, field) for name in one.fields)]
        if days:
            fields[field] = min(days) * DAY_S
    return fields


def _covers(name: str, field: str) -> bool:
    return field == name or field.startswith(f"{name}.")


def _check_name(network: str, declared: Mapping[str, Terms]) -> None:
    if network in declared:
        return
    close = get_close_matches(network, declared, n=1, cutoff=0.8)
    if close or not re.fullmatch(r"[a-z][a-z0-9]*", network):
        hint = f"Did you mean {close[0]}?" if close else "Networks are named with small letters and digits."
        raise ConfigError(f"there is no network {network!r}", where="retention.networks", fix=hint)
