// Links of boards and cells. Only http and https leave this page, and only by their own right.

import { query } from "./state.js";
import { el } from "./dom.js";
import { words } from "./words.js";

/** The address, if it is one that may be opened: another board here, or http and https elsewhere; else null. */
export function safe(address) {
  let url;
  try {
    url = new URL(address, location.href);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username || url.password) return null;
  return url;
}

/**
 * An address with its placeholders filled: `${__value.raw}`, `${__data.fields.name}`, `${__url_time_range}`,
 * `${name:queryparam}`, `${__all_variables}`.
 */
export function filled(template, state, row) {
  const whole = /^\$\{[^}]+\}$/.test(template);
  return template.replace(/\$\{([^}]+)\}/g, (_, name) => {
    if (name === "__url_time_range") return query(state, { variables: false }).toString();
    if (name === "__all_variables") return query(state, { time: false }).toString();
    const variable = /^(\w+):queryparam$/.exec(name);
    if (variable) {
      const values = state.variables[variable[1]] ?? [];
      return new URLSearchParams(values.map((value) => [`var-${variable[1]}`, value])).toString();
    }
    const raw = cell(name, row);
    return whole ? raw : encodeURIComponent(raw);
  });
}

function cell(name, row) {
  if (!row) return "";
  if (name === "__value.raw" || name === "__value.text") return String(row.value ?? "");
  const field = /^__data\.fields(?:\.(\w+)|\[["']?([^"'\]]+)["']?\])(?:\.\w+)?$/.exec(name);
  if (!field) return "";
  const wanted = field[1] ?? field[2];
  const found = row.frame.fields.find((one) => one.name === wanted || one.title === wanted);
  return String(found?.values[row.place] ?? "");
}

/**
 * The first link of a field around some content, or the content alone.
 * @param {{links?: any[]}} config
 * @param {any} state
 * @param {{frame: any, place: number, value: any}} row
 * @param {...(Node | string)} inside
 */
export function linked(config, state, row, ...inside) {
  for (const link of config.links ?? []) {
    const address = filled(link.url, state, row);
    const url = address ? safe(address) : null;
    if (!url) continue;
    return anchor(url, { title: link.title, away: link.targetBlank || url.origin !== location.origin }, ...inside);
  }
  const bare = document.createDocumentFragment();
  bare.append(...inside);
  return bare;
}

/** An anchor that tells nobody where the reader came from. */
export function anchor(url, { title = "", away = false, name = "" } = {}, ...inside) {
  const spoken = name && away ? `${name}, ${words().opens}` : name || null;
  return el("a", { href: url.href, title: title || null, rel: "noopener noreferrer", target: away ? "_blank" : null, "aria-label": spoken }, ...inside);
}
