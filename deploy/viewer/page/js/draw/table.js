// Rows of an answer as a table that can be sorted; on a narrow screen each row is a card.

import { show } from "../config.js";
import { hue, painted } from "../colors.js";
import { el } from "../dom.js";
import { linked } from "../links.js";
import { words } from "../words.js";

const FEW = 6; // as narrow.css shows them
const MOST = 300; // rows that are drawn; more is for `vigie export`

/** @type {Map<number, {name: string, desc: boolean}>} what the reader sorted by, per panel */
const sorted = new Map();

export function draw(body, context) {
  const { panel, frames } = context;
  const frame = frames[panel.options.frameIndex ?? 0] ?? frames[0];
  const fields = frame.fields.filter((field) => !field.config.custom?.hidden && !field.config.custom?.hideFrom?.viz);
  const order = rows(panel, frame);
  const head = panel.options.showHeader === false ? null : heading(body, context, fields);
  const lines = order.slice(0, MOST).map((place) => el("tr", {}, ...fields.map((field) => cell(field, frame, place, context.state))));
  const table = el("table", {}, columns(fields), head, el("tbody", {}, ...lines));
  table.classList.toggle("all", body.querySelector("table.all") !== null);
  table.classList.toggle("matrix", fields.filter(filled).length > 3);
  const parts = [table];
  if (lines.length > FEW && !table.classList.contains("all")) parts.push(more(table, order.length));
  if (order.length > MOST) parts.push(el("p.limit", {}, words().rows(MOST, order.length)));
  keepFocus(body, () => body.replaceChildren(...parts));
}

/** A table whose colours are its picture, such as hours by weekdays, stays a table on a narrow screen. */
const filled = (field) => field.config.custom?.cellOptions?.type === "color-background";

/** On a narrow screen only the first rows are shown until the reader wants all. */
function more(table, count) {
  const button = el("button.more", { type: "button" }, words().all_rows(count));
  button.addEventListener("click", () => {
    table.classList.add("all");
    button.remove();
  });
  return button;
}

function rows(panel, frame) {
  const order = Array.from({ length: frame.length }, (_, place) => place);
  const preset = panel.options.sortBy?.[0];
  const by = sorted.get(panel.id) ?? (preset && { name: preset.displayName, desc: preset.desc });
  const field = by && frame.fields.find((one) => one.title === by.name || one.name === by.name);
  if (!field) return order;
  const sign = by.desc ? -1 : 1;
  return order.sort((a, b) => compare(field.values[a], field.values[b], sign));
}

function compare(a, b, sign) {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return sign * (typeof a === "string" ? a.localeCompare(String(b)) : Number(a) - Number(b));
}

function columns(fields) {
  return el(
    "colgroup",
    {},
    ...fields.map((field) => {
      const column = el("col");
      if (field.config.custom?.width) column.style.width = `${field.config.custom.width}px`;
      return column;
    }),
  );
}

function heading(body, context, fields) {
  const { panel } = context;
  const by = sorted.get(panel.id);
  const cells = fields.map((field) => {
    const own = by?.name === field.title ? (by.desc ? "descending" : "ascending") : null;
    const press = () => {
      if (own === "ascending") sorted.delete(panel.id);
      else sorted.set(panel.id, { name: field.title, desc: own !== "descending" });
      draw(body, context);
    };
    const button = el("button", { type: "button", title: words().sort(field.title), onclick: press }, field.title);
    return el("th", { scope: "col", "aria-sort": own, class: classes(field) }, button);
  });
  return el("thead", {}, el("tr", {}, ...cells));
}

function cell(field, frame, place, state) {
  const value = field.values[place];
  const { text, color, none } = show(field, value);
  const { type = "auto", wrapText } = field.config.custom?.cellOptions ?? {};
  const inside = linked(field.config, state, { frame, place, value }, said(field, text));
  const made = el("td", { class: classes(field), "data-label": field.title }, el("span.cell", {}, inside));
  if (wrapText || (field.kind === "string" && text.length > 60)) made.classList.add("long");
  if (none) made.classList.add("none");
  if (color && type === "color-text") made.firstChild.style.color = hue(color);
  if (color && type === "color-background" && !none) {
    const { ground, ink } = painted(color);
    made.style.backgroundColor = ground;
    made.style.color = ink;
    made.classList.add("painted");
  }
  return made;
}

/** A link that would show a bare address shows its title instead. */
function said(field, text) {
  const title = field.config.links?.[0]?.title;
  return title && /^https?:\/\//.test(text) ? title : text;
}

function classes(field) {
  return field.config.links?.[0]?.title && field.kind === "string" ? `${aligned(field)} opens` : aligned(field);
}

function aligned(field) {
  const align = field.config.custom?.align ?? "auto";
  if (align !== "auto") return `to-${align}`;
  return field.kind === "number" ? "to-right" : "to-left";
}

/** Replace content and put the focus back on what has the same place in it. */
export function keepFocus(body, replace) {
  const inside = () => [...body.querySelectorAll("a, button")];
  const place = body.contains(document.activeElement) ? inside().indexOf(document.activeElement) : -1;
  replace();
  if (place >= 0) inside()[place]?.focus({ preventScroll: true });
}
