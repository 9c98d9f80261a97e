// Bars of one value each with their names: a list that is read as well as seen.

import { show } from "../config.js";
import { hue } from "../colors.js";
import { el } from "../dom.js";
import { linked } from "../links.js";
import { items } from "../reduce.js";

export function draw(body, { panel, frames, state }) {
  const shown = items(panel, frames);
  const numbers = shown.map((item) => item.value).filter((value) => typeof value === "number");
  const least = shown[0]?.field.config.min ?? Math.min(0, ...numbers);
  const most = shown[0]?.field.config.max ?? Math.max(0, ...numbers);
  const rows = shown.map((item) => {
    const { text, color } = show(item.field, item.value);
    const name = item.label ? show(item.label, item.name).text : item.name;
    const share = most > least ? Math.min(1, Math.max(0, (item.value - least) / (most - least))) : 0;
    const bar = el("span.bar-fill");
    bar.hidden = item.value === null;
    bar.style.width = `${share * 100}%`;
    bar.style.backgroundColor = hue(color ?? "blue");
    const value = el("span.bar-value", {}, text);
    if (panel.options.valueMode === "color" && color) value.style.color = hue(color);
    const row = { frame: frames.find((one) => one.fields.includes(item.field)), place: item.row, value: item.value };
    const config = item.label?.config.links?.length ? item.label.config : item.field.config;
    const about = item.label?.config.links?.length ? { ...row, value: item.name } : row;
    return el("li.bar-row", {}, el("span.bar-name", { title: name }, linked(config, state, about, name)), el("span.bar-track", { "aria-hidden": "true" }, bar), value);
  });
  const list = el("ul.bars", {}, ...rows);
  list.classList.toggle("filled", panel.options.showUnfilled === true);
  body.replaceChildren(list);
}
