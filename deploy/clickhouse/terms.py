"""Empty the columns that hold what a network gave once its terms of use end; rows and numbers stay. Pure.

ClickHouse empties an expired column when parts are merged, and a batch that is expired already when it is inserted.
A merge for it begins at least every `merge_with_ttl_timeout` (migration 0013), so a term is shortened by `MARGIN_S`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.terms import Limits

MARGIN_S = 7200.0
_NEVER = "toDateTime('2105-01-01 00:00:00')"  # an instant that DateTime can still hold
_FETCHED = "toDateTime(coalesce(content_received_at, stored_at))"
_ENTITIES = {f"entities.{part}": "text" for part in ("text", "label", "start", "end", "canonical")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The columns of one table that hold what a network gave: which field of the event, and since when."""

    table: str
    since: str
    columns: Mapping[str, str]


CONTENT: tuple[Content, ...] = (
    Content(
        table="raw_events",
        since="toDateTime(received_at)",
        columns={
            "author_id": "author.id",
            "author_handle": "author.handle",
            "author_name": "author.name",
            "text": "text",
            "permalink": "permalink",
            "likes": "reach",
            "shares": "reach",
            "views": "reach",
            **_ENTITIES,
        },
    ),
    Content(
        table="events_by_time",
        since="toDateTime(intDiv(version % 4611686018427387904, 1000))",  # received_at in ms, 2^62 when deleted
        columns={"author_id": "author.id"},
    ),
    Content(
        table="raw_conversations",
        since=_FETCHED,
        columns={
            "customer_id": "author.id",
            "customer_handle": "author.handle",
            "permalink": "permalink",
            "last_customer_text": "text",
        },
    ),
    Content(
        table="raw_turns", since=_FETCHED, columns={"customer_id": "author.id", "customer_handle": "author.handle"}
    ),
    Content(
        table="raw_alerts",
        since=_FETCHED,
        columns={"customer_handle": "author.handle", "text": "text", "permalink": "permalink"},
    ),
    Content(
        table="raw_dead_letters",
        since="toDateTime(failed_at)",
        columns={"key": "*", "payload": "*", "reason": "*"},  # an input holds every field
    ),
)


def expiry(content: Content, column: str, limits: Limits) -> str | None:
    """The TTL of a column, as ClickHouse prints it; None when no network asks for one."""
    field = content.columns[column]
    terms = {network: min(fields.values()) if field == "*" else fields.get(field) for network, fields in limits.items()}
    cases = [
        f"network = '{network}', {content.since} + toIntervalSecond({max(60, round(seconds - MARGIN_S))})"
        for network, seconds in terms.items()
        if seconds is not None
    ]
    if not cases:
        return None
    return f"{'if' if len(cases) == 1 else 'multiIf'}({', '.join(cases)}, {_NEVER})"


def changes(content: Content, limits: Limits, *, created: str) -> list[str]:
    """What to change of a table's columns, given the statement that would create it as it is; perhaps nothing."""
    found = []
    for column in content.columns:
        wanted = expiry(content, column, limits)
        has = _ttl(created, column)
        if wanted is None and has:
            found.append(f"MODIFY COLUMN `{column}` REMOVE TTL")
        elif wanted is not None and has != wanted:
            found.append(f"MODIFY COLUMN `{column}` TTL {wanted}")
    return found


def _ttl(created: str, column: str) -> str:
    """The TTL of a column in a CREATE statement, empty when it has none."""
    start = created.find(f"`{column}` ")
    if start < 0:
        return ""
    rest = re.split(r", (?:`|INDEX |PROJECTION )|\) ENGINE ", created[start:], maxsplit=1)[0]
    return rest.partition(" TTL ")[2]
