// One value from many, as a panel's `reduceOptions` ask.

import { pattern } from "./config.js";

const known = (values) => values.filter((value) => value !== null && value !== undefined && !Number.isNaN(value));
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** @type {Record<string, (values: any[]) => any>} */
const CALCS = {
  lastNotNull: (values) => known(values).at(-1) ?? null,
  last: (values) => values.at(-1) ?? null,
  firstNotNull: (values) => known(values)[0] ?? null,
  first: (values) => values[0] ?? null,
  min: (values) => (known(values).length ? known(values).reduce((a, b) => (b < a ? b : a)) : null),
  max: (values) => (known(values).length ? known(values).reduce((a, b) => (b > a ? b : a)) : null),
  mean: (values) => (known(values).length ? sum(known(values)) / known(values).length : null),
  sum: (values) => sum(known(values)),
  count: (values) => known(values).length,
  diff: (values) => (known(values).length ? known(values).at(-1) - known(values)[0] : null),
};

/** The calculations this page knows. */
export const KNOWN = Object.keys(CALCS);

/** One calculation over values; one that is not known here is the last value. */
export const reduce = (calc, values) => (CALCS[calc] ?? CALCS.lastNotNull)(values);

/**
 * What a stat, bar gauge or pie shows: one item per field, or per row when `values` is set.
 * @returns {{name: string, value: any, field: any, row: number, place: number}[]}
 */
export function items(panel, frames) {
  const { calcs = ["lastNotNull"], fields = "", values = false, limit = 25 } = panel.options.reduceOptions ?? {};
  const found = [];
  for (const frame of frames) {
    const chosen = frame.fields.filter((field) => wanted(field, fields));
    if (values) {
      const name = frame.fields.find((field) => field.kind === "string" && !chosen.includes(field));
      for (let row = 0; row < Math.min(limit, frame.length); row += 1) {
        for (const field of chosen) found.push({ name: name?.values[row] ?? field.title, label: name, value: field.values[row], field, row });
      }
    } else {
      for (const field of chosen) {
        if (frame.length || field.config.noValue !== undefined) {
          found.push({ name: field.title, value: reduce(calcs[0], field.values), field, row: frame.length - 1 });
        }
      }
    }
  }
  return found.map((item, place) => ({ ...item, place }));
}

function wanted(field, fields) {
  if (field.config.custom?.hideFrom?.viz) return false;
  if (!fields) return field.kind === "number";
  return pattern(fields).test(field.title) || pattern(fields).test(field.name);
}
