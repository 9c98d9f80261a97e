// Lines, bars and points over time.

import { seriesColor, show } from "../config.js";
import { hue } from "../colors.js";
import { draw as chart, ink, legend, pressed, spanStep, timeAxis, tip, tooltip } from "../chart.js";
import { el } from "../dom.js";
import { reduce } from "../reduce.js";
import { moment, percent } from "../units.js";
import { locale, words } from "../words.js";

const TIP_LINES = 14;
const FEW_MARKS = 6;
const SPAN_UNITS = new Set(["s", "dtdurations", "clocks"]);
const LOG_MARKS = [1, 10, 60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400];

export function draw(body, context) {
  const { panel, series, hidden, marks, since, until, zoom } = context;
  const shown = series.filter(({ field }) => !hidden.has(field.title));
  let host = body.querySelector(".chart");
  if (!host) {
    host = el("div.chart");
    body.replaceChildren(host);
    drag(host, zoom);
  }
  const drawing = chart(host, options(panel, shown, { marks, since, until }));
  host.drawing = drawing;
  body.querySelector(".legend")?.remove();
  if (panel.options.legend?.showLegend !== false && series.length > (context.always ? 0 : 1)) {
    body.append(
      legend(
        series.map(({ field }) => ({ name: field.title, color: seriesColor(field), text: figures(panel, field) })),
        hidden,
        (name) => context.hide(pressed(name, series.map(({ field }) => field.title), hidden)),
      ),
    );
  }
}

/** Each number field with the times beside it. */
export function seriesOf(frames) {
  return frames.flatMap((frame) => {
    const time = frame.fields.find((field) => field.kind === "time");
    if (!time) return [];
    return frame.fields
      .filter((field) => field.kind === "number" && !field.config.custom?.hideFrom?.viz)
      .map((field) => ({ field, times: time.values }));
  });
}

function figures(panel, field) {
  const calcs = panel.options.legend?.calcs ?? [];
  return calcs.map((calc) => show(field, reduce(calc, field.values)).text).join(" · ");
}

function options(panel, series, { marks, since, until }) {
  const stacked = shares(series);
  const axes = yAxes(series);
  const alone = series.length < 3 ? 1 : 0; // many areas behind each other would only be mud
  const drawn = series.map((one, place) => line(one, axes.of(one.field), stacked?.[place], alone));
  const seen = marks.filter((mark) => mark.at <= until && (mark.until ?? mark.at) >= since);
  const instants = seen.filter((mark) => !mark.until);
  if (drawn.length) {
    drawn[0].markLine = lines(series[0].field, instants);
    drawn[0].markArea = areas(seen.filter((mark) => mark.until));
    if (instants.length) drawn.push(flags(instants, axes.list.push({ type: "value", min: 0, max: 1, show: false }) - 1));
  }
  return {
    grid: { left: 4, right: axes.list.filter((axis) => axis.show !== false).length > 1 ? 4 : 14, top: 14, bottom: 2, containLabel: true },
    xAxis: timeAxis(since, until),
    yAxis: axes.list,
    series: drawn,
    tooltip: tooltip("axis", (points) => bubble(panel, series, points, marks)),
  };
}

function line({ field, times }, axis, values, alone) {
  const custom = field.config.custom ?? {};
  const color = seriesColor(field);
  const points = times.map((time, place) => [time, positive(custom, (values ?? field.values)[place])]);
  const stack = custom.stacking && custom.stacking.mode !== "none" ? `${custom.stacking.group ?? "A"}${axis}` : undefined;
  const shared = { name: field.title, data: points, yAxisIndex: axis, stack, color, itemStyle: { color }, cursor: "default" };
  if (custom.drawStyle === "bars") {
    return { ...shared, type: "bar", barMaxWidth: 26, barCategoryGap: "22%", itemStyle: { color, opacity: Math.max(0.55, (custom.fillOpacity ?? 80) / 100) } };
  }
  const known = points.filter(([, value]) => value !== null).length;
  const dots = custom.showPoints === "always" || custom.drawStyle === "points" || (custom.showPoints !== "never" && known <= 24);
  return {
    ...shared,
    type: "line",
    showSymbol: dots,
    symbol: "circle",
    symbolSize: custom.pointSize ?? 5,
    connectNulls: custom.spanNulls === true || typeof custom.spanNulls === "number",
    smooth: custom.lineInterpolation === "smooth" ? 0.25 : false,
    smoothMonotone: "x",
    step: { stepAfter: "end", stepBefore: "start" }[custom.lineInterpolation],
    lineStyle: { width: custom.drawStyle === "points" ? 0 : (custom.lineWidth ?? 1.5), color, type: custom.lineStyle?.fill === "dash" ? "dashed" : "solid" },
    areaStyle: custom.fillOpacity && (alone || stack) ? { color, opacity: custom.fillOpacity / 100 } : undefined,
    emphasis: { disabled: true },
  };
}

function positive(custom, value) {
  return custom.scaleDistribution?.type === "log" && value !== null && value <= 0 ? null : value;
}

/** With stacking in per cent: each value as its share of what is drawn at that instant. */
function shares(series) {
  if (!series.length || series[0].field.config.custom?.stacking?.mode !== "percent") return null;
  const length = Math.max(...series.map(({ field }) => field.values.length));
  const sums = Array.from({ length }, (_, place) => series.reduce((sum, { field }) => sum + (field.values[place] ?? 0), 0));
  return series.map(({ field }) => field.values.map((value, place) => (value === null ? null : sums[place] ? value / sums[place] : 0)));
}

/** One axis per side and unit, two at most. */
function yAxes(series) {
  const list = [];
  const keys = [];
  const of = (field) => {
    const custom = field.config.custom ?? {};
    const side = custom.axisPlacement === "right" ? "right" : "left";
    const key = `${side}:${field.config.unit ?? ""}`;
    let place = keys.indexOf(key);
    if (place < 0 && keys.length < 2) {
      place = keys.push(key) - 1;
      list.push(yAxis(field, series, side === "right" || keys.length === 2 ? "right" : "left"));
    }
    return Math.max(0, place);
  };
  for (const { field } of series) of(field);
  if (!list.length) list.push({ type: "value" });
  return { list, of };
}

function yAxis(field, series, position) {
  const own = ink();
  const custom = field.config.custom ?? {};
  const share = custom.stacking?.mode === "percent";
  const spans = SPAN_UNITS.has(field.config.unit);
  const most = Math.max(0, ...series.flatMap((one) => one.field.values).filter((value) => value !== null));
  const log = custom.scaleDistribution?.type === "log";
  const format = share ? percent : (value) => show({ ...field, config: { ...field.config, mappings: [], decimals: undefined } }, value).text;
  const marks = log && spans ? LOG_MARKS : undefined;
  const stacks = custom.stacking && custom.stacking.mode !== "none";
  return {
    type: log ? "log" : "value",
    position,
    min: share ? 0 : log ? undefined : (field.config.min ?? custom.axisSoftMin),
    max: share ? 1 : field.config.max,
    interval: share ? 0.25 : step(field, spans && !log && !stacks ? most : 0),
    minInterval: share ? undefined : field.config.unit === "locale" || field.config.unit === "short" ? 1 : undefined,
    splitNumber: 4,
    name: custom.axisLabel || "",
    nameLocation: "middle",
    nameTextStyle: { color: own.text },
    axisLine: { show: false },
    axisTick: { show: false, customValues: marks },
    splitLine: { lineStyle: { color: own.line }, show: position === "left" },
    axisLabel: { color: own.text, formatter: format, customValues: marks, hideOverlap: true },
  };
}

/** The distance of the lines of an axis, where round numbers of the unit are not those of ten. */
function step(field, seconds) {
  if (seconds) return spanStep(seconds);
  return field.config.unit === "percentunit" && field.config.max === 1 ? 0.25 : undefined;
}

/** The lines of thresholds; and of marked instants, while they are few enough not to hide the drawing. */
function lines(field, instants) {
  const style = field.config.custom?.thresholdsStyle?.mode ?? "off";
  const steps = style === "off" ? [] : (field.config.thresholds?.steps ?? []).filter((step) => step.value !== null && step.value !== undefined);
  const goals = steps.map((step) => ({
    yAxis: step.value,
    lineStyle: { color: hue(step.color), type: style === "dashed" ? [6, 4] : "solid", width: 1.5, opacity: 0.9 },
    label: { show: true, position: "insideStartTop", color: hue(step.color), fontSize: 11, formatter: show(field, step.value).text },
  }));
  const notes = (instants.length > FEW_MARKS ? [] : instants).map((mark) => ({
    xAxis: mark.at,
    lineStyle: { color: hue(mark.color), type: [2, 3], width: 1, opacity: 0.6 },
    label: { show: false },
  }));
  return { silent: true, symbol: ["none", "none"], animation: false, data: [...goals, ...notes] };
}

/** A small flag at the foot of the chart for each marked instant. */
function flags(instants, axis) {
  return {
    type: "scatter",
    name: "",
    yAxisIndex: axis,
    data: instants.map((mark) => ({ value: [mark.at, 0], itemStyle: { color: hue(mark.color), opacity: 0.8 } })),
    symbol: "triangle",
    symbolSize: 7,
    symbolOffset: [0, -3],
    silent: true,
    z: 5,
  };
}

function areas(spans) {
  return {
    silent: true,
    animation: false,
    data: spans.map((mark) => [{ xAxis: mark.at, itemStyle: { color: hue(mark.color), opacity: 0.1 } }, { xAxis: mark.until }]),
  };
}

function bubble(panel, series, points, marks) {
  const list = [points].flat();
  const at = list[0]?.axisValue ?? list[0]?.value?.[0];
  const rows = list
    .map((point) => series.find(({ field }) => field.title === point.seriesName))
    .filter((one, place, all) => one && all.indexOf(one) === place)
    .map(({ field, times }) => ({ field, value: field.values[times.indexOf(list[0].value[0])] }))
    .filter(({ value }) => value !== null && value !== undefined);
  if (panel.options.tooltip?.sort === "desc") rows.sort((a, b) => b.value - a.value);
  if (panel.options.tooltip?.sort === "asc") rows.sort((a, b) => a.value - b.value);
  const lines = rows.slice(0, TIP_LINES).map(({ field, value }) => ({ color: seriesColor(field), name: field.title, text: show(field, value).text }));
  return tip(moment(at), [...lines, ...near(series, at, marks)]);
}

/** The marks beside the pointer, within half a step. */
function near(series, at, marks) {
  const times = series[0]?.times ?? [];
  const step = times.length > 1 ? times[1] - times[0] : 60_000;
  return marks
    .filter((mark) => (mark.until ? mark.at <= at && at <= mark.until : Math.abs(mark.at - at) <= step / 2))
    .slice(0, 4)
    .map((mark) => ({ color: hue(mark.color), name: `${mark.name}: ${mark.text}`, text: new Date(mark.at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" }) }));
}

/** Drawing a span with the pointer looks closer at it. */
function drag(host, zoom) {
  const box = el("div.zoom", { hidden: true });
  host.parentElement.append(box);
  let from = null;
  const place = (event) => event.clientX - host.getBoundingClientRect().left;
  host.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.pointerType === "mouse") from = place(event);
  });
  addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = place(event);
    box.hidden = Math.abs(to - from) < 6;
    box.style.left = `${host.offsetLeft + Math.min(from, to)}px`;
    box.style.width = `${Math.abs(to - from)}px`;
  });
  addEventListener("pointerup", (event) => {
    if (from === null) return;
    const [a, b] = [from, place(event)].sort((x, y) => x - y);
    from = null;
    if (!box.hidden && b - a >= 6) zoom(...[a, b].map((x) => Math.round(host.drawing.convertFromPixel({ xAxisIndex: 0 }, x))));
    box.hidden = true;
  });
}

/** What a screen reader is told of the chart. */
export const described = (series) => words().chart.timeseries(series.length, series.map(({ field }) => field.title).join(", "));
