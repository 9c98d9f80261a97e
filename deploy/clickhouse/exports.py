"""What can be exported, one row per thing, and how it is read: sorted by the server, handed out piece by piece."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any, Literal, cast

import msgspec
import urllib3

from schemas.errors import StoreError
from schemas.settings import ClickHouse
from schemas.units import Duration
from streams.store import connect, mapped

What = Literal["conversations", "turns", "alerts"]
Form = Literal["csv", "parquet", "ndjson"]

_PIECE = 1 << 18
_PATIENCE = Duration(3600)  # two years are sorted before the first row comes
_FORMATS: Mapping[Form, str] = {"csv": "CSV", "parquet": "Parquet", "ndjson": "JSONEachRow"}
_SETTINGS: Mapping[str, object] = {
    "date_time_output_format": "iso",
    "format_csv_null_representation": "",
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_escape_forward_slashes": 0,
    "max_bytes_before_external_sort": 500_000_000,
    "max_bytes_before_external_group_by": 500_000_000,
}
# A table program takes a cell for a formula that begins so, and runs it.
_FORMULA = r"^[=+\\-@\\t\\r]"

# `since` and `until` are those of the first event of a conversation, the start of a turn, the instant of an alert.
_QUERIES: Mapping[What, str] = {
    "conversations": """
SELECT conversation_id, network, brand, state, customer_id, customer_handle, language, priority, owner, leader,
    arrayStringConcat(delegates, ', ') AS delegates, mentions_leader, permalink, first_event_at, last_event_at, events,
    customer_events, threads, turns, answered_turns, waiting_since, waiting_seconds, due_at, closed_at,
    first_response_seconds, first_response_business_seconds, next_responses, next_response_median_seconds,
    next_response_slowest_seconds, next_response_business_median_seconds, next_response_business_slowest_seconds,
    first_resolution_seconds, first_resolution_business_seconds, total_resolution_seconds,
    total_resolution_business_seconds, target_seconds, breached, late_turns, policy, policy_version, sentiment_start,
    sentiment_end, sentiment_score_end, acknowledged_by, snoozed_until, last_event_id, last_customer_text
FROM (SELECT * FROM conversations WHERE {chosen}) AS conversation
LEFT JOIN
(
    SELECT conversation_id,
        countIf(answered_at IS NOT NULL) AS answered_turns,
        countIf(within_target = false) AS late_turns,
        max(response_turns.waiting_seconds) AS waiting_seconds,
        countIf(NOT is_first AND answered_at IS NOT NULL) AS next_responses,
        quantileExactOrNullIf(0.5)(waited_seconds, NOT is_first) AS next_response_median_seconds,
        maxIf(waited_seconds, NOT is_first) AS next_response_slowest_seconds,
        quantileExactOrNullIf(0.5)(waited_business_seconds, NOT is_first) AS next_response_business_median_seconds,
        maxIf(waited_business_seconds, NOT is_first) AS next_response_business_slowest_seconds
    FROM response_turns
    WHERE conversation_id IN (SELECT conversation_id FROM conversations WHERE {chosen})
    GROUP BY conversation_id
) AS turn USING conversation_id
ORDER BY first_event_at, conversation_id""",
    "turns": "SELECT * FROM response_turns WHERE {chosen} ORDER BY started_at, conversation_id, turn",
    "alerts": """
SELECT * REPLACE arrayStringConcat(delegates, ', ') AS delegates FROM alerts WHERE {chosen}
ORDER BY fired_at, alert_id""",
}
_INSTANTS: Mapping[What, str] = {"conversations": "first_event_at", "turns": "started_at", "alerts": "fired_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an export and its type in ClickHouse."""

    name: str
    kind: str


@contextmanager
def pieces(
    clickhouse: ClickHouse, what: What, form: Form, *, since: datetime, until: datetime
) -> Iterator[Iterator[bytes]]:
    """The bytes of an export, for the length of a `with` block. This process holds one piece at a time.

    Args:
        since, until: from the first instant to before the second.
    Raises:
        StoreError: the server does not answer, refuses, or breaks off in the middle.
    """
    client = connect(msgspec.structs.replace(clickhouse, insert_timeout=_PATIENCE))
    try:
        yield _read(client, query(what, since=since, until=until), form)
    finally:
        client.close()


def query(what: What, *, since: datetime, until: datetime) -> str:
    """The rows of an export, in order."""
    instant = _INSTANTS[what]
    return _QUERIES[what].format(chosen=f"{instant} >= {_literal(since)} AND {instant} < {_literal(until)}").strip()


def harmless(text: str, columns: list[Column]) -> str:
    """The same rows, words that a table program would run as a formula behind an apostrophe."""
    cells = [
        f"if(match(ifNull({_quoted(column.name)}, ''), '{_FORMULA}'), concat('\\'', {_quoted(column.name)}), "
        f"{_quoted(column.name)}) AS {_quoted(column.name)}"
        for column in columns
        if "String" in column.kind
    ]
    return f"SELECT * REPLACE ({', '.join(cells)}) FROM ({text})" if cells else text


def _read(client: Any, text: str, form: Form) -> Iterator[bytes]:
    settings = dict(_SETTINGS)
    if str(client.server_settings["readonly"].value) == "0":  # a user who may only read may not set it either
        settings["readonly"] = 2
    if form == "csv":
        with mapped("the export"):
            columns = [Column(name=row[0], kind=row[1]) for row in client.query(f"DESCRIBE ({text})").result_rows]
        yield ",".join(f'"{column.name}"' for column in columns).encode() + b"\n"
        text = harmless(text, columns)
    try:
        with mapped("the export"):
            stream = cast(IO[bytes], client.raw_stream(text, fmt=_FORMATS[form], settings=settings))
        with stream:
            while piece := stream.read(_PIECE):
                yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise StoreError(
            f"the answer broke off: {type(error).__name__}",
            where="the export",
            fix="See the server's log, and try again",
        ) from error


def _literal(instant: datetime) -> str:
    return f"toDateTime64('{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}', 3, 'UTC')"


def _quoted(name: str) -> str:
    return f"`{name}`"
