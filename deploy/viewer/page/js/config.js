// How a field is shown: the defaults of a panel, its overrides, names, mappings and thresholds.

import { hue, palette, scale } from "./colors.js";
import { format } from "./units.js";

/**
 * @typedef {object} Shown a value as it is read
 * @property {string} text
 * @property {string | null} color
 */

/** The fields of frames with their configuration and name, in order. */
export function configured(panel, frames) {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  let numbers = 0;
  const several = new Set(frames.flatMap((one) => one.fields).filter((one) => one.kind === "number").map((one) => one.name)).size > 1;
  for (const { fields } of frames) {
    for (const field of fields) {
      field.config = structuredClone(defaults);
      field.title = named(field, several);
      const own = overrides.filter(({ matcher }) => matches(matcher, field));
      for (const { properties } of own) for (const { id, value } of properties) put(field.config, id, value);
      field.title = named(field, several);
      if (field.kind === "number") field.place = numbers++;
    }
  }
  for (const { fields } of frames) for (const field of fields) spread(field);
  return frames;
}

function named(field, several) {
  const given = field.config.displayName;
  if (given) {
    return given
      .replace(/\$\{__field\.labels\.([\w]+)\}|\$\{__field\.labels\["([^"]+)"\]\}/g, (_, a, b) => field.labels[a ?? b] ?? "")
      .replaceAll("${__field.name}", field.name)
      .replaceAll("${__series.name}", field.name);
  }
  const labels = Object.values(field.labels);
  if (!labels.length) return field.name;
  return several ? `${field.name} ${labels.join(", ")}` : labels.join(", ");
}

function matches({ id, options }, field) {
  if (id === "byName") return options === field.title || options === field.name;
  if (id === "byNames") return options.names.includes(field.title) || options.names.includes(field.name);
  if (id === "byRegexp") return pattern(options).test(field.title);
  if (id === "byType") return options === field.kind;
  if (id === "byFrameRefID") return options === field.refId;
  return false;
}

/** "/text/i" as Grafana writes patterns. */
export function pattern(text) {
  const found = /^\/(.*)\/([gimsuy]*)$/.exec(text);
  return found ? new RegExp(found[1], found[2].replace("g", "")) : new RegExp(text);
}

function put(config, id, value) {
  const path = id.split(".");
  const last = path.pop();
  let at = config;
  for (const step of path) at = at[step] ??= {};
  at[last] = value;
}

function spread(field) {
  if (field.kind !== "number") return;
  let least = field.config.min ?? null;
  let most = field.config.max ?? null;
  for (const value of field.values) {
    if (value === null) continue;
    if (field.config.min === undefined && (least === null || value < least)) least = value;
    if (field.config.max === undefined && (most === null || value > most)) most = value;
  }
  field.range = [least ?? 0, most ?? 0];
}

/**
 * A value as the reader sees it: mapped, in its unit, with the colour that it has.
 * @returns {Shown}
 */
export function show(field, value) {
  const mapped = mapping(field.config.mappings, value);
  if (mapped?.text !== undefined && mapped.text !== "") return { text: mapped.text, color: mapped.color ?? colorOf(field, value) };
  if (value === null || value === undefined || Number.isNaN(value) || value === "") {
    return { text: field.config.noValue ?? "–", color: mapped?.color ?? null, none: true };
  }
  return { text: format(value, field), color: mapped?.color ?? colorOf(field, value) };
}

function mapping(mappings = [], value) {
  for (const { type, options } of mappings) {
    if (type === "value" && value !== null && Object.hasOwn(options, String(value))) return options[String(value)];
    if (type === "range" && typeof value === "number") {
      if (value >= (options.from ?? -Infinity) && value <= (options.to ?? Infinity)) return options.result;
    }
    if (type === "regex" && typeof value === "string" && pattern(options.pattern).test(value)) return options.result;
    if (type === "special" && special(options.match, value)) return options.result;
  }
  return null;
}

function special(match, value) {
  return {
    null: value === null,
    nan: Number.isNaN(value),
    "null+nan": value === null || Number.isNaN(value),
    true: value === true,
    false: value === false,
    empty: value === "",
  }[match];
}

/** The colour of a value by the colour mode of its field, or null: then it has none of its own. */
export function colorOf(field, value) {
  const { mode = "thresholds", fixedColor } = field.config.color ?? {};
  if (mode === "fixed") return fixedColor ?? "text";
  if (mode.startsWith("palette")) return field.kind === "number" ? palette(field.place ?? 0) : null;
  if (typeof value !== "number") return null;
  const [least, most] = field.range ?? [0, 0];
  const share = most > least ? (value - least) / (most - least) : 0;
  if (mode.startsWith("continuous")) return scale(mode, share);
  const { mode: kind = "absolute", steps = [] } = field.config.thresholds ?? {};
  return stepOf(steps, kind === "percentage" ? share * 100 : value)?.color ?? null;
}

function stepOf(steps, value) {
  return steps.findLast((step) => step.value === null || step.value === undefined || value >= step.value);
}

/** The colour of a whole series. */
export function seriesColor(field) {
  const { mode = "palette-classic", fixedColor } = field.config.color ?? {};
  if (mode === "fixed") return hue(fixedColor ?? "text");
  if (mode === "thresholds") return hue(colorOf(field, field.values.findLast((value) => value !== null)) ?? "blue");
  if (mode.startsWith("continuous")) return hue(scale(mode, 0.8));
  return hue(palette(field.place ?? 0));
}
