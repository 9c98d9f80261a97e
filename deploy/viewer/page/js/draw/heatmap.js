// Time from left to right, a row per series, and a colour for how much.

import { show } from "../config.js";
import { scale, hue } from "../colors.js";
import { draw as chart, ink, tip, tooltip } from "../chart.js";
import { el } from "../dom.js";
import { moment } from "../units.js";
import { words } from "../words.js";
import { seriesOf } from "./timeseries.js";

const SCHEME = "continuous-blues";

export function draw(body, { frames }) {
  const series = seriesOf(frames);
  const times = [...new Set(series.flatMap((one) => one.times))].sort((a, b) => a - b);
  const cells = series.flatMap(({ field, times: own }, row) => own.map((time, place) => [times.indexOf(time), row, field.values[place]])).filter((one) => one[2] !== null);
  const most = Math.max(1, ...cells.map((one) => one[2]));
  const own = ink();
  let host = body.querySelector(".chart");
  if (!host) {
    host = el("div.chart");
    body.replaceChildren(host);
  }
  const label = { color: own.text, hideOverlap: true };
  chart(host, {
    grid: { left: 4, right: 12, top: 6, bottom: 2, containLabel: true },
    xAxis: { type: "category", data: times.map(moment), axisLabel: label, axisTick: { show: false }, axisLine: { show: false } },
    yAxis: { type: "category", data: series.map(({ field }) => field.title), axisLabel: label, axisTick: { show: false }, axisLine: { show: false } },
    visualMap: { show: false, min: 0, max: most, inRange: { color: [0, 0.25, 0.5, 0.75, 1].map((share) => hue(scale(SCHEME, share))) } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: own.paper, borderWidth: 1 }, emphasis: { disabled: true } }],
    tooltip: tooltip("item", ({ value: [x, y, amount], color }) => tip(moment(times[x]), [{ color, name: series[y].field.title, text: show(series[y].field, amount).text }])),
  });
}

/** What a screen reader is told of the chart. */
export const described = () => words().chart.heatmap();
