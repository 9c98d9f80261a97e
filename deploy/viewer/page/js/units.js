// Values in the units that Grafana names, written as the reader's language writes numbers and times.

import { language, locale } from "./words.js";

const SPAN = {
  en: { ns: "ns", us: "µs", ms: "ms", s: "s", m: "min", h: "h", d: "d", w: "wk", y: "yr" },
  fr: { ns: "ns", us: "µs", ms: "ms", s: "s", m: "min", h: "h", d: "j", w: "sem.", y: "a" },
};
const SECONDS = [
  ["y", 31_557_600],
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
  ["ms", 1e-3],
  ["us", 1e-6],
  ["ns", 1e-9],
];
const PER = {
  en: { s: "/s", m: "/min" },
  fr: { s: "/s", m: "/min" },
};
const NBSP = "\u00a0";

/** @type {Record<string, (value: number, decimals: number | undefined) => string>} */
const UNITS = {
  none: (value, decimals) => number(value, decimals),
  locale: (value, decimals) => number(value, decimals),
  short: compact,
  sishort: compact,
  percent: (value, decimals) => percent(value / 100, decimals),
  percentunit: percent,
  s: span,
  ms: (value, decimals) => span(value / 1000, decimals),
  dtdurations: parts,
  dtdurationms: (value) => parts(value / 1000),
  clocks: clock,
  clockms: (value) => clock(value / 1000),
  bytes: (value, decimals) => size(value, decimals, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]),
  decbytes: (value, decimals) => size(value, decimals, 1000, ["B", "kB", "MB", "GB", "TB"]),
  ops: perSecond,
  reqps: perSecond,
  cps: perSecond,
  mps: perSecond,
  rps: perSecond,
  wps: perSecond,
  opm: (value, decimals) => number(value, decimals) + PER[language()].m,
  cpm: (value, decimals) => number(value, decimals) + PER[language()].m,
  dateTimeFromNow: (value) => ago(value),
  dateTimeAsIso: (value) => moment(value),
  dateTimeAsIsoNoDateIfToday: (value) => moment(value),
  dateTimeAsLocal: (value) => moment(value),
  dateTimeAsSystem: (value) => moment(value),
  string: (value) => String(value),
  bool: (value) => String(Boolean(value)),
};

/** The unit ids that this page writes as Grafana does; any other stands behind the number as it is. */
export const KNOWN = Object.keys(UNITS);

/** A value of a field in its unit. */
export function format(value, field) {
  const { unit, decimals } = field.config;
  if (field.kind === "time") return unit === "dateTimeFromNow" ? ago(value) : moment(value);
  if (typeof value !== "number") return String(value);
  if (!unit) return number(value, decimals);
  if (UNITS[unit]) return UNITS[unit](value, decimals);
  const [place, text] = unit.split(/:(.*)/s);
  if (place === "prefix") return text + number(value, decimals);
  if (place === "suffix") return number(value, decimals) + NBSP + text;
  return number(value, decimals) + NBSP + unit;
}

/** A number with as many decimals as its size needs, `usual` at most, unless told. */
export function number(value, decimals, usual = 2) {
  const size = Math.abs(value);
  const most = decimals ?? Math.min(usual, Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals ?? 0, maximumFractionDigits: most }).format(value);
}

function compact(value, decimals) {
  if (Math.abs(value) < 10_000) return number(value, decimals);
  return new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: decimals ?? 1 }).format(value);
}

/** A share from 0 to 1 in per cent. */
export function percent(value, decimals) {
  const size = Math.abs(value * 100);
  const most = decimals ?? (size >= 10 || Number.isInteger(Math.round(size * 1e6) / 1e6) ? 0 : 1);
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: most, minimumFractionDigits: decimals ?? 0 }).format(value);
}

function perSecond(value, decimals) {
  return number(value, decimals) + PER[language()].s;
}

/** In the largest unit that it fills: 1.5 h. */
function span(value, decimals) {
  if (value === 0) return `0${NBSP}s`;
  const [name, length] = SECONDS.find(([unit, seconds]) => unit !== "w" && Math.abs(value) >= seconds) ?? SECONDS.at(-1);
  return number(value / length, decimals, Math.abs(value / length) >= 10 ? 0 : 1) + NBSP + SPAN[language()][name];
}

/** In its two largest units: 2 h 5 min. */
function parts(value) {
  const own = SPAN[language()];
  if (Math.abs(value) < 1) return value === 0 ? `0${NBSP}s` : `${number(value, 1)}${NBSP}s`;
  let rest = Math.round(Math.abs(value));
  const said = [];
  for (const [name, length] of SECONDS.slice(2, 6)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count || said.length) said.push([count, own[name]]);
    if (said.length === 2) break;
  }
  const text = said.filter(([count], place) => count || place === 0).map(([count, unit]) => count + NBSP + unit);
  return (value < 0 ? "−" : "") + text.join(NBSP);
}

function clock(value) {
  const seconds = Math.round(Math.abs(value));
  const two = (part) => String(part).padStart(2, "0");
  return `${value < 0 ? "−" : ""}${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function size(value, decimals, base, names) {
  const power = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log(Math.abs(value) || 1) / Math.log(base))));
  return number(value / base ** power, decimals) + NBSP + names[power];
}

/** An instant as the reader writes it, without the date when it is today. */
export function moment(value) {
  const at = new Date(value);
  const today = at.toDateString() === new Date().toDateString();
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  const form = today
    ? { hour: "2-digit", minute: "2-digit", second: "2-digit" }
    : { day: "numeric", month: "short", year, hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(locale(), form).format(at);
}

const AGO = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago an instant was: "5 minutes ago". */
export function ago(value) {
  const seconds = (value - Date.now()) / 1000;
  const [unit, length] = AGO.find(([, one]) => Math.abs(seconds) >= one) ?? AGO.at(-1);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" }).format(Math.round(seconds / length), unit);
}
