// Bars by name: a group per row, a colour per number column.

import { seriesColor, show } from "../config.js";
import { hue } from "../colors.js";
import { draw as chart, ink, legend, pressed, tip, tooltip } from "../chart.js";
import { el } from "../dom.js";
import { colorOf } from "../config.js";
import { moment, percent } from "../units.js";
import { words } from "../words.js";

export function draw(body, context) {
  const { panel, frames, hidden } = context;
  const { names, fields } = parts(panel, frames[0]);
  let host = body.querySelector(".chart");
  if (!host) {
    host = el("div.chart");
    body.replaceChildren(host);
  }
  chart(host, options(panel, names, fields.filter((field) => !hidden.has(field.title))));
  body.querySelector(".legend")?.remove();
  if (panel.options.legend?.showLegend !== false && fields.length > 1) {
    const all = fields.map((field) => field.title);
    const entries = fields.map((field) => ({ name: field.title, color: seriesColor(field) }));
    body.append(legend(entries, hidden, (name) => context.hide(pressed(name, all, hidden))));
  }
}

/** The names of the groups and the number columns. */
export function parts(panel, frame) {
  const by = frame.fields.find((field) => field.name === panel.options.xField || field.title === panel.options.xField);
  const first = by ?? frame.fields.find((field) => field.kind === "string" || field.kind === "time");
  const names = first ? first.values.map((value) => (first.kind === "time" ? moment(value) : show(first, value).text)) : [];
  return { names, fields: frame.fields.filter((field) => field.kind === "number" && field !== first && !field.config.custom?.hideFrom?.viz) };
}

function options(panel, names, fields) {
  const own = ink();
  const lying = panel.options.orientation === "horizontal";
  const stacked = panel.options.stacking && panel.options.stacking !== "none";
  const most = panel.options.xTickLabelMaxLength || 24;
  const sums = names.map((_, place) => fields.reduce((sum, field) => sum + (field.values[place] ?? 0), 0));
  const share = panel.options.stacking === "percent";
  const category = {
    type: "category",
    data: names,
    inverse: lying,
    axisLine: { lineStyle: { color: own.line } },
    axisTick: { show: false },
    axisLabel: {
      color: own.text,
      interval: lying ? 0 : "auto",
      rotate: -(panel.options.xTickLabelRotation ?? 0),
      hideOverlap: true,
      formatter: (name) => (name.length > most ? `${name.slice(0, most - 1)}…` : name),
    },
  };
  const value = {
    type: "value",
    min: share ? 0 : fields[0]?.config.min,
    max: share ? 1 : fields[0]?.config.max,
    splitNumber: 4,
    minInterval: fields[0]?.config.unit === "locale" ? 1 : undefined,
    axisLabel: { color: own.text, hideOverlap: true, formatter: (one) => (share ? percent(one) : fields[0] ? show(fields[0], one).text : String(one)) },
    splitLine: { lineStyle: { color: own.line } },
  };
  return {
    grid: { left: 4, right: 16, top: 10, bottom: 2, containLabel: true },
    xAxis: lying ? value : category,
    yAxis: lying ? category : value,
    series: fields.map((field) => series(panel, field, { stacked, share, sums })),
    tooltip: {
      ...tooltip("axis", (points) => {
        const place = points[0].dataIndex;
        return tip(
          names[place],
          fields.map((field) => ({ color: seriesColor(field), name: field.title, text: show(field, field.values[place]).text })),
        );
      }),
      axisPointer: { type: "shadow", shadowStyle: { color: own.text, opacity: 0.08 } },
    },
  };
}

function series(panel, field, { stacked, share, sums }) {
  const own = ink();
  const color = seriesColor(field);
  const several = (field.config.color?.mode ?? "").startsWith("palette") === false && field.config.color?.mode !== "fixed";
  const data = field.values.map((value, place) => {
    const shown = share && value !== null ? (sums[place] ? value / sums[place] : 0) : value;
    return several ? { value: shown, itemStyle: { color: hue(colorOf(field, value) ?? "blue") } } : shown;
  });
  return {
    type: "bar",
    name: field.title,
    data,
    stack: stacked ? "all" : undefined,
    color,
    barMaxWidth: 34,
    barCategoryGap: "28%",
    itemStyle: { color, borderRadius: stacked ? 0 : 2 },
    label: {
      show: panel.options.showValue === "always" && !stacked,
      position: panel.options.orientation === "horizontal" ? "right" : "top",
      color: own.text,
      formatter: ({ dataIndex }) => show(field, field.values[dataIndex]).text,
    },
    emphasis: { disabled: true },
    cursor: "default",
  };
}

/** What a screen reader is told of the chart. */
export const described = (panel, frames) => words().chart.barchart(parts(panel, frames[0]).names.length);
