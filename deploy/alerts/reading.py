"""Alerts and their deliveries as ClickHouse has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from clickhouse_connect.driver.client import Client

from schemas.alert import Alert
from streams.store import mapped

_OPEN = ("firing", "acknowledged", "snoozed")
_COLUMNS = {"to": "addressee", "sample": "cases"}  # fields that have another name in SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which alerts; an empty condition is none. Without a state: those that have not ended."""

    states: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    limit: int = 50


def alerts(client: Client, wanted: Wanted) -> list[Alert]:
    """The alerts that were asked for, the latest first."""
    conditions = {
        "state": wanted.states or _OPEN,
        "level": wanted.levels,
        "network": wanted.networks,
        "brand": wanted.brands,
        "owner": wanted.owners,
    }
    held = {column: list(values) for column, values in conditions.items() if values}
    where = " AND ".join(f"{column} IN {{{column}:Array(String)}}" for column in held)
    query = f"SELECT * FROM alerts WHERE {where} ORDER BY fired_at DESC, alert_id LIMIT {{limit:UInt32}}"
    return [alert_of(row) for row in rows(client, query, {**held, "limit": wanted.limit})]


def alert(client: Client, alert_id: str) -> Alert | None:
    """One alert; None when there is none of this id."""
    found = rows(client, "SELECT * FROM alerts WHERE alert_id = {id:String}", {"id": alert_id})
    return alert_of(found[0]) if found else None


def of_conversation(client: Client, conversation_id: str) -> list[Alert]:
    """Every alert of a conversation, the latest first."""
    query = "SELECT * FROM alerts WHERE conversation_id = {id:String} ORDER BY fired_at DESC, alert_id"
    return [alert_of(row) for row in rows(client, query, {"id": conversation_id})]


def deliveries(client: Client, alert_id: str) -> list[dict[str, Any]]:
    """What was told of an alert, in order."""
    query = (
        "SELECT at, channel, occasion, state, attempt, alerts, reason, route FROM deliveries "
        "WHERE alert_id = {id:String} ORDER BY at, channel, attempt"
    )
    return rows(client, query, {"id": alert_id})


def alert_of(row: Mapping[str, Any]) -> Alert:
    """An alert from its row. A span has its unit spelled out in its column; what has no column is its default."""
    fields: dict[str, Any] = {"version": 0}
    for field in msgspec.structs.fields(Alert):
        column = f"{field.name[:-2]}_seconds" if field.name.endswith("_s") else _COLUMNS.get(field.name, field.name)
        if column in row:
            fields[field.name] = row[column]
    return msgspec.convert(fields, Alert, strict=False)


def rows(client: Client, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a query finds, by column, with aware instants: the driver gives those of a UTC column without their zone."""
    with mapped("ClickHouse"):
        found = client.query(query, parameters=dict(parameters))
    names: Sequence[str] = found.column_names
    return [{name: _aware(value) for name, value in zip(names, row, strict=True)} for row in found.result_rows]


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
