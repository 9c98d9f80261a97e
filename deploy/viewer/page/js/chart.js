// One Apache ECharts drawing per panel, kept while its values change, drawn anew when the theme does.

import { init } from "../vendor/echarts.js";
import { dark, hue } from "./colors.js";
import { el } from "./dom.js";
import { locale } from "./words.js";

/** @type {Map<Element, any>} */
const drawings = new Map();
const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (document.documentElement.dataset.paper) return; // paper has its own sizes, set once
    if (contentRect.width && contentRect.height) drawings.get(target)?.resize();
  }
});

/** Draw into an element; what it showed before is replaced without a flicker. */
export function draw(host, options) {
  let drawing = drawings.get(host);
  if (!drawing) {
    drawing = init(host, null, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio) });
    drawings.set(host, drawing);
    sizes.observe(host);
  }
  drawing.setOption({ animation: false, ...base(), ...options }, { notMerge: true });
  return drawing;
}

/** Let go of the drawing of an element that is removed. */
export function drop(host) {
  const drawing = drawings.get(host);
  if (!drawing) return;
  sizes.unobserve(host);
  drawings.delete(host);
  drawing.dispose();
}

/** Fit every drawing to its element at once: before printing there is no time to observe. */
export function fit() {
  for (const drawing of drawings.values()) {
    drawing.resize();
    drawing.getZr().flush();
  }
}

/** Colours and letters that all drawings share. */
export function ink() {
  return dark()
    ? { text: "#a9b3c3", line: "#2b3342", strong: "#e7ebf2", paper: "#171c25" }
    : { text: "#566072", line: "#e6e9ef", strong: "#1c2430", paper: "#ffffff" };
}

function base() {
  const family = getComputedStyle(document.body).fontFamily;
  return { textStyle: { fontFamily: family, fontSize: 12, color: ink().text } };
}

/** What appears under the pointer: a heading and a line per series, made of elements. */
export function tip(head, lines) {
  const rows = lines.map(({ color, name, text }) =>
    el("div.tip-row", {}, swatch(color), el("span.tip-name", {}, name), el("span.tip-value", {}, text)),
  );
  return el("div.tip", {}, el("div.tip-head", {}, head), ...rows);
}

/** The options of a tooltip whose content `write` makes. */
export function tooltip(trigger, write) {
  return {
    trigger,
    confine: false,
    appendTo: () => document.body,
    className: "tip-box",
    backgroundColor: "transparent",
    borderWidth: 0,
    padding: 0,
    shadowBlur: 0,
    extraCssText: "box-shadow:none;z-index:30;",
    axisPointer: { type: trigger === "axis" ? "line" : "none", lineStyle: { color: ink().text, type: "solid", opacity: 0.5 }, label: { show: false } },
    transitionDuration: 0,
    formatter: write,
  };
}

/** A small square in the colour of a series. */
export function swatch(color) {
  const made = el("span.swatch", { "aria-hidden": "true" });
  made.style.backgroundColor = color;
  return made;
}

/** Names and colours of series below a chart; a press shows one alone, another press all. */
export function legend(entries, hidden, toggle) {
  const made = el("ul.legend");
  for (const { name, color, text } of entries) {
    const button = el(
      "button",
      { type: "button", "aria-pressed": String(!hidden.has(name)), onclick: () => toggle(name) },
      swatch(color),
      el("span", {}, name),
      text ? el("span.legend-value", {}, text) : null,
    );
    made.append(el("li", {}, button));
  }
  return made;
}

/** Which series are hidden after a press on the name of one: it alone stays, or all come back. */
export function pressed(name, names, hidden) {
  const alone = names.every((one) => one === name || hidden.has(one)) && !hidden.has(name);
  return new Set(alone ? [] : names.filter((one) => one !== name));
}

/** The marks of a time axis: hours within a day or two, else days. */
export function timeAxis(since, until) {
  const span = until - since;
  const own = ink();
  const day = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" });
  const month = new Intl.DateTimeFormat(locale(), { month: "short", year: "numeric" });
  const hour = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hour12: false });
  const label = (value) => {
    const at = new Date(value);
    if (span > 2 * 365 * 8.64e7 && at.getDate() === 1) return month.format(at);
    return span > 3 * 8.64e7 || (at.getHours() === 0 && at.getMinutes() === 0) ? day.format(at) : hour.format(at);
  };
  return {
    type: "time",
    min: since,
    max: until,
    axisLine: { lineStyle: { color: own.line } },
    axisTick: { show: false },
    splitLine: { show: false },
    splitNumber: 6,
    axisLabel: { color: own.text, hideOverlap: true, formatter: label, showMinLabel: false, showMaxLabel: false },
  };
}

/** The lines that mean something on an axis of durations. */
const SPANS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 345_600, 604_800, 1_209_600, 2_592_000];

/** The step of an axis of seconds so that it has at most five marks. */
export function spanStep(most) {
  return SPANS.find((step) => most / step <= 5) ?? Math.ceil(most / 5 / 2_592_000) * 2_592_000;
}

/** The colour of words. */
export const named = (color) => hue(color);
