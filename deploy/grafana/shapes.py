"""Each shape of a panel as Grafana's type, options and field defaults; each field as an override. Pure."""

from dataclasses import dataclass
from typing import Any, assert_never

from deploy.grafana import looks
from deploy.grafana.panels import Columns, Donut, Field, Lines, Shape, Stat, Table
from deploy.grafana.said import both

Tree = dict[str, Any]
_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_EACH_ROW = {**_LAST, "values": True, "limit": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What Grafana is told of a shape."""

    type: str
    options: Tree
    defaults: Tree


def drawn(shape: Shape) -> Drawn:
    """The shape in Grafana's words."""
    match shape:
        case Stat():
            return _stat()
        case Lines():
            return _lines(shape)
        case Table():
            return _table(shape)
        case Columns():
            return _columns(shape)
        case Donut():
            return _donut()
        case _:
            assert_never(shape)


def _stat() -> Drawn:
    options = {
        "graphMode": "none",
        "colorMode": "value",
        "justifyMode": "center",
        "textMode": "value_and_name",
        "wideLayout": False,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
        "orientation": "auto",
        "reduceOptions": _LAST,
    }
    defaults = {**_plain(), "color": {"mode": "thresholds"}, "noValue": looks.DASH}
    return Drawn(type="stat", options=options, defaults=defaults)


def _lines(shape: Lines) -> Drawn:
    custom: Tree = {
        "drawStyle": "bars" if shape.stacked else "line",
        "lineWidth": 1 if shape.stacked else 2,
        "fillOpacity": 80 if shape.stacked else 8,
        "showPoints": "never" if shape.stacked else "auto",
        "spanNulls": not shape.stacked,  # a span in which nobody wrote is no gap in the line of who did
        "stacking": {"mode": "normal" if shape.stacked else "none", "group": "A"},
        "scaleDistribution": {"type": "log", "log": 10} if shape.logarithmic else {"type": "linear"},
    }
    defaults = {**_plain(), "unit": shape.unit, "color": {"mode": "palette-classic"}, "custom": custom}
    if not shape.logarithmic:  # a logarithmic axis has no zero
        defaults["min"] = 0
    if shape.top is not None:
        defaults["max"] = shape.top
    if shape.goal is not None:
        defaults["thresholds"] = looks.thresholds(
            (looks.Step(color=looks.CALM), looks.Step(color=looks.FAIR, since=shape.goal))
        )
        custom["thresholdsStyle"] = {"mode": "dashed"}
    if shape.label:
        defaults["displayName"] = f"${{__field.labels.{shape.label}}}"
    return Drawn(type="timeseries", options={"legend": looks.legend(), "tooltip": looks.tooltip()}, defaults=defaults)


def _table(shape: Table) -> Drawn:
    custom = {"align": "auto", "inspect": False, "filterable": False}
    defaults = {**_plain(), "noValue": shape.nothing, "custom": custom}
    options = {"frameIndex": 0, "showHeader": True, "cellHeight": "sm" if shape.dense else "md"}
    return Drawn(type="table", options=options, defaults=defaults)


def _columns(shape: Columns) -> Drawn:
    options = {
        "xField": shape.by,
        "orientation": "vertical" if shape.upright else "horizontal",
        "xTickLabelRotation": 0,
        "xTickLabelMaxLength": 18,
        "stacking": "normal",
        "showValue": "auto",
        "barWidth": 0.85,
        "groupWidth": 0.7,
        "fullHighlight": False,
        "legend": looks.legend(),
        "tooltip": looks.tooltip(),
    }
    custom = {"lineWidth": 1, "fillOpacity": 85, "axisPlacement": "auto"}
    defaults = {**_plain(), "unit": shape.unit, "min": 0, "color": {"mode": "palette-classic"}, "custom": custom}
    return Drawn(type="barchart", options=options, defaults=defaults)


def _donut() -> Drawn:
    options = {
        "pieType": "donut",
        "displayLabels": ["percent"],
        "tooltip": {"mode": "single", "sort": "none"},
        "legend": {**looks.legend(), "values": ["percent"]},
        "reduceOptions": _EACH_ROW,
        "orientation": "auto",
    }
    defaults = {**_plain(), "unit": looks.COUNT, "color": {"mode": "palette-classic"}}
    return Drawn(type="piechart", options=options, defaults=defaults)


def _plain() -> Tree:
    return {"mappings": [], "thresholds": looks.thresholds(looks.ALWAYS), "noValue": looks.NOTHING}


def override(field: Field, shape: Shape) -> Tree:
    """What holds for one column alone."""
    in_table = isinstance(shape, Table)
    said: list[tuple[str, Any]] = [("displayName", field.title)]
    if in_table:
        said.append(("noValue", both(looks.DASH)))  # else an empty cell would say that there are no rows
    if field.unit:
        said.append(("unit", field.unit))
    if field.decimals is not None:
        said.append(("decimals", field.decimals))
    if field.terms:
        said.append(("mappings", looks.mapping(field.terms, field.colors)))
    if field.steps:
        said += [("color", {"mode": "thresholds"}), ("thresholds", looks.thresholds(field.steps))]
    if field.scale:
        said.append(("color", {"mode": field.scale}))
    if field.color:
        said.append(("color", looks.fixed(field.color)))
    if in_table:
        said += _cell(field)
    if field.opens is not None:
        link = {"title": field.opens, "url": "${__value.raw}", "targetBlank": True}
        said += [("mappings", looks.address(field.opens)), ("links", [link])]
    properties = [{"id": name, "value": value} for name, value in said]
    return {"matcher": {"id": "byName", "options": field.name}, "properties": properties}


def _cell(field: Field) -> list[tuple[str, Any]]:
    said: list[tuple[str, Any]] = []
    if field.paint:
        said.append(("custom.cellOptions", {"type": "color-background", "mode": "basic"}))
    elif field.steps or field.colors:
        said.append(("custom.cellOptions", {"type": "color-text"}))
    elif field.wrap:
        said.append(("custom.cellOptions", {"type": "auto", "wrapText": True}))
    if field.width:
        said.append(("custom.width", field.width))
    return said
