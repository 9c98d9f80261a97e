"""What can be said of every connector without asking its network: for `vigie connectors list` and the README."""

from typing import Any

from connectors.base import Connector
from connectors.registry import connectors


def catalogue() -> list[dict[str, Any]]:
    """One entry per network, sorted by name; only plain values."""
    return [entry(connector) for connector in connectors().values()]


def entry(connector: Connector) -> dict[str, Any]:
    """What one network is, needs, gives and allows."""
    return {
        "name": connector.name,
        "title": connector.title,
        "shapes": list(connector.shapes),
        "reads": connector.reads,
        "account": connector.account,
        "credentials": [{"name": one.name, "why": one.why, "optional": one.optional} for one in connector.credentials],
        "options": dict(connector.options),
        "tested": connector.tested,
        "closed": connector.closed,
        "state": state(connector),
        "terms": {
            "keep": [{"fields": list(keep.fields), "days": keep.days} for keep in connector.terms.keep],
            "honour_deletions": connector.terms.honour_deletions,
            "note": connector.terms.note,
            "source": connector.terms.source,
        },
    }


def state(connector: Connector) -> str:
    """The truth about access, in a few words."""
    access = "works without credentials" if connector.needs_no_credentials else "needs credentials"
    tested = "read live" if connector.tested == "live" else "tested on recorded shapes only"
    return "; ".join(part for part in (connector.closed, access, tested) if part)


def table() -> str:
    """The table of networks, for connectors/README.md."""
    lines = ["| network | shape | what is read | needs | state |", "| --- | --- | --- | --- | --- |"]
    for one in catalogue():
        needs = ", ".join(
            f"`{credential['name']}`" + (" (optional)" if credential["optional"] else "")
            for credential in one["credentials"]
        )
        lines.append(
            f"| {one['title']} (`{one['name']}`) | {', '.join(one['shapes'])} | {one['reads']} "
            f"| {needs or 'nothing'} | {one['state']} |"
        )
    return "\n".join(lines)
