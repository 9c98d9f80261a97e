// Parts of a whole, with a list beside them that says the same in words.

import { show } from "../config.js";
import { hue, palette } from "../colors.js";
import { draw as chart, ink, swatch, tip, tooltip } from "../chart.js";
import { el } from "../dom.js";
import { items } from "../reduce.js";
import { percent } from "../units.js";
import { words } from "../words.js";

export function draw(body, { panel, frames }) {
  const slices = parts(panel, frames);
  let host = body.querySelector(".chart");
  if (!host) {
    host = el("div.chart.pie");
    body.replaceChildren(el("div.pie-box", {}, host));
  }
  const own = ink();
  chart(host, {
    tooltip: tooltip("item", ({ dataIndex }) => {
      const one = slices[dataIndex];
      return tip(one.name, [{ color: one.color, name: one.text, text: one.percent }]);
    }),
    series: [
      {
        type: "pie",
        radius: panel.options.pieType === "donut" ? ["56%", "94%"] : ["0%", "94%"],
        data: slices.map((one) => ({ name: one.name, value: one.value, itemStyle: { color: one.color, borderColor: own.paper, borderWidth: 2 } })),
        label: { show: false },
        emphasis: { disabled: true },
        cursor: "default",
      },
    ],
  });
  const wanted = panel.options.legend?.values ?? [];
  const list = slices.map((one) =>
    el("li", {}, swatch(one.color), el("span.slice-name", {}, one.name), wanted.includes("value") ? el("span.slice-value", {}, one.text) : null, el("span.slice-value", {}, one.percent)),
  );
  body.querySelector(".slices")?.remove();
  body.querySelector(".pie-box").append(el("ul.slices", {}, ...list));
}

/** Each part with its colour and share. */
export function parts(panel, frames) {
  const shown = items(panel, frames).filter((item) => item.value > 0);
  const sum = shown.reduce((total, item) => total + item.value, 0);
  return shown.map((item) => {
    const name = item.label ? show(item.label, item.name) : { text: item.name, color: null };
    const color = name.color ?? (panel.options.reduceOptions?.values ? palette(item.place) : show(item.field, item.value).color);
    return {
      name: name.text,
      value: item.value,
      text: show(item.field, item.value).text,
      percent: percent(item.value / sum),
      color: hue(color ?? palette(item.place)),
    };
  });
}

/** What a screen reader is told of the chart. */
export function described(panel, frames) {
  const slices = parts(panel, frames);
  return words().chart.piechart(slices.length, slices.map((one) => `${one.name} ${one.percent}`).join(", "));
}
