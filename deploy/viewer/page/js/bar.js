// The bar above a board: the boards, filters, period, pace, language, theme, print.

import { el, icon, sheet } from "./dom.js";
import { QUICK, bounds, called, sound } from "./range.js";
import { ALL, query } from "./state.js";
import { locale, words } from "./words.js";

const MARK = "M3 8.500c1.600-2.500 3.300-3.700 5-3.700s3.400 1.200 5 3.700c-1.600 2.500-3.300 3.700-5 3.700S4.600 11 3 8.500zM8 6.700a1.800 1.800 0 1 0 0 3.600 1.800 1.800 0 0 0 0-3.600z";
const HALF = "M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zm0 1.400v10.200A5.100 5.100 0 0 1 8 2.900z";
const PRINTER = "M4.500 1.500h7v3h2a1 1 0 0 1 1 1v5.500h-3v3.500h-7V11h-3V5.500a1 1 0 0 1 1-1h2zm1.300 1.300v1.700h4.400V2.800zm0 6.700v3.700h4.400V9.500z";
const AGAIN = "M8 2.500a5.500 5.500 0 0 1 4.600 2.500V2.800H14v4.700H9.300V6.100h2.300A4.100 4.100 0 1 0 12 8.900h1.400A5.500 5.500 0 1 1 8 2.500z";
const PACES = [10, 30, 60, 300];

/**
 * @param {Element} host
 * @param {any} told the board, its language and the boards beside it
 * @param {any} state
 * @param {Record<string, any[]>} values what each filter offers: [value, label]
 * @param {{live: number, change: () => void, again: () => void}} act
 */
export function bar(host, told, state, values, act) {
  const own = words();
  const tabs = told.boards.map(({ uid, title }) =>
    el("li", {}, el("a", { href: `/d/${encodeURIComponent(uid)}?${query(state)}`, "aria-current": uid === state.uid ? "page" : null }, title)),
  );
  const filters = told.board.templating.list.filter((one) => one.hide !== 2).map((one) => filter(one, state, values[one.name], act));
  host.replaceChildren(
    el(
      "div.bar-top",
      {},
      el("span.brand", {}, icon(MARK), "Vigie"),
      el("nav", { "aria-label": own.boards }, el("ul.tabs", {}, ...tabs)),
      el("div.tools", {}, editions(told, state), theme(), el("button.tool", { type: "button", "aria-label": own.print, title: own.print, onclick: () => print() }, icon(PRINTER))),
    ),
    el(
      "div.bar-below",
      {},
      el("div.title", {}, el("h1", {}, told.board.title), told.board.description ? el("p", {}, told.board.description) : null, el("p.paper", { "aria-hidden": "true" }, stamp(state, told))),
      el(
        "details.filters",
        { open: !narrow.matches || host.querySelector("details.filters")?.open },
        el("summary", {}, summary(told, state)),
        el("div.choices", { role: "group", "aria-label": own.filters }, ...filters, period(told.board, state, act), pace(state, act)),
      ),
    ),
  );
  centred(host);
}

/** Bring the present board's tab to where it is seen, on a screen that does not hold all. */
function centred(host) {
  const [nav, tab] = [host.querySelector("nav"), host.querySelector(".tabs [aria-current]")];
  if (tab) nav.scrollLeft = tab.offsetLeft - (nav.clientWidth - tab.offsetWidth) / 2;
}

/** What paper says that the bar does not: the period, the filters and when it was printed. */
function stamp(state, told) {
  const now = new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeStyle: "short" }).format(new Date());
  const chosen = told.board.templating.list
    .filter((one) => !state.variables[one.name].includes(ALL))
    .map((one) => `${one.label || one.name}: ${state.variables[one.name].join(", ")}`);
  return [called(state.from, state.to), ...chosen, words().printed(now)].join(" · ");
}

/** On a narrow screen the choices are folded under what they hold. */
const narrow = matchMedia("(max-width: 860px)");
narrow.addEventListener("change", () => {
  const folded = document.querySelector("details.filters");
  if (folded) folded.open = !narrow.matches;
});

function summary(told, state) {
  const set = told.board.templating.list.filter((one) => !state.variables[one.name].includes(ALL)).map((one) => state.variables[one.name].join(", "));
  return [called(state.from, state.to), ...set].join(" · ");
}

function editions(told, state) {
  const links = Object.entries(told.editions).map(([code, uid]) =>
    el("a", { href: `/d/${encodeURIComponent(uid)}?${query(state)}`, hreflang: code, lang: code, "aria-current": code === told.language ? "true" : null, title: code === "fr" ? "Français" : "English" }, code.toUpperCase()),
  );
  return el("span.editions", {}, ...links);
}

function theme() {
  const own = words();
  const press = () => {
    const now = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("vigie-theme", next);
    } catch {
      // it holds for this page then
    }
    document.dispatchEvent(new Event("theme"));
  };
  return el("button.tool", { type: "button", "aria-label": own.theme, title: own.theme, onclick: press }, icon(HALF));
}

function filter(variable, state, known, act) {
  const own = words();
  const name = variable.label || variable.name;
  const chosen = new Set(state.variables[variable.name]);
  const options = known ?? variable.options?.map((option) => [option.value, option.text]) ?? [];
  const labels = new Map(options);
  const all = variable.includeAll && chosen.has(ALL);
  const everything = [variable.current?.text ?? []].flat()[0] ?? own.all;
  const text = all ? (variable.current?.value?.includes?.(ALL) ? everything : own.all) : chosen.size > 2 ? own.values(chosen.size) : [...chosen].map((value) => labels.get(value) ?? value).join(", ");
  const type = variable.multi ? "checkbox" : "radio";
  const change = (value, on) => {
    const next = new Set(variable.multi ? [...chosen].filter((one) => one !== ALL) : []);
    if (value === ALL) next.clear();
    else if (on) next.add(value);
    else next.delete(value);
    state.variables[variable.name] = next.size ? [...next] : variable.includeAll ? [ALL] : [...chosen];
    act.change();
  };
  const row = (value, label, checked) => el("label.option", {}, el("input", { type, name: `filter-${variable.name}`, checked, onchange: (event) => change(value, event.target.checked) }), el("span", {}, label));
  const strangers = known ? [...chosen].filter((value) => value !== ALL && !labels.has(value)).map((value) => [value, value]) : [];
  const rows = [...strangers, ...options].map(([value, label]) => row(value, label, chosen.has(value)));
  const first = variable.includeAll ? [row(ALL, all ? text : own.reset, all)] : [];
  const made = sheet(el("span.pick-label", {}, el("span.pick-name", {}, name), " ", el("span.pick-value", {}, text)), el("div.options", { role: "group", "aria-label": name }, ...first, ...rows));
  made.dataset.filter = variable.name;
  if (!all) made.classList.add("set");
  return made;
}

function period(board, state, act) {
  const own = words();
  const text = called(state.from, state.to);
  const choose = (from, to) => {
    state.from = from;
    state.to = to;
    act.change();
  };
  const quick = (board.timepicker?.quick_ranges ?? []).map(({ from, to, display }) => [from, to, display]);
  const buttons = (quick.length ? quick : QUICK).map(([from, to, display]) =>
    el("button.option", { type: "button", "aria-pressed": String(from === state.from && to === state.to), onclick: () => choose(from, to) }, display ?? called(from, to)),
  );
  const [since, until] = bounds(state.from, state.to);
  const [start, end] = [since, until].map((at) => el("input", { type: "datetime-local", value: local(at) }));
  const wrong = el("p.wrong", { role: "alert", hidden: true }, own.wrong_period);
  const apply = () => {
    const [from, to] = [start, end].map((input) => String(new Date(input.value).getTime()));
    wrong.hidden = sound(from, to);
    if (wrong.hidden) choose(from, to);
  };
  const made = sheet(
    el("span.pick-label", {}, el("span.pick-name", {}, own.period), " ", el("span.pick-value", {}, text)),
    el("div.options.quick", {}, ...buttons),
    el("div.between", {}, el("label", {}, own.from, start), el("label", {}, own.to, end), wrong, el("button.apply", { type: "button", onclick: apply }, own.apply)),
  );
  made.dataset.filter = "period";
  return made;
}

function local(at) {
  if (Number.isNaN(at)) return "";
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function pace(state, act) {
  const own = words();
  const spoken = (seconds) => (seconds === act.live ? own.live : seconds ? own.every(seconds < 60 ? `${seconds} s` : `${seconds / 60} min`) : own.never);
  const buttons = [act.live, ...PACES, 0].map((seconds) =>
    el("button.option", { type: "button", "aria-pressed": String(seconds === state.pace), onclick: () => { state.pace = seconds; act.change(); } }, spoken(seconds)),
  );
  const label = el("span.pick-label", {}, el("span.pick-name", {}, own.refresh), " ", el("span.pick-value", {}, el("span.pulse", { "aria-hidden": "true" }), state.pace ? spoken(state.pace) : own.paused, el("span.clock", { "aria-hidden": "true" })));
  const made = sheet(label, el("div.options", {}, ...buttons));
  made.dataset.filter = "pace";
  const again = el("button.tool", { type: "button", "aria-label": own.now, title: own.now, onclick: act.again }, icon(AGAIN));
  return el("span.pace", {}, made, again);
}

/** Say in the bar when what is seen was asked. */
export function asOf(time, beating) {
  const clock = document.querySelector(".clock");
  const form = beating ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "medium" }; // a picture is looked at later
  if (clock) clock.textContent = ` · ${new Intl.DateTimeFormat(locale(), form).format(time)}`;
  document.querySelector(".pulse")?.classList.toggle("beats", beating);
}
