// Periods: "now-24h", "now/d", or milliseconds since 1970, as Grafana writes them; and how they are called.

import { locale, words } from "./words.js";

const LENGTH = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 };
const TERM = /^now(?:([-+])(\d{1,5})([smhdwMy]))?(?:\/([hdwMy]))?$/;

/** Periods offered to every reader. */
export const QUICK = [
  ["now-1h", "now"],
  ["now-6h", "now"],
  ["now/d", "now"],
  ["now-24h", "now"],
  ["now-1d/d", "now-1d/d"],
  ["now/w", "now"],
  ["now-7d", "now"],
  ["now-30d", "now"],
  ["now/M", "now"],
  ["now-90d", "now"],
  ["now-1y", "now"],
  ["now-2y", "now"],
];

/**
 * The instant that a term names, or NaN.
 * @param {string} term
 * @param {Date} now
 * @param {boolean} end the last instant of a rounded unit instead of its first
 * @returns {number} milliseconds
 */
export function instant(term, now, end = false) {
  if (/^\d{1,15}$/.test(term)) return Number(term);
  const found = TERM.exec(term);
  if (!found) return Date.parse(term);
  const [, sign, count, unit, floor] = found;
  const at = new Date(now);
  if (unit) shift(at, (sign === "-" ? -1 : 1) * Number(count), unit);
  if (!floor) return at.getTime();
  round(at, floor);
  if (end) {
    shift(at, 1, floor);
    return at.getTime() - 1;
  }
  return at.getTime();
}

/** Both ends of a period. */
export function bounds(from, to, now = new Date()) {
  return [instant(from, now), instant(to, now, true)];
}

/** Whether both ends are known and in order. */
export function sound(from, to) {
  const [since, until] = bounds(from, to);
  return since < until;
}

/** A period in words. */
export function called(from, to) {
  const own = words();
  const named = { "now/d": own.today, "now-1d/d": own.yesterday, "now/w": own.this_week, "now/M": own.this_month };
  if (named[from]) return named[from];
  const last = /^now-(\d+)([mhdwMy])$/.exec(from);
  if (last && to === "now" && own.units[last[2]]) return own.last(Number(last[1]), own.units[last[2]]);
  const [since, until] = bounds(from, to);
  if (!(since <= until)) return `${from} – ${to}`;
  const form = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" });
  return form.formatRange(since, until);
}

function shift(at, count, unit) {
  if (unit === "M") at.setMonth(at.getMonth() + count);
  else if (unit === "y") at.setFullYear(at.getFullYear() + count);
  else if (unit === "d" || unit === "w") at.setDate(at.getDate() + count * (unit === "w" ? 7 : 1));
  else at.setTime(at.getTime() + count * LENGTH[unit]);
}

function round(at, unit) {
  if (unit === "h") return at.setMinutes(0, 0, 0);
  at.setHours(0, 0, 0, 0);
  if (unit === "w") at.setDate(at.getDate() - ((at.getDay() + 6) % 7));
  if (unit === "M") at.setDate(1);
  if (unit === "y") at.setMonth(0, 1);
  return at;
}
