"""Dead letters as ClickHouse has them, and what was decided about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.deadletter import DeadLetter
from streams.store import mapped

PAGE = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "dead_letter_id, state, stage, source, source_partition AS partition, source_offset AS offset, network, error, "
    "reason, key, payload, code_version, attempts, decided_by, "
    "toUnixTimestamp64Milli(failed_at) AS failed_ms, toUnixTimestamp64Milli(decided_at) AS decided_ms"
)
_BYTES: dict[str, str | dict[str, str]] = {"payload": "bytes", "key": "bytes"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which letters; an empty condition is none. Without a state: those that are open."""

    ids: tuple[str, ...] = ()
    states: tuple[str, ...] = ("open",)
    stages: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A letter, whether it is open, and who decided about it when."""

    letter: DeadLetter
    state: str
    decided_by: str
    decided_at: datetime | None


def count(client: Client, wanted: Wanted) -> int:
    """How many there are."""
    where, parameters = _condition(wanted)
    with mapped("view dead_letters"):
        found = client.query(f"SELECT count() FROM dead_letters WHERE {where}", parameters=parameters).result_rows
    return int(found[0][0])


def latest(client: Client, wanted: Wanted, limit: int) -> list[Kept]:
    """So many of them, the one that failed last first."""
    where, parameters = _condition(wanted)
    return _read(client, f"{where} ORDER BY failed_at DESC, dead_letter_id LIMIT {limit:d}", parameters)


def pages(client: Client, wanted: Wanted) -> Iterator[list[Kept]]:
    """All of them from the first to the last by id, a page at a time; what is decided meanwhile disturbs nobody."""
    where, parameters = _condition(wanted)
    after = ""
    while True:
        query = f"{where} AND dead_letter_id > {{after:String}} ORDER BY dead_letter_id LIMIT {PAGE}"
        page = _read(client, query, {**parameters, "after": after})
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1].letter.dead_letter_id


def _condition(wanted: Wanted) -> tuple[str, dict[str, object]]:
    lists = {
        "dead_letter_id": wanted.ids,
        "state": wanted.states,
        "stage": wanted.stages,
        "error": wanted.errors,
        "network": wanted.networks,
    }
    held: dict[str, object] = {column: list(values) for column, values in lists.items() if values}
    parts = ["1", *(f"{column} IN {{{column}:Array(String)}}" for column in held)]
    for name, instant, sign in (("since", wanted.since, ">="), ("until", wanted.until, "<")):
        if instant is not None:
            parts.append(f"failed_at {sign} fromUnixTimestamp64Milli({{{name}:Int64}})")
            held[name] = (instant - _EPOCH) // timedelta(milliseconds=1)
    return " AND ".join(parts), held


def _read(client: Client, condition: str, parameters: Mapping[str, object]) -> list[Kept]:
    with mapped("view dead_letters"):
        found = client.query(
            f"SELECT {_COLUMNS} FROM dead_letters WHERE {condition}",
            parameters=dict(parameters),
            column_formats=_BYTES,
        )
    return [_kept(row) for row in found.named_results()]


def _kept(row: Mapping[str, Any]) -> Kept:
    fields: dict[str, Any] = {
        field.name: row[field.name] for field in msgspec.structs.fields(DeadLetter) if field.name in row
    }
    return Kept(
        letter=DeadLetter(**{**fields, "failed_at": _instant(row["failed_ms"])}),
        state=row["state"],
        decided_by=row["decided_by"],
        decided_at=None if row["decided_ms"] is None else _instant(row["decided_ms"]),
    )


def _instant(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
