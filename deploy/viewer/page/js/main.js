// The page: loads a board's definition, lays its panels out, and keeps asking, one question at a time.

import { asOf, bar } from "./bar.js";
import { fit } from "./chart.js";
import { el } from "./dom.js";
import { Refused, ask, definition } from "./feed.js";
import { instant } from "./frames.js";
import { Panel } from "./panel.js";
import { toPaper, toScreen } from "./paper.js";
import { bounds } from "./range.js";
import { ALL, read, uidOf, write } from "./state.js";
import { guess, locale, speak, words } from "./words.js";

const LIVE_S = 3; // with the way from Kafka to a row and the time that answers take, an event is seen within five seconds
const PATIENCE_S = 60;
const FILTERS_S = 300;

const root = document.documentElement;
const page = { told: null, state: null, values: {}, panels: new Map(), notes: new Map(), since: null, filled: 0, wake: () => {}, running: null };

async function start() {
  const uid = uidOf();
  speak(guess(uid));
  document.querySelector(".skip").textContent = words().skip;
  notice(words().page.loading);
  for (;;) {
    try {
      page.told = await definition(uid);
      break;
    } catch (error) {
      if (error instanceof Refused) return refuse(error);
      notice(words().page.gone);
      await pause(LIVE_S);
    }
  }
  speak(page.told.language);
  document.querySelector(".skip").textContent = words().skip;
  document.title = `${page.told.board.title} · Vigie`;
  page.state = read(page.told.board, LIVE_S);
  notice("");
  header();
  lay();
  await keepAsking(); // the filters are filled after the first round: panels come first
}

function header() {
  const open = document.querySelector("details.pick[open]")?.dataset.filter;
  const place = open ? [...document.querySelectorAll("details.pick[open] input, details.pick[open] button")].indexOf(document.activeElement) : -1;
  bar(document.getElementById("bar"), page.told, page.state, page.values, { live: LIVE_S, change, again: () => restart() });
  const again = open && document.querySelector(`details.pick[data-filter="${open}"]`);
  if (again && page.told.board.templating.list.some((one) => one.name === open && one.multi)) {
    again.open = true;
    [...again.querySelectorAll("input, button")][place]?.focus();
  } else if (again) again.querySelector("summary").focus();
}

/** The panels in the order in which they are read; a row is a heading that can be folded. */
function lay() {
  const host = document.getElementById("board");
  host.replaceChildren();
  page.panels.clear();
  const order = (list) => [...list].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  let grid = null;
  let top = 0;
  const open = (row) => {
    grid = el("div.grid");
    top = row ? row.gridPos.y + 1 : 0;
    host.append(row ? section(row, grid) : grid);
  };
  for (const one of order(page.told.board.panels)) {
    if (one.type === "row") {
      open(one);
      for (const inner of order(one.panels ?? [])) place(inner, grid, top);
    } else {
      if (!grid) open(null);
      place(one, grid, top);
    }
  }
}

function section(row, grid) {
  const label = el("span", {}, row.title);
  const made = el("details.section", { open: !row.collapsed }, el("summary", {}, el("h2", {}, label)), grid);
  made.addEventListener("toggle", fit);
  return made;
}

function place(one, grid, top) {
  const panel = new Panel(one, { state: () => page.state, marks, zoom: (from, to) => zoom(from, to) });
  panel.element.style.gridRow = `${one.gridPos.y - top + 1} / span ${one.gridPos.h}`;
  page.panels.set(one.id, panel);
  grid.append(panel.element);
}

function zoom(from, to) {
  page.state.from = String(from);
  page.state.to = String(to);
  change();
}

function change() {
  write(page.state, LIVE_S);
  header();
  restart();
}

function restart() {
  page.running?.abort();
  page.wake();
}

/** Ask, wait, ask again: never two at once, and not while nobody looks. */
async function keepAsking() {
  for (;;) {
    const began = performance.now();
    const going = await round();
    if (going === "restart") continue;
    const wait = (page.state.pace || 1e6) - (performance.now() - began) / 1000;
    if (going === "refused") await pause(1e6);
    else await pause(going === "failed" ? Math.max(2, wait) : Math.max(0.2, wait));
    while (document.hidden && page.state.pace) await pause(1e6);
  }
}

async function round() {
  const asked = new AbortController();
  page.running = asked;
  const late = setTimeout(() => asked.abort("late"), PATIENCE_S * 1000);
  root.dataset.asking = "true";
  let away = 0;
  let answered = 0;
  try {
    await ask(page.state.uid, "answers", question(), asked.signal, (answer, text) => {
      if (answer.state === "unreachable") away += 1;
      else answered += 1;
      if (answer.kind === "annotation") note(answer, text);
      else page.panels.get(answer.panel)?.take(answer, text);
    });
    if (away && !answered) notice(words().page.store(page.since && clock(page.since)), "away");
    else {
      page.since = new Date();
      asOf(page.since, page.state.pace > 0);
      notice(strangers());
    }
    if (Date.now() - page.filled > (bare() ? 1 : FILTERS_S) * 1000) fillFilters();
    root.dataset.rounds = String(Number(root.dataset.rounds ?? 0) + 1);
    root.dataset.state = "ready";
    return "done";
  } catch (error) {
    if (asked.signal.aborted && asked.signal.reason !== "late") return "restart";
    root.dataset.state = "failed";
    if (error instanceof Refused) {
      refuse(error);
      return "refused";
    }
    notice(words().page.gone, "away");
    return "failed";
  } finally {
    clearTimeout(late);
    delete root.dataset.asking;
  }
}

function question() {
  const { state } = page;
  const [since, until] = bounds(state.from, state.to);
  const made = new URLSearchParams({ from: String(Math.floor(since)), to: String(Math.floor(until)), points: String(Math.round(document.body.clientWidth / 4)) });
  for (const [name, values] of Object.entries(state.variables)) for (const value of values) made.append(`var-${name}`, value);
  return made;
}

/** Marks of a kind that came anew are drawn into every chart over time. */
function note(answer, text) {
  if (answer.state || page.notes.get(answer.ref)?.rows === JSON.stringify(answer.rows)) return;
  const told = page.told.board.annotations.list.find((one) => one.name === answer.ref);
  const at = (name) => answer.columns.findIndex(([column]) => column === name);
  const [time, until, said] = [at("time"), at("timeEnd"), at("text")];
  const found = answer.rows.map((row) => ({
    name: answer.ref,
    color: told?.iconColor ?? "red",
    at: instant(row[time]),
    until: until >= 0 && row[until] ? instant(row[until]) : null,
    text: said >= 0 ? String(row[said] ?? "") : "",
  }));
  page.notes.set(answer.ref, { rows: JSON.stringify(answer.rows), found });
  for (const panel of page.panels.values()) if (panel.definition.type === "timeseries") panel.render();
}

const marks = () => [...page.notes.values()].flatMap((one) => one.found);

/** What the filters offer, asked again now and then; a filter that gets no answer offers what is chosen. */
async function fillFilters() {
  page.filled = Date.now();
  const before = JSON.stringify(page.values);
  try {
    await ask(page.state.uid, "values", question(), new AbortController().signal, (answer) => {
      if (answer.state) return;
      page.values[answer.ref] = answer.rows.map(([value, label]) => [String(value), String(label ?? value)]).filter(([value]) => value);
    });
    if (JSON.stringify(page.values) !== before) header();
    if (page.since) asOf(page.since, page.state.pace > 0);
    notice(strangers());
  } catch {
    // the round that follows says what is wrong, and the filters are asked for again
    page.filled = 0;
  }
}

/** Whether the store has nothing that any filter could offer. */
function bare() {
  const offered = Object.values(page.values);
  return offered.length > 0 && offered.every((one) => !one.length);
}

/** A chosen value that the store does not have: the board is empty then, and the reader should know why. */
function strangers() {
  if (bare()) return words().page.nothing;
  for (const variable of page.told.board.templating.list) {
    const known = page.values[variable.name];
    if (!known?.length) continue;
    const odd = page.state.variables[variable.name].find((value) => value !== ALL && !known.some(([one]) => one === value));
    if (odd !== undefined) return words().page.odd_value(odd, variable.label || variable.name);
  }
  return "";
}

function refuse(error) {
  const own = words().page;
  const said = own[error.reason] ?? own.other;
  const text = typeof said === "function" ? said(error.subject) : said;
  const home = error.reason === "unknown_board";
  notice(text, "refused", el("a", { href: home ? "/" : location.pathname }, home ? own.home : own.clear));
  root.dataset.state = "failed";
}

function notice(text, kind = "", ...more) {
  const host = document.getElementById("notices");
  if (host.dataset.text === text) return;
  host.dataset.text = text;
  host.replaceChildren(...(text ? [el(`p.notice${kind ? `.${kind}` : ""}`, {}, text, " ", ...more)] : []));
}

const clock = (time) => new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(time);

function pause(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    page.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function repaint() {
  for (const panel of page.panels.values()) panel.render();
}

document.addEventListener("visibilitychange", () => !document.hidden && page.wake());
document.addEventListener("theme", repaint);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
addEventListener("beforeprint", () => {
  if (!page.told) return;
  header();
  if (page.since) asOf(page.since, false);
  toPaper(() => {
    repaint();
    fit();
  });
});
addEventListener("afterprint", () => {
  toScreen(() => {
    repaint();
    fit();
  });
  if (page.since) asOf(page.since, page.state.pace > 0);
});

start();
