"""What differs between Grafana and what is wanted: compared as Grafana means it, shown as a short diff. Pure."""

import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from deploy.grafana.api import Method

Action = Literal["create", "update", "delete"]

REDACTED = "[REDACTED]"  # what Grafana gives back in the place of a secret
STAMP = "vigie:"  # the tag of a board that holds the fingerprint of what was pushed

_SERVERS_OWN = frozenset(
    {
        *("id", "orgId", "version", "provenance", "updated", "updatedBy", "guid", "metadata", "accessControl"),
        *("readOnly", "typeLogoUrl", "secureJsonFields", "apiVersion", "isDefault"),
    }
)
_SECRETS = frozenset({"addresses", "url", "authorization_credentials"})
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
_PARTS = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_MOST_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that would make the change."""

    method: Method
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing of Grafana that would change, and how."""

    kind: str
    name: str
    action: Action
    call: Call
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.name}"


def same(found: Any, wanted: Any) -> bool:
    """Whether they mean the same: what Grafana adds by itself, empties and spellings of a duration do not count."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return all(
            (not found.get(key) and not wanted.get(key)) or same(found.get(key), wanted.get(key))
            for key in {*found, *wanted} - _SERVERS_OWN
        )
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(found, str) and isinstance(wanted, str):
        return found in (wanted, REDACTED) or _seconds(found) == _seconds(wanted) != 0
    return bool(found == wanted)


def _seconds(text: str) -> float:
    """Of `1h0m0s`; 0 for what is no duration, as for one of no length."""
    if not _DURATION.fullmatch(text):
        return 0.0
    return sum(int(amount) * _SECONDS[unit] for amount, unit in _PARTS.findall(text))


def fingerprint(board: Mapping[str, Any]) -> str:
    """Of what a person sees on a board: not of its number, its version, its stamp, and not of what is empty."""
    seen = {key: value for key, value in board.items() if key not in ("id", "version")}
    seen["tags"] = [tag for tag in board.get("tags") or [] if not tag.startswith(STAMP)]
    plain = json.dumps(_full(seen), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(plain.encode(), digest_size=6).hexdigest()


def _full(tree: Any) -> Any:
    if isinstance(tree, Mapping):
        return {key: _full(value) for key, value in tree.items() if value not in (None, "", [], {})}
    if isinstance(tree, list):
        return [_full(value) for value in tree]
    return int(tree) if isinstance(tree, float) and tree.is_integer() else tree


def stamped(board: Mapping[str, Any]) -> dict[str, Any]:
    """The board with its fingerprint as a tag.

    A tag is in the schema of boards, is saved as it is by the server and by people who edit, and is shown on no board.
    As soon as somebody changes anything else, it is no longer the fingerprint of the rest.
    """
    return {**board, "tags": [*(board.get("tags") or []), f"{STAMP}{fingerprint(board)}"]}


def is_as_pushed(board: Mapping[str, Any]) -> bool:
    """Whether nobody has changed a board since it was pushed."""
    return f"{STAMP}{fingerprint(board)}" in (board.get("tags") or [])


def shown(change: Change) -> str:
    """The change as a person reads it: a line, and what would differ."""
    sign = {"create": "+", "update": "~", "delete": "-"}[change.action]
    lines = [f"{sign} {change.kind} {change.name}"]
    if change.action == "update":
        hidden = _SECRETS if change.kind == "contact point" else frozenset[str]()
        before, after = (_text(side, hidden).splitlines() for side in (change.before, change.after))
        found = list(difflib.unified_diff(before, after, "in Grafana", "here", lineterm="", n=1))
        lines += [f"    {line}" for line in found[:_MOST_LINES]]
        if len(found) > _MOST_LINES:
            lines.append(f"    … {len(found) - _MOST_LINES} lines more")
    return "\n".join(lines)


def _text(tree: Any, hidden: frozenset[str]) -> str:
    if isinstance(tree, str):
        return tree
    return json.dumps(_told(tree, hidden), indent=2, sort_keys=True, ensure_ascii=False)


def _told(tree: Any, hidden: frozenset[str]) -> Any:
    """Without what the server adds, and without secrets."""
    if isinstance(tree, Mapping):
        return {
            key: "(secret)" if key in hidden and value else _told(value, hidden)
            for key, value in tree.items()
            if key not in _SERVERS_OWN and value not in (None, "", [], {})
        }
    if isinstance(tree, list):
        return [_told(value, hidden) for value in tree]
    return tree
