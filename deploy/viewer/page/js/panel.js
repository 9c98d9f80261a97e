// One panel of a board: its heading, how its figure is defined, its drawing or its state, and the same as a table.

import { configured } from "./config.js";
import { drop } from "./chart.js";
import { el, icon } from "./dom.js";
import * as barchart from "./draw/barchart.js";
import * as bargauge from "./draw/bargauge.js";
import * as heatmap from "./draw/heatmap.js";
import * as piechart from "./draw/piechart.js";
import * as stat from "./draw/stat.js";
import * as table from "./draw/table.js";
import * as text from "./draw/text.js";
import * as timeseries from "./draw/timeseries.js";
import { frame } from "./frames.js";
import { markdown } from "./markdown.js";
import { words } from "./words.js";

const DRAW = { stat, gauge: stat, timeseries, table, bargauge, barchart, heatmap, piechart, text };
const CHARTS = new Set(["timeseries", "barchart", "heatmap", "piechart"]);
const ABOUT = "M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zm0 1.400a5.100 5.100 0 1 1 0 10.200A5.100 5.100 0 0 1 8 2.900zM7.300 7.200h1.400v4.300H7.300zM7.300 4.500h1.400v1.500H7.300z";
const TABLE = "M2 2.500h12v11H2zm1.300 1.300v2h4.100v-2zm5.400 0v2h4v-2zM3.300 7.100v2h4.100v-2zm5.400 0v2h4v-2zM3.300 10.400v1.800h4.100v-1.800zm5.400 0v1.800h4v-1.800z";

/** The types of panels that this page draws. */
export const TYPES = [...Object.keys(DRAW), "row"];

export class Panel {
  /**
   * @param {any} definition as Grafana writes it
   * @param {{state: () => any, marks: () => any[], zoom: (from: number, to: number) => void}} board
   */
  constructor(definition, board) {
    this.definition = definition;
    this.board = board;
    this.answers = new Map();
    this.hidden = new Set();
    this.tabular = false;
    this.drawn = "";
    this.refs = (definition.targets ?? []).map((target) => target.refId);
    this.element = this.#frame();
    if (!this.refs.length) this.render();
  }

  #frame() {
    const { id, title, description, type, gridPos } = this.definition;
    const name = title || words().untitled;
    this.body = el(`div.panel-body.of-${type}`);
    this.body.append(el("p.state.loading", {}, words().state.loading));
    this.note = el("div.about", { id: `about-${id}`, hidden: true, role: "note" });
    const buttons = [];
    if (description) {
      this.note.append(...markdown(this.interpolate(description)));
      this.asker = el(
        "button.tool",
        { type: "button", "aria-expanded": "false", "aria-controls": `about-${id}`, "aria-label": words().about(name), title: words().about(name), onclick: () => this.#explain(this.note.hidden) },
        icon(ABOUT),
      );
      buttons.push(this.asker);
    }
    if (CHARTS.has(type)) {
      this.toggle = el("button.tool", { type: "button", "aria-pressed": "false", "aria-label": words().as_table(name), title: words().as_table(name), onclick: () => this.#turn() }, icon(TABLE));
      buttons.push(this.toggle);
    }
    const head = el("div.panel-head", {}, el("h3", { id: `title-${id}` }, this.interpolate(title ?? "")), el("span.stale", { hidden: true }, words().state.old), ...buttons);
    head.hidden = !title && !buttons.length;
    const made = el(`section.panel.is-${type}`, { id: `panel-${id}`, "aria-labelledby": title ? `title-${id}` : null, "aria-label": title ? null : name }, head, this.note, this.body);
    made.style.gridColumn = `${gridPos.x + 1} / span ${gridPos.w}`;
    made.dataset.width = String(gridPos.w);
    made.style.setProperty("--rows", String(gridPos.h));
    if (this.definition.transparent) made.classList.add("bare");
    made.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.note.hidden) this.#explain(false, true);
    });
    return made;
  }

  #explain(open, back = false) {
    this.note.hidden = !open;
    this.asker.setAttribute("aria-expanded", String(open));
    if (back) this.asker.focus();
  }

  #turn() {
    this.tabular = !this.tabular;
    const name = this.definition.title || words().untitled;
    this.toggle.setAttribute("aria-pressed", String(this.tabular));
    const label = this.tabular ? words().as_chart(name) : words().as_table(name);
    this.toggle.setAttribute("aria-label", label);
    this.toggle.title = label;
    this.#clear();
    this.render();
  }

  /** Texts of boards may name variables: ${brand} or $brand. */
  interpolate(text) {
    const { variables } = this.board.state();
    return text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (all, braced, bare) => {
      const values = variables[braced ?? bare];
      return values ? (values.includes("$__all") ? words().all : values.join(", ")) : all;
    });
  }

  /** Take the answer to one of its questions; draw once all of them are there and one is new. */
  take(answer, text) {
    this.answers.set(answer.ref, { answer, text });
    if (this.refs.every((ref) => this.answers.has(ref))) this.refresh();
  }

  /** Draw when something is new. */
  refresh() {
    const now = this.refs.map((ref) => this.answers.get(ref)?.text).join("\n");
    if (now === this.drawn) return;
    this.drawn = now;
    this.render();
  }

  /** Draw what is known. */
  render() {
    if (this.refs.length && !this.refs.every((ref) => this.answers.has(ref))) return;
    const answers = this.refs.map((ref) => this.answers.get(ref).answer);
    const failed = answers.find((answer) => answer.state);
    if (failed) return this.#fail(failed);
    this.#old(false);
    const definition = this.definition;
    const painter = DRAW[definition.type];
    if (!painter) return this.#say(words().state.unsupported(definition.type));
    const formats = new Map((definition.targets ?? []).map((target) => [target.refId, target.format]));
    const frames = configured(definition, answers.map((answer) => frame(answer, formats.get(answer.ref) ?? 0)));
    if (this.refs.length && !frames.some((one) => one.length) && definition.type !== "stat") return this.#say(this.#nothing());
    this.#draw(painter, frames, answers[0]);
    this.element.dataset.state = "drawn";
  }

  #draw(painter, frames, first) {
    const definition = this.definition;
    if (this.body.querySelector(":scope > .state")) this.body.replaceChildren();
    const context = {
      panel: definition,
      frames,
      state: this.board.state(),
      hidden: this.hidden,
      hide: (names) => {
        this.hidden = names;
        this.render();
      },
      interpolate: (text) => this.interpolate(text),
      marks: this.board.marks(),
      since: first?.since,
      until: first?.until,
      zoom: this.board.zoom,
      series: definition.type === "timeseries" ? timeseries.seriesOf(frames) : [],
    };
    if (this.tabular) return table.draw(this.body, { ...context, panel: { ...definition, options: {} }, frames: [joined(frames)] });
    painter.draw(this.body, context);
    const host = this.body.querySelector(".chart");
    if (host) {
      host.setAttribute("role", "img");
      host.setAttribute("aria-label", definition.type === "timeseries" ? painter.described(context.series) : painter.described(definition, frames));
    }
    if (this.body.scrollHeight > this.body.clientHeight + 1) this.body.tabIndex = 0;
    else this.body.removeAttribute("tabindex");
  }

  #nothing() {
    const own = this.definition.fieldConfig?.defaults?.noValue;
    return own && own.length > 3 ? own : words().state.empty;
  }

  /** What was drawn before stays, marked as old; else the reason stands in its place. */
  #fail(answer) {
    if (this.element.dataset.state === "drawn" && (answer.state === "unreachable" || answer.state === "late")) return this.#old(true);
    const said = words().state[answer.state] ?? words().state.refused;
    this.#say(typeof said === "function" ? said(answer.error) : said);
    this.element.dataset.state = "failed";
  }

  #say(sentence) {
    this.#clear();
    this.body.replaceChildren(el("p.state", {}, sentence));
    this.body.removeAttribute("tabindex");
    this.element.dataset.state = "empty";
  }

  #old(old) {
    this.element.querySelector(".stale").hidden = !old;
    this.element.classList.toggle("old", old);
  }

  #clear() {
    for (const host of this.body.querySelectorAll(".chart")) drop(host);
    this.body.replaceChildren();
  }
}

/** All frames as one: several series over time become columns beside their times. */
function joined(frames) {
  const [first, ...others] = frames;
  if (!others.length || !first.fields.some((field) => field.kind === "time")) return first;
  const times = [...new Set(frames.flatMap((one) => one.fields.find((field) => field.kind === "time")?.values ?? []))].sort((a, b) => a - b);
  const columns = frames.flatMap((one) => {
    const own = one.fields.find((field) => field.kind === "time");
    const at = new Map(own?.values.map((time, place) => [time, place]));
    return one.fields.filter((field) => field !== own).map((field) => ({ ...field, values: times.map((time) => field.values[at.get(time)] ?? null) }));
  });
  const time = first.fields.find((field) => field.kind === "time");
  return { ...first, fields: [{ ...time, values: times }, ...columns], length: times.length };
}
