// Large figures beside each other, each with its name, and a line behind it where the panel wants one.

import { show } from "../config.js";
import { hue, painted } from "../colors.js";
import { el, svg } from "../dom.js";
import { linked } from "../links.js";
import { items } from "../reduce.js";
import { percent } from "../units.js";
import { words } from "../words.js";

export function draw(body, { panel, frames, state }) {
  const { textMode = "auto", colorMode = "value", graphMode = "none", showPercentChange } = panel.options;
  const shown = items(panel, frames);
  const withName = textMode === "value_and_name" || textMode === "name" || (textMode === "auto" && shown.length > 1);
  const figures = shown.map((item) => {
    const { text, color, none } = show(item.field, item.value);
    const frame = frames.find((one) => one.fields.includes(item.field));
    const figure = el("span.figure", {}, ...broken(text));
    const made = el(
      "div.stat",
      {},
      withName ? el("dt", {}, item.label ? show(item.label, item.name).text : item.name) : null,
      el("dd", {}, textMode === "name" ? null : linked(item.field.config, state, { frame, place: item.row, value: item.value }, figure)),
      showPercentChange ? change(item, panel.options.percentChangeColorMode) : null,
      graphMode === "area" && frame.fields.some((field) => field.kind === "time") ? spark(item.field, color) : null,
    );
    if (none) made.classList.add("none");
    else if (color && colorMode === "value") figure.style.color = hue(color);
    else if (color && colorMode.startsWith("background")) {
      const { ground, ink } = painted(color);
      made.style.backgroundColor = ground;
      made.style.color = ink;
      made.classList.add("filled");
    }
    return made;
  });
  const list = el("dl.stats", {}, ...figures);
  list.dataset.count = String(figures.length);
  list.style.setProperty("--count", String(Math.min(6, figures.length)));
  list.style.setProperty("--known", String(Math.max(1, list.querySelectorAll(".stat:not(.none)").length)));
  list.style.setProperty("--letters", String(Math.max(3, ...shown.map((item) => letters(show(item.field, item.value).text)))));
  list.classList.toggle("many", figures.length > 6);
  if (!withName) list.classList.add("nameless");
  body.replaceChildren(list);
}

/** Units smaller than their number, and no break between the two. */
function broken(text) {
  const parts = text.split(/([\d.,  −+-]*\d)/).filter(Boolean);
  if (parts.length < 2 || text.length > 24) return [text];
  return parts.map((part) => (/\d/.test(part) ? part : el("span.unit", {}, part)));
}

/** How wide a figure is, in digits: its units are smaller. */
function letters(text) {
  return [...text].reduce((sum, sign) => sum + (/\d/.test(sign) ? 1 : /[\s.,]/.test(sign) ? 0.35 : 0.65), 0);
}

function change(item, mode) {
  const values = item.field.values.filter((value) => value !== null);
  if (values.length < 2 || !values[0]) return null;
  const share = (values.at(-1) - values[0]) / Math.abs(values[0]);
  const better = mode === "inverted" ? share < 0 : share > 0;
  const text = `${share > 0 ? "▲ +" : share < 0 ? "▼ " : ""}${percent(share)}`;
  const made = el("dd.change", {}, words().change(text));
  made.style.color = hue(mode === "standard" || mode === "inverted" ? (share === 0 ? "text" : better ? "green" : "red") : "text");
  return made;
}

/** A line of the values in time, without axes. */
function spark(field, color) {
  const values = field.values;
  const numbers = values.filter((value) => value !== null);
  if (numbers.length < 2) return null;
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const at = (value, place) => [(place / (values.length - 1)) * 100, 29 - ((value - least) / (most - least || 1)) * 26];
  const points = values.flatMap((value, place) => (value === null ? [] : [at(value, place)]));
  const line = `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}`;
  const area = `${line}L${points.at(-1)[0].toFixed(2)} 30L${points[0][0].toFixed(2)} 30Z`;
  const tint = hue(color ?? "blue");
  return svg(
    "svg",
    { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", { d: area, fill: tint, "fill-opacity": 0.12 }),
    svg("path", { d: line, fill: "none", stroke: tint, "stroke-width": 1.5, "vector-effect": "non-scaling-stroke" }),
  );
}
