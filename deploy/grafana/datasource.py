"""The ClickHouse data source that every board, rule and variable asks."""

UID = "vigie-clickhouse"
TYPE = "grafana-clickhouse-datasource"
PLUGIN_VERSION = "4.20.0"  # the oldest that expands a macro inside another's argument


def reference() -> dict[str, str]:
    """How a panel, target, variable or annotation names the data source."""
    return {"type": TYPE, "uid": UID}


def target(sql: str, *, ref: str = "A", series: bool = False) -> dict[str, object]:
    """A query as the data source stores it.

    Args:
        series: whether the rows are points in time, which Grafana turns into series, or a table, which stays as it is.
    """
    return {
        "refId": ref,
        "datasource": reference(),
        "editorType": "sql",
        "rawSql": sql,
        "queryType": "timeseries" if series else "table",
        "format": 0 if series else 1,
        "pluginVersion": PLUGIN_VERSION,
        "meta": {},
    }
